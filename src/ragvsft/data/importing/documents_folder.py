"""A folder of text, Markdown, HTML, PDF and Word files, with a sheet of questions: a document is a file.

Sub-folders named by dates, or a git history, are snapshots: the same path in several of them is one document with
versions. What cannot be read is left out by name and reason; what a file holds is for the parsers.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath

from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import Dataset
from ragvsft.data.fields import parse_day
from ragvsft.data.importing.folder_files import FoundFile, folder_files, single_file
from ragvsft.data.importing.git_history import commit_files, commits
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.missing_questions import SHEETS, find_sheet, questions_needed
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.parsers import KINDS, Parsed, Unreadable
from ragvsft.data.importing.parsers.process import FileParser
from ragvsft.data.importing.question_sheet import Names, read_sheet
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.progress import Progress
from ragvsft.data.read import is_dataset

MAX_LOOKED_AT = 20_000
"""Entries looked at to tell whether a folder holds documents."""


def looks_like_documents(source: Path, peek: object) -> bool:
    """Whether a source is a document, or a folder with one that is not yet a dataset."""
    if source.is_file():
        return source.suffix.lower() in KINDS
    if not source.is_dir() or is_dataset(source):
        return False
    looked_at = 0
    for _, folders, names in os.walk(source):
        folders[:] = [folder for folder in folders if not folder.startswith(".")]
        if any(PurePosixPath(name).suffix.lower() in KINDS and not name.startswith(".") for name in names):
            return True
        looked_at += len(names) + len(folders)
        if looked_at > MAX_LOOKED_AT:
            return False
    return False


def documents_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """A folder of documents and its sheet of questions as a dataset.

    Args:
        source: a folder, or one file.
        name: the dataset's name.
        options: `questions` names the sheet; else one called `questions.csv` in the folder or `FOLDER-questions.csv`
            beside it is taken.
        left_out: told of every file and question that is not in the dataset.

    Raises:
        QuestionsNeeded: there is no sheet; an empty one was written where that is possible.
        DataError: no document can be read, or the sheet is wrong or empty; the message names file and line.
        UsageError: an option does not fit the source.
    """
    intake = Intake(source.resolve().name, options, left_out)
    versions = _Versions(intake)
    reading = _Reading(left_out)
    snapshots: list[date] = []
    with FileParser() as parser:
        for day, files in _snapshots(source, options, left_out):
            with files as found:
                listed = list(found)
                step = f"Reading {f'documents of {day}' if day else 'documents'}"
                state = reading.parsed(_told_files(listed, options.progress, step), parser, day)
            versions.take_in(day, state)
            if day is not None:
                snapshots.append(day)
    versions.end()
    if not versions.titles:
        raise DataError(
            f"{source} has no document that can be read{_told(left_out)}", hint=f"known are: {', '.join(sorted(KINDS))}"
        )
    sheet = options.questions or find_sheet(source)
    if sheet is None or not sheet.exists():
        raise questions_needed(source, sheet, versions.titles, options, _told(left_out))
    if sheet != options.questions:
        left_out.note(f"the questions are those of {sheet}")
    names = Names(versions.titles.keys(), reading.unread - versions.titles.keys())
    task = read_sheet(sheet, names, intake, options, left_out)
    hint = f"fill in {sheet}: a question, its answers joined by |, and the document that states them"
    return intake.dataset(name, what="a folder of documents", task=task, snapshots=snapshots, hint=hint)


@dataclass(frozen=True, slots=True)
class _Read:
    parsed: Parsed
    source: str


class _Versions:
    """Documents on their way through the snapshots; equal texts in a row are one version."""

    def __init__(self, intake: Intake) -> None:
        self.titles: dict[str, str] = {}
        """Of every document that was read, by id."""
        self._intake = intake
        self._open: dict[str, tuple[date | None, _Read]] = {}

    def take_in(self, day: date | None, state: Mapping[str, _Read]) -> None:
        """The documents of one date, in order of dates; None: the only state there is."""
        for path in [path for path in self._open if path not in state]:
            self._close(path, day)
        for path, read in state.items():
            before = self._open.get(path)
            if before is not None and before[1].parsed == read.parsed:
                continue
            if before is not None:
                self._close(path, day)
            self._open[path] = (day, read)
            self.titles[path] = read.parsed.title or _name_of(path)

    def end(self) -> None:
        """Take in what is still valid."""
        for path in list(self._open):
            self._close(path, None)

    def _close(self, path: str, end: date | None) -> None:
        start, read = self._open.pop(path)
        self._intake.document(
            path,
            read.parsed.text,
            doc_id=path,
            title=read.parsed.title or _name_of(path),
            valid_from=start,
            valid_to=end,
            source=read.source,
            metadata=read.parsed.metadata,
        )


@dataclass(slots=True)
class _Reading:
    """Parses files, equal ones once."""

    left_out: LeftOut
    unread: set[str] = field(default_factory=set)
    """Paths of files that could not be read at some date."""
    _known: dict[tuple[str, bytes], Parsed | Unreadable] = field(default_factory=dict)

    def parsed(self, files: Iterable[FoundFile], parser: FileParser, day: date | None) -> dict[str, _Read]:
        """The readable files of one date, by path."""
        found: dict[str, _Read] = {}
        prefix = f"{day}/" if day else ""
        for file in files:
            where = f"{prefix}{file.path}"
            try:
                parsed = self._of(file, parser, remember=day is not None)
            except Unreadable as error:
                self.unread.add(file.path)
                self.left_out.add(error.reason, f"{where}: {error.detail}" if error.detail else where)
                continue
            for reason, which in parsed.remarks:
                self.left_out.add(reason, f"{where}, {which}")
            found[file.path] = _Read(parsed, where)
        return found

    def _of(self, file: FoundFile, parser: FileParser, *, remember: bool) -> Parsed:
        data = file.read()
        if not remember:
            return parser.parse(file.suffix, data)
        key = file.suffix, hashlib.sha256(data).digest()
        if key not in self._known:
            try:
                self._known[key] = parser.parse(file.suffix, data)
            except Unreadable as error:
                self._known[key] = error
        known = self._known[key]
        if isinstance(known, Unreadable):
            raise Unreadable(known.reason, known.detail)
        return known


_State = tuple[date | None, AbstractContextManager[Iterable[FoundFile]]]


def _snapshots(source: Path, options: ImportOptions, left_out: LeftOut) -> Iterator[_State]:
    """Every date with its files; None: one state without a date."""
    if not source.is_dir():
        if options.snapshots is not None:
            raise UsageError(f"--snapshots needs a folder, and {source} is none", hint="leave it out")
        yield None, nullcontext([single_file(source)])
    elif options.snapshots is not None:
        for commit in commits(source, options.snapshots):
            yield commit.day, commit_files(source, commit, left_out)
    elif days := _dated_folders(source, left_out):
        for path in sorted(source.iterdir()):
            if parse_day(path.name) is None and path.name not in SHEETS and not path.name.startswith("."):
                left_out.add("file outside the dated folders", path.name)
        for name, day in sorted(days.items()):
            yield day, nullcontext(folder_files(source / name, left_out, prefix=f"{name}/"))
    else:
        named = options.questions.resolve() if options.questions else None
        inside = named is not None and named.is_relative_to(source.resolve())
        besides = [*SHEETS, *([named.relative_to(source.resolve()).as_posix()] if named and inside else [])]
        yield None, nullcontext(folder_files(source, left_out, besides=besides))


def _dated_folders(source: Path, left_out: LeftOut) -> dict[str, date]:
    """The sub-folders that are named by a date."""
    found: dict[str, date] = {}
    try:
        entries = sorted(source.iterdir())
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror}", hint="check that you may read it") from error
    for path in entries:
        day = parse_day(path.name)
        if day is not None and path.is_symlink():
            left_out.add("link among the dated folders", path.name)
        elif day is not None and path.is_dir():
            found[path.name] = day
    return found


def _told_files(files: Sequence[FoundFile], progress: Progress, step: str) -> Iterator[FoundFile]:
    """The files one by one, each told before it is parsed: one alone may take minutes."""
    for n, file in enumerate(files):
        progress(step, n, len(files), file.path)
        yield file
    progress(step, len(files), len(files), "")


def _told(left_out: LeftOut) -> str:
    """What was left out, a line each; an error says it, for then there is no report."""
    return "".join(
        f"\n  left out: {n:,} ({reason}), such as {left_out.examples[reason][0]}"
        for reason, n in left_out.reasons.items()
    )


def _name_of(path: str) -> str:
    """What a document without a title is called: its file name, without ending, dashes and underlines."""
    stem = PurePosixPath(path).stem
    return " ".join(stem.replace("_", " ").replace("-", " ").split()) or stem
