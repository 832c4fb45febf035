"""Files and folders that appear whole or not at all, whenever the process is killed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, text: str) -> None:
    """Write a text file, flushed to disk.

    Raises:
        OSError: it cannot be written; what stood there before still stands.
    """
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """A path to write a new file to, which takes the target's place, flushed to disk, when the block ends well.

    Raises:
        OSError: it cannot be written; what stood there before still stands.
    """
    temporary = _beside(target)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A new empty folder to fill, which takes the target's place when the block ends well.

    Raises:
        OSError: it cannot be made; what stood there before still stands.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target)
    temporary.mkdir()
    try:
        yield temporary
        if target.exists():
            shutil.rmtree(target)
        temporary.replace(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sync_folder(target.parent)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid4().hex}.new")


def _sync_folder(folder: Path) -> None:
    # So that the rename outlives a power cut, too. Windows has no handle on a folder.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
