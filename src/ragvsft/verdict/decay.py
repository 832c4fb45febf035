"""How fast what an arm knew stops holding, and after how many updates it is due for a refresh.

Kept is the share of the questions that were answered right at the first wave and still are; for the facts themselves,
the share whose answer is as it was. Between the waves each update is taken to lose the same share of what is left
(exponential decay, one parameter, which few waves can support), so that `n` updates keep `kept_per_update ** n`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ragvsft.core.values import Outcome, WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.answers import ScoreTable
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
        known = _right(first, arm)
        kept = [
            (wave, share)
            for table, wave in zip(tables[1:], waves[1:], strict=True)
            if (arm is None or arm in table.arms) and (share := _kept(table, arm, known, first))
        ]
        if kept:
            days = (kept[-1][0] - waves[0]).days
            n_updates = waves.index(kept[-1][0])
            found.append(Decay(arm=arm, kept=tuple(kept), due=_due(kept[-1][1], n_updates, days, floor)))
    return tuple(found)


def _right(first: ScoreTable, arm: str | None) -> frozenset[tuple[str, int | None]]:
    """Question and seed of what was right at the first wave; of the facts, all that had an answer."""
    if arm is None:
        return frozenset((one.question_id, None) for one in first.questions if one.answers)
    return frozenset(
        (question.question_id, outcome.seed)
        for question, outcome in first.arm_outcomes(arm)
        if question.answers and outcome_kind(question, outcome, first.abstain) is OutcomeKind.CURRENT
    )


def _kept(
    table: ScoreTable, arm: str | None, known: frozenset[tuple[str, int | None]], first: ScoreTable
) -> Interval | None:
    if arm is None:
        before = {one.question_id: one for one in first.questions}
        return _share(
            table, lambda one: [_holds(before[one.question_id], one)] if (one.question_id, None) in known else []
        )

    def read(question: WaveQuestion) -> list[bool]:
        outcomes: Sequence[Outcome] = table.outcomes[arm][question.question_id]
        return [
            outcome_kind(question, one, table.abstain) is OutcomeKind.CURRENT
            for one in outcomes
            if (question.question_id, one.seed) in known
        ]

    return _share(table, read)


def _holds(before: WaveQuestion, now: WaveQuestion) -> bool:
    """Whether a fact's first answer is accepted still."""
    return not set(before.answers).isdisjoint(now.answers)


def _share(table: ScoreTable, read: Callable[[WaveQuestion], Sequence[bool]]) -> Interval | None:
    """The share that holds, over facts; a question's value is the mean of its readings."""
    readings = [read(question) for question in table.questions]
    values = np.array([[sum(some) / len(some)] if some else [0.0] for some in readings]).reshape(-1, 1)
    defined = np.array([[bool(some)] for some in readings], dtype=np.bool_).reshape(-1, 1)
    n = sum(map(len, readings))
    (interval,) = mean_intervals(values, defined, table.facts, n_outcomes=[n], n_failed=[0])
    return interval


def _due(kept: Interval, n_updates: int, days: int, floor: float) -> Due:
    updates, low, high = (_updates(share, n_updates, floor) for share in (kept.mean, kept.low, kept.high))
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
