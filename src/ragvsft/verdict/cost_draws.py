"""An arm's costs from its readings, as measured and with the readings drawn anew."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragvsft.verdict.arm_readings import ArmReadings
from ragvsft.verdict.inputs import WaveInputs
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

    def total(self, n_questions: int) -> Floats:
        """Of the workload with so many questions; infinite answers cost nothing where none is asked."""
        return self.fixed + n_questions * self.question if n_questions else self.fixed


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
    low, high = ends(draws)
    return Estimate(usd=value, low=low, high=high if np.isfinite(high) else None)


def ends(draws: Floats) -> tuple[float, float]:
    """The ends of the 95 % percentile interval of draws, around the value that comes first; either may be infinite."""
    value = float(draws[0])
    low, high = np.quantile(draws[1:], [0.025, 0.975], method="inverted_cdf")
    return min(float(low), value), max(float(high), value)


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
