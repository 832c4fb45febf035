"""Puts a Weaviate server into the user's cache folder, once: the official release, else a build from its Go module."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from ragvsft.core.errors import ServiceError
from ragvsft.core.hashing import file_hash
from ragvsft.data.downloading import cache_folder
from ragvsft.data.progress import Progress, silent
from ragvsft.lab.retrieval.install_build import build_from_module
from ragvsft.lab.retrieval.install_release import download_release
from ragvsft.runs.atomic import write_whole

VERSION = "1.39.2"
"""The one place where the server's version is pinned."""
PROGRAM = "weaviate-server"
RECEIPT = "installed.json"

Source = Literal["auto", "release", "module"]

_Origin = Literal["release", "module"]
_WAYS: tuple[tuple[_Origin, Callable[[Path, str, Progress], Path]], ...] = (
    ("release", download_release),
    ("module", build_from_module),
)
_OTHER_INSTALLER_S = 3600.0
_TRY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A server's program in the user's cache folder."""

    path: str
    version: str
    origin: Literal["release", "module"]
    sha256: str
    installed_at: str
    seconds: float
    """How long it took when it was installed."""
    given_up: tuple[str, ...]
    """What was tried before, and why it failed."""


def installed_server() -> Path | None:
    """The installed program of the pinned version; None: not installed."""
    path = _folder() / PROGRAM
    return path if path.is_file() and os.access(path, os.X_OK) else None


def read_installation() -> Installation | None:
    """What is installed, from its receipt; None: nothing, or the program is not the one that was installed.

    Reads the whole program (0.2 s) to compare its hash.
    """
    path = installed_server()
    if path is None:
        return None
    try:
        note = json.loads((_folder() / RECEIPT).read_text(encoding="utf-8"))
        found = Installation(**(note | {"given_up": tuple(note["given_up"])}))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if file_hash(path) == found.sha256 else None


def install_server(*, source: Source = "auto", progress: Progress = silent) -> Installation:
    """Install the pinned server; what is installed already stays.

    Args:
        source: the official release alone, the Go module alone, or the one and where it fails the other.
        progress: told how far it is.

    Raises:
        ServiceError: no source gives a program that runs, or the cache folder cannot be written.
    """
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.parent / "install.lock", thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            progress("Waiting for another installation", 0, 0, "")
            lock.acquire(timeout=_OTHER_INSTALLER_S)
        try:
            return read_installation() or _install(folder, source, progress)
        finally:
            lock.release()
    except Timeout as error:
        raise ServiceError(
            f"another installation has held {folder.parent} for an hour", hint="end it, then install again"
        ) from error
    except OSError as error:
        raise ServiceError(
            f"the server cannot be put into {folder}: {error}",
            hint="check the disk and the permissions, or name another folder by RAGVSFT_CACHE",
        ) from error


def _install(folder: Path, source: Source, progress: Progress) -> Installation:
    # Whoever holds the lock is alone here: other such folders were left by killed installers.
    for leftover in folder.parent.glob(".install-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    given_up: list[str] = []
    for origin, get in _WAYS:
        if source not in ("auto", origin):
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".install-", ignore_cleanup_errors=True) as made:
            try:
                program = get(Path(made), VERSION, progress)
                _try_out(program)
            except ServiceError as error:
                given_up.append(f"{origin}: {error.message}")
                progress(f"Gave up on the {origin}", 1, 1, error.message)
                continue
            return _place(program, folder, origin, time.monotonic() - began, tuple(given_up))
    raise ServiceError(
        "no Weaviate server could be installed\n" + "\n".join(given_up),
        hint="with a network: set HTTPS_PROXY or RAGVSFT_WEAVIATE_MIRROR; with Docker: `docker compose up` and "
        "WEAVIATE_URL=http://127.0.0.1:8080; else the exact in-process index serves",
    )


def _try_out(program: Path) -> None:
    program.chmod(0o755)
    try:
        done = subprocess.run(
            [program, "--help"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TRY_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError(f"the program does not run on this machine: {error}") from error
    if done.returncode != 0:
        raise ServiceError(f"the program does not run on this machine (status {done.returncode})")


def _place(program: Path, folder: Path, origin: _Origin, seconds: float, given_up: tuple[str, ...]) -> Installation:
    target = folder / PROGRAM
    installation = Installation(
        path=str(target),
        version=VERSION,
        origin=origin,
        sha256=file_hash(program),
        installed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        given_up=given_up,
    )
    with program.open("rb+") as file:
        os.fsync(file.fileno())
    write_whole(folder / RECEIPT, json.dumps(asdict(installation), indent=2) + "\n")
    program.replace(target)
    return installation


def _folder() -> Path:
    return cache_folder() / "weaviate" / VERSION
