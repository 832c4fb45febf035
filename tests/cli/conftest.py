"""How a command is called here: in a process of its own, as a user does, or in this one where that is enough."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from small_experiment import save_tiny_model, write_small_experiment

ROOT = Path(__file__).parents[2]
VARIABLES = ("RAGVSFT_DEBUG", "WEAVIATE_URL", "NO_COLOR", "FORCE_COLOR")


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]


def call_process(arguments: Sequence[object], cwd: Path | None = None, **environment: str) -> Said:
    """`ragvsft …` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "ragvsft", *map(str, arguments)],
        cwd=cwd,
        env={**_environment(), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name not in VARIABLES}


@pytest.fixture(scope="session")
def process() -> Call:
    return call_process


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """`ragvsft …` in this process."""
    from ragvsft.cli.ending import run_cli

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def called(*arguments: object) -> Said:
        capfd.readouterr()
        code = run_cli([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Said(code, said.out, said.err)

    yield called
    os.environ.pop("RAGVSFT_DEBUG", None)


@dataclass(frozen=True)
class SmallRun:
    """A finished run of a small experiment, and where it lies."""

    experiment: Path
    runs: Path
    store: Path
    said: Said

    @property
    def folders(self) -> list[str]:
        return ["--runs", str(self.runs), "--store", str(self.store)]


@pytest.fixture(scope="session")
def small_experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    return write_small_experiment(folder, save_tiny_model(folder / "model"), store="exact")


@pytest.fixture(scope="session")
def small_run(small_experiment: Path) -> SmallRun:
    runs, store = small_experiment.parent / "runs", small_experiment.parent / "store"
    arguments = ["run", small_experiment, "--runs", runs, "--store", store, "--json"]
    return SmallRun(small_experiment, runs, store, call_process(arguments))
