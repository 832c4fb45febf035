"""Confidence sequences: a boundary by hand, and their level over time in simulations."""

import math

import numpy as np
import pytest

from ragvsft.verdict.sequential import confidence_sequence, mixture_parameter, normal_mixture_boundary

N_FACTS = 1_000


def share_ever_wrong(n_runs: int, shares: tuple[float, float, float], seed: int) -> tuple[float, float]:
    """Of experiments looked at after every fact, those whose interval ever left the truth out: sequence, fixed-n."""
    rng = np.random.default_rng(seed)
    truth = shares[2] - shares[0]
    wrong = fixed = 0
    for _ in range(0, n_runs, 1_000):
        drawn = rng.choice([-1.0, 0.0, 1.0], p=shares, size=(1_000, N_FACTS))
        found = confidence_sequence(drawn)
        wrong += int(((found.low > truth) | (found.high < truth)).any(axis=1).sum())
        n = np.arange(1, N_FACTS + 1)
        spread = np.sqrt(np.maximum(np.cumsum(drawn**2, axis=1) / n - found.means**2, 0.0))
        outside = np.abs(found.means - truth) > 1.96 * spread / np.sqrt(n)
        fixed += int(outside[:, 19:].any(axis=1).sum())
    return wrong / n_runs, fixed / n_runs


def limit(n_runs: int) -> float:
    return 0.05 + 3.0 * math.sqrt(0.05 * 0.95 / n_runs)


def test_boundary_by_hand() -> None:
    # v = 9, rho = 1, alpha = .1: sqrt(10 · ln(10 / .01)) = sqrt(10 · 6.907755).
    assert normal_mixture_boundary(np.array([9.0]), 1.0, 0.1)[0] == pytest.approx(8.311291, abs=1e-6)


def test_interval_by_hand() -> None:
    values = np.tile([0.0, 1.0], 50)
    found = confidence_sequence(values, tuned_for=100)
    rho = 1.0 / math.sqrt(100 / (-2 * math.log(0.05) + math.log(-2 * math.log(0.05)) + 1))
    # Waudby-Smith et al.'s own form, with their rho.
    inside = 100 * rho**2 + 1
    half = 0.5 * math.sqrt(2 * inside / (100**2 * rho**2) * math.log(math.sqrt(inside) / 0.05))
    assert (found.low[-1], found.high[-1]) == pytest.approx((0.5 - half, 0.5 + half))


def test_nothing_is_told_early_or_without_spread() -> None:
    assert np.isinf(confidence_sequence(np.tile([0.0, 1.0], 15)).high).sum() == 19
    assert np.isinf(confidence_sequence(np.ones(50)).low).all()


def test_the_parameter_is_about_the_best() -> None:
    best = normal_mixture_boundary(np.array([200.0]), mixture_parameter(200, 0.05), 0.05)[0]
    others = [normal_mixture_boundary(np.array([200.0]), rho, 0.05)[0] for rho in np.geomspace(1, 2_000, 400)]
    assert best <= min(others) * 1.002


@pytest.mark.parametrize("shares", [(0.15, 0.7, 0.15), (0.05, 0.75, 0.2)])
def test_stopped_experiments_are_rarely_wrong(shares: tuple[float, float, float]) -> None:
    wrong, fixed = share_ever_wrong(2_000, shares, seed=1)
    assert wrong <= limit(2_000)
    assert fixed > 0.2, "an ordinary interval looked at so often is wrong far more often"


@pytest.mark.long
@pytest.mark.parametrize("shares", [(0.15, 0.7, 0.15), (0.05, 0.75, 0.2), (0.3, 0.4, 0.3)])
def test_stopped_experiments_are_rarely_wrong_in_ten_thousand(shares: tuple[float, float, float]) -> None:
    wrong, _ = share_ever_wrong(10_000, shares, seed=2)
    assert wrong <= limit(10_000)


def test_a_real_difference_is_found() -> None:
    drawn = np.random.default_rng(3).choice([-1.0, 0.0, 1.0], p=(0.05, 0.6, 0.35), size=(500, N_FACTS))
    assert (confidence_sequence(drawn).low[:, -1] > 0.0).mean() > 0.99


def test_several_sequences_are_those_of_each() -> None:
    drawn = np.random.default_rng(4).normal(size=(3, 60))
    together = confidence_sequence(drawn)
    for row in range(3):
        assert np.array_equal(together.low[row], confidence_sequence(drawn[row]).low)


@pytest.mark.parametrize("bad", [{"level": 1.0}, {"level": 0.0}, {"tuned_for": 0}, {"first": 0}])
def test_senseless_settings(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        confidence_sequence(np.ones(3), **bad)  # type: ignore[arg-type]
