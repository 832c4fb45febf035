"""The command line as a whole: help, usage errors, exit codes, signals, what goes to stdout and what to stderr."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from calling import Call, call_process
from ragvsft import __version__
from ragvsft.cli import app as app_module
from ragvsft.cli.ending import run_cli
from ragvsft.core.errors import DataError, RagvsftError, RunLockedError, ServiceError, TrainingError, UsageError

COMMANDS = [
    (), ("init",), ("doctor",), ("plan",), ("run",), ("report",), ("dashboard",), ("ask",), ("train",), ("schema",),
    ("runs",), ("runs", "list"), ("runs", "rm"), ("data",), ("data", "import"), ("data", "check"), ("data", "show"),
    ("index",), ("index", "sync"), ("weaviate",), ("weaviate", "install"), ("weaviate", "up"), ("weaviate", "down"),
    ("weaviate", "status"),
]  # fmt: skip
GROUPS = {("runs",), ("data",), ("index",), ("weaviate",)}
HELP_CPU_S = 0.3


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_on_stdout(call: Call, command: tuple[str, ...]) -> None:
    said = call(*command, "--help")
    assert said.code == 0
    assert said.err == ""
    assert said.out.startswith(f"Usage: ragvsft {' '.join(command)}".rstrip())
    if command not in GROUPS and command[:1] != ("weaviate",):
        head, _, options = said.out.partition("Options:")
        assert re.search(r"Examples?:\n  +ragvsft ", head), "examples come before the options"
        assert "..." not in options.partition("Commands:")[2], "a summary is cut off"


def test_help_costs_little_time() -> None:
    used = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "ragvsft", "--help"], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(used) < HELP_CPU_S


def test_version(call: Call) -> None:
    assert call("--version").out == f"ragvsft {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("rnu", "x.yaml"), "no such command 'rnu'. Did you mean 'run'"),
        (("run", "--sett", "a=1", "x.yaml"), "no such option: --sett. Did you mean"),
        (("runs", "lits"), "no such command 'lits'. Did you mean 'list'"),
        (("run",), "missing argument"),
        (("run", "a.yaml", "b.yaml"), "unexpected extra argument"),
        (("dashboard", "--port", "abc"), "'--port'"),
        (("schema", "expriment"), "there is no schema 'expriment'; there are: experiment, index, prices, report"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_was_meant(call: Call, arguments: tuple[str, ...], told: str) -> None:
    said = call(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert told in said.err
    assert "--help" in said.err
    assert "Traceback" not in said.err


def test_no_command_shows_the_help(call: Call) -> None:
    said = call()
    assert said.code == 2
    assert "Commands:" in said.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RagvsftError("it broke", hint="mend it"), 1),
        (DataError("it broke", hint="mend it"), 1),
        (TrainingError("it broke", hint="mend it"), 1),
        (UsageError("it broke", hint="mend it"), 2),
        (RunLockedError("it broke", hint="mend it"), 2),
        (ServiceError("it broke", hint="mend it"), 4),
    ],
)
def test_an_error_has_its_exit_code_and_its_hint(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: RagvsftError, code: int
) -> None:
    _fail_with(monkeypatch, error)
    said = call("fail")
    assert (said.code, said.out) == (code, "")
    assert said.err == "Error: it broke\n  → mend it\n"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device", "x.db"), "x.db: No space left on device\n  → Free some disk"),
        (PermissionError(13, "Permission denied", "x.db"), "x.db: Permission denied\n  → Allow it"),
        (MemoryError(), "out of memory\n  → Close other programs"),
        (
            ZeroDivisionError("odd"),
            "this is a bug in ragvsft: ZeroDivisionError: odd\n  → The same command with --debug",
        ),
    ],
)
def test_what_nobody_foresaw_is_told_without_a_traceback(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    _fail_with(monkeypatch, error)
    said = call("fail")
    assert said.code == 1
    assert said.err.startswith(f"Error: {told}")
    assert "Traceback" not in said.err


@pytest.mark.parametrize("arguments", [("--debug", "fail"), ("fail", "--debug")])
def test_debug_shows_the_traceback_wherever_it_stands(
    call: Call, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    _fail_with(monkeypatch, ZeroDivisionError("odd"))
    said = call(*arguments)
    assert said.code == 1
    assert "Traceback (most recent call last)" in said.err
    assert "Error: this is a bug" in said.err


def test_signals_are_interruptions_and_given_back_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    def wait() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    _add(monkeypatch, "wait", wait)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert run_cli(["wait"]) == 130
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_texts_of_others_cannot_command_the_terminal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    _fail_with(monkeypatch, RagvsftError("name \x1b]0;owned\x07 \x1b[2J", hint="\x9b31m"))
    said = call("fail")
    assert "\x1b" not in said.err
    assert "\x9b" not in said.err


def test_whoever_stops_reading_is_not_told_of_it(tmp_path: Path) -> None:
    command = f"{sys.executable} -m ragvsft data show {Path(__file__).parents[2] / 'data' / 'demo'} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stdout == "name: handbook\n"
    assert done.stderr == ""


def test_a_latin_terminal_shows_codes_instead_of_failing(tmp_path: Path) -> None:
    said = call_process("data", "show", Path(__file__).parents[2] / "data" / "demo", PYTHONIOENCODING="latin-1")
    assert said.code == 0, said.err
    assert "\\u20ac 955" in said.out


def _add(monkeypatch: pytest.MonkeyPatch, name: str, command: Callable[[], None]) -> None:
    app = typer.Typer(rich_markup_mode=None)
    app.callback()(app_module._root)
    app.command(name)(command)
    monkeypatch.setattr(app_module, "app", app)


def _fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail() -> None:
        raise error

    _add(monkeypatch, "fail", fail)
