"""Who works in a run folder: one process at a time, and a dead one's place is taken over.

The lock is the operating system's, which lets go of it however the process ends; a note beside it says who holds it.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from ragvsft.core.errors import RunLockedError
from ragvsft.runs.atomic import write_whole
from ragvsft.runs.database import translated

LOCK_FILE = "run.lock"
OWNER_FILE = "owner.json"

_LEFTOVERS_S = 5.0
"""How long children of a killed owner may still hold its lock."""
_SAME_START_S = 5.0
"""How far apart two looks at the start of one process may lie when the clock was set in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process on a host."""

    pid: int
    host: str
    process_started_s: float
    """Seconds since 1970; tells the process from a later one with the same pid."""

    @property
    def alive(self) -> bool | None:
        """Whether the process still runs; None: it is on another host."""
        if self.host != socket.gethostname():
            return None
        try:
            started = float(psutil.Process(self.pid).create_time())
        except psutil.Error:
            return False
        return abs(started - self.process_started_s) <= _SAME_START_S


def this_process() -> Owner:
    """The process that asks."""
    return Owner(pid=os.getpid(), host=socket.gethostname(), process_started_s=psutil.Process().create_time())


@contextmanager
def take_ownership(folder: Path) -> Iterator[Owner]:
    """Be the only owner of a run folder while the block runs; a folder that is missing is made.

    A folder in which nothing came to be is gone afterwards.

    Raises:
        RunLockedError: a living process owns it.
        RagvsftError: the folder cannot be made or written.
    """
    lock = FileLock(folder / LOCK_FILE, thread_local=False)
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _acquire(lock, folder)
    try:
        owner = this_process()
        with translated(folder):
            write_whole(folder / OWNER_FILE, json.dumps(asdict(owner)) + "\n")
        yield owner
    finally:
        with suppress(OSError):
            (folder / OWNER_FILE).unlink()
        _leave_nothing(folder)
        lock.release()


def _leave_nothing(folder: Path) -> None:
    """Take a folder away that holds the lock alone; a process that waits for the lock makes both anew."""
    with suppress(OSError):
        if [entry.name for entry in folder.iterdir()] == [LOCK_FILE]:
            (folder / LOCK_FILE).unlink()
            folder.rmdir()


def read_owner(folder: Path) -> Owner | None:
    """Who last took the folder and did not leave it; None: nobody, or the note cannot be read."""
    try:
        note = json.loads((folder / OWNER_FILE).read_text(encoding="utf-8"))
        return Owner(pid=int(note["pid"]), host=str(note["host"]), process_started_s=float(note["process_started_s"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _acquire(lock: FileLock, folder: Path) -> None:
    give_up = time.monotonic() + _LEFTOVERS_S
    while True:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            owner = read_owner(folder)
            if owner is None or owner.alive is not False or time.monotonic() > give_up:
                raise _locked(folder, owner) from None
            time.sleep(0.05)
        else:
            return


def _locked(folder: Path, owner: Owner | None) -> RunLockedError:
    if owner is None:
        return RunLockedError(f"another process works in {folder}", hint="wait for it, or end it, and run again")
    if owner.alive is False:
        return RunLockedError(
            f"process {owner.pid} on {owner.host}, which worked in {folder}, is gone, but a process that it started "
            "still holds the lock",
            hint=f"end what process {owner.pid} left behind and run again",
        )
    return RunLockedError(
        f"process {owner.pid} on {owner.host} works in {folder}", hint="wait for it, or end it, and run again"
    )
