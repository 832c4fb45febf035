"""Tables of questions in JSONL, JSON, CSV, TSV or Parquet, with the column names that peers use or a mapping.

Documents come from a column of the rows, from a second table (`--documents`), or, where the source is a folder, from
its file `corpus` or `documents`; files named `train`, `dev`, `validation` or `test` give the splits.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import AnswerInterval, Dataset, Split
from ragvsft.data.importing.columns import (
    QUESTION_COLUMNS,
    SPLITS,
    Columns,
    NeededColumn,
    day,
    flag,
    labelled,
    word,
    words,
)
from ragvsft.data.importing.document_rows import take_documents, texts_in
from ragvsft.data.importing.files import TABLES, Row, has_fixed_columns, names, part, rows
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import LeftOut
from ragvsft.metrics.normalise import contains_answer

_DOCUMENT_FILES = ("corpus", "documents", "docs", "passages")
_QUESTION_FILES = ("questions", "queries", "qa", *SPLITS)
_BEGINNING = date(1, 1, 1)
_HINT = (
    "a table needs a column of questions and one of answers, named like these or mapped "
    "(--map question=prompt --map answers=reply), and documents in a column, a folder's corpus file or --documents"
)


def looks_like_table(source: Path, peek: object) -> bool:
    """Whether a file's first row has a question and answers, or a folder has such files."""
    if source.is_dir():
        questions, documents = table_files(source)
        return bool(questions) and (bool(documents) or _brings_documents(questions[0][0]))
    row = peek[0] if isinstance(peek, list) and peek else peek
    columns = Columns(QUESTION_COLUMNS, {})
    return (
        source.suffix.lower() in TABLES
        and isinstance(row, dict)
        and all(columns.has(row, field) for field in ("question", "answers"))
    )


def _brings_documents(path: Path) -> bool:
    row = next((row for _, row in rows(path)), {})
    columns = Columns(QUESTION_COLUMNS, {})
    return any(columns.has(row, field) for field in ("documents", "retrieved"))


def table_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """A table, or a folder of tables, as a dataset; what cannot be used is noted in `left_out`.

    Raises:
        DataError: a file cannot be read, a column is missing, or nothing can be used; the message names the place.
    """
    intake = Intake(source.resolve().name, options, left_out)
    if source.is_dir():
        questions, documents = table_files(source)
        if not questions:
            raise DataError(f"{source} has no table of questions", hint=f"name it questions, with {', '.join(TABLES)}")
    else:
        questions, documents = [(source, None)], []
    take_documents(documents, intake)
    for path, split in questions:
        take_questions(path, split, intake)
    return intake.dataset(name, what="a table", hint=_HINT if not intake.n_questions else "")


def take_questions(path: Path, split: Split | None, intake: Intake) -> None:
    """Take in the rows of a table of questions; `split` is the file's, None where the rows say it or nobody does.

    Raises:
        DataError: the file cannot be read or a column is missing; the message names the place.
    """
    columns = Columns(QUESTION_COLUMNS, intake.options.mapping)
    row_of = _Rows(columns, intake, split, joined=path.suffix.lower() in (".csv", ".tsv"))
    prefix = f"{path.stem}-"
    n = -1
    fixed = has_fixed_columns(path)
    needed = (
        NeededColumn(columns, "question", fixed=fixed),
        NeededColumn(columns, "answers", "answer_history", fixed=fixed),
    )
    for n, (where, row) in enumerate(rows(path, intake.options.progress)):
        for column in needed:
            column.look(where, row)
        row_of.take(where, row, f"{prefix}{n + 1}")
    for column in needed:
        column.end()
    if n < 0:
        intake.left_out.add("table without a row", path.name)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the rows of one table have in common."""

    columns: Columns
    intake: Intake
    split: Split | None
    joined: bool
    """Several texts in one cell are joined by |."""

    def take(self, where: str, row: Row, default_id: str) -> None:
        """Take in a question."""
        question = word(self.columns.get(row, "question"))
        if isinstance(row.get("instruction"), str) and question == word(row["instruction"]) and word(row.get("input")):
            # Alpaca rows: the instruction alone asks nothing.
            question = f"{question}\n\n{word(row['input'])}"
        answers = self._several(row, "answers")
        if answers is None:
            self.intake.left_out.add("answers that are neither text nor a JSON list of texts", where)
            return
        answerable = flag(self.columns.get(row, "answerable"))
        if answerable is None:
            answerable = not flag(self.columns.get(row, "impossible"))
        history = self._history(where, row, answers)
        if history is None:
            return
        own = word(self.columns.get(row, "split")).lower()
        if own and own not in SPLITS:
            self.intake.left_out.add("question with an unknown split", f"{where}: {own}")
            return
        self.intake.question(
            where,
            word(self.columns.get(row, "question_id")) or default_id,
            question,
            answers or (history[-1].answers if history else ()),
            fact_id=word(self.columns.get(row, "fact_id")),
            split=SPLITS[own] if own else self.split,
            gold_doc_ids=self._gold(where, row, answers),
            answerable=answerable,
            answer_history=history,
            slice=labelled(self.columns.get(row, "slice")),
        )

    def _several(self, row: Row, field: str) -> tuple[str, ...] | None:
        found = words(self.columns.get(row, field))
        if found is None or not self.joined:
            return found
        return tuple(part.strip() for text in found for part in text.split("|") if part.strip())

    def _gold(self, where: str, row: Row, answers: tuple[str, ...]) -> list[str]:
        """The gold documents that a row names or brings; of texts that a retriever brought, those with an answer."""
        gold = [doc_id for doc_id in self._several(row, "gold_doc_ids") or () if doc_id]
        named = bool(gold)
        for field in ("documents", "retrieved"):
            cell = self.columns.get(row, field)
            # HotpotQA's lists hold what does not help beside what does, as a retriever's texts do.
            mixed = field == "retrieved" or (isinstance(cell, Mapping) and "sentences" in cell)
            for text, doc_id, title in texts_in(cell):
                taken = self.intake.document(where, text, doc_id=doc_id, title=title)
                if taken and not named and (not mixed or any(contains_answer(text, answer) for answer in answers)):
                    gold.append(taken)
        return gold

    def _history(self, where: str, row: Row, answers: tuple[str, ...]) -> tuple[AnswerInterval, ...] | None:
        """The history of a row's answers; () without one, None where it cannot be used (the reason is noted)."""
        given = _unwrapped(self.columns.get(row, "answer_history"))
        if given is not None and given != []:
            found = [_interval(entry) for entry in given] if isinstance(given, list) else [None]
            history = tuple(sorted((each for each in found if each), key=lambda interval: interval.valid_from))
            in_order = all(a.valid_to and a.valid_to <= b.valid_from for a, b in pairwise(history))
            if in_order and len(history) == len(found):
                return history
            self.intake.left_out.add("question whose answer_history overlaps or is not of our format", where)
            return None
        old = self._several(row, "superseded_answers")
        start, end = day(self.columns.get(row, "valid_from")), day(self.columns.get(row, "valid_to"))
        if not old and start is None:
            return ()
        start = start or self.intake.options.snapshot
        if start == _BEGINNING or (end is not None and end <= start):
            self.intake.left_out.add("question that ends before it begins", where)
            return None
        earlier = (AnswerInterval(answers=old, valid_from=_BEGINNING, valid_to=start),) if old else ()
        return *earlier, AnswerInterval(answers=answers, valid_from=start, valid_to=end)


def _unwrapped(cell: object) -> object:
    """A cell of CSV that holds JSON as what it holds."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _interval(value: object) -> AnswerInterval | None:
    if not isinstance(value, Mapping):
        return None
    answers, start, end = words(value.get("answers")), day(value.get("valid_from")), day(value.get("valid_to"))
    if answers is None or start is None or (end is None) != (value.get("valid_to") is None) or (end and end <= start):
        return None
    return AnswerInterval(answers=answers, valid_from=start, valid_to=end)


def table_files(folder: Path) -> tuple[list[tuple[Path, Split | None]], list[Path]]:
    """Tables of questions with their split, and tables of documents, of a folder."""
    questions: list[tuple[Path, Split | None]] = []
    documents: list[Path] = []
    for name in names(folder):
        stem = re.split(r"[-._]", name.lower())[0]
        if Path(name).suffix.lower() not in TABLES or stem not in (*_DOCUMENT_FILES, *_QUESTION_FILES):
            continue
        path = part(folder, name)
        if path is not None and stem in _DOCUMENT_FILES:
            documents.append(path)
        elif path is not None:
            questions.append((path, SPLITS.get(stem)))
    return questions, documents
