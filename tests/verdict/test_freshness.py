"""Freshness by hand: what became of new, changed, removed and unchanged facts between two waves."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from ragvsft.core.values import Change, Outcome, Passage, Task, WaveQuestion
from ragvsft.metrics.answers import metrics_for
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.verdict.answers import ScoreTable, score_table
from ragvsft.verdict.freshness import freshness
from ragvsft.verdict.inputs import WaveInputs

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
METRICS = metrics_for(Task.SHORT_ANSWER)
Ask = Callable[..., WaveQuestion]
Say = Callable[..., tuple[Outcome, ...]]


def table_of(wave: date, questions: Sequence[WaveQuestion], *said: tuple[Outcome, ...]) -> ScoreTable:
    by_arm: dict[str, tuple[Outcome, ...]] = {}
    for outcomes in said:
        by_arm[outcomes[0].arm] = (*by_arm.get(outcomes[0].arm, ()), *outcomes)
    inputs = WaveInputs(wave=wave, planned=tuple(questions), n_left_out=0, outcomes=by_arm)
    return score_table(inputs, list(by_arm), METRICS, ("I don't know",))


@pytest.fixture
def asked_before(ask: Ask) -> list[WaveQuestion]:
    return [ask(f"q{n}", answers=(f"{n} euros",)) for n in (0, 1, 3, 4, 5)]


@pytest.fixture
def asked_now(ask: Ask) -> list[WaveQuestion]:
    """Two changed, one new, one removed, two unchanged facts, and a question that no date answers."""

    def changed(n: int) -> WaveQuestion:
        return ask(f"q{n}", answers=(f"{n + 10} euros",), stale_answers=(f"{n} euros",), change=Change.CHANGED)

    return [
        changed(0),
        changed(1),
        ask("q2", answers=("2 euros",), change=Change.NEW),
        ask("q3", answers=(), stale_answers=("3 euros",), change=Change.REMOVED),
        ask("q4", answers=("4 euros",), change=Change.UNCHANGED),
        ask("q5", answers=("5 euros",), change=Change.UNCHANGED),
        ask("q6", answers=(), answerable=False),
    ]


def test_every_share_counts_what_it_says(
    say: Say, asked_before: list[WaveQuestion], asked_now: list[WaveQuestion]
) -> None:
    # What an arm gets right at the first wave: 0, 1, 3 and 4; it does not know 5.
    before = table_of(FIRST, asked_before, say("rag", asked_before, ["0 euros", "1 euros", "3 euros", "4 euros", "?"]))
    answers = ["10 euros", "not 11 euros but 1 euros", "2 euros", "3 euros", "7 euros", "5 euros", "5 euros"]
    (found,) = freshness(table_of(SECOND, asked_now, say("rag", asked_now, answers)), before, {})
    assert found.arm == "rag"
    assert found.kinds[Change.CHANGED][OutcomeKind.CURRENT] == 1
    assert found.kinds[Change.CHANGED][OutcomeKind.CONFLATED] == 1
    assert found.kinds[Change.REMOVED] == dict.fromkeys(OutcomeKind, 0) | {OutcomeKind.STALE: 1}
    assert sum(sum(counts.values()) for counts in found.kinds.values()) == 6, "the unanswerable question is no fact"
    assert found.fresh
    assert (found.fresh.mean, found.fresh.n) == (0.5, 4), "q0 and q2 of q0, q1, q2, q3"
    assert found.stale
    assert found.stale.mean == pytest.approx(2 / 3), "q1 and q3 of q0, q1, q3"
    assert found.retention
    assert (found.retention.mean, found.retention.n) == (0.0, 1), "q4 was right and is not; q5 never was"
    assert (found.fuar.n_forgotten, found.fuar.n_updated, found.fuar.n_acquired) == (1, 1, 1)
    assert found.fuar.ratio == 0.5
    assert found.fresh.low < 0.5 < found.fresh.high


def test_an_arm_that_never_learns_is_stale_and_keeps_everything(
    say: Say, asked_before: list[WaveQuestion], asked_now: list[WaveQuestion]
) -> None:
    known = {n: f"{n} euros" for n in (0, 1, 3, 4, 5)}
    before = table_of(FIRST, asked_before, say("knows", asked_before, list(known.values())))
    answers = [known.get(n, "9 euros") for n in range(7)]
    (found,) = freshness(table_of(SECOND, asked_now, say("knows", asked_now, answers)), before, {})
    assert found.fresh
    assert found.stale
    assert found.retention
    assert (found.fresh.mean, found.stale.mean, found.retention.mean) == (0.0, 1.0, 1.0)
    assert found.fuar.ratio is None, "nothing was won"


def test_abstaining_on_a_removed_fact_is_fresh_and_a_failure_never_is(
    say: Say, asked_before: list[WaveQuestion], asked_now: list[WaveQuestion]
) -> None:
    before = table_of(FIRST, asked_before, say("rag", asked_before, ["?"] * 5))
    answers = [None, None, None, "I don't know", None, None, None]
    (found,) = freshness(table_of(SECOND, asked_now, say("rag", asked_now, answers)), before, {})
    assert found.fresh
    assert found.stale
    assert (found.fresh.mean, found.fresh.n_failed) == (0.25, 3)
    assert found.stale.mean == 0.0
    assert found.retention is None, "nothing was right that could be kept"


def test_seeds_are_kept_apart_in_what_they_retain(ask: Ask, say: Say) -> None:
    then = [ask("q4", answers=("4 euros",))]
    now = [replace(then[0], change=Change.UNCHANGED)]
    before = table_of(FIRST, then, say("tuned", then, ["4 euros"], seed=0), say("tuned", then, ["no"], seed=1))
    table = table_of(SECOND, now, say("tuned", now, ["no"], seed=0), say("tuned", now, ["4 euros"], seed=1))
    (found,) = freshness(table, before, {})
    assert found.retention
    assert (found.retention.mean, found.retention.n) == (0.0, 1), "seed 1 had nothing to keep"
    assert found.fresh is None


def test_the_first_wave_has_none(say: Say, asked_before: list[WaveQuestion]) -> None:
    assert freshness(table_of(FIRST, asked_before, say("rag", asked_before, ["0 euros"] * 5)), None, {}) == ()


def test_an_old_passage_that_was_shown_is_told_with_the_answer_it_caused(
    say: Say, asked_before: list[WaveQuestion], asked_now: list[WaveQuestion]
) -> None:
    before = table_of(FIRST, asked_before, say("rag", asked_before, ["?"] * 5))
    answers = ["0 euros", "1 euros", "?", "I don't know", "?", "?", "?"]
    old = Passage(passage_id="p1", doc_id="d", title="", text="It costs 1 euros.", position=0, valid_from=FIRST)
    shown = {"rag": {"q0": (), "q1": (old,), "q3": (old,)}}
    (found,) = freshness(table_of(SECOND, asked_now, say("rag", asked_now, answers)), before, shown)
    assert found.stale_hits
    assert found.stale_hits.mean == pytest.approx(2 / 3), "q1 and q3 of q0, q1, q3"
    assert found.stale_when_shown
    assert (found.stale_when_shown.mean, found.stale_when_shown.n) == (0.5, 2), "q1 and not q3"
    assert [(one.said, one.passage) for one in found.stale_answers] == [("1 euros", old), ("0 euros", None)]
    (other,) = freshness(table_of(SECOND, asked_now, say("rag", asked_now, answers)), before, {})
    assert other.stale_hits is None, "an arm that does not search"
