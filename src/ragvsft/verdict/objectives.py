"""What each arm is worth on each objective, as measured and resampled, and which arms keep the hard constraints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ragvsft.config.experiment import Objective
from ragvsft.config.experiment import Verdict as Settings
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.runs.records import LatencyRequest
from ragvsft.verdict.answers import ScoreTable, kind_counts
from ragvsft.verdict.cost_draws import CostDraws
from ragvsft.verdict.fact_draws import FactDraws
from ragvsft.verdict.intervals import N_RESAMPLES, SEED, Floats

T = TypeVar("T")

OBJECTIVES: tuple[Objective, ...] = ("accuracy", "freshness", "cost", "latency")
AT_LEAST = frozenset({"accuracy", "freshness"})
"""Objectives of which more is better, and constraints from below; the others are better, and bounded, downwards."""
NEVER_S = 1e9
"""A request that was not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Every arm on every objective. Row 0 of an array is as measured, the rows after it are resampled."""

    arms: tuple[str, ...]
    draws: Mapping[str, Floats]
    """Objective -> shape (1 + n_resamples, n_arms): fractions, USD a month, seconds; only objectives that are there."""
    by_facts: Mapping[str, Floats]
    """The same, nothing but facts drawn anew."""
    absent: Mapping[str, str]
    """Objective -> why it is not there."""
    readings: Mapping[str, Mapping[str, float]]
    """Constraint -> arm -> what it is held against; an arm that was not measured is not in it."""
    n_facts: int
    n_fresh_facts: int
    """New or changed, on which freshness rests."""

    def values(self, arm: str) -> dict[str, float]:
        """An arm on every objective, as measured; without what it was not measured on, or what nobody can pay."""
        at = self.arms.index(arm)
        found = {name: float(self.draws[name][0, at]) for name in OBJECTIVES if name in self.draws}
        return {name: value for name, value in found.items() if value < NEVER_S / 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A constraint that an arm does not keep."""

    arm: str
    constraint: str
    limit: float
    value: float | None
    """None: not measured, which keeps no constraint."""


def measure(
    settings: Settings,
    table: ScoreTable,
    facts: FactDraws,
    costs: Mapping[str, CostDraws],
    requests: Sequence[LatencyRequest],
) -> Measured:
    """Put an experiment's objectives together.

    Cost is there when every arm is priced. Latency is there when some arm was timed: requests that an arm is missing
    took forever, so that failing is never fast.
    """
    arms = facts.arms
    draws: dict[str, Floats] = {"accuracy": facts.accuracy}
    by_facts: dict[str, Floats] = {"accuracy": facts.accuracy_by_facts}
    absent: dict[str, str] = {}
    if facts.freshness is not None and facts.freshness_by_facts is not None:
        draws["freshness"], by_facts["freshness"] = facts.freshness, facts.freshness_by_facts
    else:
        absent["freshness"] = "no later wave asked every arm about a new or changed fact"
    latency = _latency(arms, requests, 95)
    if latency is None:
        absent["latency"] = "no arm was timed"
    else:
        draws["latency"] = latency
        by_facts["latency"] = np.broadcast_to(latency[:1], latency.shape)
    unpriced = Measured(
        arms=arms,
        draws=draws,
        by_facts=by_facts,
        absent=absent,
        readings=_readings(arms, draws, table, requests),
        n_facts=facts.n_facts,
        n_fresh_facts=facts.n_fresh_facts,
    )
    return priced(unpriced, settings, costs)


def priced(measured: Measured, settings: Settings, costs: Mapping[str, CostDraws]) -> Measured:
    """The same with the cost of the settings' workload, in place of the one that was there."""
    arms = measured.arms
    draws, by_facts = _without("cost", measured.draws), _without("cost", measured.by_facts)
    absent, readings = _without("cost", measured.absent), _without("cost_usd_month", measured.readings)
    unpriced = [arm for arm in arms if arm not in costs]
    if len(unpriced) == len(arms):
        absent["cost"] = "nothing is priced"
    elif unpriced:
        absent["cost"] = f"{', '.join(unpriced)} cannot be priced"
    else:
        workload = settings.workload
        n_questions = workload.questions_per_month * workload.months
        draws["cost"] = np.column_stack([costs[arm].total(n_questions) for arm in arms]) / workload.months
        by_facts["cost"] = np.broadcast_to(draws["cost"][:1], draws["cost"].shape)
        readings["cost_usd_month"] = dict(zip(arms, map(float, draws["cost"][0]), strict=True))
    return replace(measured, draws=draws, by_facts=by_facts, absent=absent, readings=readings)


def broken_constraints(settings: Settings, measured: Measured) -> tuple[Broken, ...]:
    """The constraints that arms do not keep, as measured, in the order of the experiment file."""
    found = []
    for name, limit in settings.constraints.items():
        for arm in measured.arms:
            value = measured.readings.get(name, {}).get(arm)
            keeps = value is not None and (value >= limit if name in AT_LEAST else value <= limit)
            if not keeps:
                found.append(Broken(arm=arm, constraint=name, limit=limit, value=value))
    return tuple(found)


def range_of(settings: Settings, objective: str) -> tuple[float, float]:
    """The worst and the best value of an objective, where its utility is 0 and 1.

    Raises:
        KeyError: cost or latency without a range, which settings with such a weight always have.
    """
    match objective:
        case "accuracy":
            return settings.ranges.get("accuracy", (0.0, 1.0))
        case "freshness":
            return settings.ranges.get("freshness", (0.0, 1.0))
        case "cost":
            low, high = settings.ranges["cost_usd_month"]
        case _:
            low, high = settings.ranges["latency_p95_s"]
    return high, low


def _without(name: str, some: Mapping[str, T]) -> dict[str, T]:
    return {key: value for key, value in some.items() if key != name}


def _readings(
    arms: Sequence[str], draws: Mapping[str, Floats], table: ScoreTable, requests: Sequence[LatencyRequest]
) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {"stale_rate": {arm: _stale_rate(table, arm) for arm in arms}}
    for name in ("accuracy", "freshness"):
        if name in draws:
            found[name] = dict(zip(arms, (float(value) for value in draws[name][0]), strict=True))
    for name, percent in (("latency_p50_s", 50), ("latency_p95_s", 95)):
        seconds = _latency(arms, requests, percent)
        if seconds is not None:
            found[name] = {
                arm: float(value) for arm, value in zip(arms, seconds[0], strict=True) if value < NEVER_S / 2
            }
    return found


def _stale_rate(table: ScoreTable, arm: str) -> float:
    """The share of answerable questions answered with what no longer holds; a failure is no lower rate."""
    counts = kind_counts(table, arm)
    n = sum(counts.values())
    return (counts[OutcomeKind.STALE] + counts[OutcomeKind.FAILED]) / n if n else 0.0


def _latency(arms: Sequence[str], requests: Sequence[LatencyRequest], percent: int) -> Floats | None:
    """A percentile of each arm's single requests, as measured and resampled."""
    by_arm = {arm: [one.total_s for one in requests if one.arm == arm] for arm in arms}
    most = max((len(seconds) for seconds in by_arm.values()), default=0)
    if not most:
        return None
    filled = np.column_stack([[*seconds, *[NEVER_S] * (most - len(seconds))] for seconds in by_arm.values()])
    drawn = np.random.default_rng([SEED, most]).integers(0, most, size=(N_RESAMPLES, most))
    found = np.empty((N_RESAMPLES + 1, len(arms)))
    for at in range(len(arms)):
        found[0, at] = np.percentile(filled[:, at], percent)
        found[1:, at] = np.percentile(filled[drawn, at], percent, axis=1)
    return found
