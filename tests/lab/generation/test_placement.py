"""Threads: no more than cores, and soon asleep while they wait."""

import subprocess
import sys

import pytest

from ragvsft.lab.generation import placement


def test_threads_are_no_more_than_the_cores_that_may_be_used() -> None:
    import os

    assert 1 <= placement.physical_cores() <= len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "2000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "None")],
    ids=["nothing said", "a count", "a policy"],
)
def test_waiting_threads_spin_briefly_and_the_users_wish_stands(given: dict[str, str], expected: str) -> None:
    code = (
        "import os\nfrom ragvsft.lab.generation.placement import wait_briefly\n"
        "wait_briefly()\nprint(os.environ.get('GOMP_SPINCOUNT'))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=given).stdout
    assert out.strip() == expected
