"""What is compared: paired questions, seeds, failures, annotations, labels."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from ragvsft.core.values import Change, Outcome, Task, WaveQuestion
from ragvsft.metrics.answers import metrics_for, primary_metric
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.verdict.answers import (
    kind_counts,
    macro_f1_intervals,
    score_intervals,
    score_table,
    seed_means,
    unanswerable_counts,
)
from ragvsft.verdict.inputs import WaveInputs
from ragvsft.verdict.parts import coverage, parts

WAVE = date(2024, 1, 1)
ABSTAIN = ("I don't know",)
METRICS = metrics_for(Task.SHORT_ANSWER)
Ask = Callable[..., WaveQuestion]
Say = Callable[..., tuple[Outcome, ...]]


def wave_of(questions: list[WaveQuestion], *said: tuple[Outcome, ...], **more: object) -> WaveInputs:
    by_arm: dict[str, tuple[Outcome, ...]] = {}
    for outcomes in said:
        by_arm[outcomes[0].arm] = (*by_arm.get(outcomes[0].arm, ()), *outcomes)
    fields: dict[str, object] = {"wave": WAVE, "planned": tuple(questions), "n_left_out": 0, "outcomes": by_arm}
    return WaveInputs(**(fields | more))  # type: ignore[arg-type]


def test_only_questions_that_every_arm_answered_are_compared(ask: Ask, say: Say) -> None:
    """A half-finished run is a fair half: the arm that went further gains nothing by it."""
    questions = [ask(f"q{n}") for n in range(4)]
    wave = wave_of(questions, say("rag", questions, ["no", "no", "yes", "yes"]), say("tuned", questions, ["yes", "no"]))
    table = score_table(wave, ["rag", "tuned", "later"], METRICS, ABSTAIN)
    assert table.arms == ("rag", "tuned")
    assert [question.question_id for question in table.questions] == ["q0", "q1"]
    scores = score_intervals(table)
    assert scores["rag"]["exact_match"].mean == 0.0
    assert scores["tuned"]["exact_match"].mean == 0.5
    assert scores["rag"]["exact_match"].n == 2


def test_seeds_are_averaged_and_an_unfinished_seed_counts_nowhere(ask: Ask, say: Say) -> None:
    questions = [ask(f"q{n}") for n in range(3)]
    wave = wave_of(
        questions,
        say("rag", questions, ["yes", "yes", "yes"]),
        say("tuned", questions, ["yes", "no", "yes"], seed=0),
        say("tuned", questions, ["no", None], seed=1),
    )
    table = score_table(wave, ["rag", "tuned"], METRICS, ABSTAIN)
    assert table.of("exact_match").tolist() == [[1.0, 0.5], [1.0, 0.0]]
    interval = score_intervals(table)["tuned"]["exact_match"]
    assert (interval.mean, interval.n, interval.n_failed, interval.n_facts) == (0.25, 4, 1, 2)
    assert seed_means(table, "tuned", METRICS[0]) == {0: 0.5, 1: 0.0}
    assert seed_means(table, "rag", METRICS[0]) == {}


def test_annotations_follow_the_rules_of_every_metric(ask: Ask, say: Say) -> None:
    """A failure has 0, an unanswerable question is scored by abstaining, a missing one is undefined."""
    questions = [ask("q0"), ask("q1"), ask("q2", answers=(), answerable=False), ask("q3")]
    stored = {("rag", "q0", None, "similarity"): 0.8, ("rag", "q1", None, "similarity"): 0.9}
    wave = wave_of(questions, say("rag", questions, ["sure", None, "I don't know", "later"]), annotations=stored)
    table = score_table(wave, ["rag"], METRICS, ABSTAIN)
    assert table.of("similarity")[:, 0].tolist() == [0.8, 0.0, 1.0, 0.0]
    assert table.defined[:, 0, table.metrics.index("similarity")].tolist() == [True, True, True, False]
    assert score_intervals(table)["rag"]["similarity"].mean == pytest.approx(0.6)


def test_kinds_and_abstaining_are_counted_apart(ask: Ask, say: Say) -> None:
    questions = [
        ask("q0", answers=("new",), stale_answers=("old",)),
        ask("q1", answers=("new",), stale_answers=("old",)),
        ask("q2", answers=(), stale_answers=("old",)),
        ask("q3", answers=(), answerable=False),
        ask("q4", answers=(), answerable=False),
    ]
    wave = wave_of(questions, say("rag", questions, ["old", "I don't know", "I don't know", "I don't know", "old"]))
    table = score_table(wave, ["rag"], METRICS, ABSTAIN)
    counts = kind_counts(table, "rag")
    assert {kind: n for kind, n in counts.items() if n} == {
        OutcomeKind.STALE: 1,
        OutcomeKind.ABSTAINED: 1,
        OutcomeKind.CURRENT: 1,
    }
    assert unanswerable_counts(table, "rag") == (2, 1)


def test_macro_f1_of_arms(ask: Ask, say: Say) -> None:
    labels = ("yes", "no")
    questions = [ask(f"q{n}", answers=("yes" if n % 2 else "no",)) for n in range(40)]
    answers: list[str | None] = ["yes"] * 40
    wave = wave_of(questions, say("rag", questions, answers))
    table = score_table(wave, ["rag"], [primary_metric(Task.LABEL, labels)], ABSTAIN)
    found = macro_f1_intervals(table, labels)["rag"]
    # yes: 20 right, 20 too many, 2·20/(2·20 + 20); no: 0.
    assert found.mean == pytest.approx((2 / 3 + 0) / 2)
    assert found.low < found.mean < found.high


def test_parts_and_coverage(ask: Ask, say: Say) -> None:
    questions = [
        ask("q0", "f0", slice={"kind": "a"}, change=Change.NEW),
        ask("q1", "f0", slice={"kind": "a"}, change=Change.NEW),
        ask("q2", "f1", slice={"kind": "b"}, change=Change.UNCHANGED),
    ]
    wave = wave_of(
        questions,
        say("rag", questions, ["yes", "no", "no"]),
        say("tuned", questions, ["no", "no", "yes"], seed=0),
        covered={"knows": frozenset({"f1", "f9"})},
    )
    table = score_table(wave, ["rag", "tuned"], METRICS, ABSTAIN)
    assert {(part.by, part.value, part.n_questions) for part in parts(table)} == {
        ("kind", "a", 2),
        ("kind", "b", 1),
        ("change", "new", 2),
        ("change", "unchanged", 1),
    }
    (split,) = coverage(wave, table, {"knows": ("tuned",), "unused": ("gone",)})
    assert (split.n_covered_facts, split.n_other_facts, split.arms) == (1, 1, ("tuned",))
    assert split.covered["tuned"]["exact_match"].mean == 1.0
    assert split.covered["rag"]["exact_match"].mean == 0.0
    assert split.other["tuned"]["exact_match"].mean == 0.0
    assert split.other["rag"]["exact_match"].mean == 0.5
    everything = replace(wave, covered={"knows": frozenset({"f0", "f1"})})
    assert coverage(everything, table, {"knows": ("tuned",)})[0].other == {}
