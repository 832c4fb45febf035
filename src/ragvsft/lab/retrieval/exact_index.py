"""The in-process index: exact dense search and BM25 over arrays, kept in one file.

Serves where no Weaviate server can be had, with the same contract, and is the truth that an approximate index is
measured against. Keyword statistics are over all held rows, closed ones too, as in a Weaviate collection.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragvsft.core.errors import DataError
from ragvsft.core.values import Hit, Passage
from ragvsft.lab.retrieval.base import Embedder, Policy, SyncReport, Vectors
from ragvsft.lab.retrieval.bm25 import Bm25
from ragvsft.lab.retrieval.embedding_progress import EmbeddingProgress
from ragvsft.lab.retrieval.exact_file import Row, read_rows, write_rows
from ragvsft.lab.retrieval.fusion import LEG, Fusion, fuse, ranked
from ragvsft.lab.retrieval.sync_plan import plan_sync


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
        rows, served = read_rows(file, definition) if file is not None else ({}, None)
        self._hold(rows, served)

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
        progress = EmbeddingProgress(self._file.with_suffix(".begun") if self._file else None, self._embedder)
        if plan.changed or self._served != at:
            vectors = progress.vectors(list(plan.add.values()))
            rows = {
                key: Row(plan.add[key], window, vectors[key])
                if key in plan.add
                else replace(self._rows[key], window=window)
                for key, window in plan.windows.items()
            }
            self.put(rows, at)
            progress.clear()
        return SyncReport(
            at=at,
            n_passages=plan.n_passages,
            n_added=len(plan.add),
            n_reopened=plan.n_reopened,
            n_closed=plan.n_closed,
            n_unchanged=plan.n_unchanged,
            embed_s=progress.embed_s,
            send_s=time.perf_counter() - started - progress.embed_s,
        )

    def search(self, texts: Sequence[str], *, depth: int, alpha: float) -> list[list[Hit]]:
        """The best passages of each text at the served date; see `Index.search`."""
        if self._served is None:
            raise DataError(
                "The index has never been synced completely.", hint="Sync it to a date first; `ragvsft run` does."
            )
        unique = list(dict.fromkeys(texts))
        vectors: list[Vectors | None] = list(self._embedder.embed(unique)) if alpha > 0 else [None] * len(unique)
        found = {
            text: self._hits(self._ranking(text, vector, depth, alpha)[:depth], self._served)
            for text, vector in zip(unique, vectors, strict=True)
        }
        return [found[text] for text in texts]

    def close(self) -> None:
        """Everything is on disk already."""

    def put(self, rows: Mapping[str, Row], served: date | None) -> None:
        """Hold and serve these rows instead."""
        if self._file is not None:
            write_rows(self._file, rows, served, self._definition)
        self._hold(rows, served)

    def _hold(self, rows: Mapping[str, Row], served: date | None) -> None:
        """Lay the rows out for searching, in the order of their ids."""
        self._rows = {key: rows[key] for key in sorted(rows)}
        self._served = served
        self._keys = list(self._rows)
        self._seen = np.array(
            [served is not None and row.window.serves(served, self._policy) for row in self._rows.values()], dtype=bool
        )
        vectors = [row.vector for row in self._rows.values()]
        self._matrix = np.stack(vectors) if vectors else np.zeros((0, self._embedder.dimensions), dtype=np.float32)
        self._bm25: Bm25 | None = None

    def _ranking(self, text: str, vector: Vectors | None, depth: int, alpha: float) -> list[tuple[str, float]]:
        if vector is None:
            return ranked(self._keyword(text, depth))
        if alpha >= 1:
            return ranked(self._dense(vector, depth))
        leg = max(LEG, depth)
        dense, keyword = self._dense(vector, leg)[:leg], self._keyword(text, leg)[:leg]
        return fuse(dense, keyword, alpha=alpha, fusion=self._fusion)

    def _dense(self, vector: Vectors, depth: int) -> list[tuple[str, float]]:
        return self._best(self._matrix @ vector, self._seen, depth)

    def _keyword(self, text: str, depth: int) -> list[tuple[str, float]]:
        if self._bm25 is None:
            self._bm25 = Bm25([row.passage.content for row in self._rows.values()])
        similarities = self._bm25.similarities(text)
        return self._best(similarities, self._seen & (similarities > 0), depth)

    def _best(
        self, similarities: NDArray[np.floating], among: NDArray[np.bool_], depth: int
    ) -> list[tuple[str, float]]:
        """The `depth` best and all that may tie with the last of them once rounded, best first."""
        rows = np.flatnonzero(among)
        values = similarities[rows].astype(np.float64)
        if len(rows) > depth:
            close = values >= np.partition(values, -depth)[-depth] - 1e-4
            rows, values = rows[close], values[close]
        order = np.lexsort((rows, -values))
        return [(self._keys[rows[i]], float(values[i])) for i in order]

    def _hits(self, ranking: Sequence[tuple[str, float]], served: date) -> list[Hit]:
        hits = []
        for rank, (key, similarity) in enumerate(ranking, start=1):
            row = self._rows[key]
            passage = replace(row.passage, valid_to=row.window.known_end(served))
            hits.append(Hit(passage=passage, rank=rank, similarity=similarity))
        return hits
