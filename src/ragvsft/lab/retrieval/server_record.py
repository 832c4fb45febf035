"""Who has a store's server: the lock that lets one process start it, and the note about the one that runs."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from ragvsft.core.errors import RunLockedError
from ragvsft.lab.retrieval.server_address import ServerAddress
from ragvsft.lab.retrieval.server_process import end_process
from ragvsft.runs.atomic import write_whole
from ragvsft.runs.owner import Owner

LOCK_FILE = "server.lock"
RECORD_FILE = "server.json"

_LEFTOVERS_S = 5.0
"""How long what a killed owner left behind may still hold the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What stands in the store's folder about its server; never the key."""

    owner: Owner | None
    server: Owner
    http_port: int
    grpc_port: int
    program: str
    """The program's file as the operating system names it; tells the server from another process."""
    origin: str
    started_at: str

    @property
    def left_running(self) -> bool:
        """Whether it outlives who started it."""
        return self.owner is None


@contextmanager
def only_starter(store_folder: Path) -> Iterator[None]:
    """Hold the store's lock for the block; before it begins, what a killed owner left behind is ended.

    Raises:
        RunLockedError: a living process holds it.
    """
    store_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(store_folder / LOCK_FILE, thread_local=False)
    give_up = time.monotonic() + _LEFTOVERS_S
    while True:
        try:
            lock.acquire(blocking=False)
            break
        except Timeout:
            record = read_record(store_folder)
            owner = record.owner if record else None
            if owner is None or owner.alive is not False or time.monotonic() > give_up:
                raise _in_use(store_folder, owner) from None
            time.sleep(0.05)
    try:
        record = read_record(store_folder)
        if record is not None and not record.left_running:
            # Its owner is dead, or it would hold the lock; the watchdog is ending it, unless that was killed as well.
            process = living_process(record)
            if process is not None:
                end_process(process)
        yield
    finally:
        lock.release()


def _in_use(store_folder: Path, owner: Owner | None) -> RunLockedError:
    who = f"process {owner.pid}" if owner else "another process"
    return RunLockedError(
        f"{who} works with the Weaviate server of {store_folder}",
        hint="wait for it; or end it and start `ragvsft weaviate up` first: one left running serves several processes",
    )


def living_process(record: Record | None) -> psutil.Process | None:
    """The recorded server's process, if it lives and is that very one."""
    if record is None or record.server.alive is not True:
        return None
    try:
        process = psutil.Process(record.server.pid)
        if process.status() == psutil.STATUS_ZOMBIE or process.exe() != record.program:
            return None
    except psutil.Error:
        return None
    return process


def write_record(store_folder: Path, pid: int, address: ServerAddress, *, owner: Owner | None) -> None:
    """Note the server that runs; no owner: it is left running."""
    process = psutil.Process(pid)
    record = Record(
        owner=owner,
        server=Owner(pid=pid, host=socket.gethostname(), process_started_s=process.create_time()),
        http_port=address.http_port,
        grpc_port=address.grpc_port,
        program=process.exe(),
        origin=address.origin,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_whole(store_folder / RECORD_FILE, json.dumps(asdict(record), indent=2) + "\n")


def read_record(store_folder: Path) -> Record | None:
    """What was noted last; None: nothing, or it cannot be read."""
    try:
        note = json.loads((store_folder / RECORD_FILE).read_text(encoding="utf-8"))
        owner = note.pop("owner")
        return Record(owner=Owner(**owner) if owner else None, server=Owner(**note.pop("server")), **note)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
