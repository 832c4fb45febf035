"""The figures behind the tests of calibration: coverage, false alarms, gates and early stops of 10,000 experiments.

PYTHONPATH=src:tests:tests/verdict OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/levels.py
"""

import argparse
import gc
import json
from functools import cache
from pathlib import Path

import test_calibration as simulated

from ragvsft.verdict import comparisons
from simulated_scores import Cell

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Simulate and write `results/levels.json`, shares in percent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=10_000)
    n = parser.parse_args().experiments
    # statsmodels collects garbage in every correction.
    gc.collect = lambda *_: 0
    comparisons.mcnemar = cache(comparisons.mcnemar)
    found: dict[str, object] = {"n": n}
    coverage = []
    for cell in (*simulated.ORDINARY, *simulated.AWKWARD):
        difference, score, warned = simulated.coverage(cell, n, seed=1)
        coverage.append([cell.name, percent(difference), percent(score), "warned" if warned else ""])
    found["coverage"] = coverage
    found["false_alarms"] = {cell.name: percent(simulated.false_alarms(cell, n, seed=3)) for cell in simulated.NULL}
    found["stops: wrong, stopped"] = {
        cell.name: [percent(share) for share in simulated.wrong_stops(cell, n, seed=8)] for cell in simulated.STOPS
    }
    found["some pair of four arms alike: with Holm, without"] = [
        percent(share) for share in simulated.family_alarms(n, seed=4)
    ]
    found["gate"] = {
        "three arms alike, margin 2 points": shares(Cell(n_facts=100, wins=0.1, losses=0.1), n, margin=0.02, n_arms=3),
        "one arm worse by the margin of 10 points": shares(
            Cell(n_facts=100, wins=0.1, losses=0.2), n, margin=0.1, n_arms=1
        ),
        "one arm worse by the margin of 2 points, few differ": shares(
            Cell(n_facts=300, wins=0.01, losses=0.03), n, margin=0.02, n_arms=1
        ),
        "three arms, worse by 10 points, margin 2": shares(
            Cell(n_facts=300, wins=0.05, losses=0.15), n, margin=0.02, n_arms=3
        ),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "levels.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(found, indent=1, ensure_ascii=False))


def shares(cell: Cell, n: int, *, margin: float, n_arms: int) -> dict[str, float]:
    """What the gate says how often."""
    said = simulated.gate_shares(cell, n, seed=5, margin=margin, n_arms=n_arms)
    return {result: percent(share) for result, share in said.items()}


def percent(share: float) -> float:
    """In percent, two places."""
    return round(100.0 * share, 2)


if __name__ == "__main__":
    main()
