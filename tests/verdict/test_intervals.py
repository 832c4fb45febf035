"""Intervals by hand, against scipy, and in simulations."""

import os
import subprocess
import sys

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


def test_right_or_wrong_with_one_question_a_fact_is_wilsons() -> None:
    found = one([1.0] * 8 + [0.0] * 2, [f"f{n}" for n in range(10)])
    assert (found.method, found.mean) == ("wilson", 0.8)
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)
    assert found.caution == "only 10 facts"


@pytest.mark.parametrize(("value", "mean"), [(0.0, 0.0), (1.0, 1.0)])
def test_all_alike_is_not_certain(value: float, mean: float) -> None:
    """Thirty phrasings of ten facts are ten observations."""
    found = one([value] * 30, [f"f{n % 10}" for n in range(30)])
    assert found.mean == mean
    assert found.n_facts == 10
    assert (found.low, found.high) == pytest.approx(wilson(round(10 * value), 10))
    assert found.high - found.low > 0.25


def test_equals_scipys_bca_bootstrap() -> None:
    values = np.random.default_rng(3).beta(0.5, 2.0, size=150)
    found = one(list(values), [f"f{n:03}" for n in range(150)])
    theirs = bootstrap((values,), np.mean, n_resamples=9999, rng=np.random.default_rng(1)).confidence_interval
    assert found.method == "bootstrap"
    assert found.low == pytest.approx(theirs.low, abs=0.004)
    assert found.high == pytest.approx(theirs.high, abs=0.004)


def test_more_phrasings_of_the_same_facts_do_not_narrow_the_interval() -> None:
    values = list(np.random.default_rng(4).random(40))
    facts = [f"f{n}" for n in range(40)]
    once, five_times = one(values, facts), one(values * 5, facts * 5)
    assert (five_times.low, five_times.high) == pytest.approx((once.low, once.high), abs=1e-9)
    assert five_times.high - five_times.low > 2 * (one(values * 5, [str(n) for n in range(200)]).high - once.mean) * 0.9


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


def test_intervals_hold_their_level_for_clustered_answers() -> None:
    """Forty facts of three phrasings; the truth is in the interval about 95 times of 100."""
    rng = np.random.default_rng(6)
    n_runs = 400
    skill = rng.beta(1.0, 2.0, size=(40, n_runs))
    right = (rng.random((3, 40, n_runs)) < skill).astype(float).reshape(120, n_runs)
    found = mean_intervals(
        right,
        np.ones_like(right, dtype=bool),
        [f"f{n % 40}" for n in range(120)],
        n_outcomes=[120] * n_runs,
        n_failed=[0] * n_runs,
    )
    inside = sum(one is not None and one.low <= 1 / 3 <= one.high for one in found)
    assert 0.92 <= inside / n_runs <= 0.98


def test_six_arms_twelve_metrics_and_two_thousand_facts_take_a_second_on_one_core() -> None:
    code = """
import time
import numpy as np
import scipy.special
from ragvsft.verdict.intervals import N_RESAMPLES, mean_intervals
assert N_RESAMPLES == 10_000
values = np.random.default_rng(0).random((2000, 72))
facts = [str(n) for n in range(2000)]
taken = []
for _ in range(3):
    begin = time.process_time()
    mean_intervals(values, np.ones_like(values, dtype=bool), facts, n_outcomes=[2000] * 72, n_failed=[0] * 72)
    taken.append(time.process_time() - begin)
print(min(taken))
"""
    one_core = {**os.environ, **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")}
    done = subprocess.run([sys.executable, "-c", code], env=one_core, capture_output=True, text=True, check=True)
    assert float(done.stdout) <= 1.0
