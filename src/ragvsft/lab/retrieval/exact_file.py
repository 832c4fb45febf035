"""The file of an exact index: its rows, its served date and what it was made by, written whole or not at all."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ragvsft.core.errors import DataError
from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Vectors
from ragvsft.lab.retrieval.sync_plan import Window
from ragvsft.runs.atomic import whole_file
from ragvsft.runs.database import translated


@dataclass(frozen=True, slots=True)
class Row:
    """A held passage."""

    passage: Passage
    window: Window
    vector: Vectors


def read_rows(file: Path, definition: str) -> tuple[dict[str, Row], date | None]:
    """The rows by passage id, and the served date; nothing where there is no file.

    Raises:
        DataError: the file is damaged or was made by another definition.
    """
    if not file.exists():
        return {}, None
    again = f"Delete {file}: the index is made again from the documents."
    try:
        with np.load(file, allow_pickle=False) as arrays:
            vectors = np.asarray(arrays["vectors"], dtype=np.float32)
            told = json.loads(arrays["told"].tobytes())
        made_by, served = str(told["definition"]), _day(told["served"])
        found = (_row(row, vector) for row, vector in zip(told["rows"], vectors, strict=True))
        rows = {row.passage.passage_id: row for row in found}
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise DataError(f"The index file {file} is damaged: {error}", hint=again) from error
    if made_by != definition:
        raise DataError(f"The index file {file} was made by another index definition or embedder.", hint=again)
    return rows, served


def write_rows(file: Path, rows: Mapping[str, Row], served: date | None, definition: str) -> None:
    """Put a file in place of the one before; a crash leaves one or the other.

    Raises:
        RagvsftError: it cannot be written.
    """
    told = {
        "definition": definition,
        "served": _iso(served),
        "rows": [_told(row) for row in rows.values()],
    }
    vectors = np.stack([row.vector for row in rows.values()]) if rows else np.zeros((0, 0), dtype=np.float32)
    buffer = io.BytesIO()
    np.savez(buffer, vectors=vectors, told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8))
    with translated(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as beside:
            beside.write_bytes(buffer.getbuffer())


def _told(row: Row) -> dict[str, object]:
    passage = row.passage
    return {
        "passage_id": passage.passage_id,
        "doc_id": passage.doc_id,
        "title": passage.title,
        "text": passage.text,
        "position": passage.position,
        "valid_from": passage.valid_from.isoformat(),
        "opens": row.window.opens.isoformat(),
        "closes": _iso(row.window.closes),
    }


def _row(told: dict[str, str], vector: Vectors) -> Row:
    passage = Passage(
        passage_id=told["passage_id"],
        doc_id=told["doc_id"],
        title=told["title"],
        text=told["text"],
        position=int(told["position"]),
        valid_from=date.fromisoformat(told["valid_from"]),
    )
    return Row(passage, Window(date.fromisoformat(told["opens"]), _day(told["closes"])), vector)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
