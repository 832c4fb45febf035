"""What holds of every interval and comparison: the mean is inside, order and names change nothing, mirrors mirror."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ragvsft.verdict.comparisons import compare_all, reversed_comparison
from ragvsft.verdict.intervals import cluster, difference_limits, mean_intervals, resampled_means, score_limits

Scores = NDArray[np.float64]
scores = arrays(
    np.float64,
    st.tuples(st.integers(1, 30), st.just(3)),
    elements=st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.0, 1.0)),
)
few = settings(max_examples=50, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """statsmodels collects garbage in every correction: a tenth of a second beside a test suite's heap."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gc.collect", lambda *_: 0)
        yield


def named(values: Scores, seed: int) -> list[str]:
    """Facts of one to many questions."""
    return [f"f{n}" for n in np.random.default_rng(seed).integers(0, len(values), len(values))]


def everywhere(values: Scores) -> NDArray[np.bool_]:
    return np.ones(values.shape, dtype=bool)


@few
@given(scores, st.integers(0, 9))
def test_the_mean_is_inside_and_never_certain(values: Scores, seed: int) -> None:
    facts = named(values, seed)
    for one in mean_intervals(values, everywhere(values), facts, n_outcomes=[1] * 3, n_failed=[0] * 3):
        assert one is not None
        assert 0.0 <= one.low <= one.mean + 1e-12
        assert one.mean - 1e-12 <= one.high <= 1.0
        assert one.high > one.low
    for pair in compare_all(values, ["a", "b", "c"], facts, metric="m", family=frozenset()):
        assert -1.0 <= pair.low <= pair.difference + 1e-12
        assert pair.difference - 1e-12 <= pair.high <= 1.0
        assert pair.high > pair.low


@few
@given(scores, st.integers(0, 9))
def test_order_and_names_of_questions_and_arms_change_nothing(values: Scores, seed: int) -> None:
    facts = named(values, seed)
    shuffle = np.random.default_rng(seed + 1)
    rows, columns = shuffle.permutation(len(values)), shuffle.permutation(3)
    arms = ["a", "b", "c"]
    names = dict(zip(arms, ["x", "y", "z"], strict=True))
    found = compare_all(values, arms, facts, metric="m", family=frozenset(arms))
    others = compare_all(
        values[np.ix_(rows, columns)],
        [names[arms[at]] for at in columns],
        [facts[row] for row in rows],
        metric="m",
        family=frozenset(names.values()),
    )
    by_pair = {(one.arm, one.other): one for pair in others for one in (pair, reversed_comparison(pair))}
    for one in found:
        other = by_pair[names[one.arm], names[one.other]]
        assert np.allclose(
            [one.difference, one.low, one.high, one.p, one.p_adjusted or 0.0],
            [other.difference, other.low, other.high, other.p, other.p_adjusted or 0.0],
        )
        assert (one.wins, one.ties, one.losses) == (other.wins, other.ties, other.losses)


@few
@given(scores, st.integers(0, 9))
def test_right_for_wrong_mirrors_a_score_and_a_change_of_places_a_difference(values: Scores, seed: int) -> None:
    facts = named(values, seed)
    low, high = score_limits(cluster(values, everywhere(values), facts))
    mirrored_low, mirrored_high = score_limits(cluster(1.0 - values, everywhere(values), facts))
    assert np.allclose([low, high], [1.0 - mirrored_high, 1.0 - mirrored_low], atol=1e-9)
    differences = values - values[:, [1, 2, 0]]
    low, high = difference_limits(cluster(differences, everywhere(values), facts))
    turned_low, turned_high = difference_limits(cluster(-differences, everywhere(values), facts))
    assert np.allclose([low, high], [-turned_high, -turned_low], atol=1e-9)


@few
@given(scores, st.integers(0, 9), st.lists(st.integers(0, 29), min_size=1, max_size=6))
def test_a_failure_never_raises_a_mean_a_difference_or_a_resampled_mean(
    values: Scores, seed: int, failed: list[int]
) -> None:
    """The first arm fails on some questions: in every resample it is at most as good as it was."""
    facts, worse = named(values, seed), values.copy()
    worse[[row % len(values) for row in failed], 0] = 0.0
    before = resampled_means(cluster(values, everywhere(values), facts), n_resamples=50)
    after = resampled_means(cluster(worse, everywhere(values), facts), n_resamples=50)
    assert (after[:, 0] <= before[:, 0] + 1e-12).all()
    assert np.array_equal(after[:, 1:], before[:, 1:])
    was, now = (compare_all(some, ["a", "b", "c"], facts, metric="m", family=frozenset()) for some in (values, worse))
    assert now[0].difference <= was[0].difference + 1e-12
    assert now[0].wins <= was[0].wins
