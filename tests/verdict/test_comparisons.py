"""Paired tests by hand and against scipy."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import permutation_test
from statsmodels.stats.multitest import multipletests

from ragvsft.verdict.comparisons import Comparison, compare_all, holm, reversed_comparison, sign_flip
from ragvsft.verdict.detectable import detectable_after, detectable_before, facts_needed


def compared(values: NDArray[np.float64], facts: list[str] | None = None, family: str = "abcdef") -> list[Comparison]:
    arms = list("abcdef")[: values.shape[1]]
    names = facts or [f"f{n:04}" for n in range(len(values))]
    return list(compare_all(values, arms, names, metric="exact_match", family=frozenset(family)))


def test_mcnemar_by_hand() -> None:
    # a alone right 8 times, b alone once, 11 ties: 2 · (C(9,0) + C(9,1)) / 2⁹ = 20/512.
    a = np.array([1.0] * 8 + [0.0] + [1.0] * 6 + [0.0] * 5)
    b = np.array([0.0] * 8 + [1.0] + [1.0] * 6 + [0.0] * 5)
    (found,) = compared(np.column_stack([a, b]))
    assert (found.wins, found.ties, found.losses, found.test) == (8, 11, 1, "mcnemar_exact")
    assert found.p == pytest.approx(20 / 512)
    assert found.p_adjusted == found.p
    assert found.distinguishable
    assert found.difference == pytest.approx(7 / 20)
    # One and a half won and lost are invented: 9.5 against 2.5 of 23; t(22) at 97.5 % is 2.073873.
    mean = 7 / 23
    half = 2.073873 * ((12 / 23 - mean**2) / 22) ** 0.5
    assert (found.low, found.high) == pytest.approx((mean - half, mean + half), abs=1e-5)


def test_graded_differences_by_hand() -> None:
    """Forty facts, half of them 0.2 better: the root mean square with two whole ones is √(2.8 / 22)."""
    (found,) = compared(np.column_stack([[0.2, 0.0] * 20, np.zeros(40)]))
    size = (2.8 / 22) ** 0.5
    centre = 0.1 * (1.0 - size)
    mean = (4.0 + 3 * centre) / 43
    # t(42) at 97.5 % is 2.018082.
    half = 2.018082 * (((0.8 + 3 * (centre**2 + size**2)) / 43 - mean**2) / 42) ** 0.5
    assert (found.low, found.high) == pytest.approx((mean - half, mean + half), abs=1e-5)


def test_one_large_fact_leaves_the_rest_open() -> None:
    """Twenty questions on one fact and one on each of twenty: what was invented weighs as much as a large fact."""
    a, b = np.r_[np.ones(20), np.ones(20)], np.r_[np.zeros(10), np.ones(30)]
    (large,) = compared(np.column_stack([a, b]), facts=["big"] * 20 + [f"f{n}" for n in range(20)])
    (spread,) = compared(np.column_stack([a, b]), facts=[f"f{n}" for n in range(40)])
    assert large.caution == "one fact has half of the questions"
    assert large.high - large.low > 3 * (spread.high - spread.low)


def test_few_facts_are_tried_in_every_pattern() -> None:
    """Five facts, all better by different amounts: two of the 32 sign patterns are as far out."""
    a = np.array([0.5, 0.4, 0.3, 0.2, 0.1])
    (found,) = compared(np.column_stack([a, np.zeros(5)]))
    assert found.test == "sign_flip"
    assert found.p == pytest.approx(2 / 32)


def test_phrasings_of_a_fact_flip_together() -> None:
    """Ten right-or-wrong questions on two facts are two observations: two of four patterns, and four in all."""
    a, b = np.ones(10), np.zeros(10)
    (found,) = compared(np.column_stack([a, b]), facts=["f1", "f2"] * 5)
    assert found.test == "sign_flip"
    assert found.p == pytest.approx(2 / 4)
    assert found.n_facts == 2


def test_permutation_equals_scipys() -> None:
    rng = np.random.default_rng(8)
    values = np.clip(rng.random((80, 2)) + np.array([0.07, 0.0]), 0, 1)
    (found,) = compared(values)
    theirs = permutation_test(
        (values[:, 0], values[:, 1]),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=np.random.default_rng(9),
    )
    assert found.p == pytest.approx(theirs.pvalue, abs=0.012)


@pytest.mark.parametrize(
    "scores",
    [
        lambda rng, n: rng.beta(0.5, 0.5, n) - rng.beta(0.6, 0.5, n),
        lambda rng, n: rng.binomial(3, 0.55, n) - rng.binomial(3, 0.5, n).astype(float),
        lambda rng, n: rng.choice([1.0, -1.0], n, p=[0.55, 0.45]) * rng.integers(1, 6, n),
    ],
    ids=["graded", "three phrasings", "uneven"],
)
def test_many_facts_are_counted_as_if_every_pattern_were_tried(scores: Callable[[Any, int], Any]) -> None:
    """200,000 patterns drawn here have a standard error of at most 0.0011."""
    rng = np.random.default_rng(11)
    for _ in range(4):
        sums = scores(rng, 400)
        totals = sum(rng.choice([1.0, -1.0], 200_000) * one for one in sums)
        drawn = np.mean(np.abs(totals) >= abs(sums.sum()) - 1e-9)
        (found,) = sign_flip(sums[:, None])
        assert found == pytest.approx(drawn, abs=0.004)


def test_facts_that_do_not_differ_change_no_test() -> None:
    few = np.array([[0.5], [0.4], [0.3], [0.2], [0.1]])
    assert sign_flip(np.vstack([few, np.zeros((1_000, 1))])) == sign_flip(few) == [2 / 32]
    assert sign_flip(np.zeros((300, 1))) == [1.0]


def test_one_heavy_fact_is_not_left_to_the_series() -> None:
    """300 facts that cancel and one as large as all of them together: it alone decides the sign, p is near 1."""
    sums = np.r_[np.tile([1.0, -1.0], 150), 300.0][:, None]
    assert sign_flip(sums)[0] > 0.4


def test_holm_by_hand_over_the_arms_that_may_be_chosen() -> None:
    rng = np.random.default_rng(10)
    values = np.clip(rng.random((60, 4)) + np.array([0.3, 0.12, 0.0, 0.5]), 0, 1)
    found = compared(values, family="abc")
    family = sorted((one for one in found if "d" not in (one.arm, one.other)), key=lambda one: one.p)
    assert len(family) == 3
    expected, before = [], 0.0
    for rank, one in enumerate(family):
        before = max(before, min(1.0, (3 - rank) * one.p))
        expected.append(before)
    assert [one.p_adjusted for one in family] == pytest.approx(expected)
    assert all(one.p_adjusted is None and not one.distinguishable for one in found if "d" in (one.arm, one.other))


def test_arms_that_never_differ_are_not_shown_to_be_equal() -> None:
    same = np.tile(np.array([[1.0], [0.0]]), (25, 2))
    (found,) = compared(same)
    assert (found.difference, found.p, found.wins, found.losses) == (0.0, 1.0, 0, 0)
    # Nothing but what was invented: ±1 for 53 facts in all.
    assert found.high == pytest.approx(2.006647 * (3 / 53 / 52) ** 0.5, abs=1e-5)
    assert found.low == -found.high
    # The largest difference that fifty facts without one leave open at 2.5 % is 7 points.
    assert found.high == pytest.approx(1.0 - 0.025 ** (1 / 50), abs=0.01)


def test_arms_that_always_differ_are_not_certain_to() -> None:
    (found,) = compared(np.column_stack([np.ones(30), np.zeros(30)]))
    assert (found.difference, found.high) == (1.0, 1.0)
    assert 0.7 < found.low < 0.9


def test_one_fact_shows_nothing() -> None:
    (found,) = compared(np.array([[1.0, 0.0], [1.0, 0.0]]), facts=["f", "f"])
    assert (found.low, found.high, found.p) == (-1.0, 1.0, 1.0)
    assert found.caution == "only one fact"


def test_order_of_arms_and_rows_changes_nothing_else() -> None:
    rng = np.random.default_rng(11)
    values, facts = rng.random((50, 2)), [f"f{n % 20}" for n in range(50)]
    (found,) = compared(values, facts)
    order = list(rng.permutation(50))
    (shuffled,) = compared(values[order], [facts[n] for n in order])
    assert (shuffled.difference, shuffled.low, shuffled.p) == pytest.approx((found.difference, found.low, found.p))
    (turned,) = compared(values[:, ::-1], facts)
    back = reversed_comparison(turned)
    assert (back.difference, back.low, back.high, back.p, back.wins) == pytest.approx(
        (found.difference, found.low, found.high, found.p, found.wins)
    )


def test_detectable_differences_by_hand() -> None:
    # One pair: (1.959964 + 0.841621) · √0.3 / √150.
    before = detectable_before(150, 2)
    assert before.difference == pytest.approx(2.801585 * 0.3**0.5 / 150**0.5, abs=1e-6)
    assert not before.measured
    assert detectable_before(150, 6).difference > before.difference
    after = detectable_after(100, 1, standard_error=0.05)
    assert after.difference == pytest.approx(2.801585 * 0.05, abs=1e-6)
    # What n facts can just show needs n facts.
    assert facts_needed(after.difference, after.sd, 1) in (100, 101)
    assert facts_needed(0.0, 0.5, 1) is None


@settings(max_examples=5, deadline=None)  # statsmodels collects garbage at every call
@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=20))
def test_holm_equals_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert holm([]) == []
