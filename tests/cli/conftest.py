"""A command called in this process, and one small run that the tests of several commands read."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from calling import VARIABLES, Call, Said, SmallRun, call_process
from ragvsft.cli.ending import run_cli
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
    return write_small_experiment(folder, save_tiny_model(folder / "model"), store="exact")


@pytest.fixture(scope="session")
def small_run(small_experiment: Path) -> SmallRun:
    """Run once, in a process of its own."""
    runs, store = small_experiment.parent / "runs", small_experiment.parent / "store"
    said = call_process("run", small_experiment, "--runs", runs, "--store", store, "--json")
    return SmallRun(small_experiment, runs, store, said)
