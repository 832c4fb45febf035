"""Reads a dataset folder strictly: what comes back keeps every rule of the format, anything else is a `DataError`.

`rows.py` knows the rules of one row, this file those between rows.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import file_hash
from ragvsft.core.values import NOTHING, Dataset, Document, Question
from ragvsft.data.jsonfiles import json_lines, read_json
from ragvsft.data.problems import Problems
from ragvsft.data.progress import Progress, silent
from ragvsft.data.rows import document_from, head_from, question_from

HEAD_FILE = "dataset.json"
DOCUMENTS_FILE = "documents.jsonl"
QUESTIONS_FILE = "questions.jsonl"
FILES = (HEAD_FILE, DOCUMENTS_FILE, QUESTIONS_FILE)

Row = TypeVar("Row")
Numbered = list[tuple[int, Row]]
"""Rows with their line numbers."""


def read_dataset(folder: Path, progress: Progress = silent) -> Dataset:
    """The dataset in a folder; `progress` is told how much of its files was read.

    Raises:
        DataError: a file is missing or breaks a rule of the format; the message names file and line of the first
            few problems.
    """
    return replace(_read(folder, progress, document_from, question_from), content_hash=content_hash(folder))


def check_files(folder: Path, progress: Progress = silent) -> None:
    """Read a dataset folder as strictly as `read_dataset`, and keep no text: for one that may not fit into memory.

    Raises:
        DataError: as `read_dataset`.
    """

    def without_text(row: object, where: str, problems: Problems) -> Document:
        return replace(document_from(row, where, problems), title="", text="", source="", metadata=NOTHING)

    def without_answers(row: object, where: str, problems: Problems, head: Dataset) -> Question:
        question = question_from(row, where, problems, head)
        return replace(question, fact_id="", answers=(), answer_history=(), slice=NOTHING)

    _read(folder, progress, without_text, without_answers)


def _read(
    folder: Path,
    progress: Progress,
    make_document: Callable[[object, str, Problems], Document],
    make_question: Callable[[object, str, Problems, Dataset], Question],
) -> Dataset:
    _check_folder(folder)
    problems = Problems(f"the dataset {folder.name}")
    head = head_from(read_json(folder / HEAD_FILE), HEAD_FILE, problems)
    problems.raise_if_any()
    documents = _rows(folder / DOCUMENTS_FILE, make_document, problems, progress)
    questions = _rows(
        folder / QUESTIONS_FILE, lambda row, where, found: make_question(row, where, found, head), problems, progress
    )
    problems.raise_if_any()
    _check_versions(documents, problems)
    _check_questions(questions, {document.doc_id for _, document in documents}, problems)
    problems.raise_if_any()
    return replace(
        head,
        documents=tuple(document for _, document in documents),
        questions=tuple(question for _, question in questions),
    )


def content_hash(folder: Path) -> str:
    """SHA-256 over the three files of a dataset folder; 64 hex digits.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(f"{name} {file_hash(folder / name)}\n".encode())
    return digest.hexdigest()


def is_dataset(folder: Path) -> bool:
    """Whether a folder holds the three files, whatever stands in them."""
    return all((folder / name).is_file() for name in FILES)


def question_key(text: str) -> str:
    """What two questions of the same text have in common: case and white space left out."""
    return " ".join(text.split()).casefold()


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise DataError(
            f"{folder} is not a folder", hint="name a dataset folder, or make one with `ragvsft data import`"
        )
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise DataError(
            f"{folder} has no {', no '.join(missing)}",
            hint=f"a dataset folder holds {', '.join(FILES)}; `ragvsft data import` makes one from other formats",
        )


def _rows(
    path: Path, make: Callable[[object, str, Problems], Row], problems: Problems, progress: Progress
) -> Numbered[Row]:
    n_before = problems.n
    lines = json_lines(path, problems, progress)
    rows = [(number, make(row, f"{path.name}, line {number}", problems)) for number, row in lines]
    if not rows and problems.n == n_before:
        problems.add(path.name, "there is no row")
    return rows


def _check_versions(rows: Numbered[Document], problems: Problems) -> None:
    """Refuse versions of one document whose intervals overlap."""
    versions: dict[str, Numbered[Document]] = {}
    for number, document in rows:
        versions.setdefault(document.doc_id, []).append((number, document))
    for doc_id, numbered in versions.items():
        numbered.sort(key=lambda row: (row[1].valid_from, row[0]))
        for (first, earlier), (second, later) in pairwise(numbered):
            if earlier.valid_to is None or earlier.valid_to > later.valid_from:
                problems.add(
                    f"{DOCUMENTS_FILE}, line {max(first, second)}",
                    f"the version of {doc_id!r} overlaps the one in line {min(first, second)}",
                    hint="a document has one row per version, and a version's valid_to is where the next begins",
                )


def _check_questions(rows: Numbered[Question], doc_ids: set[str], problems: Problems) -> None:
    """Refuse doubled ids, gold documents that do not exist, and a text that is in two splits."""
    lines: dict[str, int] = {}
    texts: dict[str, tuple[int, Question]] = {}
    for number, question in rows:
        where = f"{QUESTIONS_FILE}, line {number}"
        first = lines.setdefault(question.question_id, number)
        if first != number:
            problems.add(where, f"the question_id {question.question_id!r} stands in line {first} too")
        unknown = _first_unknown(question.gold_doc_ids, doc_ids)
        if unknown is not None:
            problems.add(
                where,
                f"the gold document {unknown!r} is not in {DOCUMENTS_FILE}",
                hint="gold_doc_ids are doc_ids of the dataset",
            )
        line, same = texts.setdefault(question_key(question.question), (number, question))
        if same.split is not question.split:
            problems.add(
                where,
                f"the question is in the split {question.split} and, in line {line}, in {same.split}",
                hint="ask it in other words, or keep it in one split: a question that was trained on tests nothing",
            )


def _first_unknown(doc_ids: Sequence[str], known: set[str]) -> str | None:
    return next((doc_id for doc_id in doc_ids if doc_id not in known), None)
