"""Coverage and width of our intervals beside the ways that were tried and dropped, on simulated scores.

PYTHONPATH=src:tests OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/intervals_tried.py
"""

import argparse
import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
from scipy.special import ndtri, stdtrit
from scipy.stats import binom

from ragvsft.verdict.intervals import Clustered, Floats, cluster, difference_limits, resampled_means, score_limits
from simulated_scores import Cell, simulate

RESULTS = Path(__file__).parent / "results"
Limits = tuple[Floats, Floats]
Z = float(ndtri(0.975))
SHAPES = ((20, 1, "even"), (20, 3, "even"), (50, 5, "uneven"), (100, 1, "even"), (100, 3, "even"), (200, 5, "uneven"))
WORLDS = (
    (0.15, 0.15, 0.5),
    (0.3, 0.1, 0.5),
    (0.02, 0.02, 0.9),
    (0.04, 0.0, 0.02),
    (0.05, 0.01, 0.97),
    (0.95, 0.0, 0.5),
)
"""Shares won and lost, level of the rest."""
FEW = 500
"""Experiments that are resampled, of each cell."""


def plain_t(data: Clustered) -> Limits:
    """Student's t over facts (Cameron, Gelbach and Miller 2008), as it was here before; no interval without spread."""
    n_facts = data.n_facts
    squares = ((data.sums - data.counts * data.means) ** 2).sum(axis=0)
    half = stdtrit(n_facts - 1, 0.975) * np.sqrt(n_facts / (n_facts - 1) * squares) / data.counts.sum(axis=0)
    return data.means - half, data.means + half


def two_invented(data: Clustered) -> Limits:
    """Bonett and Price (2012) carried over to facts: two invented facts of ±1, each of average size, and z."""
    weight = data.counts.mean(axis=0)
    n = data.counts.sum(axis=0) + 2 * weight
    means = data.sums.sum(axis=0) / n
    squares = ((data.sums - data.counts * means) ** 2).sum(axis=0) + weight**2 * ((1 - means) ** 2 + (1 + means) ** 2)
    half = Z * np.sqrt(squares) / n
    return means - half, means + half


def wilson_effective(data: Clustered) -> Limits:
    """Wilson's interval at the n that a variance over facts amounts to."""
    p, n = data.means, data.counts.sum(axis=0)
    variance = ((data.sums - data.counts * p) ** 2).sum(axis=0) / n**2
    even = n**2 / (data.counts**2).sum(axis=0)
    size = np.where(variance > 1e-15, p * (1 - p) / np.maximum(variance, 1e-15), even)
    centre, scale = (p + Z**2 / (2 * size)) / (1 + Z**2 / size), Z / (1 + Z**2 / size)
    half = scale * np.sqrt(np.maximum(p * (1 - p), 0.0) / size + Z**2 / (4 * size**2))
    return centre - half, centre + half


def percentile(data: Clustered) -> Limits:
    """The percentile bootstrap over facts, of the first experiments."""
    part = Clustered(sums=data.sums[:, :FEW], counts=data.counts[:, :FEW])
    low, high = np.quantile(resampled_means(part, n_resamples=2_000), [0.025, 0.975], axis=0)
    return low, high


DIFFERENCES: dict[str, Callable[[Clustered], Limits]] = {
    "ours": difference_limits,
    "t": plain_t,
    "two invented": two_invented,
    "percentile": percentile,
}
SCORES: dict[str, Callable[[Clustered], Limits]] = {
    "ours": score_limits,
    "t": plain_t,
    "Wilson": wilson_effective,
    "percentile": percentile,
}


def measure(cell: Cell, n: int, seed: int) -> dict[str, object]:
    """Coverage in percent and mean width of each way, of the difference and of the first arm's score."""
    drawn = simulate(cell, n, np.random.default_rng(seed))
    row: dict[str, object] = {"cell": cell.name, "n_facts": cell.n_facts, "n": n}
    for kind, values, truth, ways in (
        ("difference", drawn.first - drawn.second, cell.difference, DIFFERENCES),
        ("score", drawn.first, cell.mean, SCORES),
    ):
        data = cluster(values, drawn.asked, drawn.facts)
        for name, way in ways.items():
            low, high = way(data)
            held = (low <= truth + 1e-9) & (truth <= high + 1e-9)
            row[f"{kind}: {name}"] = [round(100 * float(held.mean()), 2), round(float((high - low).mean()), 4)]
    return row


def exact_scores(n_facts: int) -> dict[str, object]:
    """Exact coverage over 800 true shares of right answers from 0.05 to 50 %, one question a fact, without a draw."""
    sums = (np.arange(n_facts)[:, None] < np.arange(n_facts + 1)).astype(np.float64)
    data = Clustered(sums=sums, counts=np.ones_like(sums))
    shares = np.concatenate([np.linspace(0.0005, 0.05, 400), np.linspace(0.05, 0.5, 400)])
    chances = binom.pmf(np.arange(n_facts + 1)[:, None], n_facts, shares)
    row: dict[str, object] = {"exact": f"0/1 scores of {n_facts} facts"}
    for name, way in (("ours", score_limits), ("Wilson", wilson_effective)):
        low, high = way(data)
        if name == "ours":
            ends = wilson_effective(data)
            low[[0, -1]], high[[0, -1]] = ends[0][[0, -1]], ends[1][[0, -1]]
        held = (low[:, None] <= shares) & (shares <= high[:, None])
        covered = (chances * held).sum(axis=0)
        worst = int(covered.argmin())
        row[name] = {
            "least": round(100 * float(covered[worst]), 2),
            "at": round(float(shares[worst]), 4),
            "below 93 %": round(float((covered < 0.93).mean()), 3),
            "width at 10 %": round(float((high - low)[n_facts // 10]), 4),
        }
    return row


def main() -> None:
    """Measure every cell and write `results/intervals_tried.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=10_000, help="of each cell")
    n = parser.parse_args().experiments
    RESULTS.mkdir(exist_ok=True)
    rows = [exact_scores(n_facts) for n_facts in (20, 50, 100, 300, 1_000)]
    for seed, ((facts, phrasings, sizes), (wins, losses, level), graded) in enumerate(
        product(SHAPES, WORLDS, (False, True))
    ):
        cell = Cell(
            n_facts=facts,
            wins=wins,
            losses=losses,
            level=level,
            graded=graded,
            phrasings=phrasings,
            sizes="uneven" if sizes == "uneven" else "even",
        )
        rows.append(measure(cell, n, seed))
        print(json.dumps(rows[-1]), flush=True)
        (RESULTS / "intervals_tried.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
