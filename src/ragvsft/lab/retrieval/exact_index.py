"""The in-process index: exact dense search and BM25 over arrays, kept in one file.

Serves where no Weaviate server can be had, with the same contract, and is the truth that an approximate index is
measured against. Keyword statistics are over all held rows, closed ones too, as in a Weaviate collection.
"""

import io
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ragvsft.core.errors import DataError
from ragvsft.core.values import Hit, Passage
from ragvsft.lab.retrieval.base import Embedder, Policy, SyncReport, Vectors
from ragvsft.lab.retrieval.bm25 import Bm25
from ragvsft.lab.retrieval.fusion import LEG, Fusion, fuse, ranked
from ragvsft.lab.retrieval.sync_plan import SyncPlan, Window, plan_sync

CHUNK = 512
"""Passages that are embedded between two writes of the file: what an interruption can cost."""


@dataclass(frozen=True, slots=True)
class Row:
    """A held passage."""

    passage: Passage
    window: Window
    vector: Vectors


class ExactIndex:
    """Passages of one dataset, index definition and policy, in memory and in one file.

    Args:
        file: where the index is kept; None keeps it in memory only.
        definition: what the rows were made by (definition and embedder); a file made by another is refused.
        policy: what happens to passages that are no longer valid.
        fusion: how dense and keyword rankings become one.
        embedder: makes the vectors.

    Raises:
        DataError: the file is damaged or was made by another definition.
    """

    def __init__(
        self, file: Path | None, *, definition: str, policy: Policy, fusion: Fusion, embedder: Embedder
    ) -> None:
        self._file = file
        self._definition = definition
        self._policy: Policy = policy
        self._fusion: Fusion = fusion
        self._embedder = embedder
        self._rows: dict[str, Row] = {}
        self._served: date | None = None
        if file is not None and file.exists():
            self._rows, self._served = _read(file, definition)
        self._refresh()

    @property
    def store(self) -> str:
        """`exact`."""
        return "exact"

    @property
    def served(self) -> date | None:
        """The date of the last complete sync."""
        return self._served

    def sync(self, passages: Sequence[Passage], at: date) -> SyncReport:
        """Serve exactly the passages (under `keep_all` the older ones too); see `Index.sync`."""
        started = time.perf_counter()
        held = {key: row.window for key, row in self._rows.items()}
        plan = plan_sync(passages, held, served=self._served, at=at, policy=self._policy)
        embed_s = 0.0
        if not plan.empty or self._served != at:
            if plan.hide:
                self._served = None
            embed_s = self._add(plan)
            for key, window in plan.move.items():
                self._rows[key] = replace(self._rows[key], window=window)
            for key in plan.drop:
                del self._rows[key]
            self._served = at
            self._write()
            self._refresh()
        return SyncReport(
            at=at,
            n_passages=plan.n_passages,
            n_added=len(plan.add),
            n_reopened=plan.n_reopened,
            n_closed=plan.n_closed,
            n_unchanged=plan.n_unchanged,
            embed_s=embed_s,
            send_s=time.perf_counter() - started - embed_s,
        )

    def search(self, texts: Sequence[str], *, depth: int, alpha: float) -> list[list[Hit]]:
        """The best passages of each text at the served date; see `Index.search`."""
        if self._served is None:
            raise DataError(
                "The index has never been synced completely.", hint="Sync it to a date first; `ragvsft run` does."
            )
        unique = list(dict.fromkeys(texts))
        vectors = self._embedder.embed(unique) if alpha > 0 else None
        found: dict[str, list[Hit]] = {}
        for number, text in enumerate(unique):
            vector = vectors[number] if vectors is not None else None
            found[text] = self._hits(self._ranking(text, vector, depth, alpha)[:depth])
        return [found[text] for text in texts]

    def close(self) -> None:
        """Everything is on disk already."""

    def put(self, rows: Mapping[str, Row], served: date | None) -> None:
        """Hold these rows instead, vectors as given: a copy of another index."""
        self._rows = dict(rows)
        self._served = served
        self._write()
        self._refresh()

    def _add(self, plan: SyncPlan) -> float:
        embed_s = 0.0
        remaining = iter(plan.add)
        while chunk := list(islice(remaining, CHUNK)):
            started = time.perf_counter()
            vectors = self._embedder.embed([passage.content for passage, _ in chunk])
            embed_s += time.perf_counter() - started
            for (passage, window), vector in zip(chunk, vectors, strict=True):
                self._rows[passage.passage_id] = Row(passage, window, vector)
            if len(plan.add) > CHUNK:
                self._write()
        return embed_s

    def _refresh(self) -> None:
        """Lay the rows out for searching, in the order of their ids."""
        self._keys = sorted(self._rows)
        rows = [self._rows[key] for key in self._keys]
        self._seen = np.array(
            [self._served is not None and row.window.serves(self._served, self._policy) for row in rows], dtype=bool
        )
        self._matrix = np.stack([row.vector for row in rows]) if rows else np.zeros((0, 0), dtype=np.float32)
        self._bm25: Bm25 | None = None

    def _ranking(self, text: str, vector: Vectors | None, depth: int, alpha: float) -> list[tuple[str, float]]:
        if not self._keys:
            return []
        if vector is None:
            return ranked(self._keyword(text, depth))
        if alpha >= 1:
            return ranked(self._dense(vector, depth))
        leg = max(LEG, depth)
        return fuse(
            self._dense(vector, leg)[:leg], self._keyword(text, leg)[:leg], alpha=alpha, fusion=self._fusion
        )  # fmt: skip

    def _dense(self, vector: Vectors, depth: int) -> list[tuple[str, float]]:
        return self._best(self._matrix @ vector, self._seen, depth)

    def _keyword(self, text: str, depth: int) -> list[tuple[str, float]]:
        if self._bm25 is None:
            self._bm25 = Bm25([self._rows[key].passage.content for key in self._keys])
        similarities = self._bm25.similarities(text)
        return self._best(similarities, self._seen & (similarities > 0), depth)

    def _best(
        self, similarities: NDArray[np.floating], among: NDArray[np.bool_], depth: int
    ) -> list[tuple[str, float]]:
        """The `depth` best and all that may tie with the last of them once rounded, best first."""
        rows = np.flatnonzero(among)
        values = similarities[rows].astype(np.float64)
        if len(rows) > depth:
            least = np.partition(values, -depth)[-depth]
            close = values >= least - 1e-4
            rows, values = rows[close], values[close]
        order = np.lexsort((rows, -values))
        return [(self._keys[rows[i]], float(values[i])) for i in order]

    def _hits(self, ranking: Sequence[tuple[str, float]]) -> list[Hit]:
        return [
            Hit(passage=self._told(self._rows[key]), rank=rank, similarity=similarity)
            for rank, (key, similarity) in enumerate(ranking, start=1)
        ]

    def _told(self, row: Row) -> Passage:
        """The passage as it stands at the served date: an end that lies later is not known yet."""
        assert self._served is not None
        return replace(row.passage, valid_to=row.window.known_end(self._served))

    def _write(self) -> None:
        if self._file is None:
            return
        keys = sorted(self._rows)
        told = {
            "definition": self._definition,
            "served": _iso(self._served),
            "rows": [_row_json(self._rows[key]) for key in keys],
        }
        vectors = np.stack([self._rows[key].vector for key in keys]) if keys else np.zeros((0, 0), np.float32)
        buffer = io.BytesIO()
        np.savez(buffer, vectors=vectors, told=np.frombuffer(json.dumps(told).encode(), dtype=np.uint8))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}.part")
        with beside.open("wb") as stream:
            stream.write(buffer.getbuffer())
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._file)


def _read(file: Path, definition: str) -> tuple[dict[str, Row], date | None]:
    again = f"Delete {file}: the index is made again from the documents."
    try:
        with np.load(file, allow_pickle=False) as arrays:
            vectors = np.asarray(arrays["vectors"], dtype=np.float32)
            told = json.loads(arrays["told"].tobytes())
        rows = {}
        for row, vector in zip(told["rows"], vectors, strict=True):
            closes = row.pop("closes")
            window = Window(date.fromisoformat(row.pop("opens")), date.fromisoformat(closes) if closes else None)
            passage = Passage(**{**row, "valid_from": date.fromisoformat(row["valid_from"])})
            rows[passage.passage_id] = Row(passage, window, vector)
        made_by, served = told["definition"], told["served"]
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise DataError(f"The index file {file} is damaged: {error}", hint=again) from error
    if made_by != definition:
        raise DataError(f"The index file {file} was made by another index definition or embedder.", hint=again)
    return rows, date.fromisoformat(served) if served else None


def _row_json(row: Row) -> dict[str, object]:
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


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None
