"""Reads the answers that another system gave, one row a question, and finds the row of each of our questions.

Tables (JSONL, CSV, TSV, JSON, Parquet) are read here, the results of lm-eval and promptfoo by `recorded_formats`.
Nothing is made up: what a file does not say of an answer stays unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import file_hash
from ragvsft.core.values import WaveQuestion
from ragvsft.data.importing.columns import word
from ragvsft.data.importing.files import check_source
from ragvsft.data.read import question_key
from ragvsft.data.recorded_formats import RecordedRow, recorded_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFile:
    """A file of answers, read."""

    name: str
    sha256: str
    format: str
    """`table`, `lm_eval` or `promptfoo`."""
    rows: tuple[RecordedRow, ...]
    """Those that were asked for, in the order of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Which rows answer which questions at a wave."""

    rows: Mapping[str, RecordedRow]
    """By question id; a question without a row is missing."""
    n_by_id: int
    n_by_text: int


def read_recorded(
    path: Path,
    *,
    format: str | None = None,
    mapping: Mapping[str, str] | None = None,
    only: Mapping[str, str] | None = None,
) -> RecordedFile:
    """Read a file of answers.

    Args:
        path: the file.
        format: `table`, `lm_eval` or `promptfoo`; None: recognised by what stands in it.
        mapping: our field -> the file's column, with dots for a field inside one.
        only: column -> the value that a row must have to be taken.

    Raises:
        DataError: the file cannot be read, has no column for answers or questions, or no row is left.
    """
    check_source(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder", hint="name the file of answers in it")
    found, taken = recorded_rows(path, format, mapping or {})
    rows = tuple(row for row in taken if all(word(row.raw(at)) == value for at, value in (only or {}).items()))
    if not rows:
        told = f" with {_listed(only)}" if only else ""
        raise DataError(f"{path.name} has no row{told}", hint="check the file" + (" and `only`" if only else ""))
    return RecordedFile(name=path.name, sha256=file_hash(path), format=found, rows=rows)


def check_matches(file: RecordedFile, questions: Iterable[tuple[str, str]]) -> None:
    """Refuse a file that answers none of a dataset's questions, before anything is spent.

    Args:
        file: the file of answers.
        questions: (question id, text) of the dataset.

    Raises:
        DataError: no row has the id or the text of any question.
    """
    known = list(questions)
    ids, texts = {question_id for question_id, _ in known}, {question_key(text) for _, text in known}
    if any(row.question_id in ids or (row.question and question_key(row.question) in texts) for row in file.rows):
        return
    first = file.rows[0]
    raise DataError(
        f"{file.name} answers none of the dataset's {len(known):,} questions; its first row, {first.where}, is about "
        f"{_shown(first.question_id)} {_shown(first.question)}".rstrip(),
        hint="rows are matched by question id, else by the question's text; say which columns hold them: "
        "map: {question_id: ..., question: ...}",
    )


def match(file: RecordedFile, questions: Sequence[WaveQuestion], wave: date) -> Matched:
    """The row of each question at a wave: by id, else by the question's text, case and white space left out.

    A row that names a wave counts at that wave alone, and there before one that names none; the latter counts at all.

    Raises:
        DataError: two rows answer one question; the message names both.
    """
    here = [row for row in file.rows if row.wave in (None, wave)]
    ids = {question.question_id for question in questions}
    by_id: dict[str, list[RecordedRow]] = {}
    by_text: dict[str, list[RecordedRow]] = {}
    for row in here:
        if row.question_id in ids:
            by_id.setdefault(row.question_id, []).append(row)
        elif row.question:
            by_text.setdefault(question_key(row.question), []).append(row)
    found: dict[str, RecordedRow] = {}
    n_by_id = 0
    for question in questions:
        named = by_id.get(question.question_id)
        rows = named or by_text.get(question_key(question.question))
        if rows:
            found[question.question_id] = _one(rows, question)
            n_by_id += bool(named)
    return Matched(rows=found, n_by_id=n_by_id, n_by_text=len(found) - n_by_id)


def _one(rows: Sequence[RecordedRow], question: WaveQuestion) -> RecordedRow:
    dated = [row for row in rows if row.wave is not None] or rows
    if len(dated) > 1:
        raise DataError(
            f"{dated[0].where} and {dated[1].where.rpartition(', ')[2]} both answer question {question.question_id}",
            hint="an arm has one answer a question: keep one, or take the rows of one system with "
            "only: {COLUMN: VALUE}, such as {provider.id: NAME} for promptfoo or {filter: NAME} for lm-eval",
        )
    return dated[0]


def _listed(only: Mapping[str, str] | None) -> str:
    return ", ".join(f"{column} = {value}" for column, value in (only or {}).items())


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…") if text else ""
