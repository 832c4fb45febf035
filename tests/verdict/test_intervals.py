"""Intervals by hand, against scipy, and in simulations."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from ragvsft.verdict.intervals import Interval, cluster, mean_intervals, resampled_means, wilson


def one(values: list[float], facts: list[str]) -> Interval:
    column = np.array(values)[:, None]
    (found,) = mean_intervals(column, np.ones_like(column, dtype=bool), facts, n_outcomes=[len(values)], n_failed=[0])
    assert found is not None
    return found


def test_wilson_by_hand() -> None:
    # z = 1.959964, p = .8, n = 10: centre (.8 + z²/20) / (1 + z²/10), as in Wilson 1927.
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


def test_scores_by_hand() -> None:
    """Eight right, two wrong, one and a half invented of each: 9.5 of 13, as Agresti and Coull add two of each."""
    found = one([1.0] * 8 + [0.0] * 2, [f"f{n}" for n in range(10)])
    assert (found.method, found.mean) == ("student_t", 0.8)
    # t(12) at 97.5 % is 2.178813; √(9.5/13 · 3.5/13 / 12) is 0.128046.
    assert (found.low, found.high) == pytest.approx((9.5 / 13 - 2.178813 * 0.128046, 1.0), abs=1e-5)
    assert found.caution == "only 10 facts"


def test_graded_scores_that_lie_close_together_are_known_closely() -> None:
    """Two hundred facts at 0.4 and 0.6: no fact is invented at 0 or 1, and the interval is about Student's t."""
    values = [0.4, 0.6] * 100
    found = one(values, [f"f{n}" for n in range(200)])
    half = 1.971957 * float(np.std(values, ddof=1)) / 200**0.5
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), rel=0.005)


@pytest.mark.parametrize(("value", "mean"), [(0.0, 0.0), (1.0, 1.0)])
def test_all_alike_is_not_certain(value: float, mean: float) -> None:
    """Thirty phrasings of ten facts are ten observations."""
    found = one([value] * 30, [f"f{n % 10}" for n in range(30)])
    assert found.mean == mean
    assert found.n_facts == 10
    assert (found.low, found.high) == pytest.approx(wilson(round(10 * value), 10))
    assert found.high - found.low > 0.25


@pytest.mark.parametrize("n_phrasings", [1, 3])
def test_resampled_means_are_scipys_bootstrap(n_phrasings: int) -> None:
    """Of 150 facts: the same percentile interval and standard error within Monte-Carlo error."""
    rng = np.random.default_rng(3)
    values = np.clip(rng.beta(0.5, 2.0, size=(150, 1)) + rng.normal(0.0, 0.1, size=(150, n_phrasings)), 0.0, 1.0)
    facts = [f"f{n:03}" for n in range(150) for _ in range(n_phrasings)]
    data = cluster(values.reshape(-1, 1), np.ones((150 * n_phrasings, 1), dtype=bool), facts)
    ours = resampled_means(data)[:, 0]
    theirs = bootstrap(
        (values.mean(axis=1),), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(1)
    )
    assert np.quantile(ours, [0.025, 0.975]) == pytest.approx(tuple(theirs.confidence_interval), abs=0.003)
    assert ours.std() == pytest.approx(theirs.standard_error, rel=0.03)


def test_more_phrasings_of_the_same_facts_do_not_narrow_the_interval() -> None:
    values = list(np.random.default_rng(4).random(40))
    facts = [f"f{n}" for n in range(40)]
    once, five_times = one(values, facts), one(values * 5, facts * 5)
    assert (five_times.low, five_times.high) == pytest.approx((once.low, once.high), abs=1e-9)
    as_if_new = one(values * 5, [str(n) for n in range(200)])
    assert five_times.high - five_times.low > 2 * (as_if_new.high - as_if_new.low)


def test_means_are_over_questions_and_rows_may_come_in_any_order() -> None:
    values, facts = [1.0, 1.0, 1.0, 0.5, 0.0, 0.25], ["a", "a", "a", "b", "c", "d"]
    found = one(values, facts)
    assert found.mean == pytest.approx(3.75 / 6)
    assert found.caution == "only 4 facts"
    order = [5, 3, 0, 4, 2, 1]
    assert one([values[n] for n in order], [facts[n] for n in order]) == found


def test_one_fact_with_half_of_the_questions_is_told() -> None:
    found = one([0.5, 1.0] * 30, ["big"] * 30 + [f"f{n}" for n in range(30)])
    assert found.caution == "one fact has half of the questions"


def test_undefined_cells_are_left_out_and_an_empty_column_is_none() -> None:
    values = np.array([[1.0, 0.0, 0.5], [0.0, 0.0, 0.25], [1.0, 0.0, 0.0]])
    defined = np.array([[True, False, True], [True, False, True], [False, False, True]])
    found = mean_intervals(values, defined, ["a", "b", "c"], n_outcomes=[2, 0, 3], n_failed=[0, 0, 1])
    assert found[0] is not None
    assert (found[0].mean, found[0].n_facts, found[0].n) == (0.5, 2, 2)
    assert found[1] is None
    assert found[2] is not None
    assert (found[2].mean, found[2].n_failed) == (0.25, 1)


def test_a_column_is_resampled_alike_alone_and_among_others() -> None:
    rng = np.random.default_rng(5)
    values, facts = rng.random((60, 3)), [f"f{n % 25}" for n in range(60)]
    defined = np.ones_like(values, dtype=bool)
    together = resampled_means(cluster(values, defined, facts), n_resamples=200)
    alone = resampled_means(cluster(values[:, [2]], defined[:, [2]], facts), n_resamples=200)
    assert together[:, 2] == pytest.approx(alone[:, 0])
