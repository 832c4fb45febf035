"""How long one request takes: percentiles of the single requests that the lab timed, never of batches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragvsft.runs.records import LatencyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from question to answer, one request at a time."""

    p50_s: float
    p95_s: float
    """Interpolated between the two nearest requests; of 30 requests it rests on the slowest two or three."""
    retrieve_p50_s: float
    generate_p50_s: float
    n: int


def latencies(requests: Sequence[LatencyRequest]) -> dict[str, Latency]:
    """The percentiles of each arm that was timed."""
    by_arm: dict[str, list[LatencyRequest]] = {}
    for request in requests:
        by_arm.setdefault(request.arm, []).append(request)
    return {
        arm: Latency(
            p50_s=_percentile([one.total_s for one in some], 50),
            p95_s=_percentile([one.total_s for one in some], 95),
            retrieve_p50_s=_percentile([one.retrieve_s for one in some], 50),
            generate_p50_s=_percentile([one.generate_s for one in some], 50),
            n=len(some),
        )
        for arm, some in by_arm.items()
    }


def _percentile(seconds: Sequence[float], share: float) -> float:
    return float(np.percentile(seconds, share))
