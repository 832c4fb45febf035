"""The documents of a folder as a git repository remembers them: which commit stands for which date, and its files.

Only plumbing commands are called, without a shell, and nothing of the repository's own is run: no hooks, no filters,
no pager, no fetching of what is missing.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from ragvsft.core.errors import DataError, UsageError
from ragvsft.data.fields import parse_day
from ragvsft.data.importing.folder_files import FoundFile, check_size, is_hidden, path_problem
from ragvsft.data.importing.parsers import MAX_FILE_BYTES, Unreadable
from ragvsft.data.importing.report import LeftOut

RULES = ("tags", "months")
MAX_SNAPSHOTS = 60
TIMEOUT_S = 120

_SAFE = ("--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_LINK, _MODULE = "120000", "160000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A state of the folder."""

    day: date
    """Since when it stands, in UTC."""
    commit: str


def commits(folder: Path, rule: str) -> list[Commit]:
    """The commits that stand for the snapshots, oldest first, one a day.

    Args:
        folder: a work tree, or a folder in one.
        rule: `tags`: every tagged commit, by its own date; `months`: the first commit of each month on the main line;
            or dates joined by commas: the last commit before each of them, standing from that date on.

    Raises:
        UsageError: the rule is none of these, or git is not installed.
        DataError: the folder is in no repository, or nothing in it fits the rule.
    """
    days = _days(rule)
    if days:
        found = _standing_at(folder, days)
    elif rule == "tags":
        lines = _git(folder, "for-each-ref", "--format=%(objectname) %(*objectname)", "refs/tags").split("\n")
        found = [_dated(folder, line.split()[-1]) for line in lines if line.strip()]
    elif rule == "months":
        months: dict[tuple[int, int], Commit] = {}
        for commit in reversed(_line_of_commits(folder)):
            months.setdefault((commit.day.year, commit.day.month), commit)
        found = list(months.values())
    else:
        raise UsageError(
            f"--snapshots {rule} is unknown",
            hint=f"write {' or '.join(RULES)}, or dates joined by commas: 2024-01-01,2024-07-01",
        )
    by_day = {commit.day: commit for commit in sorted(found, key=lambda commit: commit.day)}
    if not by_day:
        raise DataError(f"{folder} has no {rule} to make snapshots of", hint="git tag names a commit")
    if len(by_day) > MAX_SNAPSHOTS:
        raise DataError(
            f"{folder} gives {len(by_day)} snapshots by {rule}, at most {MAX_SNAPSHOTS} are read",
            hint="name the dates that you mean: --snapshots 2024-01-01,2024-07-01",
        )
    return list(by_day.values())


@contextmanager
def commit_files(folder: Path, commit: Commit, left_out: LeftOut) -> Iterator[Iterable[FoundFile]]:
    """The documents of a commit below the folder, by path; readable while the context is open.

    Raises:
        DataError: git fails.
    """
    entries = _git_bytes(folder, "ls-tree", "-r", "-z", "--long", commit.commit).split(b"\0")
    with _contents(folder) as read:
        yield _found([entry for entry in entries if entry], read, f"{commit.day}/", left_out)


def _found(
    entries: list[bytes], read: Callable[[str, int], bytes], prefix: str, left_out: LeftOut
) -> Iterator[FoundFile]:
    for entry in entries:
        head, _, name = entry.partition(b"\t")
        path = os.fsdecode(name)
        mode, _, blob, size = head.decode("ascii").split()
        if is_hidden(path) or mode == _MODULE:
            continue
        reason = "link in the repository" if mode == _LINK else path_problem(path)
        if reason:
            left_out.add(reason, f"{prefix}{path}")
        else:
            yield FoundFile(path=path, read=_reading(read, blob, int(size)))


def _reading(read: Callable[[str, int], bytes], blob: str, size: int) -> Callable[[], bytes]:
    def of_blob() -> bytes:
        check_size(size)
        return read(blob, size)

    return of_blob


@contextmanager
def _contents(folder: Path) -> Iterator[Callable[[str, int], bytes]]:
    """A reader of blobs: one `git cat-file --batch` for all of them."""
    process = subprocess.Popen(
        [*_command(folder), "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    assert process.stdin
    assert process.stdout
    asked, given = process.stdin, process.stdout

    def read(blob: str, size: int) -> bytes:
        asked.write(f"{blob}\n".encode("ascii"))
        asked.flush()
        head = given.readline().split()
        if len(head) != 3 or head[1] != b"blob" or int(head[2]) != size or size > MAX_FILE_BYTES:
            raise Unreadable("file that the repository does not hold", "git fetch it first: the clone is partial")
        data = given.read(size + 1)
        return data[:size]

    try:
        yield read
    finally:
        process.kill()
        asked.close()
        given.close()
        process.wait()


def _days(rule: str) -> list[date]:
    days = [parse_day(part.strip()) for part in rule.split(",")]
    return sorted({day for day in days if day}) if all(days) else []


def _standing_at(folder: Path, days: Sequence[date]) -> list[Commit]:
    """For each day the last commit of the main line before it begins, in UTC."""
    line = _line_of_commits(folder)
    found = []
    for day in days:
        last = next((commit for commit in line if commit.day < day), None)
        if last is None:
            raise DataError(f"{folder} has no commit before {day}", hint="name dates that its history reaches back to")
        found.append(Commit(day=day, commit=last.commit))
    return found


def _line_of_commits(folder: Path) -> list[Commit]:
    """The main line, newest first."""
    lines = _git(folder, "rev-list", "--first-parent", "--timestamp", "HEAD").split("\n")
    return [_commit(line) for line in lines if line.strip()]


def _dated(folder: Path, commit: str) -> Commit:
    if not _COMMIT.fullmatch(commit):
        raise DataError(f"{folder} has a tag that git names {commit!r}", hint="name dates instead")
    return _commit(_git(folder, "rev-list", "--max-count=1", "--timestamp", commit))


def _commit(line: str) -> Commit:
    seconds, commit = line.split()
    return Commit(day=datetime.fromtimestamp(int(seconds), UTC).date(), commit=commit)


def _git(folder: Path, *arguments: str) -> str:
    return _git_bytes(folder, *arguments).decode("utf-8", "replace").strip()


def _git_bytes(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            [*_command(folder), *arguments],
            capture_output=True,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"git does not answer about {folder} within {TIMEOUT_S} s", hint="try `git fsck`") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().split("\n")[0].removeprefix("fatal: ")
        raise DataError(
            f"git cannot read the history of {folder}: {told}",
            hint="--snapshots needs a local clone with its history; leave it out to take the files as they are",
        )
    return done.stdout


def _command(folder: Path) -> list[str]:
    git = shutil.which("git")
    if git is None:
        raise UsageError("--snapshots needs git, which is not installed", hint="install git, or leave the option out")
    return [git, *_SAFE, "-C", str(folder)]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
