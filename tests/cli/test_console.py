"""Progress on stderr: lines where nobody looks, a bar on a terminal, and stdout left alone."""

import os
import pty
import subprocess
import sys

import pytest

from calling import environment
from ragvsft.cli import console
from ragvsft.cli.console import LineBar, progress_bar

SHOW = """
from ragvsft.cli.console import progress_bar
with progress_bar() as bar:
    bar("model", 0, 0, "some/model")
    for done in range(11):
        bar("train:knows", done, 10, "loss 0.50")
"""


def test_lines_say_when_a_stage_begins_and_ends(capsys: pytest.CaptureFixture[str]) -> None:
    bar = LineBar()
    bar("model", 0, 0, "some/model")
    for done in range(11):
        bar("train:knows", done, 10)
    bar("ask", 3, 20)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "Loading the model (some/model)",
        "Training knows 0/10",
        "Training knows 10/10",
        "Asking 3/20",
    ]


def test_lines_in_between_come_seldom_and_tell_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: clock[0])
    bar = LineBar()
    for done in range(0, 61):
        bar("ask", done, 60)
        clock[0] += 1.0
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "Asking 0/60",
        "Asking 15/60, about 45 s left",
        "Asking 30/60, about 30 s left",
        "Asking 45/60, about 15 s left",
        "Asking 60/60",
    ]


def test_patient_lines_are_for_work_that_takes_longer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: clock[0])
    bar = LineBar(patient=True)
    bar("ask", 0, 60)
    bar("ask", 60, 60)
    for done in range(0, 41):
        bar("general", done, 40)
        clock[0] += 1.0
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "Asking general questions 15/40, about 25 s left",
        "Asking general questions 30/40, about 10 s left",
        "Asking general questions 40/40",
    ]


def test_a_stage_that_comes_again_at_a_later_wave_begins_anew(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: clock[0])
    bar = LineBar()
    bar("ask", 0, 10)
    clock[0] = 100.0
    bar("ask", 10, 10)
    clock[0] = 1000.0
    bar("ask", 0, 10)
    clock[0] = 1020.0
    bar("ask", 5, 10)
    assert capsys.readouterr().err.splitlines()[-2:] == ["Asking 0/10", "Asking 5/10, about 20 s left"]


@pytest.mark.parametrize("missing", ["tty", "term"])
def test_lines_where_there_is_no_terminal(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.sys, "stderr", _Terminal(tty=missing != "tty"))
    monkeypatch.setenv("TERM", "xterm" if missing == "tty" else "dumb")
    with progress_bar() as bar:
        assert isinstance(bar, LineBar)


def test_a_terminal_gets_a_bar_and_stdout_nothing() -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", SHOW],
        stdout=subprocess.PIPE,
        stderr=slave,
        env=environment(TERM="xterm", COLUMNS="120"),
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    out, _ = process.communicate(timeout=30)
    os.close(master)
    assert process.returncode == 0
    assert out == b""
    text = shown.decode()
    assert "Training knows" in text
    assert "10/10" in text
    assert "loss 0.50" in text
    assert "left" in text
    assert "0/?" not in text  # of what cannot be counted neither a count nor a time is told


class _Terminal:
    def __init__(self, *, tty: bool) -> None:
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty
