"""What long work tells of itself: a step, how much of it is done, of how much (0: not known), and a word about it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Progress = Callable[[str, int, int, str], None]

TOLD_ITEMS = 500
"""Between two words about items that are done."""
TOLD_BYTES = 1 << 19
_KB = 1000
T = TypeVar("T")


def silent(_step: str, _done: int, _total: int, _word: str) -> None:
    """Tells nobody."""


def counted(items: Iterable[T], progress: Progress, step: str, total: int) -> Iterator[T]:
    """The items as they are, their number told now and then, and when they are at an end."""
    done = 0
    for done, item in enumerate(items, start=1):
        yield item
        if done % TOLD_ITEMS == 0:
            progress(step, done, total, "")
    progress(step, done, total, "")


class WatchedFile:
    """A file whose lines are read one by one; tells the kilobytes that were read."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._file = path.open("rb")
        self._progress = progress
        self._step = f"Reading {path.name}"
        self._size = path.stat().st_size
        self._done = self._told = 0

    def readline(self, limit: int) -> bytes:
        """The next line, or its first bytes; empty at the end."""
        line = self._file.readline(limit)
        self._done += len(line)
        if self._done - self._told >= TOLD_BYTES or (not line and self._done):
            self._told = self._done
            self._progress(self._step, self._done // _KB, self._size // _KB, "kB")
        return line

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextmanager
def watched(path: Path, progress: Progress) -> Iterator[WatchedFile]:
    """A file to read lines from.

    Raises:
        OSError: it cannot be opened.
    """
    file = WatchedFile(path, progress)
    try:
        yield file
    finally:
        file.close()
