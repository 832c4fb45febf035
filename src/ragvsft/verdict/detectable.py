"""How small a difference a number of facts can show, and how many facts a difference needs.

Normal approximation for a paired design: (z of the level + z of the power) · sd / √n, as in Miller 2024
(arXiv 2411.00640, "Adding Error Bars to Evals", on minimum detectable effects).
"""

import math
from dataclasses import dataclass

ALPHA = 0.05
POWER = 0.8
ASSUMED_DISCORDANCE = 0.3
"""Before a run: the share of questions on which two arms are taken to differ; its root bounds the sd of differences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """The smallest difference that a comparison finds four times out of five."""

    difference: float
    """A fraction; 1 where the facts can show nothing smaller."""
    n_facts: int
    n_pairs: int
    """Pairs that are tested together; each is held to the level divided by their number."""
    sd: float
    """Of a fact's difference between two arms."""
    measured: bool
    """False: the sd is an assumption."""


def detectable_before(n_facts: int, n_arms: int) -> Detectable:
    """What a run of this size can show, before it is run: `ASSUMED_DISCORDANCE` in place of a measured spread."""
    n_pairs = max(1, n_arms * (n_arms - 1) // 2)
    return _detectable(n_facts, n_pairs, math.sqrt(ASSUMED_DISCORDANCE), measured=False)


def detectable_after(n_facts: int, n_pairs: int, standard_error: float) -> Detectable:
    """What a run could have shown, from the standard error of a difference that it measured."""
    return _detectable(n_facts, n_pairs, standard_error * math.sqrt(n_facts), measured=True)


def facts_needed(difference: float, sd: float, n_pairs: int) -> int | None:
    """How many facts show a difference four times out of five; None for no difference at all."""
    if difference == 0.0 or sd == 0.0:
        return None
    return math.ceil((_both(n_pairs) * sd / difference) ** 2)


def _detectable(n_facts: int, n_pairs: int, sd: float, *, measured: bool) -> Detectable:
    difference = _both(n_pairs) * sd / math.sqrt(n_facts) if n_facts else 1.0
    return Detectable(difference=min(1.0, difference), n_facts=n_facts, n_pairs=n_pairs, sd=sd, measured=measured)


def _both(n_pairs: int) -> float:
    """z of the two-sided level, shared among the pairs, plus z of the power."""
    from scipy.special import ndtri

    return float(ndtri(1.0 - ALPHA / (2 * max(1, n_pairs))) + ndtri(POWER))
