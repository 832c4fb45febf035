"""The answer: which arm leads on the primary metric, or that the evidence does not say.

Where objectives have weights, `choosing.py` decides instead. The oracle and recorded arms are never named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ragvsft.verdict.comparisons import Comparison, reversed_comparison
from ragvsft.verdict.detectable import Detectable, detectable_after, facts_needed
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.objectives import Broken

MOST_NEEDED = 1_000_000
"""A difference that needs more facts than this is not worth a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightReversal:
    """A weight of an objective beyond which another arm has the highest utility, the others kept in proportion."""

    objective: str
    weight: float
    """As it is."""
    at: float
    """Below the weight: the other arm leads under it; above: over it."""
    arm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What a decision between objectives rests on. All but the weights is by arm, of those that may be chosen."""

    weights: dict[str, float]
    """As applied: of the objectives that were measured, adding up to 1."""
    absent: dict[str, str]
    """Objectives that have a weight and were not measured, and why; their weight was dealt to the others."""
    values: dict[str, dict[str, float]]
    """Arm -> objective -> as measured: fractions, USD a month, seconds; without what an arm was not measured on."""
    utilities: dict[str, float]
    probability_best: dict[str, float]
    """Over resampled facts, seeds, batches and requests, and weights drawn around those given; 0 for an arm that does
    not keep the constraints."""
    probability_at_weights: dict[str, float]
    """The same with the weights as they are."""
    front: tuple[str, ...]
    """Keep the constraints, and no other arm that does is as good in everything and better in something."""
    barred: tuple[str, ...]
    """Arms with a higher utility than the best that keeps the constraints."""
    reversals: tuple[WeightReversal, ...]


Verdict = Literal[
    "leads", "choose", "combine", "not_enough_evidence", "only_one_arm", "none_meets", "blocked", "nothing_asked"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the run says about which arm to choose."""

    verdict: Verdict
    sentence: str
    wave: date | None = None
    metric: str | None = None
    arm: str | None = None
    """The arm that is chosen; None unless the verdict is `leads`, `choose`, `combine` or `only_one_arm`."""
    candidates: tuple[str, ...] = ()
    """The arm with the highest mean and every arm that cannot be told apart from it, by mean."""
    runner_up: Comparison | None = None
    """The arm with the highest mean against the second."""
    detectable: Detectable | None = None
    more_facts: int | None = None
    """About how many more facts would show the difference that was seen, if it is real; None where none was."""
    weighed: Weighed | None = None
    """None: no objective has a weight, and the primary metric alone decided."""
    broken: tuple[Broken, ...] = ()
    """Constraints that arms do not keep."""


def decide(
    scores: Mapping[str, Interval],
    comparisons: Sequence[Comparison],
    *,
    wave: date,
    metric: str,
    broken: Sequence[str],
) -> Decision:
    """Decide among arms by the primary metric.

    Args:
        scores: the arms that may be chosen, with their means.
        comparisons: all pairs of them, corrected together.
        wave: the last wave.
        metric: the primary metric.
        broken: what blocks the verdict, in words.
    """
    if broken:
        return Decision(
            verdict="blocked", sentence=f"No verdict: {'; '.join(broken)}.", wave=wave, metric=metric, candidates=()
        )
    if not scores:
        return Decision(verdict="nothing_asked", sentence="No verdict: no arm has answered yet.", wave=wave)
    ranked = sorted(scores, key=lambda arm: (-scores[arm].mean, arm))
    best = ranked[0]
    if len(ranked) == 1:
        sentence = f"Only {best} can be chosen: {_told(scores[best])} on {words(metric)} at {wave}."
        return Decision(
            verdict="only_one_arm", sentence=sentence, wave=wave, metric=metric, arm=best, candidates=(best,)
        )
    against = {other: _between(best, other, comparisons) for other in ranked[1:]}
    tied = tuple(other for other in ranked[1:] if not against[other].distinguishable)
    second = against[ranked[1]]
    n_pairs = len(comparisons)
    detectable = None
    if second.standard_error is not None:
        detectable = detectable_after(second.n_facts, n_pairs, second.standard_error)
    if not tied:
        return Decision(
            verdict="leads",
            sentence=(
                f"{best} leads: {_told(scores[best])} on {words(metric)} at {wave}, "
                f"{_points(second.difference)} points above {second.other} "
                f"(95 % {_points(second.low)} to {_points(second.high)}, {_p(second.p_adjusted)})."
            ),
            wave=wave,
            metric=metric,
            arm=best,
            candidates=(best,),
            runner_up=second,
            detectable=detectable,
        )
    more = _more(second, n_pairs)
    return Decision(
        verdict="not_enough_evidence",
        sentence=_undecided(best, tied, scores, second, detectable, more, metric, wave),
        wave=wave,
        metric=metric,
        candidates=(best, *tied),
        runner_up=second,
        detectable=detectable,
        more_facts=more,
    )


def words(metric: str) -> str:
    """A metric's name as a person reads it."""
    return metric.replace("_", " ")


def _undecided(
    best: str,
    tied: Sequence[str],
    scores: Mapping[str, Interval],
    second: Comparison,
    detectable: Detectable | None,
    more: int | None,
    metric: str,
    wave: date,
) -> str:
    names = [best, *tied]
    joined = f"{', '.join(names[:-1])} and {names[-1]}"
    sentence = (
        f"Not enough evidence: {joined} cannot be told apart on {words(metric)} at {wave}. "
        f"{_leading(best, second, scores)}; against {second.other} the difference is "
        f"{_points(second.difference)} points (95 % {_points(second.low)} to {_points(second.high)}, "
        f"{_p(second.p_adjusted)})."
    )
    if more is not None:
        sentence += f" If that difference is real, about {more:,} more facts would show it."
    elif detectable is not None and 0.0 < detectable.difference < 1.0:
        sentence += f" A difference of {_points(detectable.difference)} points could have been seen."
    return sentence


def _leading(best: str, second: Comparison, scores: Mapping[str, Interval]) -> str:
    if scores[best].mean == scores[second.other].mean:
        return f"{best} and {second.other} have the same mean, {_told(scores[best])}"
    return f"{best} has the highest mean, {_told(scores[best])}"


def _between(arm: str, other: str, comparisons: Sequence[Comparison]) -> Comparison:
    for found in comparisons:
        if (found.arm, found.other) == (arm, other):
            return found
        if (found.arm, found.other) == (other, arm):
            return reversed_comparison(found)
    raise ValueError(f"{arm} and {other} were not compared")


def _more(second: Comparison, n_pairs: int) -> int | None:
    if second.standard_error is None:
        return None
    needed = facts_needed(second.difference, second.standard_error * second.n_facts**0.5, n_pairs)
    if needed is None or needed > MOST_NEEDED:
        return None
    return max(1, needed - second.n_facts)


def _told(interval: Interval) -> str:
    return f"{_points(interval.mean)} % (95 % interval {_points(interval.low)} to {_points(interval.high)})"


def _points(fraction: float) -> str:
    """A fraction as percent or percentage points, one decimal where it has one."""
    text = f"{100 * fraction:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _p(value: float | None) -> str:
    if value is None:
        return "not tested"
    return "adjusted p < .001" if value < 0.001 else f"adjusted p = {value:.3f}".replace("0.", ".", 1)
