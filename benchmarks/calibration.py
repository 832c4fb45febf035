"""Intervals and tests of paired differences on simulated scores: ours beside evalstats and evalsig, truth known.

PYTHONPATH=src:tests OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/calibration.py
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from peers import Found, by_evalsig, by_evalstats

from ragvsft.verdict.comparisons import compare_all
from simulated_scores import Cell, simulate

RESULTS = Path(__file__).parent / "results"
SIZES = (20, 100, 500, 2_000)
KINDS = {"usual, alike": (0.15, 0.15, 0.5), "usual, apart": (0.2, 0.1, 0.5), "rare, one way": (0.04, 0.0, 0.9)}
"""Shares won and lost, and level of the rest."""
N_RESAMPLES = 1_000
"""Of evalsig's bootstrap and permutations, whose default is 10,000: its seconds would be ten times as many."""


def cells() -> list[Cell]:
    """n × kind × right-or-wrong or graded × one phrasing or three; n counts questions, of at least twenty facts."""
    return [
        Cell(
            n_facts=max(20, n // phrasings),
            wins=wins,
            losses=losses,
            level=level,
            graded=graded,
            phrasings=phrasings,
        )
        for n in SIZES
        for wins, losses, level in KINDS.values()
        for graded in (False, True)
        for phrasings in (1, 3)
    ]


def by_ours(first: np.ndarray, second: np.ndarray, facts: list[str]) -> Found:
    """`compare_all` of two arms."""
    values = np.column_stack([first.ravel(), second.ravel()])
    found = compare_all(values, ["a", "b"], facts, metric="m", family=frozenset())[0]
    return Found(found.low, found.high, found.p)


def measure(cell: Cell, n: int, seed: int) -> dict[str, object]:
    """Every side on the same experiments."""
    drawn = simulate(cell, n, np.random.default_rng(seed))
    shape = (cell.n_facts, cell.phrasings)
    pairs = [(drawn.first[:, run].reshape(shape), drawn.second[:, run].reshape(shape)) for run in range(n)]
    sides: dict[str, Callable[[np.ndarray, np.ndarray], Found]] = {
        "ragvsft": lambda a, b: by_ours(a, b, drawn.facts),
        "evalstats": by_evalstats,
        "evalsig": lambda a, b: by_evalsig(a, b, N_RESAMPLES),
    }
    row: dict[str, object] = {"cell": cell.name, "questions": cell.n_facts * cell.phrasings, "n": n}
    for name, side in sides.items():
        side(*pairs[0])
        begin = time.process_time()
        found = [side(a, b) for a, b in pairs]
        seconds = (time.process_time() - begin) / n
        truth = cell.difference
        row[name] = {
            "coverage": sum(one.low <= truth + 1e-9 and truth <= one.high + 1e-9 for one in found) / n,
            "width": float(np.mean([one.high - one.low for one in found])),
            "alarms" if truth == 0 else "found": sum(one.p < 0.05 for one in found) / n,
            "ms": 1_000 * seconds,
        }
    return row


def main() -> None:
    """Measure every cell and write `results/calibration.json`, cell by cell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=1_000, help="of each cell with up to 500 questions")
    parser.add_argument("--large", type=int, default=200, help="of each cell with more")
    chosen = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    rows: list[dict[str, object]] = []
    for seed, cell in enumerate(cells()):
        n = chosen.experiments if cell.n_facts * cell.phrasings <= 500 else chosen.large
        rows.append(measure(cell, n, seed))
        print(json.dumps(rows[-1]), flush=True)
        found = {"command": "benchmarks/calibration.py", "clock": "processor milliseconds", "rows": rows}
        found["load_average"] = os.getloadavg()[0]
        (RESULTS / "calibration.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
