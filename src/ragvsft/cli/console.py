"""What every command prints with: data on stdout, talk on stderr, progress with time left."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STAGE_NAMES = {
    "model": "Loading the model",
    "store": "Opening the retrieval store",
    "embedder": "Loading the embedder",
    "sync": "Syncing the index",
    "train": "Training",
    "search": "Searching settings on dev",
    "retrieve": "Retrieving",
    "ask": "Asking",
    "latency": "Timing single requests",
    "general": "Asking general questions",
    "annotate": "Annotating",
}


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def say(text: str = "") -> None:
    """A line of talk, on stderr."""
    sys.stderr.write(f"{_inert(text)}\n")
    sys.stderr.flush()


def print_line(text: str = "") -> None:
    """A line of data, on stdout."""
    sys.stdout.write(f"{_inert(text)}\n")


def _inert(text: str) -> str:
    # Names and texts of others must not move the cursor or rename the window.
    return _CONTROLS.sub("\ufffd", text)


def say_error(message: str, hint: str | None) -> None:
    """An error and what to do next, on stderr."""
    say(f"Error: {message}")
    if hint:
        say(f"  → {hint}")


def print_json(value: object) -> None:
    """One JSON value as a line on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


@contextmanager
def progress_bar(*, patient: bool = False) -> Iterator["Bar"]:
    """Progress on stderr: a bar with the time left on a terminal, a line a stage elsewhere.

    `patient`: for work that mostly takes seconds; lines begin only once it has taken longer.
    """
    if not sys.stderr.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield LineBar(patient=patient)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Count(MofNCompleteColumn):
        def render(self, task: Task) -> Text:
            return super().render(task) if task.total is not None else Text()

    class Left(TimeRemainingColumn):
        def render(self, task: Task) -> Text:
            return super().render(task).append(" left") if task.total is not None else Text()

    with Progress(
        TextColumn("{task.description:<34}", markup=False),
        BarColumn(),
        Count(),
        TimeElapsedColumn(),
        Left(),
        TextColumn("{task.fields[message]}", markup=False),
        console=Console(stderr=True),
    ) as shown:
        yield RichBar(shown)


class Bar:
    """Told what is done; the base class shows nothing."""

    def __call__(self, stage: str, done: int, total: int, message: str = "") -> None:
        """`done` of `total` items of a stage; `total` 0: not known."""


class RichBar(Bar):
    """A bar a stage."""

    def __init__(self, shown: Any) -> None:  # noqa: ANN401
        self._shown = shown
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int, message: str = "") -> None:
        """Move the stage's bar."""
        name, _, detail = stage.partition(":")
        title = f"{STAGE_NAMES.get(name, name)} {detail}".strip()
        if stage not in self._tasks:
            self._tasks[stage] = self._shown.add_task(title, total=total or None, message="")
        self._shown.update(self._tasks[stage], completed=done, total=total or None, message=message[:40])


class LineBar(Bar):
    """A line when a stage begins and ends, and one every 15 seconds between; for logs."""

    EVERY_S = 15.0

    def __init__(self, *, patient: bool = False) -> None:
        self._silent_until = time.monotonic() + self.EVERY_S if patient else 0.0
        self._started: dict[str, tuple[float, int]] = {}
        self._last: dict[str, int] = {}
        self._said = 0.0

    def __call__(self, stage: str, done: int, total: int, message: str = "") -> None:
        """Say where the stage stands when it is time to."""
        now = time.monotonic()
        if done < self._last.get(stage, 0):  # the stage of a later wave
            del self._started[stage]
        self._last[stage] = done
        first = stage not in self._started
        began, done_then = self._started.setdefault(stage, (now, done))
        if not (first or (total and done >= total) or now - self._said >= self.EVERY_S):
            return
        if now < self._silent_until:
            return
        self._said = now
        left = ""
        if total and done_then < done < total:
            left = f", about {(now - began) / (done - done_then) * (total - done):,.0f} s left"
        name, _, detail = stage.partition(":")
        title = f"{STAGE_NAMES.get(name, name)} {detail}".strip()
        count = f" {done:,}/{total:,}" if total else ""
        say(f"{title}{count}{left}{f' ({message})' if message else ''}")
