"""10,000 paired resamples of 6 arms × 12 metrics × 2,000 questions, ours beside plain Python as harnesses do it.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/resampling.py
"""

import json
import os
import platform
import random
import statistics
import time
from pathlib import Path

import numpy as np

from ragvsft.verdict.intervals import N_RESAMPLES, cluster, resampled_means

RESULTS = Path(__file__).parent / "results"
N_QUESTIONS, N_ARMS, N_METRICS = 2_000, 6, 12
N_PAIRS = 5
"""Rounds, each with both sides, one after the other."""
N_PLAIN = 100
"""Resamples of one column that plain Python does in a round; all columns and resamples take that many times as long."""


def plain_means(scores: list[float], n_resamples: int) -> list[float]:
    """The way of lm-evaluation-harness's `bootstrap_stderr`: draw with `random.choices`, then take the mean."""
    rng = random.Random(0)
    return [statistics.fmean(rng.choices(scores, k=len(scores))) for _ in range(n_resamples)]


def main() -> None:
    """Measure in rounds and write `results/resampling.json`."""
    n_columns = N_ARMS * N_METRICS
    values = np.random.default_rng(0).random((N_QUESTIONS, n_columns))
    data = cluster(values, np.ones_like(values, dtype=np.bool_), [f"{n:04}" for n in range(N_QUESTIONS)])
    column = values[:, 0].tolist()
    resampled_means(data, n_resamples=100)
    ours, plain = [], []
    for _ in range(N_PAIRS):
        begin = time.process_time()
        means = resampled_means(data)
        ours.append(time.process_time() - begin)
        begin = time.process_time()
        theirs = plain_means(column, N_PLAIN)
        plain.append((time.process_time() - begin) * n_columns * N_RESAMPLES / N_PLAIN)
    ratios = [slow / fast for slow, fast in zip(plain, ours, strict=True)]
    found = {
        "command": "benchmarks/resampling.py",
        "ours_s": sorted(ours),
        "plain_python_s": sorted(plain),
        "plain_python_measured": f"{N_PLAIN} resamples of one column a round, × {n_columns * N_RESAMPLES // N_PLAIN:,}",
        "ratio_median": statistics.median(ratios),
        "ratio_range": [min(ratios), max(ratios)],
        "standard_error_ours": float(means[:, 0].std(ddof=1)),
        "standard_error_plain_python": statistics.stdev(theirs),
        "clock": "processor seconds of one thread",
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "resampling.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
