"""The whole verdict: what it decides, what blocks it, and what may change nothing."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.core.values import Task, WaveQuestion
from ragvsft.runs.records import FairnessCheck
from ragvsft.verdict.inputs import RunInputs
from ragvsft.verdict.judging import judge
from ragvsft.verdict.verdict import Verdict

MakeInputs = Callable[..., RunInputs]
Ask = Callable[..., WaveQuestion]
ANSWERS = ("yes", "no", "yes indeed", "old", "I don't know", "", "maybe")
LABELS = ("yes", "no", "maybe")


def numbers(value: Any) -> Iterator[float]:
    """Every float in a frozen value."""
    if isinstance(value, float):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from numbers(getattr(value, field.name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from numbers(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from numbers(one)


def means(verdict: Verdict) -> dict[tuple[str, str], float]:
    return {
        (arm.arm, metric): interval.mean
        for wave in verdict.waves
        for arm in wave.arms
        for metric, interval in arm.scores.items()
    }


def test_a_clear_leader(make: MakeInputs, ask: Ask) -> None:
    questions = [ask(f"q{n:03}") for n in range(100)]
    verdict = judge(
        make(
            questions,
            {"rag": ["yes"] * 80 + ["no"] * 20, "closed_book": ["yes"] * 30 + ["no"] * 70, "oracle": ["yes"] * 100},
            kinds={"closed_book": "closed_book", "oracle": "oracle"},
        )
    )
    decision = verdict.decision
    assert (decision.verdict, decision.arm, decision.candidates) == ("leads", "rag", ("rag",))
    assert decision.sentence == (
        "rag leads: 80 % (95 % interval 71.1 to 87.1) on exact match at 2024-01-01, 50 points above closed_book "
        "(95 % 38.2 to 58.9, adjusted p < .001)."
    )
    assert verdict.baseline == "closed_book"
    assert verdict.complete
    assert "oracle" in " ".join(verdict.notes)
    # One family of one pair: the oracle is compared and takes no part in the correction.
    pairs = {(one.arm, one.other): one for one in verdict.waves[0].comparisons}
    assert pairs["rag", "closed_book"].p_adjusted == pairs["rag", "closed_book"].p
    assert pairs["rag", "oracle"].p_adjusted is None


def test_not_enough_evidence_says_how_many_more(make: MakeInputs, ask: Ask) -> None:
    questions = [ask(f"q{n:03}") for n in range(50)]
    verdict = judge(make(questions, {"a": ["yes"] * 27 + ["no"] * 23, "b": ["no"] * 23 + ["yes"] * 25 + ["no"] * 2}))
    decision = verdict.decision
    assert (decision.verdict, decision.arm, decision.candidates) == ("not_enough_evidence", None, ("a", "b"))
    assert decision.sentence.startswith("Not enough evidence: a and b cannot be told apart on exact match")
    assert decision.more_facts is not None
    assert decision.more_facts > 50
    assert f"about {decision.more_facts:,} more facts" in decision.sentence


@pytest.mark.parametrize(
    ("checks", "told"),
    [
        ((), "fairness was not checked"),
        (
            (FairnessCheck(name="same prompt", ok=False, detail="not so in rag"), FairnessCheck(name="b", ok=True)),
            "the fairness check “same prompt” is broken (not so in rag)",
        ),
    ],
)
def test_a_broken_or_missing_fairness_check_blocks(
    make: MakeInputs, ask: Ask, checks: tuple[FairnessCheck, ...], told: str
) -> None:
    questions = [ask(f"q{n:03}") for n in range(100)]
    verdict = judge(make(questions, {"a": ["yes"] * 100, "b": ["no"] * 100}, fairness=checks))
    assert (verdict.decision.verdict, verdict.decision.arm) == ("blocked", None)
    assert verdict.decision.sentence == f"No verdict: {told}."
    assert not verdict.fair
    assert verdict.waves[0].arms[0].scores["exact_match"].mean == 1.0


def test_the_oracle_is_never_chosen_however_good(make: MakeInputs, ask: Ask) -> None:
    questions = [ask(f"q{n:03}") for n in range(60)]
    answers = {"oracle": ["yes"] * 60, "recorded": ["yes"] * 60, "rag": ["no"] * 60}
    decision = judge(make(questions, answers, kinds={"oracle": "oracle", "recorded": "recorded"})).decision
    assert (decision.verdict, decision.arm) == ("only_one_arm", "rag")


def test_an_unfinished_run_says_so_and_compares_the_fair_half(make: MakeInputs, ask: Ask) -> None:
    questions = [ask(f"q{n:03}") for n in range(100)]
    verdict = judge(make(questions, {"a": ["yes"] * 60, "b": ["no"] * 50, "c": []}))
    wave = verdict.waves[0]
    assert (wave.n_questions, wave.n_planned, wave.not_asked, verdict.complete) == (50, 100, ("c",), False)
    assert verdict.decision.sentence.startswith("So far, on 50 of 100 questions: a leads")
    assert any("50 of 100 questions" in note for note in verdict.notes)
    assert any(note == "Not asked yet at 2024-01-01: c." for note in verdict.notes)


def test_nothing_asked(make: MakeInputs, ask: Ask) -> None:
    verdict = judge(make([ask("q0")], {"a": [], "b": []}))
    assert verdict.decision.verdict == "nothing_asked"
    assert judge(dataclasses.replace(make([], {"a": []}), waves=())).decision.verdict == "nothing_asked"


def test_failure_tolerance(make: MakeInputs, ask: Ask) -> None:
    questions = [ask(f"q{n}") for n in range(10)]
    answers = {"a": ["yes"] * 9 + [None], "b": ["yes"] * 10}
    assert judge(make(questions, answers)).arms_over_tolerance == ("a",)
    assert judge(make(questions, answers, failure_tolerance=0.1)).arms_over_tolerance == ()


def test_one_training_seed_and_information_parity_are_told(make: MakeInputs, ask: Ask) -> None:
    questions = [ask(f"q{n}") for n in range(10)]
    made = make(questions, {"tuned": ["yes"] * 10, "rag": ["yes"] * 10}, kinds={"tuned": "fine_tuned"})
    arms = (dataclasses.replace(made.arms[0], adapter="knows"), made.arms[1])
    wave = dataclasses.replace(made.waves[0], covered={"knows": frozenset({"q1", "q2", "elsewhere"})})
    told = " ".join(judge(dataclasses.replace(made, arms=arms, waves=(wave,))).notes)
    assert "One training seed: its variance is not measured" in told
    assert "knows was trained on rows of 2 of the 10 tested facts" in told


cell = st.one_of(st.none(), st.sampled_from(ANSWERS))
grid = st.lists(st.tuples(cell, cell), min_size=1, max_size=8)


def asked(ask: Ask, n: int) -> list[WaveQuestion]:
    """Answerable, unanswerable and removed questions, two phrasings a fact."""
    accepted = (("yes", "maybe"), (), ("no",))
    return [
        ask(f"q{at}", f"f{at // 2}", accepted[at % 3], stale_answers=("old",) if at % 2 else (), answerable=at % 3 != 1)
        for at in range(n)
    ]


@settings(max_examples=30, deadline=None)
@given(grid, st.integers(0, 7), st.booleans(), st.sampled_from([Task.SHORT_ANSWER, Task.LABEL, Task.LONG_FORM]))
def test_a_failure_never_raises_a_score_and_nothing_is_ever_nan(
    make: MakeInputs, ask: Ask, rows: list[tuple[str | None, str | None]], at: int, second: bool, task: Task
) -> None:
    questions = asked(ask, len(rows))
    answers = {"a": [a for a, _ in rows], "b": [b for _, b in rows]}
    labels = LABELS if task is Task.LABEL else ()
    before = judge(make(questions, answers, task=task, labels=labels))
    answers["b" if second else "a"][at % len(rows)] = None
    after = judge(make(questions, answers, task=task, labels=labels))
    old, new = means(before), means(after)
    assert new.keys() == old.keys()
    assert all(new[key] <= old[key] + 1e-12 for key in old)
    assert all(new[key] == old[key] for key in old if key[0] != ("b" if second else "a"))
    for verdict in (before, after):
        assert all(math.isfinite(number) for number in numbers(verdict.waves))
        for wave in verdict.waves:
            for arm in wave.arms:
                assert sum(arm.outcomes.values()) + arm.n_unanswerable == arm.n
                for interval in arm.scores.values():
                    assert 0.0 <= interval.low <= interval.mean <= interval.high <= 1.0


@settings(max_examples=40, deadline=None)
@given(grid, st.randoms(use_true_random=False))
def test_order_and_names_change_nothing(
    make: MakeInputs,
    ask: Ask,
    rows: list[tuple[str | None, str | None]],
    random: Any,
) -> None:
    questions = asked(ask, len(rows))
    before = judge(make(questions, {"a": [a for a, _ in rows], "b": [b for _, b in rows]}))
    order = random.sample(range(len(rows)), len(rows))
    renamed = [dataclasses.replace(questions[n], question_id=f"other-{questions[n].question_id}") for n in order]
    after = judge(make(renamed, {"second": [rows[n][1] for n in order], "first": [rows[n][0] for n in order]}))
    for old, new in (("a", "first"), ("b", "second")):
        mine, theirs = before.waves[0].arm(old), after.waves[0].arm(new)
        assert mine is not None
        assert theirs is not None
        assert mine.scores == theirs.scores
        assert mine.outcomes == theirs.outcomes
    (pair,), (turned,) = before.waves[0].comparisons, after.waves[0].comparisons
    assert (pair.difference, pair.low, pair.high, pair.p) == pytest.approx(
        (-turned.difference, -turned.high, -turned.low, turned.p)
    )
    assert before.decision.verdict == after.decision.verdict
