"""A command called in this process, and one small run that the tests of several commands read."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from calling import VARIABLES, Call, Said, SmallRun, call_process, in_training
from ragvsft.cli.ending import run_cli
from ragvsft.runs.folder import list_runs
from small_experiment import save_tiny_model, write_small_experiment


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """`ragvsft …` in this process."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def called(*arguments: object) -> Said:
        capfd.readouterr()
        code = run_cli([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Said(code, said.out, said.err)

    yield called
    os.environ.pop("RAGVSFT_DEBUG", None)


@pytest.fixture(scope="session")
def small_experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    path = write_small_experiment(folder, save_tiny_model(folder / "model"), store="exact")
    # Long enough a training to be interrupted.
    path.write_text(path.read_text(encoding="utf-8").replace("epochs: 3,", "epochs: 25,"), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_run(small_experiment: Path) -> SmallRun:
    """`train`, interrupted while it trains; a `run` that comes too early; and the `run` that goes on."""
    runs, store = small_experiment.parent / "runs", small_experiment.parent / "store"
    arguments = [str(small_experiment), "--runs", str(runs), "--store", str(store)]
    process, seen = in_training("train", *arguments)
    refused = call_process("run", *arguments)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    (entry,) = list_runs(runs)
    return SmallRun(
        experiment=small_experiment,
        runs=runs,
        store=store,
        interrupted=Said(process.returncode, out, seen + err),
        refused=refused,
        pid=process.pid,
        state=entry.state,
        said=call_process("run", *arguments, "--json"),
    )
