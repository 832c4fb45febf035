"""How evalstats and evalsig are asked for the paired difference of two arms, each by its own choice of method.

They are needed by `calibration.py` alone: pip install evalstats==0.3.3 evalsig==0.1.2
"""

import contextlib
import io
import sys
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

try:
    import evalstats
    import pandas
    from evalsig import ItemResult, RunFrame
    from evalsig import compare as evalsig_compare
except ImportError:
    sys.exit("evalstats and evalsig are not installed here: pip install evalstats==0.3.3 evalsig==0.1.2")


@dataclass(frozen=True, slots=True)
class Found:
    """A peer's interval and p of a difference."""

    low: float
    high: float
    p: float


def by_evalstats(first: Floats, second: Floats) -> Found:
    """`compare()` over models with a fact as its item and a phrasing as its run; scores of shape (n_facts, n_runs)."""
    n_facts, n_runs = first.shape
    items = np.repeat(np.arange(n_facts), n_runs)
    frame = pandas.DataFrame(
        {
            "model": ["a"] * first.size + ["b"] * first.size,
            "item": np.tile(items, 2),
            "run": np.tile(np.arange(n_runs), 2 * n_facts),
            "score": np.concatenate([first.ravel(), second.ravel()]),
        }
    )
    if n_runs == 1:
        frame = frame.drop(columns="run")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        pair = evalstats.compare(evalstats.load_from(frame), factors="model").to_frame()["pairwise"].iloc[0]
    sign = 1.0 if pair["a"] == "a" else -1.0
    low, high = sorted((sign * pair["ci_low"], sign * pair["ci_high"]))
    return Found(float(low), float(high), float(pair["p_value"]))


def by_evalsig(first: Floats, second: Floats, n_resamples: int) -> Found:
    """`compare()` of two runs with `method="auto"`, and `cluster` where a fact has several phrasings."""
    n_runs = first.shape[1]
    frames = [
        RunFrame(
            run_id=name,
            model_id=name,
            task_id="t",
            metric_name="m",
            items=[
                ItemResult(item_id=f"{at:06}", score=score, cluster_id=f"{at // n_runs}" if n_runs > 1 else None)
                for at, score in enumerate(scores.ravel().tolist())
            ],
        )
        for name, scores in (("b", second), ("a", first))
    ]
    cluster = "fact" if n_runs > 1 else None
    found = evalsig_compare(frames[0], frames[1], cluster=cluster, n_resamples=n_resamples)
    return Found(found.ci[0], found.ci[1], found.p_value)
