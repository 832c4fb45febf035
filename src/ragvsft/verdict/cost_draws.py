"""An arm's costs from its readings, as measured and with the readings drawn anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from ragvsft.core.values import Reading, Stage
from ragvsft.verdict.inputs import ArmInputs, WaveInputs
from ragvsft.verdict.intervals import LEVEL, N_RESAMPLES, SEED, Floats, resample_counts
from ragvsft.verdict.pricing import Pricing

FEW_READINGS = 5
"""Fewer batches than this give no interval of what a question costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An amount of money with its 95 % interval; no interval where nothing was repeated that could vary."""

    usd: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostDraws:
    """An arm's costs: arrays of (1 + n_resamples,), as measured first."""

    fixed: Floats
    """All but the questions, over the workload."""
    question: Floats
    """Infinite where nothing was answered."""
    correct: Floats
    """A question divided by the mean of the primary metric; infinite where nothing was right."""
    repeated: bool
    """Whether there was anything to resample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReadings:
    """An arm's readings in the places where they are charged; by wave where a wave does them anew."""

    index: dict[date, list[Reading]] = field(default_factory=dict)
    training: dict[date, list[Reading]] = field(default_factory=dict)
    search: list[Reading] = field(default_factory=list)
    generate: list[Reading] = field(default_factory=list)
    retrieve: list[Reading] = field(default_factory=list)

    def all(self) -> list[Reading]:
        """Every one of them."""
        by_wave = [one for some in (*self.index.values(), *self.training.values()) for one in some]
        return [*by_wave, *self.search, *self.generate, *self.retrieve]


def readings_of(arm: ArmInputs, readings: Sequence[Reading], waves: Sequence[WaveInputs]) -> ArmReadings:
    """What is charged to an arm. Wasted work is no arm's cost: another run would not waste it."""
    kept = [one for one in readings if not one.wasted]
    parts = ArmReadings()
    for wave in waves:
        at = [one for one in kept if one.wave == wave.wave]
        if arm.index is not None:
            parts.index[wave.wave] = [
                one for one in at if one.stage in (Stage.EMBED, Stage.SYNC) and one.resource == arm.index
            ]
        if arm.adapter is not None:
            parts.training[wave.wave] = [one for one in at if one.stage is Stage.TRAIN and one.resource == arm.adapter]
    parts.search.extend(one for one in kept if one.stage is Stage.SEARCH and one.arm == arm.name)
    parts.generate.extend(one for one in kept if one.stage is Stage.GENERATE and one.arm == arm.name and one.n_items)
    if arm.retrieval_key is not None:
        parts.retrieve.extend(
            one
            for one in kept
            if one.stage is Stage.RETRIEVE
            and one.n_items
            and (one.unit_key == arm.retrieval_key or (one.unit_key is None and one.resource == arm.index))
        )
    return parts


def of_a_seed(pricing: Pricing, training: Sequence[Reading]) -> float | None:
    """Of one adapter: seeds are repetitions of the same work."""
    total = pricing.total(training)
    return None if total is None else total / max(1, len({one.seed for one in training}))


def setup_draws(pricing: Pricing, parts: ArmReadings, setup: float, waves: Sequence[WaveInputs]) -> Floats:
    """The set-up with training seeds drawn anew, the set-up itself first."""
    training = parts.training.get(waves[0].wave, []) if waves else []
    by_seed: dict[int | None, float] = {}
    for one in training:
        by_seed[one.seed] = by_seed.get(one.seed, 0.0) + (pricing.usd(one) or 0.0)
    costs = np.array([by_seed[seed] for seed in sorted(by_seed, key=lambda seed: -1 if seed is None else seed)])
    draws = np.full(N_RESAMPLES + 1, setup)
    if len(costs) > 1:
        draws[1:] += _drawn(costs, np.ones_like(costs)) - costs.mean()
    return draws


def question_draws(pricing: Pricing, parts: ArmReadings, answered: float) -> tuple[Floats, bool]:
    """What an answered question costs, its own value first, then with batches drawn anew; and whether there were any.

    Arms with as many batches draw the same ones: batches of one shard hold the same questions.
    """
    draws = np.zeros(N_RESAMPLES + 1)
    repeated = len(parts.generate) >= FEW_READINGS
    for some in (parts.generate, parts.retrieve):
        if not some:
            continue
        costs = np.array([pricing.usd(one) or 0.0 for one in some])
        items = np.array([float(one.n_items) for one in some])
        draws += costs.sum() / items.sum()
        if len(some) >= FEW_READINGS:
            draws[1:] += (_drawn(costs, items) - costs.sum() / items.sum()) * widening(len(some))
    np.maximum(draws, 0.0, out=draws)
    return (draws / answered if answered else np.full_like(draws, np.inf)), repeated


def estimate(draws: Floats, *, is_repeated: bool) -> Estimate | None:
    """The value, which comes first, with the percentile interval of the draws; None for what nobody can pay."""
    value = float(draws[0])
    if not np.isfinite(value):
        return None
    if not is_repeated:
        return Estimate(usd=value)
    low, high = np.quantile(draws[1:], [0.025, 0.975], method="inverted_cdf")
    return Estimate(usd=value, low=min(float(low), value), high=max(float(high), value) if np.isfinite(high) else None)


def widening(n: int) -> float:
    """By how much resampled means of n values vary too little for an interval of Student's t with n − 1 degrees."""
    from scipy.special import ndtri, stdtrit

    level = (1 + LEVEL) / 2
    return float(stdtrit(n - 1, level) / ndtri(level) * (n / (n - 1)) ** 0.5)


def _drawn(costs: Floats, items: Floats) -> Floats:
    both = np.column_stack([costs, items])
    sums = np.vstack([counts @ both for counts in resample_counts(len(costs), N_RESAMPLES, SEED)])
    drawn: Floats = sums[:, 0] / sums[:, 1]
    return drawn
