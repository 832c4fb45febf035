"""Reads a dataset folder strictly: what comes back keeps every rule of the format, anything else is a `DataError`.

`rows.py` knows the rules of one row, this file those between rows.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import file_hash
from ragvsft.core.values import Dataset, Document, Question, Split
from ragvsft.data.jsonfiles import json_lines, read_json
from ragvsft.data.problems import Problems
from ragvsft.data.progress import Progress, silent
from ragvsft.data.rows import document_from, head_from, question_from

HEAD_FILE = "dataset.json"
DOCUMENTS_FILE = "documents.jsonl"
QUESTIONS_FILE = "questions.jsonl"
FILES = (HEAD_FILE, DOCUMENTS_FILE, QUESTIONS_FILE)

_SPLITS = tuple(Split)


def read_dataset(folder: Path, progress: Progress = silent) -> Dataset:
    """The dataset in a folder; `progress` is told how much of its files was read.

    Raises:
        DataError: a file is missing or breaks a rule of the format; the message names file and line of the first
            few problems.
    """
    documents: list[Document] = []
    questions: list[Question] = []
    head = _read(folder, progress, documents.append, questions.append)
    return replace(head, documents=tuple(documents), questions=tuple(questions), content_hash=content_hash(folder))


def check_files(folder: Path, progress: Progress = silent) -> None:
    """Read a dataset folder as strictly as `read_dataset`, and keep no row: for one that may not fit into memory.

    Raises:
        DataError: as `read_dataset`.
    """
    _read(folder, progress, lambda _: None, lambda _: None)


def _read(
    folder: Path,
    progress: Progress,
    take_document: Callable[[Document], None],
    take_question: Callable[[Question], None],
) -> Dataset:
    """The head; the rows are given away one by one, before the rules between them are checked."""
    _check_folder(folder)
    problems = Problems(f"the dataset {folder.name}")
    between = Problems(problems.subject)
    """Told where each row alone is right."""
    head = head_from(read_json(folder / HEAD_FILE), HEAD_FILE, problems)
    problems.raise_if_any()
    versions = _Versions()
    for number, where, row in _rows(folder / DOCUMENTS_FILE, problems, progress):
        document = document_from(row, where, problems)
        versions.add(number, document)
        take_document(document)
    versions.check(between)
    asked = _Asked(versions)
    for number, where, row in _rows(folder / QUESTIONS_FILE, problems, progress):
        question = question_from(row, where, problems, head)
        asked.check(number, where, question, between)
        take_question(question)
    problems.raise_if_any()
    between.raise_if_any()
    return head


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


def _rows(path: Path, problems: Problems, progress: Progress) -> Iterator[tuple[int, str, object]]:
    n_before = problems.n
    number = 0
    for number, row in json_lines(path, problems, progress):
        yield number, f"{path.name}, line {number}", row
    if not number and problems.n == n_before:
        problems.add(path.name, "there is no row")


class _Versions:
    """The documents of a dataset, without their texts."""

    def __init__(self) -> None:
        self._lines: dict[str, list[tuple[date, int, date | None]]] = {}
        """Of each document the versions: since when, in which line, until when."""

    def __contains__(self, doc_id: str) -> bool:
        return doc_id in self._lines

    def add(self, number: int, document: Document) -> None:
        """Take note of a version in a line."""
        version = (document.valid_from, number, document.valid_to)
        self._lines.setdefault(document.doc_id, []).append(version)

    def check(self, problems: Problems) -> None:
        """Refuse versions of one document whose intervals overlap."""
        for doc_id, versions in self._lines.items():
            for (_, first, ends), (begins, second, _) in pairwise(sorted(versions, key=itemgetter(0, 1))):
                if ends is None or ends > begins:
                    problems.add(
                        f"{DOCUMENTS_FILE}, line {max(first, second)}",
                        f"the version of {doc_id!r} overlaps the one in line {min(first, second)}",
                        hint="a document has one row per version, and a version's valid_to is where the next begins",
                    )


class _Asked:
    """The ids and texts of the questions of a dataset so far."""

    def __init__(self, documents: _Versions) -> None:
        self._documents = documents
        self._lines: dict[str, int] = {}
        self._texts: dict[int, int] = {}
        """For a text's hash (of 64 bits: a million texts collide once in ten million sets) its first line and split,
        as one number."""

    def check(self, number: int, where: str, question: Question, problems: Problems) -> None:
        """Refuse doubled ids, gold documents that do not exist, and a text that is in two splits."""
        first = self._lines.setdefault(question.question_id, number)
        if first != number:
            problems.add(where, f"the question_id {question.question_id!r} stands in line {first} too")
        unknown = next((doc_id for doc_id in question.gold_doc_ids if doc_id not in self._documents), None)
        if unknown is not None:
            problems.add(
                where,
                f"the gold document {unknown!r} is not in {DOCUMENTS_FILE}",
                hint="gold_doc_ids are doc_ids of the dataset",
            )
        mine = number * len(_SPLITS) + _SPLITS.index(question.split)
        line, place = divmod(self._texts.setdefault(hash(question_key(question.question)), mine), len(_SPLITS))
        if _SPLITS[place] is not question.split:
            problems.add(
                where,
                f"the question is in the split {question.split} and, in line {line}, in {_SPLITS[place]}",
                hint="ask it in other words, or keep it in one split: a question that was trained on tests nothing",
            )
