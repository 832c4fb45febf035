"""Confidence sequences: intervals of a mean that may be looked at after every fact without losing their level."""

import math
from dataclasses import dataclass

import numpy as np

from ragvsft.verdict.intervals import FEW_CLUSTERS, LEVEL, Floats

TUNED_FOR = 200
"""Facts at which the intervals are about as narrow as they can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSequence:
    """Running means with their intervals; all arrays of one shape, facts last."""

    means: Floats
    low: Floats
    """Minus infinity where nothing can be told yet."""
    high: Floats


def confidence_sequence(
    differences: Floats, *, level: float = LEVEL, tuned_for: int = TUNED_FOR, first: int = FEW_CLUSTERS
) -> ConfidenceSequence:
    """The asymptotic confidence sequence of Waudby-Smith et al. (2021, theorem 2.2).

    The level holds for all times at once as the first look comes late enough, for independent facts in random order.

    Args:
        differences: means of each fact's paired differences, facts in the order they were asked;
            shape (..., n_facts).
        level: the share of experiments whose intervals hold the true mean at every look.
        tuned_for: facts at which the boundary is tightest.
        first: facts before which nothing is told.

    Raises:
        ValueError: the level is not between 0 and 1, or `tuned_for` or `first` is below 1.
    """
    if first < 1:
        raise ValueError(f"first must be at least 1, not {first}")
    alpha = 1.0 - level
    rho = mixture_parameter(tuned_for, alpha)
    n = np.arange(1, differences.shape[-1] + 1, dtype=np.float64)
    means: Floats = np.cumsum(differences, axis=-1) / n
    variances = np.maximum(np.cumsum(differences**2, axis=-1) / n - means**2, 0.0)
    half = np.sqrt(variances) * normal_mixture_boundary(n, rho, alpha) / n
    # Facts that are all alike have no measured spread: their interval would be a point.
    half = np.where((n < first) | (variances < 1e-12), np.inf, half)
    return ConfidenceSequence(means=means, low=means - half, high=means + half)


def normal_mixture_boundary(variance: Floats, rho: float, alpha: float) -> Floats:
    """What a sum's distance from its mean crosses at some time with a probability of at most `alpha`, both sides.

    Howard et al. (2021), the two-sided normal mixture: sqrt((v + rho) log((v + rho) / (alpha² rho))).

    Args:
        variance: the sum's variance so far, any shape; the result has the same.
        rho: above 0, in units of the variance.
        alpha: between 0 and 1.
    """
    total = variance + rho
    boundary: Floats = np.sqrt(total * np.log(total / (alpha**2 * rho)))
    return boundary


def mixture_parameter(tuned_for: float, alpha: float) -> float:
    """The `rho` whose boundary is about tightest at a variance (Waudby-Smith et al. 2021, appendix on tuning).

    Raises:
        ValueError: `alpha` is not between 0 and 1, or `tuned_for` is below 1.
    """
    if not 0.0 < alpha < 1.0 or tuned_for < 1:
        raise ValueError(f"alpha must be between 0 and 1 and tuned_for at least 1, not {alpha} and {tuned_for}")
    log = -2.0 * math.log(alpha)
    return tuned_for / (log + math.log(max(log, 1.0)) + 1.0)
