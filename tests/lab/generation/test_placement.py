"""Threads and number format: no more threads than cores, the probe's choice by what is faster, sleeping threads."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from ragvsft.lab.generation import placement


def test_threads_are_no_more_than_the_cores_that_may_be_used() -> None:
    import os

    assert 1 <= placement.physical_cores() <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("single_s", "half_s", "chosen"),
    [(0.010, 0.005, True), (0.010, 0.009, False), (0.010, 0.016, False), (0.010, 0.9, False)],
    ids=["twice as fast", "hardly faster", "slower", "hopeless"],
)
def test_bfloat16_is_chosen_where_it_is_clearly_faster(
    single_s: float, half_s: float, chosen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every second measurement is disturbed by another process.
    noise = [0.0, 0.03]
    readings: Iterator[float] = iter(seconds + noise[i % 2] for i in range(20) for seconds in (single_s, half_s))
    monkeypatch.setattr(placement, "_seconds", lambda _: next(readings))
    assert placement._prefers_bfloat16("cpu") is chosen


def test_waiting_threads_sleep_and_the_users_wish_stands() -> None:
    code = (
        "import os\nfrom ragvsft.lab.generation.placement import wait_passively\n"
        "wait_passively()\nprint(os.environ['OMP_WAIT_POLICY'])"
    )
    for given, expected in ({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE"):
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=given).stdout
        assert out.strip() == expected
