"""The answer metrics by hand: failures, abstaining, labels, ROUGE in other scripts."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from ragvsft.core.values import Outcome, Split, Task, WaveQuestion
from ragvsft.metrics.abstention import is_abstention
from ragvsft.metrics.answers import (
    CONTAINS,
    EXACT_MATCH,
    ROUGE_L,
    TOKEN_F1,
    balanced_score,
    label_accuracy,
    mean_score,
    metrics_for,
    primary_metric,
    score,
    score_answer,
)
from ragvsft.metrics.base import AnswerMetric
from ragvsft.metrics.labels import label_of, macro_f1

ABSTAIN = ("I don't know", "not stated")
LABELS = ("yes", "no", "maybe")
WORSE_WHEN_HIGH = AnswerMetric(name="length", higher_is_better=False, compute=lambda answer, _: len(answer) / 100)
ALL = (EXACT_MATCH, TOKEN_F1, CONTAINS, ROUGE_L, label_accuracy(LABELS), WORSE_WHEN_HIGH)


def question(*answers: str) -> WaveQuestion:
    return WaveQuestion(
        question_id="q",
        fact_id="f",
        question="?",
        answers=answers,
        stale_answers=(),
        gold_doc_ids=(),
        split=Split.TEST,
    )


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
@pytest.mark.parametrize("accepted", [(), ("yes",)])
def test_a_failure_has_the_worst_value(metric: AnswerMetric, accepted: tuple[str, ...]) -> None:
    failed = Outcome(
        arm="rag", wave=date(2024, 1, 1), question_id="q", seed=None, answer=None, failure="the server went away"
    )
    assert score(metric, failed, question(*accepted), ABSTAIN) == (0.0 if metric.higher_is_better else 1.0)


@pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)
def test_where_nothing_is_accepted_abstaining_alone_is_right(metric: AnswerMetric) -> None:
    best, worst = (1.0, 0.0) if metric.higher_is_better else (0.0, 1.0)
    assert score_answer(metric, "I don’t know.", (), ABSTAIN) == best
    assert score_answer(metric, "Not stated in the passages", (), ABSTAIN) == best
    assert score_answer(metric, "yes", (), ABSTAIN) == worst
    assert score_answer(metric, "", (), ABSTAIN) == worst


def test_abstaining() -> None:
    assert is_abstention("i DON'T know", ABSTAIN)
    assert is_abstention("“I don’t know”: nothing says so", ABSTAIN)
    assert not is_abstention("", ABSTAIN)
    assert not is_abstention("Paris. I don't know", ABSTAIN)
    assert not is_abstention("I don't", ABSTAIN)
    assert not is_abstention("Unknowable", ("unknown",))
    assert not is_abstention("anything", ("", "?"))


def test_values_by_hand() -> None:
    assert score_answer(EXACT_MATCH, "The Eiffel Tower!", ("Louvre", "eiffel tower"), ABSTAIN) == 1.0
    assert score_answer(EXACT_MATCH, "Eiffel", ("eiffel tower",), ABSTAIN) == 0.0
    # shared: eiffel, tower; 2·2/(3 + 2).
    assert score_answer(TOKEN_F1, "the tall Eiffel Tower", ("Louvre", "Eiffel Tower"), ABSTAIN) == pytest.approx(0.8)
    assert score_answer(CONTAINS, "It opened in 1889, I think", ("1889.0",), ABSTAIN) == 1.0
    # ROUGE-L: longest common subsequence "opened in 1889" of 4 and 5 words: 2·3/(4 + 5).
    assert score_answer(ROUGE_L, "It opened in 1889", ("The tower opened in 1889",), ABSTAIN) == pytest.approx(2 / 3)


def test_rouge_reads_other_scripts() -> None:
    assert score_answer(ROUGE_L, "北京大学", ("北京",), ABSTAIN) == pytest.approx(2 / 3)
    assert score_answer(ROUGE_L, "मुंबई भारत", ("मुंबई",), ABSTAIN) == pytest.approx(2 / 3)
    assert score_answer(ROUGE_L, "Η Αθήνα", ("Αθήνα",), ABSTAIN) == pytest.approx(2 / 3)


@settings(max_examples=60)
@given(*[st.text(alphabet=st.characters(max_codepoint=127), max_size=40)] * 2)
def test_rouge_on_ascii_equals_the_library_with_its_own_tokenizer(answer: str, right: str) -> None:
    theirs = RougeScorer(["rougeL"]).score(right, answer)["rougeL"].fmeasure
    assert ROUGE_L.compute(answer, (right,)) == pytest.approx(theirs)


def test_labels() -> None:
    assert label_of("Yes.", LABELS) == "yes"
    assert label_of("The answer is no", LABELS) == "no"
    assert label_of("yes or no", LABELS) is None
    assert label_of("I cannot tell", LABELS) is None
    assert label_of("nothing", LABELS) is None
    assert label_of("this is not entailment", ("entailment", "not entailment")) == "not entailment"
    assert label_of("not entailment but entailment", ("entailment", "not entailment")) is None
    metric = label_accuracy(LABELS)
    assert score_answer(metric, "Answer: maybe", ("maybe",), ABSTAIN) == 1.0
    assert score_answer(metric, "maybe yes", ("maybe",), ABSTAIN) == 0.0


def test_macro_f1_by_hand_and_against_known_values() -> None:
    predicted = ["yes", "yes", "no", None, "no"]
    accepted = [["yes"], ["no"], ["no"], ["yes"], ["maybe"]]
    # yes: tp 1, fp 1, fn 1 → .5; no: tp 1, fp 1, fn 1 → .5; maybe: fn 1 → 0.
    assert macro_f1(predicted, accepted, LABELS) == pytest.approx((0.5 + 0.5 + 0.0) / 3)
    assert macro_f1(["yes"], [["yes"]], LABELS) == 1.0
    assert macro_f1([], [], LABELS) is None


@given(
    st.lists(st.tuples(st.sampled_from([*LABELS, None]), st.sampled_from(LABELS)), min_size=1, max_size=6),
    st.integers(0, 5),
)
def test_a_failure_never_raises_macro_f1(pairs: list[tuple[str | None, str]], at: int) -> None:
    """Not even in place of a wrong label, whose false positive would else go away."""
    predicted, accepted = [guess for guess, _ in pairs], [[right] for _, right in pairs]
    failed = [number == at % len(pairs) for number in range(len(pairs))]
    before = macro_f1(predicted, accepted, LABELS)
    after = macro_f1(predicted, accepted, LABELS, failed)
    assert before is not None
    assert after is not None
    assert after <= before


def test_tasks_pick_metrics() -> None:
    assert [m.name for m in metrics_for(Task.SHORT_ANSWER)] == ["exact_match", "token_f1", "contains", "rouge_l"]
    assert [m.name for m in metrics_for(Task.LONG_FORM)] == ["rouge_l", "token_f1", "contains"]
    assert primary_metric(Task.LABEL, LABELS).name == "label_accuracy"
    with pytest.raises(ValueError, match="labels"):
        primary_metric(Task.LABEL)


def test_a_balanced_score_counts_every_label_once_however_many_questions_it_has() -> None:
    asked = [question("yes"), question("yes"), question("yes"), question("no")]
    always_yes = ["yes", "yes", "yes", "yes"]
    assert mean_score(EXACT_MATCH, always_yes, asked, ABSTAIN) == 0.75
    assert balanced_score(EXACT_MATCH, always_yes, asked, ABSTAIN) == 0.5
    assert balanced_score(EXACT_MATCH, ["yes", None, "no", "no"], asked, ABSTAIN) == pytest.approx((1 / 3 + 1) / 2)
    with pytest.raises(ValueError, match="no answer"):
        balanced_score(EXACT_MATCH, [], [], ABSTAIN)
    with pytest.raises(ValueError, match="zip"):
        balanced_score(EXACT_MATCH, ["yes"], asked, ABSTAIN)


def test_mean_score() -> None:
    asked = [question("Rome"), question(), question("Paris"), question("Paris")]
    assert mean_score(EXACT_MATCH, ["Rome", "I don't know", None, "Lyon"], asked, ABSTAIN) == 0.5
    with pytest.raises(ValueError, match="average"):
        mean_score(EXACT_MATCH, [], [], ABSTAIN)
    with pytest.raises(ValueError, match="longer"):
        mean_score(EXACT_MATCH, ["Rome"], asked, ABSTAIN)
