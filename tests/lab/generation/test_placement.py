"""Threads: no more than cores, and asleep while they wait."""

import subprocess
import sys

from ragvsft.lab.generation import placement


def test_threads_are_no_more_than_the_cores_that_may_be_used() -> None:
    import os

    assert 1 <= placement.physical_cores() <= len(os.sched_getaffinity(0))


def test_waiting_threads_sleep_and_the_users_wish_stands() -> None:
    code = (
        "import os\nfrom ragvsft.lab.generation.placement import wait_passively\n"
        "wait_passively()\nprint(os.environ['OMP_WAIT_POLICY'])"
    )
    for given, expected in ({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE"):
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=given).stdout
        assert out.strip() == expected
