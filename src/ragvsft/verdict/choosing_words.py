"""A weighed decision in sentences: what is chosen, on what evidence, and what would change it."""

from collections.abc import Sequence

from ragvsft.config.experiment import Verdict as Settings
from ragvsft.verdict.decision import Weighed, WeightReversal
from ragvsft.verdict.intervals import FEW_CLUSTERS
from ragvsft.verdict.objectives import AT_LEAST, Broken, Measured

SURE = 0.8
"""Below this share of resamples with varied weights, the sentence says that the weights decide."""
_LIMITS = {
    "accuracy": "accuracy",
    "freshness": "freshness",
    "stale_rate": "share of stale answers",
    "cost_usd_month": "cost",
    "latency_p50_s": "median latency",
    "latency_p95_s": "p95 latency",
}


def chosen(
    best: str, second: str, weighed: Weighed, measured: Measured, broken: Sequence[Broken], *, combines: bool
) -> str:
    """The sentence of a decision for one arm."""
    opening = f"Combine fine-tuning and retrieval: choose {best}" if combines else f"Choose {best}"
    share, fixed = weighed.probability_best[best], weighed.probability_at_weights[best]
    parts = [
        f"{opening}, with {values(best, measured)}. At the weights {weights(weighed)} it is best in {percent(fixed)} % "
        f"of the resamples of facts, seeds, batches and requests, before {second} "
        f"(utility {weighed.utilities[best]:.2f} to {weighed.utilities[second]:.2f})."
    ]
    if weighed.weights.get("freshness") and measured.n_fresh_facts < FEW_CLUSTERS:
        parts.append(f"Freshness rests on {measured.n_fresh_facts:,} facts alone, which may claim too much.")
    if share < SURE:
        parts.append(f"The weights decide: where they vary as well, it is best in {percent(share)} %.")
    parts += changes_of_mind(best, weighed, broken)
    return " ".join(parts)


def undecided(candidates: Sequence[str], weighed: Weighed, more: int | None, n_few: int | None) -> str:
    """The sentence where resampling changes who is best, or there is too little to resample (`n_few` facts)."""
    listed = f"{', '.join(candidates[:-1])} and {candidates[-1]}"
    best = candidates[0]
    shares = ", ".join(f"{arm} {percent(weighed.probability_at_weights[arm])} %" for arm in candidates)
    gap = weighed.utilities[best] - weighed.utilities[candidates[1]]
    sentence = (
        f"Not enough evidence: {listed} cannot be told apart at the weights {weights(weighed)}. How often each is best "
        f"in the resamples: {shares}."
    )
    if n_few is not None:
        return f"{sentence} Only {n_few:,} {'facts' if n_few != 1 else 'fact'}: ask about {more:,} more at least."
    if gap <= 0.0005:
        return f"{sentence} Their utilities are equal as measured."
    if more is None:
        return f"{sentence} More questions alone would not settle it: seeds, costs or latencies vary too much."
    return f"{sentence} If the difference in utility ({gap:.3f}) is real, about {more:,} more facts would show it."


def only_one(arm: str, broken: Sequence[Broken], measured: Measured) -> str:
    """The sentence where one arm is left to choose."""
    if not broken:
        return f"Only {arm} can be chosen: {values(arm, measured)}."
    return f"Only {arm} keeps the constraints, with {values(arm, measured)}. {breaches(broken)}."


def none_keeps(broken: Sequence[Broken]) -> str:
    """The sentence where the constraints leave no arm."""
    return f"No arm keeps the constraints. {breaches(broken)}."


def nothing_weighed(settings: Settings, measured: Measured) -> str:
    """What is added where nothing that has a weight was measured."""
    why = "; ".join(f"{name}: {measured.absent[name]}" for name in settings.weights if name in measured.absent)
    return f"The primary metric alone decides: nothing that has a weight was measured ({why})."


def breaches(broken: Sequence[Broken]) -> str:
    """What keeps arms out, in words."""
    return "; ".join(breach(one) for one in broken)


def breach(one: Broken) -> str:
    """One constraint that an arm does not keep."""
    side = "at least" if one.constraint in AT_LEAST else "at most"
    limit = amount(one.constraint, one.limit)
    has = "was not measured" if one.value is None else f"is {amount(one.constraint, one.value)}"
    return f"{one.arm}: {_LIMITS[one.constraint]} {has}, {side} {limit} is wanted"


def changes_of_mind(best: str, weighed: Weighed, broken: Sequence[Broken]) -> list[str]:
    """What would change the decision."""
    parts = [reversal(best, one) for one in weighed.reversals]
    if weighed.barred:
        limits = ", ".join(dict.fromkeys(_LIMITS[one.constraint] for one in broken if one.arm in weighed.barred))
        parts.append(f"Without the limit on {limits} {' or '.join(weighed.barred)} would be ahead of it.")
    if weighed.absent:
        told = "; ".join(f"{name} ({why})" for name, why in weighed.absent.items())
        parts.append(f"Not weighed: {told}.")
    return parts


def reversal(best: str, one: WeightReversal) -> str:
    """One weight at which another arm takes the lead."""
    side = "under" if one.at <= one.weight else "over"
    return f"{one.arm} would be ahead of {best} if {one.objective} weighed {side} {one.at:.2f} (now {one.weight:.2f})."


def values(arm: str, measured: Measured) -> str:
    """An arm's measured objectives."""
    keys = {"accuracy": "accuracy", "freshness": "freshness", "cost": "cost_usd_month", "latency": "latency_p95_s"}
    parts = []
    for name, key in keys.items():
        value = measured.readings.get(key, {}).get(arm)
        if name in measured.draws and value is not None:
            parts.append(f"{_LIMITS[key]} {amount(key, value)}")
    return ", ".join(parts)


def weights(weighed: Weighed) -> str:
    """The weights as they were applied."""
    return ", ".join(f"{name} {weight:.2f}" for name, weight in weighed.weights.items())


def amount(key: str, value: float) -> str:
    """A number with the unit of its constraint."""
    if key.endswith("_usd_month"):
        return f"{value:,.2f} USD a month"
    if key.endswith("_s"):
        return f"{value:.3g} s"
    return f"{percent(value)} %"


def percent(share: float) -> str:
    """A share as a number of percent, one decimal where it has one."""
    return f"{100 * share:.1f}".removesuffix(".0")
