"""How tests call a command: in a process of its own, as a user does, or in this one where that is enough."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ragvsft.lab.finetuning.checkpoints import MARKER

VARIABLES = ("RAGVSFT_DEBUG", "WEAVIATE_URL", "NO_COLOR", "FORCE_COLOR")
"""What a developer may have set, and a test must not meet."""


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


Call = Callable[..., Said]
"""`call("report", folder, "--json")`."""


@dataclass(frozen=True)
class SmallRun:
    """A finished run of a small experiment: its training was interrupted by Ctrl-C, then `run` went on."""

    experiment: Path
    runs: Path
    store: Path
    interrupted: Said
    """What the `train` said that was interrupted."""
    refused: Said
    """What a `run` said meanwhile."""
    pid: int
    """Of the `train`."""
    state: str | None
    """Of the run, once the `train` was gone."""
    said: Said
    """What the `run` said that went on."""

    @property
    def folders(self) -> tuple[str, ...]:
        return ("--runs", str(self.runs), "--store", str(self.store))


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what a developer may have set."""
    return {name: value for name, value in os.environ.items() if name not in VARIABLES} | more


def call_process(*arguments: object, cwd: Path | None = None, **more: str) -> Said:
    """`ragvsft …` in a process of its own; `more` goes into its environment."""
    return run_command([sys.executable, "-m", "ragvsft", *map(str, arguments)], cwd=cwd, **more)


def run_command(command: Sequence[str], *, cwd: Path | None = None, timeout_s: float = 120, **more: str) -> Said:
    """Any command, with nobody at its keyboard."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        stdin=subprocess.DEVNULL,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def unprivileged() -> list[str]:
    """What goes before a command so that file modes hold for it, also where the tests run as root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("as root, file modes hold only under setpriv")
    without = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={without}", f"--inh-caps={without}"]


def in_training(*arguments: str) -> tuple["subprocess.Popen[str]", str]:
    """A command in a process of its own, in the midst of a training; and what it said until then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ragvsft", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        # A shell starts what it puts in the background with Ctrl-C ignored, the tests and their children too.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr
    seen = ""
    while "Training knows" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    return process, seen


def hold_at_checkpoint(process: "subprocess.Popen[str]", runs: Path, within_s: float = 60) -> None:
    """Let a training in one of these runs go on in short slices until it has a complete checkpoint, and stand still.

    Raises:
        AssertionError: none came in time, or the process ended first.
    """
    deadline = time.monotonic() + within_s
    process.send_signal(signal.SIGSTOP)
    while not any(runs.rglob(MARKER)):
        assert process.poll() is None, "the training ended before it could be held"
        assert time.monotonic() < deadline, f"no checkpoint within {within_s} s"
        process.send_signal(signal.SIGCONT)
        time.sleep(0.02)
        process.send_signal(signal.SIGSTOP)
