"""A wave at which only what the changes touched and a sample was asked: what is read on which facts, by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from ragvsft.core.values import Change, Outcome, WaveQuestion
from ragvsft.data.affected import drawn_facts
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.verdict.inputs import RunInputs, WaveInputs
from ragvsft.verdict.judging import judge
from ragvsft.verdict.verdict import Verdict, WaveVerdict

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
N, SAMPLE = 60, 20
DRAWN = sorted(drawn_facts((f"f{n:02}" for n in range(N)), SAMPLE, 0))
OTHERS = [f"f{n:02}" for n in range(N) if f"f{n:02}" not in DRAWN]
CHANGED = (*DRAWN[:4], *OTHERS[:10])
"""Four of them in the sample."""
REWORDED = OTHERS[10:16]
"""Affected by their documents, and the answer is as it was."""
Make = Callable[..., RunInputs]


def said(arm: str, wave: date, question: WaveQuestion, answer: str) -> Outcome:
    return Outcome(arm=arm, wave=wave, question_id=question.question_id, seed=None, answer=answer)


@pytest.fixture
def inputs(make: Make, ask: Callable[..., WaveQuestion]) -> RunInputs:
    """`tuned` says everywhere what was right at first; `rag` what is right now, but that it forgot five of the sample's
    facts and every reworded one."""
    then = [ask(f"f{n:02}", answers=("old",)) for n in range(N)]
    now = [
        replace(one, answers=("new",), stale_answers=("old",), change=Change.CHANGED)
        if one.fact_id in CHANGED
        else replace(one, change=Change.UNCHANGED)
        for one in then
    ]
    asked = [one for one in now if one.fact_id in {*DRAWN, *CHANGED, *REWORDED}]
    forgotten = {*DRAWN[10:15], *REWORDED}
    rag = ["?" if one.fact_id in forgotten else one.answers[0] for one in asked]
    waves = (
        WaveInputs(
            wave=FIRST, planned=tuple(then), n_left_out=0,
            outcomes={arm: tuple(said(arm, FIRST, one, "old") for one in then) for arm in ("rag", "tuned")},
        ),
        WaveInputs(
            wave=SECOND, planned=tuple(asked), n_left_out=0, drawn=frozenset(DRAWN),
            outcomes={
                "rag": tuple(said("rag", SECOND, one, answer) for one, answer in zip(asked, rag, strict=True)),
                "tuned": tuple(said("tuned", SECOND, one, "old") for one in asked),
            },
        ),
    )  # fmt: skip
    made = make(then, {"rag": [], "tuned": []})
    return replace(made, waves=waves, planned_waves=(FIRST, SECOND))


@pytest.fixture
def verdict(inputs: RunInputs) -> Verdict:
    return judge(inputs)


@pytest.fixture
def wave(verdict: Verdict) -> WaveVerdict:
    return verdict.waves[1]


def test_scores_and_differences_are_the_samples(wave: WaveVerdict, verdict: Verdict) -> None:
    assert (wave.n_questions, wave.n_planned, wave.complete) == (36, 36, True)
    assert wave.sample is not None
    assert (wave.sample.n_questions, wave.sample.n_facts) == (SAMPLE, SAMPLE)
    scores = {arm.arm: arm.scores[verdict.primary] for arm in wave.arms}
    assert (scores["rag"].mean, scores["rag"].n) == (pytest.approx(15 / 20), SAMPLE)
    assert (scores["tuned"].mean, scores["tuned"].n) == (pytest.approx(16 / 20), SAMPLE)
    assert [one.n for one in wave.comparisons] == [SAMPLE]
    assert verdict.decision.wave == SECOND
    since = {one.arm: (one.n, one.difference) for one in wave.since_before}
    assert since == {"rag": (SAMPLE, pytest.approx(-0.25)), "tuned": (SAMPLE, pytest.approx(-0.2))}


def test_what_changed_is_read_on_every_fact_that_did(wave: WaveVerdict, verdict: Verdict) -> None:
    rag, tuned = wave.freshness
    for one, share in ((rag, 1.0), (tuned, 0.0)):
        assert one.fresh is not None
        assert (one.fresh.mean, one.fresh.n) == (share, len(CHANGED))
    assert tuned.kinds[Change.CHANGED][OutcomeKind.STALE] == len(CHANGED)
    assert {one.metric: one.n_facts for one in wave.fresh_comparisons} == {"fresh": len(CHANGED), "stale": len(CHANGED)}
    assert {one.arm: (one.n, one.n_at_once) for one in verdict.times_to_fresh} == {"rag": (14, 14), "tuned": (14, 0)}


def test_what_did_not_change_is_read_on_the_sample_alone(wave: WaveVerdict, verdict: Verdict) -> None:
    """The reworded facts were asked too, because something had happened to them: they would spoil the share."""
    rag, tuned = wave.freshness
    for one, kept in ((rag, 11), (tuned, 16)):
        assert one.retention is not None
        assert (one.retention.mean, one.retention.n) == (pytest.approx(kept / 16), 16)
        assert sum(one.kinds[Change.UNCHANGED].values()) == 16
    assert (rag.fuar.n_forgotten, rag.fuar.n_updated) == (5, 4)
    facts, *arms = verdict.decays
    assert [share.mean for _, share in facts.kept] == [pytest.approx(16 / 20)]
    assert {one.arm: one.kept[0][1].mean for one in arms} == {
        "rag": pytest.approx(15 / 20),
        "tuned": pytest.approx(0.8),
    }


def test_the_sample_is_told(verdict: Verdict) -> None:
    (told,) = [note for note in verdict.notes if "not everything was asked" in note]
    assert f"At {SECOND}" in told
    assert "a sample of 20 facts, drawn by a hash of seed 0" in told
    assert "16 more" in told


def test_a_whole_wave_says_nothing_of_a_sample(inputs: RunInputs) -> None:
    whole = judge(replace(inputs, waves=(inputs.waves[0], replace(inputs.waves[1], drawn=None))))
    assert whole.waves[1].sample is None
    assert not any("sample" in note for note in whole.notes)
    assert whole.waves[1].arms[0].scores[whole.primary].n == 36


def test_answers_and_failures_are_those_of_the_sample(inputs: RunInputs) -> None:
    """One failure within the sample and two outside of it."""
    first, second = inputs.waves
    lost = {DRAWN[5], OTHERS[0], OTHERS[11]}
    questions = {one.question_id: one.fact_id for one in second.planned}
    rag = tuple(
        replace(one, answer=None, failure="gone") if questions[one.question_id] in lost else one
        for one in second.outcomes["rag"]
    )
    found = judge(replace(inputs, waves=(first, replace(second, outcomes={**second.outcomes, "rag": rag}))))
    arm = found.waves[1].arm("rag")
    assert arm is not None
    score = arm.scores["exact_match"]
    assert (score.n, score.n_failed) == (SAMPLE, 1)
