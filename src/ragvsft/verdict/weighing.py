"""The arithmetic of a choice between several objectives: the Pareto front, utilities, who is best how often, and the
weights at which another would be. Pure arrays, no arms and no words.

Utilities are weighted sums (Keeney and Raiffa 1976, "Decisions with Multiple Objectives") of values that fixed ranges
turn into 0 to 1; weights are varied by a Dirichlet distribution around those that were given.
"""

from dataclasses import dataclass

import numpy as np

from ragvsft.verdict.intervals import N_RESAMPLES, SEED, Floats, Mask

CONCENTRATION = 50.0
"""Of the Dirichlet distribution: a weight of one half varies by 0.07 (one standard deviation)."""
_EQUAL = 1e-12
_EDGE = 0.005
"""A turn so close to a weight of 0 or 1 is none that anybody would weigh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """A weight of one objective at which another alternative takes the lead, the others kept in proportion."""

    objective: int
    weight: float
    best: int
    """Who leads beyond it."""


def scaled(values: Floats, worst: float, best: float) -> Floats:
    """Values as utilities: 0 at the worst end of the range and beyond it, 1 at the best; infinity is beyond."""
    finite = np.clip(values, min(worst, best), max(worst, best))
    utilities: Floats = (finite - worst) / (best - worst)
    return utilities


def front(values: Floats) -> Mask:
    """Which alternatives no other is at least as good as in everything and better in something.

    Args:
        values: higher is better, shape (n_alternatives, n_objectives).
    """
    as_good = (values[:, None, :] >= values[None, :, :] - _EQUAL).all(axis=2)
    better = (values[:, None, :] > values[None, :, :] + _EQUAL).any(axis=2)
    on_it: Mask = np.logical_not(np.any(as_good & better, axis=0))
    return on_it


def dealt(weights: Floats, present: Mask) -> Floats:
    """Weights that add up to 1, those of absent objectives dealt to the others in proportion.

    All 0 where no present objective has a weight.
    """
    kept = np.where(present, weights, 0.0)
    total = float(kept.sum())
    return kept / total if total else kept


def weight_draws(weights: Floats, n_draws: int = N_RESAMPLES) -> Floats:
    """Weights drawn around those given, which come first; a weight of 0 stays 0. Shape (1 + n_draws, n_objectives)."""
    draws = np.zeros((n_draws + 1, len(weights)))
    draws[0] = weights
    for at, weight in enumerate(weights):
        if weight > 0:
            draws[1:, at] = np.random.default_rng([SEED, at]).gamma(CONCENTRATION * float(weight), size=n_draws)
    draws[1:] /= draws[1:].sum(axis=1, keepdims=True)
    return draws


def best_shares(utilities: Floats) -> Floats:
    """How often each alternative has the highest utility; a tie is split between those that share it.

    Args:
        utilities: shape (n_draws, n_alternatives).
    """
    leads = utilities >= utilities.max(axis=1, keepdims=True) - _EQUAL
    shares: Floats = (leads / leads.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def reversals(utilities: Floats, weights: Floats, best: int) -> tuple[Reversal, ...]:
    """The nearest weight below and above each objective's own at which another alternative leads.

    Exact: with the other weights in proportion, a utility is a straight line over one weight.

    Args:
        utilities: shape (n_alternatives, n_objectives).
        weights: adding up to 1.
        best: who leads now.
    """
    found = []
    for objective, weight in enumerate(weights):
        rest = weights.copy()
        rest[objective] = 0.0
        if not rest.sum():
            continue
        others = utilities @ (rest / rest.sum())
        at_zero, at_one = others - others[best], utilities[:, objective] - utilities[best, objective]
        slope = at_one - at_zero
        crossing = np.full(len(utilities), np.nan)
        np.divide(-at_zero, slope, out=crossing, where=np.abs(slope) > _EQUAL)
        inside = (crossing >= _EDGE) & (crossing <= 1.0 - _EDGE) & (np.arange(len(utilities)) != best)
        below = np.flatnonzero(inside & (slope < 0) & (crossing <= weight + _EQUAL) & (at_zero > _EQUAL))
        above = np.flatnonzero(inside & (slope > 0) & (crossing >= weight - _EQUAL) & (at_one > _EQUAL))
        if len(below):
            nearest = int(below[np.argmax(crossing[below])])
            found.append(Reversal(objective=objective, weight=float(min(crossing[nearest], weight)), best=nearest))
        if len(above):
            nearest = int(above[np.argmin(crossing[above])])
            # Of two that are equal now, on the side on which the other leads.
            at = float(max(crossing[nearest], np.nextafter(weight, 1.0)))
            found.append(Reversal(objective=objective, weight=at, best=nearest))
    return tuple(found)
