"""Names and places of run folders: `runs/<name>-<hash12>/`. No name leads out of its root."""

import difflib
import re
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ragvsft.core.errors import RagvsftError, UsageError
from ragvsft.runs.database import DATABASE_FILE, translated
from ragvsft.runs.manifest import MANIFEST_FILE, read_manifest
from ragvsft.runs.owner import take_ownership
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import State

LOG_FILE = "lab.log"
ADAPTERS_FOLDER = "adapters"
N_HASH = 12

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(rf"[0-9a-f]{{{N_HASH},64}}")
_FOLDER = re.compile(rf"(?P<name>{_NAME.pattern})-(?P<hash>[0-9a-f]{{{N_HASH}}})")
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """A run folder as a list shows it."""

    folder: Path
    name: str
    created_at: datetime | None
    """None: the manifest cannot be read."""
    state: State | None
    problem: str | None = None
    """Why the folder cannot be read as a run; None: it can."""


def check_name(name: str) -> str:
    """The name, once it is sure that it is one.

    Raises:
        UsageError: it is not a name that every file system takes.
    """
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise UsageError(
            f"{_shown(name)} is no name for a run",
            hint="letters, digits, '.', '_' and '-', at most 64, the first a letter or digit",
        )
    return name


def run_folder(root: Path, name: str, run_hash: str) -> Path:
    """Where a run lies.

    Raises:
        UsageError: name or hash are not what they should be, or the folder would lie outside the root.
    """
    if not _HASH.fullmatch(run_hash):
        raise UsageError(f"{_shown(run_hash)} is no run hash", hint=f"{N_HASH} to 64 hexadecimal digits")
    return _inside(root, f"{check_name(name)}-{run_hash[:N_HASH]}")


def adapter_folder(run: Path, name: str, wave: date, seed: int) -> Path:
    """Where an adapter that was trained at a wave lies in a run folder.

    Raises:
        UsageError: the name is not one.
    """
    return run / ADAPTERS_FOLDER / f"{check_name(name)}-{wave.isoformat()}-s{seed}"


def named_run(root: Path, folder_name: str) -> Path:
    """The run folder of exactly this name in the root; safe for names that come from a URL.

    Raises:
        UsageError: it is no name of a run folder, or there is none.
    """
    if not _FOLDER.fullmatch(folder_name):
        raise UsageError(f"{_shown(folder_name)} is no name of a run folder", hint="it looks like demo-0123456789ab")
    folder = _inside(root, folder_name)
    if not folder.is_dir():
        raise UsageError(f"{root} has no run {folder_name}", hint=_nearest(root, folder_name))
    return folder


def find_run(root: Path, name_or_path: str) -> Path:
    """A run by its folder's path, its folder's name, the start of it, or the experiment's name where one run has it.

    Raises:
        UsageError: there is none, or there are several; the hint names what is near.
    """
    if not name_or_path or "\0" in name_or_path:
        raise UsageError(f"{_shown(name_or_path)} names no run", hint=_nearest(root, name_or_path))
    path = _existing_run(name_or_path)
    if path is not None:
        return path
    names = _folder_names(root)
    found = [name for name in names if name == name_or_path]
    found = found or [name for name in names if name[: -N_HASH - 1] == name_or_path]
    found = found or [name for name in names if name.startswith(name_or_path) and len(name_or_path) >= 3]
    match found:
        case [name]:
            return named_run(root, name)
        case []:
            raise UsageError(f"{root} has no run {_shown(name_or_path)}", hint=_nearest(root, name_or_path))
        case _:
            newest = sorted(found, key=lambda name: (root / name).stat().st_mtime, reverse=True)
            raise UsageError(
                f"{_shown(name_or_path)} may be any of {len(found)} runs", hint=f"newest first: {', '.join(newest[:5])}"
            )


def list_runs(root: Path) -> tuple[RunSummary, ...]:
    """All run folders of a root, newest first; those that cannot be read come last and say why."""
    summaries = [_summary(root / name) for name in _folder_names(root)]
    readable = [summary for summary in summaries if summary.created_at is not None]
    readable.sort(key=lambda summary: (summary.created_at, summary.folder.name), reverse=True)
    return (*readable, *(summary for summary in summaries if summary.created_at is None))


def remove_run(folder: Path) -> None:
    """Delete a run folder.

    Raises:
        UsageError: it is no run folder.
        RunLockedError: a living process works in it.
    """
    if folder.is_symlink() or not _FOLDER.fullmatch(folder.name) or not _looks_like_run(folder):
        raise UsageError(f"{folder} is no run folder, and nothing was deleted", hint="give the folder of a run")
    with take_ownership(folder), translated(folder):
        # Out of sight first: nobody meets a half-deleted run under its name.
        doomed = folder.with_name(f".{folder.name}.removed")
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        shutil.rmtree(doomed)


def _existing_run(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
        if path.name in (MANIFEST_FILE, DATABASE_FILE):
            path = path.parent
        return path.resolve() if (path / MANIFEST_FILE).is_file() else None
    except (OSError, RuntimeError):  # too long for a path, or the home of nobody
        return None


def _looks_like_run(folder: Path) -> bool:
    return (folder / MANIFEST_FILE).is_file() or (folder / DATABASE_FILE).is_file()


def _inside(root: Path, folder_name: str) -> Path:
    folder = root / folder_name
    if folder.is_symlink() or folder.resolve().parent != root.resolve():
        raise UsageError(f"{folder} lies outside {root}", hint="a run folder is a plain folder in its root")
    return folder


def _folder_names(root: Path) -> list[str]:
    try:
        entries = sorted(root.iterdir())
    except OSError:
        return []
    return [
        entry.name
        for entry in entries
        if _FOLDER.fullmatch(entry.name) and not entry.is_symlink() and entry.is_dir() and _looks_like_run(entry)
    ]


def _summary(folder: Path) -> RunSummary:
    match = _FOLDER.fullmatch(folder.name)
    name = match["name"] if match else folder.name
    created_at = None
    try:
        created_at = read_manifest(folder).created_at
        with open_run(folder) as run:
            return RunSummary(folder=folder, name=name, created_at=created_at, state=run.progress().state)
    except RagvsftError as error:
        return RunSummary(folder=folder, name=name, created_at=created_at, state=None, problem=error.message)


def _nearest(root: Path, text: str) -> str:
    names = _folder_names(root)
    if not names:
        return f"there is no run in {root}; `ragvsft run EXPERIMENT` makes one"
    short = {name[: -N_HASH - 1]: name for name in names}
    near = difflib.get_close_matches(text, [*names, *short], n=3, cutoff=0.5)
    if near:
        return f"did you mean {', '.join(dict.fromkeys(short.get(name, name) for name in near))}?"
    return f"there are: {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")
