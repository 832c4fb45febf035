"""How fast what an arm knew stops holding, and after how many updates it is due for a refresh.

Kept is the share of the questions that were answered right at the first wave and still are; for the facts themselves,
the share whose answer is as it was. Between the waves each update is taken to lose the same share of what is left
(exponential decay, one parameter, which few waves can support), so that `n` updates keep `kept_per_update ** n`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ragvsft.core.values import Outcome, WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.freshness import share
from ragvsft.verdict.intervals import Interval, mean_intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When less than the floor is kept."""

    updates: float | None
    """From the first wave on, not rounded; None: nothing was lost, so no end is in sight."""
    low: float
    """The fewest that the interval of what is kept allows."""
    high: float | None
    """The most; None: no end."""
    days: float | None
    """The same at the pace of the waves."""

    @property
    def every(self) -> int | None:
        """Refresh after so many updates, so that the floor is kept; at least 1. None: no need is seen."""
        return None if self.updates is None else max(1, math.floor(self.updates))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """What is kept at each later wave of what was right at the first."""

    arm: str | None
    """None: the facts themselves."""
    kept: tuple[tuple[date, Interval], ...]
    due: Due


def decays(tables: Sequence[ScoreTable], waves: Sequence[date], *, floor: float) -> tuple[Decay, ...]:
    """The facts first, then every arm that was right at the first wave about what was asked again; empty with one wave.

    Args:
        tables: of the waves.
        waves: their dates.
        floor: the share below which a refresh is due, in (0, 1).
    """
    if len(tables) < 2:
        return ()
    first = tables[0]
    found = []
    for arm in (None, *first.arms):
        kept = [
            (wave, still)
            for table, wave in zip(tables[1:], waves[1:], strict=True)
            if arm is None or arm in table.arms
            if (still := _facts_kept(table, first) if arm is None else _kept(table, arm, first))
        ]
        if kept:
            days = (kept[-1][0] - waves[0]).days
            n_updates = waves.index(kept[-1][0])
            found.append(Decay(arm=arm, kept=tuple(kept), due=_due(kept[-1][1], n_updates, days, floor)))
    return tuple(found)


def expires(found: Sequence[Decay], first: date) -> date | None:
    """The day from which on less than the floor of the facts asked about holds, if they go on changing as they did.

    None: none of them changed, or there is one wave.
    """
    facts = next((one for one in found if one.arm is None), None)
    return None if facts is None or facts.due.days is None else first + timedelta(days=round(facts.due.days))


def _right(first: ScoreTable, arm: str) -> frozenset[tuple[str, int | None]]:
    """Question and seed of what was right at the first wave."""
    return frozenset(
        (question.question_id, outcome.seed)
        for question, outcome in first.arm_outcomes(arm)
        if question.answers and outcome_kind(question, outcome, first.abstain) is OutcomeKind.CURRENT
    )


def _kept(table: ScoreTable, arm: str, first: ScoreTable) -> Interval | None:
    known = _right(first, arm)

    def kept(question: WaveQuestion, outcome: Outcome) -> bool | None:
        if (question.question_id, outcome.seed) not in known:
            return None
        return outcome_kind(question, outcome, table.abstain) is OutcomeKind.CURRENT

    return share(table, arm, kept)


def _facts_kept(table: ScoreTable, first: ScoreTable) -> Interval | None:
    """Of the facts that had an answer at the first wave, those whose answer is accepted still."""
    before = {one.question_id: one for one in first.questions if one.answers}
    asked = np.array([[one.question_id in before] for one in table.questions], dtype=np.bool_).reshape(-1, 1)
    held = [one.question_id in before and _holds(before[one.question_id], one) for one in table.questions]
    values = np.array(held, dtype=np.float64).reshape(-1, 1)
    (interval,) = mean_intervals(values, asked, table.facts, n_outcomes=[int(asked.sum())], n_failed=[0])
    return interval


def _holds(before: WaveQuestion, now: WaveQuestion) -> bool:
    """Whether a fact's first answer is accepted still."""
    return not set(before.answers).isdisjoint(now.answers)


def _due(kept: Interval, n_updates: int, days: int, floor: float) -> Due:
    updates, low, high = (_updates(one, n_updates, floor) for one in (kept.mean, kept.low, kept.high))
    return Due(
        updates=updates,
        low=0.0 if low is None else low,
        high=high,
        days=None if updates is None else updates * days / n_updates,
    )


def _updates(kept: float, n_updates: int, floor: float) -> float | None:
    """n with kept ** (n / n_updates) == floor; None: nothing is lost."""
    if kept >= 1.0:
        return None
    return 0.0 if kept <= 0.0 else n_updates * math.log(floor) / math.log(kept)
