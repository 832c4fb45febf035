"""Which value stands in which table, column by column: a column has the name of the value's field."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from ragvsft.core.values import Change, Passage, Reading, Split, Stage, WaveQuestion
from ragvsft.runs.encoding import (
    SqlValue,
    bound,
    date_from,
    json_from,
    json_to,
    optional_date_from,
    optional_text_from,
    seed_from,
    seed_to,
    text_from,
    texts_from,
    texts_to,
    time_from,
)
from ragvsft.runs.records import (
    AdapterRecord,
    Annotation,
    ArmRecord,
    Choice,
    FairnessCheck,
    GeneralAnswer,
    IndexRecord,
    LatencyRequest,
    SearchTry,
    UnitRecord,
    Wave,
)

Record = TypeVar("Record")
_NO_COLUMNS: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Codec:
    """How a field's value stands in a column, both ways."""

    write: Callable[[Any], object]
    read: Callable[[Any], Any]


def _same(value: object) -> object:
    return value


NUMBER = Codec(_same, _same)
FLAG = Codec(bool, bool)
TEXT = Codec(_same, text_from)
OPTIONAL_TEXT = Codec(_same, optional_text_from)
TEXT_IN_KEY = Codec(lambda text: text or "", lambda value: text_from(value) or None)
"""None stands as the empty text."""
TEXTS = Codec(texts_to, texts_from)
JSON = Codec(lambda value: json_to(dict(value)), json_from)
DATE = Codec(_same, date_from)
OPTIONAL_DATE = Codec(_same, optional_date_from)
DATE_IN_KEY = Codec(lambda day: day or "", lambda value: optional_date_from(value or None))
"""None stands as the empty text."""
TIME = Codec(_same, time_from)
SEED_IN_KEY = Codec(seed_to, seed_from)
PATH = Codec(Path.as_posix, lambda value: Path(text_from(value)))


@dataclass(frozen=True)
class Table(Generic[Record]):
    """A table whose rows are values of one class."""

    name: str
    record: type[Record]
    codecs: Mapping[str, Codec]
    """By field; the order is that of the columns."""
    order: str
    """Columns by which the rows are read."""
    select: str = field(init=False)

    def __post_init__(self) -> None:
        columns = ", ".join(f'"{name}"' for name in self.codecs)
        object.__setattr__(self, "select", f"SELECT {columns} FROM {self.name}")  # noqa: S608

    def insert(
        self,
        connection: sqlite3.Connection,
        records: Iterable[Record],
        *,
        verb: str = "INSERT",
        more: Mapping[str, object] = _NO_COLUMNS,
    ) -> None:
        """Write rows.

        Args:
            connection: inside a transaction.
            records: the values.
            verb: `INSERT`, `INSERT OR IGNORE` or `INSERT OR REPLACE`.
            more: columns that are no fields, the same in every row.
        """
        columns = ", ".join(f'"{name}"' for name in (*self.codecs, *more))
        marks = ", ".join("?" * (len(self.codecs) + len(more)))
        extra = bound(*more.values())
        connection.executemany(
            f"{verb} INTO {self.name} ({columns}) VALUES ({marks})",
            ((*self._row(record), *extra) for record in records),
        )

    def of(self, rows: Iterable[Sequence[Any]]) -> tuple[Record, ...]:
        """The values of rows that `select` gave."""
        readers = [(name, codec.read) for name, codec in self.codecs.items()]
        return tuple(
            self.record(**{name: read(value) for (name, read), value in zip(readers, row, strict=True)}) for row in rows
        )

    def _row(self, record: Record) -> tuple[SqlValue, ...]:
        return bound(*(codec.write(getattr(record, name)) for name, codec in self.codecs.items()))


WAVES = Table("waves", Wave, {"wave": DATE, "content_hash": TEXT, "n_questions": NUMBER, "n_left_out": NUMBER}, "wave")

QUESTIONS = Table(
    "questions",
    WaveQuestion,
    {
        "question_id": TEXT,
        "fact_id": TEXT,
        "question": TEXT,
        "answers": TEXTS,
        "stale_answers": TEXTS,
        "gold_doc_ids": TEXTS,
        "split": Codec(str, Split),
        "slice": JSON,
        "answerable": FLAG,
        "change": Codec(_same, lambda value: None if value is None else Change(value)),
    },
    "position",
)

PASSAGES = Table(
    "passages",
    Passage,
    {
        "passage_id": TEXT,
        "doc_id": TEXT,
        "title": TEXT,
        "text": TEXT,
        "position": NUMBER,
        "valid_from": DATE,
        "valid_to": DATE_IN_KEY,
    },
    "passage_row",
)

ARMS = Table(
    "arms",
    ArmRecord,
    {
        "arm": TEXT,
        "config": JSON,
        "arm_key": TEXT,
        "index": OPTIONAL_TEXT,
        "retrieval_key": OPTIONAL_TEXT,
        "k": NUMBER,
    },
    "arm",
)

UNITS = Table(
    "units",
    UnitRecord,
    {
        "unit_key": TEXT,
        "arm": TEXT,
        "wave": DATE,
        "seed": SEED_IN_KEY,
        "shard": NUMBER,
        "n_questions": NUMBER,
        "finished_at": TIME,
        "attempts": NUMBER,
        "taken_from": OPTIONAL_TEXT,
    },
    "unit_row",
)

READINGS = Table(
    "readings",
    Reading,
    {
        "stage": Codec(str, Stage),
        "wall_s": NUMBER,
        "cpu_s": NUMBER,
        "gpu_s": NUMBER,
        "energy_kwh": NUMBER,
        "n_items": NUMBER,
        "prompt_tokens": NUMBER,
        "output_tokens": NUMBER,
        "peak_memory_bytes": NUMBER,
        "arm": OPTIONAL_TEXT,
        "resource": OPTIONAL_TEXT,
        "wave": OPTIONAL_DATE,
        "seed": NUMBER,
        "wasted": FLAG,
        "unit_key": OPTIONAL_TEXT,
    },
    "reading_row",
)

SEARCH_TRIES = Table(
    "search_tries",
    SearchTry,
    {"arm": TEXT, "number": NUMBER, "settings": JSON, "score": NUMBER, "n_questions": NUMBER},
    "arm, number",
)

CHOICES = Table("choices", Choice, {"arm": TEXT, "settings": JSON, "why": TEXT, "key": TEXT}, "arm")

LATENCY = Table(
    "latency",
    LatencyRequest,
    {
        "arm": TEXT,
        "number": NUMBER,
        "question_id": TEXT,
        "retrieve_s": NUMBER,
        "generate_s": NUMBER,
        "total_s": NUMBER,
        "prompt_tokens": NUMBER,
        "output_tokens": NUMBER,
    },
    "arm, number",
)

LATENCY_UNMERGED = Table("latency_unmerged", LatencyRequest, LATENCY.codecs, LATENCY.order)

ANNOTATIONS = Table(
    "annotations",
    Annotation,
    {"arm": TEXT, "wave": DATE, "question_id": TEXT, "seed": SEED_IN_KEY, "name": TEXT, "value": NUMBER},
    "wave, arm, seed, question_id, name",
)

GENERAL = Table(
    "general",
    GeneralAnswer,
    {
        "adapter": TEXT_IN_KEY,
        "wave": DATE_IN_KEY,
        "seed": SEED_IN_KEY,
        "question_id": TEXT,
        "question": TEXT,
        "answers": TEXTS,
        "answer": OPTIONAL_TEXT,
        "failure": OPTIONAL_TEXT,
        "correct": FLAG,
    },
    "adapter, wave, seed, question_id",
)

FAIRNESS = Table("fairness", FairnessCheck, {"name": TEXT, "ok": FLAG, "detail": TEXT}, "name")

ADAPTERS = Table(
    "adapters",
    AdapterRecord,
    {
        "name": TEXT,
        "wave": DATE,
        "seed": NUMBER,
        "key": TEXT,
        "folder": PATH,
        "manifest": JSON,
        "reused_from": OPTIONAL_TEXT,
    },
    "name, wave, seed",
)

INDEXES = Table("indexes", IndexRecord, {"name": TEXT, "wave": DATE, "report": JSON, "recall": NUMBER}, "name, wave")
