"""The files of a folder that can be documents: walked without following a link, read without trusting a size."""

import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ragvsft.core.errors import DataError
from ragvsft.data.importing.parsers import KINDS, MAX_FILE_BYTES, Unreadable
from ragvsft.data.importing.report import LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file that can be a document."""

    path: str
    """Below the folder, parts joined by /."""
    read: Callable[[], bytes]
    """Raises Unreadable."""

    @property
    def suffix(self) -> str:
        """The ending of its name, in lower case."""
        return PurePosixPath(self.path).suffix.lower()


def folder_files(
    folder: Path, left_out: LeftOut, *, prefix: str = "", besides: Collection[str] = ()
) -> Iterator[FoundFile]:
    """The documents below a folder, by path. Hidden files, and those of an office program at work, are passed over.

    Args:
        folder: where to look; it may itself be a link.
        left_out: told of links, other kinds and names that cannot be ids.
        prefix: put before the paths that `left_out` is told.
        besides: paths of files that are known to be something else.

    Raises:
        DataError: the folder cannot be read.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder", hint="check the path")
    root = folder.resolve()
    for above, folders, names in os.walk(root, onerror=lambda error: _unreadable_folder(error, root, left_out)):
        folders.sort()
        for name in list(folders):
            path = _path(root, Path(above) / name)
            if _is_hidden(name):
                folders.remove(name)
            elif (Path(above) / name).is_symlink():
                folders.remove(name)
                left_out.add(_link_reason(Path(above) / name, root), f"{prefix}{path}")
        for name in sorted(names):
            if _is_hidden(name):
                continue
            path = _path(root, Path(above) / name)
            if path in besides:
                continue
            reason = _reason(Path(above) / name, path, root)
            if reason:
                left_out.add(reason, f"{prefix}{path}")
            else:
                yield FoundFile(path=path, read=_reader(Path(above) / name))


def single_file(path: Path) -> FoundFile:
    """One file as the only document."""
    return FoundFile(path=path.name, read=_reader(path.resolve()))


def path_problem(path: str) -> str:
    """Why a path below the folder can be no document; empty: it can."""
    if PurePosixPath(path).suffix.lower() not in KINDS:
        return "file of another kind"
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "file name that is not UTF-8"
    return "file name with white space around it" if path != path.strip() else ""


def is_hidden(path: str) -> bool:
    """Whether a part of a path is hidden, or the lock of an open office file."""
    return any(_is_hidden(part) for part in path.split("/"))


def check_size(size: int) -> None:
    """Refuse a file that is too large.

    Raises:
        Unreadable: it is larger than `MAX_FILE_BYTES`.
    """
    if size > MAX_FILE_BYTES:
        raise Unreadable(
            f"file larger than {MAX_FILE_BYTES // 10**6} MB", f"{size / 10**6:,.0f} MB; split it into several documents"
        )


def _path(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$"))


def _reason(file: Path, path: str, root: Path) -> str:
    if file.is_symlink():
        return _link_reason(file, root)
    return path_problem(path)


def _link_reason(link: Path, root: Path) -> str:
    """What kind of link it is; none is followed: inside the folder its target is read anyway."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return "link that leads nowhere"
    return "link inside the folder" if target.is_relative_to(root) else "link that leaves the folder"


def _unreadable_folder(error: OSError, root: Path, left_out: LeftOut) -> None:
    if Path(error.filename) == root:
        raise DataError(f"{root} cannot be read: {error.strerror}", hint="check that you may read it") from error
    left_out.add("folder that cannot be read", f"{_path(root, Path(error.filename))}: {error.strerror}")


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        # Not blocking, so that a pipe with a document's name does not hang; no link, even one put there just now.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(path, flags)
        except OSError as error:
            raise Unreadable("file that cannot be read", error.strerror or "") from error
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("not an ordinary file")
            check_size(status.st_size)
            try:
                data = file.read(MAX_FILE_BYTES + 1)
            except OSError as error:
                raise Unreadable("file that cannot be read", error.strerror or "") from error
        check_size(len(data))
        return data

    return read
