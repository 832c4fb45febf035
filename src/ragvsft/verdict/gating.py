"""The gate: whether a run's arms are no worse than in a baseline run, within an accepted loss."""

import math
from dataclasses import dataclass
from typing import Literal

from ragvsft.verdict.comparing_runs import ArmPair, RunComparison
from ragvsft.verdict.comparisons import Comparison
from ragvsft.verdict.detectable import facts_needed
from ragvsft.verdict.intervals import FEW_CLUSTERS

Result = Literal["no_worse", "worse", "cannot_tell"]
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """The gate's word on one arm."""

    pair: ArmPair
    result: Result
    why: str
    more_facts: int | None = None
    """Where it cannot tell: about how many more facts would show an arm no worse that is as it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The gate's word on a run."""

    comparison: RunComparison
    margin: float
    """The loss that is accepted, a fraction."""
    checks: tuple[GateCheck, ...]

    @property
    def result(self) -> Result:
        """Worse if one arm is; else it cannot tell if it cannot of one arm."""
        results = {check.result for check in self.checks}
        return "worse" if "worse" in results else "no_worse" if results == {"no_worse"} else "cannot_tell"


def gate(comparison: RunComparison, margin: float) -> Gate:
    """Judge every pair of a comparison.

    No worse: the interval of the difference lies above the accepted loss (non-inferiority; a one-sided test at
    2.5 %, and every arm has to pass it, so that no correction is needed), or every answer is as it was. Worse: the
    two-sided test says so at 5 % after Holm's correction over the arms, and the interval does not lie above the
    accepted loss. Else, and where too few facts were asked to believe an interval, it cannot tell.

    Args:
        comparison: of a run with its baseline.
        margin: the accepted loss, a fraction, not negative.
    """
    return Gate(comparison=comparison, margin=margin, checks=tuple(_check(pair, margin) for pair in comparison.pairs))


def _check(pair: ArmPair, margin: float) -> GateCheck:
    found = pair.comparison
    if found is None:
        return GateCheck(pair=pair, result="cannot_tell", why="no question was answered in both runs")
    within = found.low >= -margin - _EQUAL
    if found.distinguishable and found.difference < 0 and not within:
        return GateCheck(pair=pair, result="worse", why="significantly worse")
    if found.caution is not None:
        return GateCheck(
            pair=pair,
            result="cannot_tell",
            why=f"{found.caution}: the interval may be too narrow",
            more_facts=max(FEW_CLUSTERS - found.n_facts, _more_facts(found, margin) or 0, 0) or None,
        )
    if pair.same_answers:
        return GateCheck(pair=pair, result="no_worse", why="every answer is the same")
    if within:
        return GateCheck(pair=pair, result="no_worse", why="the interval lies above the accepted loss")
    return GateCheck(
        pair=pair,
        result="cannot_tell",
        why="the interval reaches beyond the accepted loss, and the arm is not shown to be worse",
        more_facts=_more_facts(found, margin),
    )


def _more_facts(found: Comparison, margin: float) -> int | None:
    """So many that an arm which is as it was seen passes four times out of five; None where it would not."""
    room = margin + found.difference
    if found.standard_error is None or room <= _EQUAL:
        return None
    needed = facts_needed(room, found.standard_error * math.sqrt(found.n_facts), 1)
    return None if needed is None or needed <= found.n_facts else needed - found.n_facts
