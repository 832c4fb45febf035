"""The questions of a folder of documents: a table that a person fills in, read with the lines of what is wrong.

Columns: question, answers (joined by |), document (joined by |; a file's path or its name), and where wanted split,
fact_id, question_id, valid_from and valid_to. Rows of one question with other dates are its answer history.
"""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path, PurePosixPath

from ragvsft.core.errors import DataError
from ragvsft.core.values import AnswerInterval, Split, Task
from ragvsft.data.importing.columns import QUESTION_COLUMNS, SPLITS, Columns, day, flag, word, words
from ragvsft.data.importing.files import Row, rows
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.repeats import refuse_question
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.problems import SHOWN, Problems
from ragvsft.data.read import question_key

SHEET_COLUMNS = ("question", "answers", "document", "split", "fact_id")
MAX_NAMES_COMPARED = 20_000

_COLUMNS = {
    **QUESTION_COLUMNS,
    "gold_doc_ids": ("document", "documents", "file", "files", "source", *QUESTION_COLUMNS["gold_doc_ids"]),
    "label": ("label",),
}
_SLICE = "slice."
_LINE = re.compile(r"(\d+)\]?$")


@dataclass(slots=True)
class Names:
    """How a sheet may call a document: by its path, by its file name where no other has it, with or without ending."""

    doc_ids: Collection[str]
    left_out: Collection[str]
    """Paths of files that are in the folder but could not be read."""
    _known: dict[str, set[str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for doc_id in (*self.doc_ids, *self.left_out):
            path = PurePosixPath(_key(doc_id))
            for name in {str(path), path.name, str(path.with_suffix("")), path.stem}:
                self._known.setdefault(name, set()).add(doc_id)

    def find(self, name: str) -> set[str]:
        """The documents that a name may mean; the exact path means that document alone."""
        if name in self.doc_ids:
            return {name}
        return self._known.get(str(PurePosixPath(_key(name))), set())

    def near(self, name: str) -> str:
        """The document that was perhaps meant; empty: none is near, or there are too many to look through."""
        if len(self._known) > MAX_NAMES_COMPARED:
            return ""
        found = difflib.get_close_matches(_key(name), self._known, n=1)
        return min(self._known[found[0]]) if found else ""


def read_sheet(sheet: Path, names: Names, intake: Intake, options: ImportOptions, left_out: LeftOut) -> Task | None:
    """Take the questions of a sheet in; returns the task where the sheet's columns tell it.

    Raises:
        DataError: the file is no table, lacks a column, or names documents that are not there; with the lines.
    """
    columns = Columns(_COLUMNS, options.mapping)
    problems = Problems(sheet.name)
    found: dict[str, list[_Asked]] = {}
    is_label = False
    n = 0
    for where, row in rows(sheet):
        n += 1
        if not columns.get(row, "question"):
            _note_empty(where, row, columns, left_out)
            continue
        is_label = is_label or (columns.has(row, "label") and not columns.has(row, "answers"))
        asked = _asked(where, row, columns, names, problems)
        if asked.about_left_out:
            left_out.add("question about a file that is left out", f"{where}: {asked.about_left_out}")
            continue
        key = asked.question_id or question_key(asked.question)
        same = found.setdefault(key if asked.valid_from else f"{where} {key}", [])
        same.append(asked)
    for same in found.values():
        _check_one_question(same, problems)
    problems.raise_if_any()
    if n and not found and not left_out.reasons.get("question about a file that is left out"):
        raise DataError(
            f"{sheet} has no row with a question",
            hint=f"fill in its columns {', '.join(SHEET_COLUMNS[:3])}; --map question=COLUMN reads another one",
        )
    for rows_of_one in found.values():
        _take_in(rows_of_one, intake)
    return Task.LABEL if is_label and options.task is None else options.task


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A row with a question."""

    where: str
    question_id: str
    fact_id: str
    question: str
    answers: tuple[str, ...]
    gold: tuple[str, ...]
    split: Split | None
    answerable: bool
    slice: Mapping[str, str]
    valid_from: date | None
    valid_to: date | None
    about_left_out: str


def _asked(where: str, row: Row, columns: Columns, names: Names, problems: Problems) -> _Asked:
    given = columns.get(row, "answers")
    answers = words(columns.get(row, "label") if given is None else given)
    if answers is None:
        problems.add(where, "the answers cannot be told apart", hint="write them joined by |, or as a JSON list")
        answers = ()
    answers = tuple(dict.fromkeys(part.strip() for answer in answers for part in answer.split("|") if part.strip()))
    gold, lost = _gold(where, words(columns.get(row, "gold_doc_ids")) or (), names, problems)
    named = word(columns.get(row, "split")).lower()
    if named and named not in SPLITS:
        problems.add(where, f"{named!r} is no split", hint="write train, dev or test, or leave the cell empty")
    answerable = flag(columns.get(row, "answerable"))
    return _Asked(
        where=where,
        question_id=word(columns.get(row, "question_id")),
        fact_id=word(columns.get(row, "fact_id")),
        question=" ".join(word(columns.get(row, "question")).split()),
        answers=answers,
        gold=gold,
        split=SPLITS.get(named),
        answerable=answerable is not False,
        slice={
            name.removeprefix(_SLICE): word(value)
            for name, value in row.items()
            if name.startswith(_SLICE) and word(value)
        },
        valid_from=_day(where, row, columns, "valid_from", problems),
        valid_to=_day(where, row, columns, "valid_to", problems),
        about_left_out=lost,
    )


def _gold(where: str, cells: Iterable[str], names: Names, problems: Problems) -> tuple[tuple[str, ...], str]:
    """The ids of the documents that a row names, and the first of them that is left out."""
    found: list[str] = []
    lost = ""
    for name in (part.strip() for cell in cells for part in cell.split("|") if part.strip()):
        meant = names.find(name)
        if len(meant) == 1:
            (doc_id,) = meant
            if doc_id in names.doc_ids:
                found.append(doc_id)
            else:
                lost = lost or doc_id
        elif meant:
            problems.add(where, f"{name!r} may be {' or '.join(sorted(meant)[:3])}", hint="write the whole path")
        else:
            near = names.near(name) if problems.n < SHOWN else ""
            asked = f"; did you mean {near!r}?" if near else ""
            problems.add(where, f"there is no document {name!r}{asked}", hint="write paths as they are in the folder")
    return tuple(dict.fromkeys(found)), lost


def _day(where: str, row: Row, columns: Columns, name: str, problems: Problems) -> date | None:
    value = columns.get(row, name)
    found = day(value) if value is not None else None
    if value is not None and found is None:
        problems.add(where, f"{name} must be a date such as 2024-01-31, not {word(value)!r}")
    return found


def _note_empty(where: str, row: Row, columns: Columns, left_out: LeftOut) -> None:
    if columns.get(row, "answers"):
        left_out.add("question without text", where)
    else:
        left_out.add("row of the sheet that is not filled in", where)


def _check_one_question(asked: Sequence[_Asked], problems: Problems) -> None:
    """Refuse dated rows of one id that ask something else, or that hold at the same time."""
    for row in asked[1:]:
        if question_key(row.question) != question_key(asked[0].question):
            other = f"another question ({asked[0].question[:80]!r})"
            refuse_question(problems, row.where, row.question_id, asked[0].where, other)
            return
    in_order = sorted(asked, key=lambda row: row.valid_from or date.min)
    for earlier, later in pairwise(in_order):
        assert later.valid_from is not None
        if earlier.valid_from == later.valid_from or (earlier.valid_to and earlier.valid_to > later.valid_from):
            until = f"until {earlier.valid_to}" if earlier.valid_to else "on"
            problems.add(
                later.where,
                f"the answer holds from {later.valid_from}, but the one in {earlier.where} holds from "
                f"{earlier.valid_from} {until}",
                hint="an answer ends where the next begins: valid_to is the first day on which it no longer holds",
            )


def _take_in(asked: Sequence[_Asked], intake: Intake) -> None:
    """A question; several rows are its history in order of their dates."""
    rows_in_order = sorted(asked, key=lambda row: row.valid_from or date.min)
    last = rows_in_order[-1]
    line = _LINE.search(rows_in_order[0].where)
    answers = next((row.answers for row in reversed(rows_in_order) if row.answers), ())
    intake.question(
        last.where,
        next((row.question_id for row in asked if row.question_id), f"q{line[1]}" if line else last.where),
        asked[0].question,
        answers,
        fact_id=next((row.fact_id for row in asked if row.fact_id), ""),
        split=next((row.split for row in asked if row.split), None),
        gold_doc_ids=[doc_id for row in asked for doc_id in row.gold],
        # An empty cell of answers says that no document holds one.
        answerable=last.answerable and bool(answers),
        answer_history=_history(rows_in_order),
        slice=last.slice,
    )


def _history(asked: Sequence[_Asked]) -> tuple[AnswerInterval, ...]:
    if asked[0].valid_from is None:
        return ()
    ends = [row.valid_to or later.valid_from for row, later in pairwise(asked)] + [asked[-1].valid_to]
    found = []
    for row, end in zip(asked, ends, strict=True):
        assert row.valid_from is not None
        if end is not None and end <= row.valid_from:
            raise DataError(
                f"{row.where}: the answer ends {end}, before or on the day it begins ({row.valid_from})",
                hint="valid_to is the first day on which it no longer holds; each row of a question has its own dates",
            )
        found.append(AnswerInterval(answers=row.answers, valid_from=row.valid_from, valid_to=end))
    return tuple(found)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
