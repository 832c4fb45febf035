"""Looking early: the intervals hold at every look, and a leader is named only where it is one."""

import math

import numpy as np
import pytest

from ragvsft.verdict.early import early_comparisons, settled_leader
from ragvsft.verdict.intervals import Floats
from ragvsft.verdict.sequential import TUNED_FOR, mixture_parameter

ARMS = ("a", "b", "c", "d")
LOOKS = range(20, 241, 20)


def looked_at(values: Floats, n: int) -> str | None:
    facts = [f"f{at}" for at in range(n)]
    arms = ARMS[: values.shape[1]]
    return settled_leader(early_comparisons(values[:n], arms, facts, metric="m", family=frozenset(arms)))


def first_decision(values: Floats) -> tuple[str | None, int]:
    """The first leader that is named, and after how many facts; None: none up to the end."""
    for n in LOOKS:
        if (leader := looked_at(values, n)) is not None:
            return leader, n
    return None, LOOKS[-1]


def answers(rng: np.random.Generator, rates: tuple[float, ...]) -> Floats:
    """Right or wrong, arms alike on hard and on easy facts."""
    ease = rng.normal(size=(LOOKS[-1], 1))
    cut = np.quantile(rng.normal(size=4_000) + rng.normal(size=4_000), [1 - rate for rate in rates])
    values: Floats = (ease + rng.normal(size=(LOOKS[-1], len(rates))) > cut).astype(np.float64)
    return values


def share_wrong(n_runs: int, rates: tuple[float, ...], best: frozenset[str], seed: int) -> tuple[float, float]:
    """Of experiments, those in which an arm is named that is not the one best arm; and the mean facts asked."""
    rng = np.random.default_rng(seed)
    found = [first_decision(answers(rng, rates)) for _ in range(n_runs)]
    return sum(leader is not None and leader not in best for leader, _ in found) / n_runs, float(
        np.mean([n for _, n in found])
    )


@pytest.mark.parametrize("n_runs", [200, pytest.param(10_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])])
def test_few_decisions_are_wrong_however_often_one_looks(n_runs: int) -> None:
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / n_runs) if n_runs < 1_000 else 0.05
    alike, _ = share_wrong(n_runs, (0.5, 0.5, 0.5, 0.5), frozenset(), seed=1)
    near, _ = share_wrong(n_runs, (0.5, 0.53, 0.3, 0.1), frozenset({"b"}), seed=2)
    apart, asked = share_wrong(n_runs, (0.8, 0.4, 0.3, 0.1), frozenset({"a"}), seed=3)
    assert max(alike, near, apart) <= allowed
    assert asked < 0.67 * LOOKS[-1], "a clear case takes a third fewer answers"


def test_the_p_value_is_the_level_at_which_the_interval_touches_zero() -> None:
    values = np.zeros((60, 2))
    values[:40, 0] = 1.0
    (found,) = early_comparisons(
        values, ("a", "b"), [f"f{n}" for n in range(60)], metric="m", family=frozenset({"a", "b"})
    )
    rho = mixture_parameter(TUNED_FOR, 0.05)
    mean, square = 40 / 60, (40 + 2) / 62
    spread = math.sqrt(square - (40 / 62) ** 2)
    half = spread * math.sqrt((60 + rho) * math.log((60 + rho) / (0.05**2 * rho))) / 60
    assert (found.low, found.high) == (pytest.approx(mean - half), pytest.approx(mean + half))
    p = math.sqrt((60 + rho) / rho) * math.exp(-((mean * 60 / spread) ** 2) / (2 * (60 + rho)))
    assert found.p == pytest.approx(p)
    assert (found.p < 0.05) == (found.low > 0.0)


def test_arms_that_never_differed_are_not_certainly_alike() -> None:
    values = np.ones((40, 2))
    (found,) = early_comparisons(
        values, ("a", "b"), [f"f{n}" for n in range(40)], metric="m", family=frozenset({"a", "b"})
    )
    assert found.low < -0.03
    assert found.high > 0.03
    assert found.p == 1.0
    assert settled_leader([found]) is None


def test_under_twenty_facts_nothing_is_told() -> None:
    values = np.zeros((19, 2))
    values[:, 0] = 1.0
    (found,) = early_comparisons(
        values, ("a", "b"), [f"f{n}" for n in range(19)], metric="m", family=frozenset({"a", "b"})
    )
    assert (found.low, found.high, found.p) == (-1.0, 1.0, 1.0)


def test_phrasings_of_one_fact_count_once() -> None:
    values = np.zeros((90, 2))
    values[:, 0] = 1.0
    (found,) = early_comparisons(
        values, ("a", "b"), [f"f{n // 3}" for n in range(90)], metric="m", family=frozenset({"a", "b"})
    )
    (single,) = early_comparisons(
        values[:30], ("a", "b"), [f"f{n}" for n in range(30)], metric="m", family=frozenset({"a", "b"})
    )
    assert found.n_facts == 30
    assert (found.low, found.p) == (single.low, single.p)


def test_an_arm_outside_the_family_never_leads() -> None:
    values = np.zeros((60, 3))
    values[:, 2] = 1.0
    facts = [f"f{n}" for n in range(60)]
    found = early_comparisons(values, ARMS[:3], facts, metric="m", family=frozenset({"a", "b"}))
    assert settled_leader(found) is None
