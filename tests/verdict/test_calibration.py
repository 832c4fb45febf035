"""Simulated experiments whose truth is known: do intervals hold 95 %, do tests, the gate and early stops keep 5 %."""

import math
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from ragvsft.verdict import comparisons
from ragvsft.verdict.comparing_runs import ArmPair
from ragvsft.verdict.comparisons import compare_all, mcnemar, sign_flip
from ragvsft.verdict.gating import gate
from ragvsft.verdict.intervals import cluster, difference_limits, mean_intervals
from ragvsft.verdict.sequential import confidence_sequence
from simulated_scores import Cell, simulate

QUICK, FULL = 500, 10_000
AT_ONCE = 1_000

ORDINARY = [
    Cell(n_facts=100, wins=0.15, losses=0.15),
    Cell(n_facts=100, wins=0.3, losses=0.1, phrasings=3),
    Cell(n_facts=150, wins=0.2, losses=0.1, phrasings=5, sizes="uneven"),
    Cell(n_facts=300, wins=0.2, losses=0.2, level=0.8),
    Cell(n_facts=100, wins=0.4, losses=0.3, graded=True),
    Cell(n_facts=100, wins=0.5, losses=0.2, graded=True, phrasings=3),
    Cell(n_facts=200, wins=0.3, losses=0.3, graded=True, phrasings=5, sizes="uneven"),
]
"""A hundred questions and more, arms that differ on a good part of them."""
AWKWARD = [
    Cell(n_facts=20, wins=0.15, losses=0.15),
    Cell(n_facts=20, wins=0.3, losses=0.1, phrasings=3, graded=True),
    Cell(n_facts=20, wins=0.95, losses=0.0),
    Cell(n_facts=40, wins=0.0, losses=0.0, level=0.3),
    Cell(n_facts=50, wins=0.0, losses=0.04, level=0.0),
    Cell(n_facts=50, wins=0.05, losses=0.0, level=0.02, phrasings=5, sizes="uneven"),
    Cell(n_facts=50, wins=0.04, losses=0.0, level=1.0, graded=True, phrasings=3),
    Cell(n_facts=100, wins=0.04, losses=0.0, level=0.97),
    Cell(n_facts=150, wins=0.04, losses=0.0, level=0.02),
    Cell(n_facts=200, wins=0.02, losses=0.0, level=0.01, graded=True, phrasings=3),
    Cell(n_facts=200, wins=0.04, losses=0.0, level=0.0, phrasings=5, sizes="uneven"),
    Cell(n_facts=500, wins=0.02, losses=0.0, level=0.99, graded=True),
    Cell(n_facts=40, wins=0.02, losses=0.02, level=0.9, sizes="half"),
    Cell(n_facts=20, wins=0.3, losses=0.1, sizes="half"),
    Cell(n_facts=10, wins=0.3, losses=0.1),
]
"""Few facts, arms at 0 or 1, arms that answer alike, one fact with half of the questions."""
NULL = [
    Cell(n_facts=20, wins=0.2, losses=0.2),
    Cell(n_facts=100, wins=0.15, losses=0.15),
    Cell(n_facts=100, wins=0.02, losses=0.02),
    Cell(n_facts=20, wins=0.2, losses=0.2, graded=True),
    Cell(n_facts=60, wins=0.2, losses=0.2, phrasings=3),
    Cell(n_facts=100, wins=0.3, losses=0.3, graded=True, phrasings=5, sizes="uneven"),
    Cell(n_facts=40, wins=0.2, losses=0.2, graded=True, sizes="half"),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """statsmodels collects garbage in every correction: a tenth of a second beside a test suite's heap."""
    monkeypatch.setattr("gc.collect", lambda *_: 0)
    monkeypatch.setattr(comparisons, "mcnemar", cache(mcnemar))


def slack(n: int, share: float) -> float:
    """Three and a half standard errors of a simulated share, and no more."""
    return 3.5 * math.sqrt(share * (1.0 - share) / n)


def coverage(cell: Cell, n: int, seed: int) -> tuple[float, float, bool]:
    """Share of experiments whose interval holds the true difference, the same of the first arm's score; warned?"""
    rng, held, scored, warned = np.random.default_rng(seed), 0, 0, True
    for _ in range(0, n, AT_ONCE):
        size = min(AT_ONCE, n)
        drawn = simulate(cell, size, rng)
        low, high = difference_limits(cluster(drawn.first - drawn.second, drawn.asked, drawn.facts))
        held += int(((low <= cell.difference + 1e-9) & (cell.difference <= high + 1e-9)).sum())
        found = mean_intervals(drawn.first, drawn.asked, drawn.facts, n_outcomes=[1] * size, n_failed=[0] * size)
        known = [one for one in found if one is not None]
        scored += sum(one.low <= cell.mean + 1e-9 and cell.mean <= one.high + 1e-9 for one in known)
        warned &= all(one.caution is not None for one in known)
    return held / n, scored / n, warned


def check_ordinary(cell: Cell, n: int) -> None:
    difference, score, _ = coverage(cell, n, seed=1)
    for share in (difference, score):
        assert 0.94 - slack(n, 0.05) * (n < FULL) <= share <= 0.97 + slack(n, 0.03) * (n < FULL), cell.name


def check_awkward(cell: Cell, n: int) -> None:
    difference, score, warned = coverage(cell, n, seed=2)
    assert warned == (cell.n_facts < 20 or cell.sizes == "half"), cell.name
    if not warned:
        assert min(difference, score) >= 0.93 - slack(n, 0.05) * (n < FULL), cell.name


def check_false_alarms(cell: Cell, n: int) -> None:
    assert false_alarms(cell, n, seed=3) <= 0.06 + slack(n, 0.05) * (n < FULL), cell.name


def false_alarms(cell: Cell, n: int, seed: int) -> float:
    rng, found = np.random.default_rng(seed), 0
    exact = cache(mcnemar)
    for _ in range(0, n, AT_ONCE):
        drawn = simulate(cell, min(AT_ONCE, n), rng)
        differences = np.where(drawn.asked, drawn.first - drawn.second, 0.0)
        if not cell.graded and cell.phrasings == 1 and cell.sizes == "even":
            wins, losses = (differences > 0).sum(axis=0), (differences < 0).sum(axis=0)
            p_values = [exact(int(won), int(lost)) for won, lost in zip(wins, losses, strict=True)]
        else:
            p_values = sign_flip(cluster(differences, drawn.asked, drawn.facts).sums)
        found += int((np.array(p_values) < 0.05).sum())
    return found / n


def family_alarms(n: int, seed: int) -> tuple[float, float]:
    """Four arms alike on sixty facts: how often some pair is told apart, with Holm's correction and without."""
    rng, corrected, raw = np.random.default_rng(seed), 0, 0
    arms, facts = ["a", "b", "c", "d"], [f"f{n:02}" for n in range(60)]
    for _ in range(n):
        values = (rng.random((60, 4)) < rng.beta(1.0, 1.0, size=(60, 1))).astype(float)
        pairs = compare_all(values, arms, facts, metric="exact_match", family=frozenset(arms))
        corrected += any(pair.distinguishable for pair in pairs)
        raw += any(pair.p < 0.05 for pair in pairs)
    return corrected / n, raw / n


def gate_shares(cell: Cell, n: int, seed: int, *, margin: float, n_arms: int) -> dict[str, float]:
    """How often the gate says what of runs with so many arms, each a cell's experiment."""
    rng = np.random.default_rng(seed)
    counts = dict.fromkeys(("no_worse", "worse", "cannot_tell"), 0)
    for start in range(0, n, AT_ONCE):
        size = min(AT_ONCE, n - start)
        drawn = [simulate(cell, size, rng) for _ in range(n_arms)]
        for run in range(size):
            values = [np.column_stack([arm.first[:, run], arm.second[:, run]]) for arm in drawn]
            counts[gate(compared(values, drawn[0].facts), margin).result] += 1
    return {result: count / n for result, count in counts.items()}


def compared(arms: list[Any], facts: list[str]) -> Any:
    """A comparison of runs with these scores (n_questions, now and before), as `compare_runs` makes it of answers."""
    from ragvsft.verdict.comparing_runs import _holm

    pairs = [
        ArmPair(
            now=SimpleNamespace(arm="a"),  # type: ignore[arg-type]
            before=SimpleNamespace(arm="a"),  # type: ignore[arg-type]
            comparison=compare_all(values, ["now", "before"], facts, metric="m", family=frozenset())[0],
            usage=SimpleNamespace(),  # type: ignore[arg-type]
            same_answers=False,
        )
        for values in arms
    ]
    return SimpleNamespace(pairs=_holm(pairs))


def wrong_stops(cell: Cell, n: int, seed: int) -> tuple[float, float]:
    """Experiments asked fact by fact until the sequence leaves 0 out: stopped on the wrong side, and stopped at all."""
    rng, wrong, stopped = np.random.default_rng(seed), 0, 0
    for _ in range(0, n, AT_ONCE):
        size = min(AT_ONCE, n)
        drawn = simulate(cell, size, rng)
        data = cluster(drawn.first - drawn.second, drawn.asked, drawn.facts)
        found = confidence_sequence(data.by_fact.T)
        out = (found.low > 0.0) | (found.high < 0.0)
        first = out.argmax(axis=1)
        side = np.where(out.any(axis=1), np.sign(found.means[np.arange(size), first]), 0.0)
        stopped += int((side != 0.0).sum())
        wrong += int(((side != 0.0) & (side != np.sign(cell.difference))).sum())
    return wrong / n, stopped / n


STOPS = [
    Cell(n_facts=600, wins=0.15, losses=0.15),
    Cell(n_facts=600, wins=0.02, losses=0.02),
    Cell(n_facts=600, wins=0.2, losses=0.15),
    Cell(n_facts=300, wins=0.3, losses=0.3, graded=True, phrasings=3),
    Cell(n_facts=300, wins=0.05, losses=0.05, graded=True),
]


def names(cells: list[Cell]) -> list[str]:
    return [cell.name for cell in cells]


@pytest.mark.parametrize("cell", ORDINARY, ids=names(ORDINARY))
def test_intervals_hold_95_percent(cell: Cell) -> None:
    check_ordinary(cell, QUICK)


@pytest.mark.parametrize("cell", AWKWARD, ids=names(AWKWARD))
def test_intervals_hold_or_warn_where_it_is_awkward(cell: Cell) -> None:
    check_awkward(cell, QUICK)


@pytest.mark.parametrize("cell", NULL, ids=names(NULL))
def test_alike_arms_are_seldom_told_apart(cell: Cell) -> None:
    check_false_alarms(cell, QUICK)


def test_holm_keeps_the_family() -> None:
    corrected, raw = family_alarms(QUICK, seed=4)
    assert corrected <= 0.06 + slack(QUICK, 0.05)
    assert raw > 0.08, "without a correction some pair of six is told apart far more often"


@pytest.mark.parametrize(("won", "lost"), [(8, 1), (0, 0), (5, 5), (0, 6), (31, 57), (143, 15)])
def test_mcnemar_is_statsmodels(won: int, lost: int) -> None:
    theirs = statsmodels_mcnemar([[10, won], [lost, 20]], exact=True).pvalue
    assert mcnemar(won, lost) == pytest.approx(theirs, rel=1e-9)


def test_the_gate_seldom_raises_a_false_alarm() -> None:
    same = gate_shares(Cell(n_facts=100, wins=0.1, losses=0.1), QUICK, seed=5, margin=0.02, n_arms=3)
    assert same["worse"] <= 0.05 + slack(QUICK, 0.05)
    at_margin = Cell(n_facts=100, wins=0.1, losses=0.2)
    lost = gate_shares(at_margin, QUICK, seed=6, margin=0.1, n_arms=1)
    assert lost["no_worse"] <= 0.035 + slack(QUICK, 0.025)
    assert gate_shares(Cell(n_facts=100, wins=0.02, losses=0.4), 50, seed=7, margin=0.02, n_arms=3)["worse"] == 1.0


@pytest.mark.parametrize("cell", STOPS, ids=names(STOPS))
def test_stopping_when_decided_is_seldom_wrong(cell: Cell) -> None:
    assert wrong_stops(cell, QUICK, seed=8)[0] <= 0.05 + slack(QUICK, 0.05)


def test_stopping_when_decided_stops() -> None:
    assert wrong_stops(Cell(n_facts=300, wins=0.4, losses=0.1), QUICK, seed=9) == (0.0, 1.0)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_ten_thousand_experiments_of_each_kind() -> None:
    for cell in ORDINARY:
        check_ordinary(cell, FULL)
    for cell in AWKWARD:
        check_awkward(cell, FULL)
    for cell in NULL:
        check_false_alarms(cell, FULL)
    for cell in STOPS:
        assert wrong_stops(cell, FULL, seed=8)[0] <= 0.05, cell.name


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_ten_thousand_families_and_gates() -> None:
    assert family_alarms(FULL, seed=4)[0] <= 0.06
    alike = Cell(n_facts=100, wins=0.1, losses=0.1)
    assert gate_shares(alike, FULL, seed=5, margin=0.02, n_arms=3)["worse"] <= 0.05
    assert gate_shares(Cell(n_facts=100, wins=0.1, losses=0.2), FULL, seed=6, margin=0.1, n_arms=1)["no_worse"] <= 0.035
