"""Which column of a table holds what: the names that users and peers give them, a mapping, and the cells' values."""

import json
import math
from collections.abc import Mapping
from datetime import date, datetime

from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import Split

QUESTION_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "question_id": ("question_id", "id", "_id", "qid", "query_id", "query-id"),
    "fact_id": ("fact_id",),
    "question": ("question", "query", "user_input", "prompt", "instruction", "input"),
    "answers": (
        "answers", "golden_answers", "ground_truths", "generation_gt", "targets", "answer", "gt_answer", "ground_truth",
        "reference", "expected_output", "target", "output", "completion", "response",
    ),
    "documents": ("documents", "contexts", "context", "reference_contexts", "passages", "passage"),
    "retrieved": ("retrieved_contexts", "retrieval_context", "retrieved_context"),
    "gold_doc_ids": ("gold_doc_ids", "reference_context_ids", "retrieval_gt", "gold_doc_id", "doc_id", "doc_ids"),
    "split": ("split",),
    "answerable": ("answerable",),
    "impossible": ("is_impossible",),
    "slice": ("slice",),
    "answer_history": ("answer_history",),
    "superseded_answers": ("superseded_answers",),
    "valid_from": ("valid_from",),
    "valid_to": ("valid_to",),
}  # fmt: skip
"""Our fields, each with the columns that are taken for it; the first that has a value counts."""

DOCUMENT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "doc_id": ("doc_id", "id", "_id", "docno", "passage_id", "corpus-id"),
    "title": ("title",),
    "text": ("text", "contents", "content", "body", "passage", "page_content"),
    "valid_from": ("valid_from",),
    "valid_to": ("valid_to",),
    "source": ("source", "url", "path"),
    "metadata": ("metadata",),
}
"""The same for rows that are documents."""

SPLITS = {
    **dict.fromkeys(("train", "training"), Split.TRAIN),
    **dict.fromkeys(("dev", "validation", "valid", "val", "develop"), Split.DEV),
    **dict.fromkeys(("test", "testing"), Split.TEST),
}
"""Names of splits in files and fields."""

PATIENCE_ROWS = 1000
"""Rows without a needed field after which a table whose rows have no fixed fields is taken to have none."""


class Columns:
    """Finds our fields in the rows of others."""

    def __init__(self, known: Mapping[str, tuple[str, ...]], mapping: Mapping[str, str]) -> None:
        self.known = known
        self.mapping = mapping

    def get(self, row: Mapping[str, object], field: str) -> object:
        """The value of a field, None where the row has none."""
        if field in self.mapping:
            return _at(row, self.mapping[field])
        for name in self.known[field]:
            value = row.get(name)
            if value is not None and not (isinstance(value, float) and math.isnan(value)):
                return value
        return None

    def has(self, row: Mapping[str, object], field: str) -> bool:
        """Whether a row has a column for a field, whatever stands in it."""
        if field in self.mapping:
            return self.mapping[field].split(".")[0] in row
        return any(name in row for name in self.known[field])


class NeededColumn:
    """Sees to it that a table has a column for a field."""

    def __init__(self, columns: Columns, field: str, *others: str, fixed: bool) -> None:
        self._fields = (field, *others)
        """Any of them will do."""
        self._columns = columns
        self._patience_rows = 0 if fixed else PATIENCE_ROWS
        self._first: tuple[str, Mapping[str, object]] | None = None
        self._n_rows = 0
        self._found = False

    def look(self, where: str, row: Mapping[str, object]) -> None:
        """Look at the next row.

        Raises:
            DataError: this row, or a long run of rows without fixed columns, has no such field.
        """
        if self._found:
            return
        self._first = self._first or (where, row)
        self._found = any(self._columns.has(row, field) for field in self._fields)
        self._n_rows += 1
        if self._n_rows > self._patience_rows:
            self.end()

    def end(self) -> None:
        """There are no more rows.

        Raises:
            DataError: there were rows, and none had such a field.
        """
        if self._found or self._first is None:
            return
        (where, row), field = self._first, self._fields[0]
        wanted = self._columns.mapping.get(field) or " or ".join(self._columns.known[field])
        raise DataError(
            f"{where}: there is no column for {field!r} ({wanted})",
            hint=f"the columns are {', '.join(map(str, list(row)[:20]))}; say which it is: --map {field}=COLUMN",
        )


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping of fields that nobody knows.

    Raises:
        UsageError: the message names the field and those that are known.
    """
    known = {**QUESTION_COLUMNS, **DOCUMENT_COLUMNS}
    for field, column in mapping.items():
        if field not in known:
            raise UsageError(f"there is no field {field!r} to map", hint=f"known are: {', '.join(known)}")
        if not column:
            raise UsageError(f"the field {field!r} is mapped to nothing", hint="write --map question=prompt")


def word(value: object) -> str:
    """An identifier or a text from a cell; empty where it is none."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else str(value)
    return ""


def words(value: object) -> tuple[str, ...] | None:
    """Texts from a cell: one, a list, a list of lists, `{"text": [...]}` or a JSON list in a string.

    None: a cell that was a list once and can no longer be told apart, such as `['a' 'b']`, or something else.
    """
    if value is None:
        return ()
    if isinstance(value, str) and value.lstrip().startswith(('["', "['", "[]")):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, Mapping):
        value = value.get("text")
    if isinstance(value, list | tuple):
        found: list[str] = []
        for entry in value:
            inner = words(entry)
            if inner is None:
                return None
            found.extend(inner)
        return tuple(dict.fromkeys(found))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = word(value)
    return (text,) if text else ()


def flag(value: object) -> bool | None:
    """True or false from a cell, None where it says neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(word(value).lower())


def labelled(value: object) -> dict[str, str]:
    """A cell's object of texts, such as a slice; what is no text is left away."""
    return {key: word(found) for key, found in plain(value).items() if word(found)}


def day(value: object) -> date | None:
    """The day of a cell: a date, a time, or ISO text that begins with one."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(word(value)[:10])
    except ValueError:
        return None


def plain(value: object) -> dict[str, object]:
    """Metadata as plain JSON; what JSON has no form for becomes text, and no object is no metadata."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    if not isinstance(value, Mapping):
        return {}
    try:
        found = json.loads(json.dumps(value, default=str, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _at(row: Mapping[str, object], path: str) -> object:
    """A column, or with dots a field inside it."""
    if path in row:
        return row[path]
    value: object = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
