"""Weaviate gone in the middle of a run: a clear error within seconds, exit 4, and the same command goes on."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from ragvsft.runs.folder import list_runs
from ragvsft.runs.reading import open_run
from small_experiment import save_tiny_model, servers_of, start, write_small_experiment

TOLD_WITHIN_S = 10.0
STARTS_WITHIN_S = 120.0


def wait_for_training(runs: Path) -> None:
    """Until an adapter is in training: the index was synced and is needed again."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if any((summary.folder / "adapters").glob(".*.work") for summary in list_runs(runs)):
            return
        time.sleep(0.02)
    pytest.fail("no training began")


@pytest.mark.weaviate
def test_a_server_that_is_gone_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    experiment = write_small_experiment(tmp_path, save_tiny_model(tmp_path / "model"), store="weaviate")
    runs, store = tmp_path / "runs", tmp_path / "store"
    process = start(experiment, runs, store)
    wait_for_training(runs)
    servers = servers_of(store)
    assert servers
    for server in servers:
        os.kill(server, signal.SIGKILL)
    killed = time.monotonic()
    out, err = process.communicate(timeout=60)
    # What remained of the small trainings is in it.
    assert time.monotonic() - killed < TOLD_WITHIN_S
    assert process.returncode == 4, err
    assert "Weaviate" in err
    assert "→" in err
    assert "Traceback" not in err

    process = start(experiment, runs, store)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    with open_run(Path(json.loads(out)["run"])) as run:
        asked = [(o.arm, o.question_id, o.seed) for o in run.outcomes()]
        assert len(asked) == len(set(asked)) == 60
