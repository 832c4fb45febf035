"""The weighed decision: constraints first, then the weights; failures never help, and names change nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.config.experiment import Verdict as Settings
from ragvsft.core.values import Change, Outcome, Reading, Stage, WaveQuestion
from ragvsft.runs.records import LatencyRequest
from ragvsft.verdict.choosing import surely
from ragvsft.verdict.decision import Decision, Weighed
from ragvsft.verdict.inputs import RunInputs, WaveInputs
from ragvsft.verdict.intervals import resample_counts
from ragvsft.verdict.judging import judge
from ragvsft.verdict.weighing import best_shares

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
SOURCED = {"source": "a public page", "read": "2026-11-01"}
SHEET = {"name": "test", "date": "2026-11-01", "core_hour": {"usd": 3600.0, **SOURCED}}
"""One USD a CPU second."""
WORKLOAD = {"questions_per_month": 100, "updates_per_month": 0, "months": 1}
MakeInputs = Callable[..., RunInputs]
Ask = Callable[..., WaveQuestion]
Say = Callable[..., tuple[Outcome, ...]]


def run(
    make: MakeInputs,
    ask: Ask,
    answers: Mapping[str, Sequence[str | None]],
    *,
    kinds: Mapping[str, str] | None = None,
    cpu_s: Mapping[str, float] | None = None,
    seconds: Mapping[str, float] | None = None,
    **verdict: Any,
) -> RunInputs:
    """One wave; an arm's questions cost `cpu_s` each and take `seconds` each."""
    n = len(next(iter(answers.values())))
    closed = dict.fromkeys(answers, "closed_book") | dict(kinds or {})
    readings = [
        Reading(stage=Stage.GENERATE, wall_s=9.0, cpu_s=10 * each, n_items=10, arm=arm, wave=FIRST)
        for arm, each in (cpu_s or {}).items()
        for _ in range(6)
    ]
    timed = [
        LatencyRequest(arm=arm, number=at, question_id=f"q{at:03}", retrieve_s=0.0, generate_s=each, total_s=each)
        for arm, each in (seconds or {}).items()
        for at in range(1, 11)
    ]
    return make(
        [ask(f"q{at:03}") for at in range(n)],
        answers,
        kinds=closed,
        readings=tuple(readings),
        latency=tuple(timed),
        settings=Settings.model_validate({"prices": SHEET, "workload": WORKLOAD} | verdict),
    )


def right(n: int, of: int) -> list[str | None]:
    return ["yes"] * n + ["no"] * (of - n)


def decided(inputs: RunInputs) -> tuple[Decision, Weighed]:
    decision = judge(inputs).decision
    assert decision.weighed is not None
    return decision, decision.weighed


BOTH = {"weights": {"accuracy": 0.5, "cost": 0.5}, "ranges": {"cost_usd_month": [0, 100]}}


def test_weights_decide_between_better_and_cheaper(make: MakeInputs, ask: Ask) -> None:
    # 80 % at 60 USD a month: 0.5·0.8 + 0.5·0.4 = 0.6; 60 % at 10 USD: 0.5·0.6 + 0.5·0.9 = 0.75.
    answers = {"good": right(160, 200), "cheap": right(120, 200)}
    decision, weighed = decided(run(make, ask, answers, cpu_s={"good": 0.6, "cheap": 0.1}, **BOTH))
    assert (decision.verdict, decision.arm) == ("choose", "cheap")
    assert weighed.utilities == pytest.approx({"good": 0.6, "cheap": 0.75})
    assert weighed.values["good"] == pytest.approx({"accuracy": 0.8, "cost": 60.0})
    assert weighed.front == ("good", "cheap")
    assert weighed.probability_best["cheap"] > 0.95
    assert sum(weighed.probability_best.values()) == pytest.approx(1.0)
    # 0.2 in accuracy against 0.5 in cost: equal where accuracy weighs 5/7.
    turns = {one.objective: one for one in weighed.reversals}
    assert (turns["accuracy"].at, turns["accuracy"].arm) == (pytest.approx(5 / 7), "good")
    assert "good would be ahead of cheap if accuracy weighed over 0.71 (now 0.50)." in decision.sentence
    assert decision.sentence.startswith("Choose cheap, with accuracy 60 %, cost 10.00 USD a month.")


def test_constraints_come_first_and_what_they_bar_is_told(make: MakeInputs, ask: Ask) -> None:
    answers = {"good": right(160, 200), "cheap": right(120, 200), "poor": right(20, 200)}
    inputs = run(
        make, ask, answers, cpu_s={"good": 0.6, "cheap": 0.1, "poor": 0.1}, constraints={"accuracy": 0.7}, **BOTH
    )
    decision, weighed = decided(inputs)
    assert (decision.verdict, decision.arm) == ("only_one_arm", "good")
    assert weighed.probability_best == {"good": 1.0, "cheap": 0.0, "poor": 0.0}
    assert weighed.barred == ("cheap",)
    assert [(one.arm, one.value) for one in decision.broken] == [("cheap", 0.6), ("poor", 0.1)]
    assert "cheap: accuracy is 60 %, at least 70 % is wanted" in decision.sentence
    none = judge(replace(inputs, settings=inputs.settings.model_copy(update={"constraints": {"cost_usd_month": 5}})))
    assert (none.decision.verdict, none.decision.arm) == ("none_meets", None)
    assert "good: cost is 60.00 USD a month, at most 5.00 USD a month is wanted" in none.decision.sentence


def test_what_was_not_measured_keeps_no_constraint(make: MakeInputs, ask: Ask) -> None:
    answers = {"a": right(160, 200), "b": right(120, 200)}
    inputs = run(make, ask, answers, seconds={"a": 2.0}, constraints={"latency_p95_s": 5}, weights={"accuracy": 1})
    decision, weighed = decided(inputs)
    assert (decision.verdict, decision.arm) == ("only_one_arm", "a")
    assert "b: p95 latency was not measured" in decision.sentence
    assert weighed.values["a"] == pytest.approx({"accuracy": 0.8, "latency": 2.0})
    assert weighed.values["b"] == pytest.approx({"accuracy": 0.6})


def test_constraints_without_weights_leave_the_old_decision_among_the_rest(make: MakeInputs, ask: Ask) -> None:
    answers = {"a": right(180, 200), "b": right(120, 200), "c": right(40, 200)}
    decision = judge(
        run(make, ask, answers, seconds={"a": 9.0, "b": 1.0, "c": 1.0}, constraints={"latency_p95_s": 5})
    ).decision
    assert (decision.verdict, decision.arm, decision.weighed) == ("leads", "b", None)
    assert decision.sentence.endswith("Out by the constraints: a: p95 latency is 9 s, at most 5 s is wanted.")


def test_a_hybrid_that_wins_is_called_combining(make: MakeInputs, ask: Ask) -> None:
    answers = {"mix": right(180, 200), "plain": right(60, 200)}
    inputs = run(make, ask, answers, weights={"accuracy": 1})
    arms = (replace(inputs.arms[0], kind="hybrid"), inputs.arms[1])
    decision, _ = decided(replace(inputs, arms=arms))
    assert (decision.verdict, decision.arm) == ("combine", "mix")
    assert decision.sentence.startswith("Combine fine-tuning and retrieval: choose mix")


def test_the_oracle_and_recorded_answers_are_not_weighed(make: MakeInputs, ask: Ask) -> None:
    answers = {"oracle": right(200, 200), "recorded": right(200, 200), "rag": right(90, 200), "bare": right(20, 200)}
    inputs = run(make, ask, answers, kinds={"oracle": "oracle", "recorded": "recorded"}, weights={"accuracy": 1})
    decision, weighed = decided(inputs)
    assert decision.arm == "rag"
    assert set(weighed.probability_best) == {"rag", "bare"}


def test_an_absent_objective_deals_its_weight_out_and_says_so(make: MakeInputs, ask: Ask) -> None:
    answers = {"a": right(160, 200), "b": right(60, 200)}
    weights = {"accuracy": 0.5, "freshness": 0.3, "latency": 0.2}
    inputs = run(make, ask, answers, seconds={"a": 1.0, "b": 1.0}, weights=weights, ranges={"latency_p95_s": [0, 10]})
    decision, weighed = decided(inputs)
    assert weighed.weights == pytest.approx({"accuracy": 5 / 7, "latency": 2 / 7})
    assert set(weighed.absent) == {"freshness"}
    assert "Not weighed: freshness (" in decision.sentence


def test_freshness_is_of_new_and_changed_facts_after_the_first_wave(make: MakeInputs, ask: Ask, say: Say) -> None:
    first = run(make, ask, {"old": right(200, 200), "new": right(200, 200)}, weights={"freshness": 1})
    asked = [ask(f"q{n:03}", change=Change.CHANGED if n < 50 else Change.UNCHANGED) for n in range(200)]
    later = WaveInputs(
        wave=SECOND,
        planned=tuple(asked),
        n_left_out=0,
        outcomes={
            "old": say("old", asked, ["no"] * 40 + ["yes"] * 160),
            "new": say("new", asked, ["yes"] * 45 + ["no"] * 155),
        },
    )
    decision, weighed = decided(replace(first, waves=(*first.waves, later), planned_waves=(FIRST, SECOND)))
    assert decision.arm == "new"
    assert weighed.values["old"]["freshness"] == pytest.approx(10 / 50)
    assert weighed.values["new"]["freshness"] == pytest.approx(45 / 50)
    assert weighed.values["old"]["accuracy"] == pytest.approx(160 / 200)


def test_too_close_says_how_many_more(make: MakeInputs, ask: Ask) -> None:
    answers = {"a": ["yes"] * 27 + ["no"] * 23, "b": ["no"] * 23 + ["yes"] * 25 + ["no"] * 2}
    decision, weighed = decided(run(make, ask, answers, weights={"accuracy": 1}))
    assert (decision.verdict, decision.arm, decision.candidates) == ("not_enough_evidence", None, ("a", "b"))
    assert decision.more_facts is not None
    assert f"about {decision.more_facts:,} more facts" in decision.sentence
    assert 0.5 < weighed.probability_at_weights["a"] < 0.95


def test_training_seeds_are_a_part_of_the_doubt(make: MakeInputs, ask: Ask, say: Say) -> None:
    """Two seeds of which one is far worse: the mean leads, and half of the resampled seeds do not."""
    inputs = run(make, ask, {"tuned": right(130, 200), "rag": right(110, 200)}, weights={"accuracy": 1})
    asked = inputs.waves[0].planned
    outcomes = (*say("tuned", asked, right(200, 200), seed=0), *say("tuned", asked, right(60, 200), seed=1))
    wave = replace(inputs.waves[0], outcomes={**inputs.waves[0].outcomes, "tuned": outcomes})
    decision, weighed = decided(replace(inputs, waves=(wave,), training_seeds=(0, 1)))
    assert weighed.values["tuned"]["accuracy"] == pytest.approx(0.65)
    # Both draws of the bad seed: a quarter of the time.
    assert weighed.probability_at_weights["tuned"] == pytest.approx(0.75, abs=0.02)
    assert decision.verdict == "not_enough_evidence"


cell = st.sampled_from(["yes", "no", "I don't know", None])
grid = st.lists(st.tuples(cell, cell, cell), min_size=6, max_size=10)
CPU_S = {"a": 0.5, "b": 0.3, "c": 0.4}
SECONDS = {"a": 1.0, "b": 2.0, "c": 1.5}
ALL = {
    "weights": {"accuracy": 0.6, "cost": 0.2, "latency": 0.2},
    "ranges": {"cost_usd_month": [0, 100], "latency_p95_s": [0, 5]},
}


@settings(max_examples=25, deadline=None)
@given(
    grid, st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(0, 9)), st.sampled_from([{}, {"accuracy": 0.4}])
)
def test_no_failure_pattern_raises_the_probability_of_being_best(
    make: MakeInputs,
    ask: Ask,
    rows: list[tuple[str | None, ...]],
    failing: set[int],
    unanswered: set[int],
    constraints: dict[str, float],
) -> None:
    """Answers lost to failures, and single requests that never came back, in any pattern."""
    answers = {arm: [row[at] for row in rows] for at, arm in enumerate("abc")}
    inputs = run(make, ask, answers, cpu_s=CPU_S, seconds=SECONDS, constraints=constraints, **ALL)
    worse = {**answers, "a": [None if n in failing else said for n, said in enumerate(answers["a"])]}
    after = run(make, ask, worse, cpu_s=CPU_S, seconds=SECONDS, constraints=constraints, **ALL)
    timed = tuple(one for one in after.latency if one.arm != "a" or one.number - 1 not in unanswered)
    old, new = decided(inputs)[1], decided(replace(after, latency=timed))[1]
    assert new.probability_best["a"] <= old.probability_best["a"] + 1e-12
    assert new.probability_at_weights["a"] <= old.probability_at_weights["a"] + 1e-12


@settings(max_examples=15, deadline=None)
@given(grid, st.permutations("abc"), st.permutations(["first", "second", "third"]))
def test_renaming_and_reordering_arms_changes_nothing(
    make: MakeInputs, ask: Ask, rows: list[tuple[str | None, ...]], order: list[str], names: list[str]
) -> None:
    answers = {arm: [row[at] for row in rows] for at, arm in enumerate("abc")}
    called = dict(zip("abc", names, strict=True))
    before = judge(run(make, ask, answers, cpu_s=CPU_S, seconds=SECONDS, **ALL))
    after = judge(
        run(
            make,
            ask,
            {called[arm]: answers[arm] for arm in order},
            cpu_s={called[arm]: CPU_S[arm] for arm in order},
            seconds={called[arm]: SECONDS[arm] for arm in order},
            **ALL,
        )
    )
    old, new = before.decision.weighed, after.decision.weighed
    assert old is not None
    assert new is not None
    for arm, name in called.items():
        assert new.probability_best[name] == pytest.approx(old.probability_best[arm], abs=1e-12)
        assert new.probability_at_weights[name] == pytest.approx(old.probability_at_weights[arm], abs=1e-12)
        assert new.utilities[name] == pytest.approx(old.utilities[arm], abs=1e-12)
        assert (name in new.front) == (arm in old.front)
    assert before.economics is not None
    assert after.economics is not None
    for one in before.economics.arms:
        same = after.economics.arm(called[one.arm])
        assert same is not None
        assert (same.question, same.total, same.month) == (one.question, one.total, one.month)
    assert before.decision.verdict == after.decision.verdict


def test_few_facts_choose_nothing_however_clear(make: MakeInputs, ask: Ask) -> None:
    answers = {"a": right(12, 12), "b": right(0, 12)}
    decision, weighed = decided(run(make, ask, answers, weights={"accuracy": 1}))
    assert (decision.verdict, decision.arm, decision.more_facts) == ("not_enough_evidence", None, 8)
    assert weighed.probability_best["a"] == 1.0
    assert decision.sentence.endswith("Only 12 facts: ask about 8 more at least.")
    # Money is not of facts.
    cheap = run(
        make, ask, answers, cpu_s={"a": 0.5, "b": 0.1}, weights={"cost": 1}, ranges={"cost_usd_month": [0, 100]}
    )
    assert decided(cheap)[0].arm == "b"


@pytest.mark.parametrize(("n_facts", "n_arms"), [(30, 2), (100, 2), (100, 3), (100, 6)])
def test_arms_that_are_alike_are_seldom_told_apart(n_facts: int, n_arms: int) -> None:
    """Right-or-wrong answers to questions of one difficulty for all arms, of which none is better: 5 % and noise."""
    rng = np.random.default_rng([n_facts, n_arms])
    n_runs = 600
    difficulty = rng.normal(size=(n_runs, n_facts, 1))
    scores = (difficulty + rng.normal(size=(n_runs, n_facts, n_arms)) > 0.3).astype(float)
    counts = np.vstack(list(resample_counts(n_facts, 2000)))
    drawn = (counts @ scores.transpose(1, 0, 2).reshape(n_facts, -1) / n_facts).reshape(2000, n_runs, n_arms)
    shares = np.array([best_shares(drawn[:, at]).max() for at in range(n_runs)])
    assert (shares >= surely(n_facts)).mean() <= 0.07


def test_where_nothing_weighted_was_measured_the_primary_metric_decides(make: MakeInputs, ask: Ask) -> None:
    decision = judge(run(make, ask, {"a": right(160, 200), "b": right(60, 200)}, weights={"freshness": 1})).decision
    assert (decision.verdict, decision.arm, decision.weighed) == ("leads", "a", None)
    assert "nothing that has a weight was measured (freshness: no later wave" in decision.sentence
