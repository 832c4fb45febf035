"""95 % intervals of means and of paired differences, and resampled means: facts are the unit, not their phrasings.

One matrix of resampled counts serves all arms and metrics, so every difference of arms is paired by construction.
How well each holds its level, and what was tried: `docs/results/statistics.md`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEVEL = 0.95
N_RESAMPLES = 10_000
SEED = 20_240_701
FEW_CLUSTERS = 20
"""Below this many facts nothing is concluded: resampled means vary too little, and intervals are mostly assumption."""
INVENTED = 3.0
"""Facts that the two invented ones count for. Bonett and Price add 2; that falls to 93.6 % where few facts differ."""

_CELLS = 2_000_000
"""Of a slice of the count matrix."""
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean score with its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int
    """Outcomes behind it: questions, times training seeds where an arm has several."""
    n_failed: int
    """Of those; a failure is in the mean with the metric's worst value."""
    n_facts: int
    """Facts behind it."""
    method: Literal["student_t", "wilson", "bootstrap"]
    caution: str | None = None
    """Why the interval may not hold its level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """Values of some columns added up within each fact."""

    sums: Floats
    """Shape (n_facts, n_columns)."""
    counts: Floats
    """How many values each sum has; same shape."""

    @property
    def n_facts(self) -> int:
        """Facts, whether or not a column has a value of them."""
        return int(self.sums.shape[0])

    @property
    def means(self) -> Floats:
        """The mean of each column over its values; 0 for a column without any."""
        totals: Floats = self.counts.sum(axis=0)
        means: Floats = self.sums.sum(axis=0) / np.maximum(totals, 1.0)
        return means

    @property
    def by_fact(self) -> Floats:
        """The mean of each fact; 0 where it has no value of a column."""
        means: Floats = self.sums / np.maximum(self.counts, 1.0)
        return means


def cluster(values: Floats, defined: Mask, facts: Sequence[str]) -> Clustered:
    """Add values up within facts, facts in the order of their ids so that the rows' order changes nothing.

    Args:
        values: shape (n_questions, n_columns); what is not defined is not looked at.
        defined: same shape.
        facts: the fact of each row.
    """
    _, rows = np.unique(np.asarray(facts, dtype=str), return_inverse=True)
    n_facts = int(rows.max()) + 1 if len(rows) else 0
    sums = np.zeros((n_facts, values.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, rows, np.where(defined, values, 0.0))
    np.add.at(counts, rows, defined.astype(np.float64))
    return Clustered(sums=sums, counts=counts)


def resampled_means(data: Clustered, *, n_resamples: int = N_RESAMPLES, seed: int = SEED) -> Floats:
    """Means of every column when facts are drawn with replacement, as many as there are.

    A draw that has no value of a column keeps that column's own mean.

    Returns:
        Shape (n_resamples, n_columns). The same facts are drawn for every column.
    """
    same_counts = bool((data.counts == data.counts[:, :1]).all())
    counts = data.counts[:, :1] if same_counts else data.counts
    both = np.hstack([data.sums, counts])
    n_columns = data.sums.shape[1]
    means = np.empty((n_resamples, n_columns))
    at = 0
    for weights in resample_counts(data.n_facts, n_resamples, seed):
        found = weights @ both
        totals = np.broadcast_to(found[:, n_columns:], (len(weights), n_columns))
        kept = np.broadcast_to(data.means, totals.shape).copy()
        np.divide(found[:, :n_columns], totals, out=kept, where=totals > 0)
        means[at : at + len(weights)] = kept
        at += len(weights)
    return means


def resample_counts(n_facts: int, n_resamples: int = N_RESAMPLES, seed: int = SEED) -> Iterator[Floats]:
    """How often each fact is drawn in each resample, in slices of (some resamples, n_facts)."""
    rng = np.random.Generator(np.random.SFC64(seed))
    rows = max(1, _CELLS // max(1, n_facts))
    for start in range(0, n_resamples, rows):
        n = min(rows, n_resamples - start)
        drawn = rng.integers(0, n_facts, size=(n, n_facts), dtype=np.int64)
        drawn += np.arange(n, dtype=np.int64)[:, None] * n_facts
        yield np.bincount(drawn.ravel(), minlength=n * n_facts).reshape(n, n_facts).astype(np.float64)


def mean_intervals(
    values: Floats, defined: Mask, facts: Sequence[str], *, n_outcomes: Sequence[int], n_failed: Sequence[int]
) -> list[Interval | None]:
    """The mean and 95 % interval of each column of fractions 0-1; None for a column without a value.

    Wilson's interval (Wilson 1927) over facts where all values are 0 or all are 1, else `score_limits`. Means are over
    questions.

    Args:
        values: shape (n_questions, n_columns).
        defined: same shape.
        facts: the fact of each row.
        n_outcomes: told with each column.
        n_failed: told with each column.
    """
    data = cluster(values, defined, facts)
    means = data.means
    by_wilson = (means <= _EQUAL) | (means >= 1.0 - _EQUAL)
    low, high = score_limits(data)
    found: list[Interval | None] = []
    for at, mean in enumerate(means):
        n_facts = int((data.counts[:, at] > 0).sum())
        if not n_facts:
            found.append(None)
            continue
        if by_wilson[at]:
            low[at], high[at] = wilson(round(float(mean) * n_facts), n_facts)
        found.append(
            Interval(
                mean=float(mean),
                low=float(low[at]),
                high=float(high[at]),
                n=n_outcomes[at],
                n_failed=n_failed[at],
                n_facts=n_facts,
                method="wilson" if by_wilson[at] else "student_t",
                caution=caution(data.counts[:, at]),
            )
        )
    return found


def score_limits(data: Clustered) -> tuple[Floats, Floats]:
    """Low and high 95 % limits of each column's mean, values 0-1.

    Student's t over facts after two invented facts, as Agresti and Coull (1998) add right and wrong answers: one at 0
    and one at 1. Where facts are graded and lie close together, both are drawn in towards the mean by the root of the
    share of p(1 - p) that lies between facts and not within them, with one fact's worth of doubt.
    """
    means, at = data.means, data.by_fact
    between = np.where(data.counts > 0, (at - means) ** 2, 0.0).sum(axis=0)
    within = (at * (1.0 - at)).sum(axis=0)
    reach = np.sqrt((between + 1.0) / (between + within + 1.0))
    low, high = _limits(data, means * (1.0 - reach), means + (1.0 - means) * reach)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def difference_limits(data: Clustered) -> tuple[Floats, Floats]:
    """Low and high 95 % limits of each column's mean, values paired differences from -1 to 1.

    Student's t over facts after two invented facts, as Bonett and Price (2012) add one pair won and one lost: without
    them the interval is far too narrow where the arms seldom differ. They lie at ±1; where differences are graded, at
    plus and minus their root mean square over the facts that differ, with two whole differences' worth of doubt, and
    the nearer to the mean the smaller that is.
    """
    at, means = data.by_fact, data.means
    n_differ = (np.abs(at) > _EQUAL).sum(axis=0)
    size = np.sqrt(((at**2).sum(axis=0) + 2.0) / (n_differ + 2.0))
    centre = means * (1.0 - size)
    low, high = _limits(data, centre - size, centre + size)
    return np.maximum(low, -1.0), np.minimum(high, 1.0)


def _limits(data: Clustered, below: Floats, above: Floats) -> tuple[Floats, Floats]:
    """Mean ± Student's t times the standard error with facts as clusters, two facts of these means invented.

    Each has as many questions as the fact of an average question, so that a single large fact is no certainty.
    Cameron, Gelbach and Miller (2008) on the standard error and the degrees of freedom where clusters are few.
    """
    from scipy.special import stdtrit

    n = np.maximum(data.counts.sum(axis=0), 1.0)
    n_facts = (data.counts > 0).sum(axis=0) + INVENTED
    weight = INVENTED / 2.0 * (data.counts**2).sum(axis=0) / n
    total = n + 2.0 * weight
    means = (data.sums.sum(axis=0) + weight * (below + above)) / total
    squares = ((data.sums - data.counts * means) ** 2).sum(axis=0)
    squares += weight**2 * 2.0 / INVENTED * ((below - means) ** 2 + (above - means) ** 2)
    half = stdtrit(n_facts - 1.0, (1.0 + LEVEL) / 2.0) * np.sqrt(n_facts / (n_facts - 1.0) * squares) / total
    return means - half, means + half


def wilson(n_right: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share."""
    from scipy.stats import binomtest

    found = binomtest(n_right, n).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def caution(counts: Floats) -> str | None:
    """Why an interval over facts with these numbers of questions may not hold its level."""
    n_facts = int((counts > 0).sum())
    if n_facts < FEW_CLUSTERS:
        return f"only {n_facts} facts" if n_facts != 1 else "only one fact"
    if counts.max() * 2 >= counts.sum():
        return "one fact has half of the questions"
    return None
