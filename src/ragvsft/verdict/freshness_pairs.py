"""Paired tests of freshness: arm against arm on the facts that moved, and each arm against itself a wave before."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ragvsft.core.values import WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.comparisons import Comparison, compare_all, holm
from ragvsft.verdict.freshness import MOVED, OLD, OUTDATED
from ragvsft.verdict.intervals import Floats

FRESH, STALE, CURRENT = "fresh", "stale", "current"
"""Shares that are compared: current on facts that moved; old answers on changed and removed facts; current on all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceBefore:
    """An arm's current answers at a wave minus those at the wave before, on the questions asked at both."""

    arm: str
    difference: float
    low: float
    high: float
    n: int
    n_facts: int
    p: float
    p_adjusted: float
    """Holm's, over the arms."""
    caution: str | None = None


def between_arms(table: ScoreTable, family: frozenset[str]) -> tuple[Comparison, ...]:
    """Every pair of arms on `fresh` and on `stale`; Holm's correction is over the pairs of each."""
    found: list[Comparison] = []
    for metric, changes, kinds in ((FRESH, MOVED, (OutcomeKind.CURRENT,)), (STALE, OUTDATED, OLD)):
        asked = [one for one in table.questions if one.answerable and one.change in changes]
        values = (
            np.column_stack([_shares(table, arm, asked, kinds) for arm in table.arms]) if asked else np.empty((0, 0))
        )
        facts = [one.fact_id for one in asked]
        found += compare_all(values, table.arms, facts, metric=metric, family=family)
    return tuple(found)


def since_before(table: ScoreTable, before: ScoreTable | None) -> tuple[SinceBefore, ...]:
    """Every arm that was asked at both waves; nothing at the first."""
    if before is None:
        return ()
    then = {one.question_id: one for one in before.questions if one.answerable}
    asked = [one for one in table.questions if one.answerable and one.question_id in then]
    facts = [one.fact_id for one in asked]
    found: list[SinceBefore] = []
    for arm in (arm for arm in table.arms if arm in before.arms and asked):
        now = _shares(table, arm, asked, (OutcomeKind.CURRENT,))
        was = _shares(before, arm, [then[one.question_id] for one in asked], (OutcomeKind.CURRENT,))
        (one,) = compare_all(
            np.column_stack([now, was]), ("now", "before"), facts, metric=CURRENT, family=frozenset({"now", "before"})
        )
        found.append(
            SinceBefore(
                arm=arm,
                difference=one.difference,
                low=one.low,
                high=one.high,
                n=one.n,
                n_facts=one.n_facts,
                p=one.p,
                p_adjusted=one.p,
                caution=one.caution,
            )
        )
    adjusted = holm([one.p for one in found])
    return tuple(replace(one, p_adjusted=p) for one, p in zip(found, adjusted, strict=True))


def _shares(table: ScoreTable, arm: str, asked: Sequence[WaveQuestion], kinds: Collection[OutcomeKind]) -> Floats:
    """The share of an arm's outcomes of some kinds, over its seeds, for each question."""
    return np.array(
        [
            np.mean(
                [outcome_kind(one, outcome, table.abstain) in kinds for outcome in table.outcomes[arm][one.question_id]]
            )
            for one in asked
        ]
    )
