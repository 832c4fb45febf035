"""Paired differences of arms on one metric: interval, test, correction over all pairs.

Both arms answered the same questions. Facts are the unit: phrasings of one fact stand or fall together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from ragvsft.verdict.intervals import LEVEL, SEED, Clustered, Floats, caution, cluster, difference_limits

N_FLIPS = 10_000
SERIES_FACTS, SERIES_SHARE = 100, 0.05
"""Facts that differ from which on sign flips are counted by a series, and the most of the variance one may have."""
_EQUAL = 1e-9
_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`arm` minus `other` on one metric; positive: `arm` is better (or merely higher, see the metric)."""

    arm: str
    other: str
    metric: str
    difference: float
    low: float
    high: float
    n: int
    """Questions that both answered."""
    n_facts: int
    wins: int
    """Questions on which `arm` scored higher."""
    ties: int
    losses: int
    test: Literal["mcnemar_exact", "sign_flip", "confidence_sequence"]
    p: float
    p_adjusted: float | None
    """Holm's, over the pairs of one family; None: not in the family."""
    standard_error: float | None
    """Of the difference, facts as clusters; None with one fact."""
    caution: str | None = None

    @property
    def distinguishable(self) -> bool:
        """Whether the corrected test tells the two apart at 5 %."""
        return self.p_adjusted is not None and self.p_adjusted < 1.0 - LEVEL


def compare_all(
    values: Floats, arms: Sequence[str], facts: Sequence[str], *, metric: str, family: frozenset[str]
) -> tuple[Comparison, ...]:
    """Every pair of arms, the first named first.

    The interval is `intervals.difference_limits`, and −1 to 1 where there is a single fact. It can hold 0 where the
    test finds a difference, and the reverse.

    The test is McNemar's exact one for right-or-wrong scores with one question a fact, else a permutation test that
    swaps the two arms' answers fact by fact (exact where there are few facts). Both are two-sided.

    Args:
        values: fractions, shape (n_questions, n_arms).
        arms: the columns.
        facts: the fact of each row.
        metric: told with each pair.
        family: the arms among which a choice is made; Holm's correction is over their pairs.
    """
    pairs = list(combinations(range(len(arms)), 2))
    if not pairs or not len(values):
        return ()
    differences = np.column_stack([values[:, a] - values[:, b] for a, b in pairs])
    data = cluster(differences, np.ones_like(differences, dtype=np.bool_), facts)
    is_binary = bool(((values == 0.0) | (values == 1.0)).all()) and bool((data.counts == 1.0).all())
    wins, losses = (differences > _EQUAL).sum(axis=0), (differences < -_EQUAL).sum(axis=0)
    if is_binary:
        p_values = [mcnemar(int(won), int(lost)) for won, lost in zip(wins, losses, strict=True)]
    else:
        p_values = sign_flip(data.sums)
    chosen = [at for at, (a, b) in enumerate(pairs) if arms[a] in family and arms[b] in family]
    adjusted = dict(zip(chosen, holm([p_values[at] for at in chosen]), strict=True))
    low, high = difference_limits(data)
    if data.n_facts < 2:
        low, high = np.full_like(low, -1.0), np.full_like(high, 1.0)
    errors = _standard_errors(data)
    return tuple(
        Comparison(
            arm=arms[a],
            other=arms[b],
            metric=metric,
            difference=float(data.means[at]),
            low=float(low[at]),
            high=float(high[at]),
            n=len(differences),
            n_facts=data.n_facts,
            wins=int(wins[at]),
            ties=len(differences) - int(wins[at]) - int(losses[at]),
            losses=int(losses[at]),
            test="mcnemar_exact" if is_binary else "sign_flip",
            p=p_values[at],
            p_adjusted=adjusted.get(at),
            standard_error=float(errors[at]) if data.n_facts > 1 else None,
            caution=caution(data.counts[:, 0]),
        )
        for at, (a, b) in enumerate(pairs)
    )


def reversed_comparison(found: Comparison) -> Comparison:
    """The same comparison with the two arms in the other order."""
    return Comparison(
        arm=found.other,
        other=found.arm,
        metric=found.metric,
        difference=-found.difference,
        low=-found.high,
        high=-found.low,
        n=found.n,
        n_facts=found.n_facts,
        wins=found.losses,
        ties=found.ties,
        losses=found.wins,
        test=found.test,
        p=found.p,
        p_adjusted=found.p_adjusted,
        standard_error=found.standard_error,
        caution=found.caution,
    )


def _standard_errors(data: Clustered) -> Floats:
    """Of each column's mean, facts as clusters; as measured, without invented facts."""
    n_facts = data.n_facts
    residuals = data.sums - data.counts * data.means
    errors: Floats = np.sqrt(n_facts / max(1, n_facts - 1) * (residuals**2).sum(axis=0)) / data.counts.sum(axis=0)
    return errors


def mcnemar(wins: int, losses: int) -> float:
    """Two-sided exact p of paired right-or-wrong answers (McNemar 1947: a binomial test of the pairs that differ)."""
    from scipy.stats import binomtest

    return float(binomtest(wins, wins + losses, 0.5).pvalue) if wins + losses else 1.0


def sign_flip(sums: Floats) -> list[float]:
    """Two-sided p of each column's total when each fact's sign is as likely either way.

    All sign patterns are tried where there are no more than `N_FLIPS`; where enough facts differ, and none of them
    weighs much, their distribution is known without trying (`_by_series`); else as many are drawn.
    """
    is_series = np.array([_suits_series(column) for column in sums.T], dtype=np.bool_)
    p = np.ones(sums.shape[1])
    p[is_series] = [_by_series(column) for column in sums.T[is_series]]
    if not is_series.all():
        p[~is_series] = _by_flips(sums[:, ~is_series])
    return [float(one) for one in p]


def _suits_series(sums: Floats) -> bool:
    squares = sums[np.abs(sums) > _EQUAL] ** 2
    return len(squares) >= SERIES_FACTS and squares.max() <= SERIES_SHARE * squares.sum()


def _by_series(sums: Floats) -> float:
    """The share of sign patterns whose total is as far from 0, by the Edgeworth series (Feller 1971, XVI.4).

    Signs are independent and symmetric: with the variance S = sum of squares, the third cumulant is 0 and the fourth
    −2 · sum of fourth powers. Where all differences are multiples of one step, totals are two steps apart, and half
    of that is taken off (continuity correction). No p is less than that of as many drawn patterns could be.
    """
    from scipy.special import ndtr

    sizes = np.abs(sums[np.abs(sums) > _EQUAL])
    multiples = sizes / sizes.min()
    step = sizes.min() if np.allclose(multiples, np.round(multiples), rtol=0.0, atol=1e-6) else 0.0
    spread = np.sqrt((sizes**2).sum())
    z = max(0.0, abs(sums.sum()) - step) / spread
    fourth = -2.0 * (sizes**4).sum() / spread**4
    density = np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi)
    tail = ndtr(-z) + density * fourth / 24.0 * (z**3 - 3.0 * z)
    return float(np.clip(2.0 * tail, 1.0 / (N_FLIPS + 1), 1.0))


def _by_flips(sums: Floats) -> list[float]:
    """The same, all columns at once by one product of matrices.

    `scipy.stats.permutation_test` of kind "samples" gives the same and takes one column at a time. Where patterns are
    drawn the observed one is counted with them (Phipson and Smyth 2010), so that p is never 0.
    """
    sums = sums[(np.abs(sums) > _EQUAL).any(axis=1)]  # the sign of nothing makes no difference
    n_facts = len(sums)
    observed = np.abs(sums.sum(axis=0)) - _EQUAL
    is_exact = 2**n_facts <= N_FLIPS
    n_rows = 2**n_facts if is_exact else N_FLIPS
    step = max(1, _CELLS // max(1, n_facts))
    rng = np.random.Generator(np.random.SFC64(SEED))
    n_extreme = np.zeros(sums.shape[1], dtype=np.int64)
    for start in range(0, n_rows, step):
        rows = min(step, n_rows - start)
        if is_exact:
            bits = ((np.arange(start, start + rows)[:, None] >> np.arange(n_facts)) & 1).astype(np.float64)
        else:
            packed = rng.integers(0, 256, size=(rows, -(-n_facts // 8)), dtype=np.uint8)
            bits = np.unpackbits(packed, axis=1, count=n_facts).astype(np.float64)
        # Flipping by ±1 is twice the chosen half less the whole.
        totals = 2.0 * (bits @ sums) - sums.sum(axis=0)
        n_extreme += (np.abs(totals) >= observed).sum(axis=0)
    extra = 0 if is_exact else 1
    return [float(n + extra) / (n_rows + extra) for n in n_extreme]


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values (Holm 1979).

    As `statsmodels.stats.multitest.multipletests(method="holm")`, which collects garbage at every call: in a process
    that holds a run, that takes longer than all the tests.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    adjusted = np.empty_like(p)
    adjusted[order] = stepped
    return [float(one) for one in adjusted]
