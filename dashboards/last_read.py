"""Runs as they were last read: a run is read again when it has changed, and a growing one not at every click."""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import streamlit as st

from ragvsft.runs.reading import open_run
from ragvsft.runs.records import Progress
from ragvsft.verdict.inputs import read_inputs
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict
from ragvsft.verdict.what_if import Basis, basis
from remembered import remember, remembered

WAIT_S = 5.0
"""A growing run is read again after this, at the soonest …"""
WAIT_TIMES = 10.0
"""… and not before so many times the seconds that reading it took."""

KEPT_ABOVE_S = 2.0
"""A verdict that took longer is kept for the next start."""

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRead:
    """A run as it stood when it was read."""

    verdict: Verdict
    progress: Progress
    stamp: Stamp
    """Changes whenever the run's files do."""
    read_at: float
    """Of the monotonic clock."""
    took_s: float


def last_read(folder: Path) -> LastRead:
    """The run, read anew where that is due.

    Raises:
        RagvsftError: it cannot be read.
    """
    place = _place(str(folder))
    with place.lock:
        if place.read is None or is_due(folder, place.read):
            place.read = _read(folder)
        return place.read


@st.cache_resource(max_entries=2, show_spinner="Reading what the decision rests on …")
def basis_of(folder: str, stamp: Stamp, _verdict: Verdict) -> Basis | None:
    """What any decision on a run rests on, for deciding anew; None: nothing can be decided.

    Raises:
        RagvsftError: it cannot be read.
    """
    del stamp  # only tells readings of different states apart
    return basis(read_inputs(Path(folder)), _verdict)


def is_due(folder: Path, last: LastRead) -> bool:
    """Whether a run has changed, and that long enough ago that reading it again is worth it."""
    if stamp_of(folder) == last.stamp:
        return False
    if last.progress.state != "running" or progress_of(folder).state != "running":
        return True
    return time.monotonic() - last.read_at >= max(WAIT_S, WAIT_TIMES * last.took_s)


def progress_of(folder: Path) -> Progress:
    """Where the lab stands, now.

    Raises:
        RagvsftError: the run cannot be read.
    """
    with open_run(folder) as run:
        return run.progress()


class _Place:
    """Where all sessions keep what was read of one folder."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.read: LastRead | None = None


@st.cache_resource(max_entries=8, show_spinner=False)
def _place(folder: str) -> _Place:
    del folder
    return _Place()


def _read(folder: Path) -> LastRead:
    began = time.monotonic()
    # The stamp and the progress first: what is written meanwhile makes another reading due.
    stamp, progress = stamp_of(folder), progress_of(folder)
    verdict = remembered(folder, stamp) or read_verdict(folder)
    now = time.monotonic()
    if now - began > KEPT_ABOVE_S and progress.state != "running":
        remember(verdict, stamp)
    return LastRead(verdict=verdict, progress=progress, stamp=stamp, read_at=now, took_s=now - began)


def stamp_of(folder: Path) -> Stamp:
    """How a run's files stand."""
    found = []
    for name in ("manifest.json", "run.db", "run.db-wal"):
        try:
            state = (folder / name).stat()
        except OSError:
            found.append((0, 0))
        else:
            # A reader leaves an empty journal behind, which is no change.
            found.append((state.st_mtime_ns, state.st_size) if state.st_size else (0, 0))
    return tuple(found)
