"""The index in Weaviate: sync to a date, search at the served date.

Each snapshot is a collection of its own, written once and never changed. A sync builds the next one beside the served
one: it copies the rows that stay, vectors included, embeds the new ones, counts what arrived, and only then says which
date it serves; that moves every query at once, and the old collection goes. So a query never sees half a snapshot, what
an interrupted sync sent is thrown away and what it embedded is not, and keyword statistics are those of the rows that
are there: Weaviate keeps counting deleted and changed rows until some later compaction, which moves ranks between one
restart and the next. A query that the old collection was taken from under is asked again of the new one.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ragvsft.config.experiment import IndexFile
from ragvsft.core.errors import DataError, ServiceError
from ragvsft.core.values import Hit, Passage
from ragvsft.lab.retrieval.base import Embedder, Policy, SyncReport, Vectors
from ragvsft.lab.retrieval.embedding_progress import EmbeddingProgress
from ragvsft.lab.retrieval.exact_file import Row
from ragvsft.lab.retrieval.exact_index import ExactIndex
from ragvsft.lab.retrieval.sync_plan import SyncPlan, plan_sync
from ragvsft.lab.retrieval.weaviate_calls import GO_ON, fail_fast, service_errors
from ragvsft.lab.retrieval.weaviate_rows import chunks, in_flight, read_rows, send_last_row, send_rows, windows_of
from ragvsft.lab.retrieval.weaviate_schema import About, Snapshot, create, snapshots_of
from ragvsft.lab.retrieval.weaviate_search import search_snapshot

if TYPE_CHECKING:
    from weaviate import WeaviateClient

READ = 512
"""Rows read with their vectors, and sent, together."""
SENDINGS = 2
"""What was taken and is not there is sent once more."""


class WeaviateIndex:
    """Passages of one dataset, index definition and policy.

    Args:
        client: connected; whoever opened it closes it.
        name: the collections are called so, with a number behind that grows from sync to sync.
        version: of the server.
        definition: what the rows are made by (definition and embedder); a collection of another make is refused.
        index_file: the index definition.
        policy: what happens to passages that are no longer valid.
        embedder: makes the vectors.
        begun: a folder for what an interrupted sync has embedded; None keeps nothing.

    Raises:
        ServiceError: the server does not answer.
        DataError: a collection of that name was made by another definition.
    """

    def __init__(
        self,
        client: "WeaviateClient",
        *,
        name: str,
        version: str,
        definition: str,
        index_file: IndexFile,
        policy: Policy,
        embedder: Embedder,
        begun: Path | None = None,
    ) -> None:
        fail_fast()
        self._client = client
        self._name = name
        self._version = version
        self._definition = definition
        self._index_file = index_file
        self._policy: Policy = policy
        self._embedder = embedder
        self._begun = begun
        with service_errors(f"opening {name}"):
            self._served_snapshot, _ = self._snapshots()

    @property
    def store(self) -> str:
        """`weaviate` and its version."""
        return f"weaviate {self._version}"

    @property
    def served(self) -> date | None:
        """The date of the last complete sync, as this index read it or moved it."""
        return self._served_snapshot.about.served if self._served_snapshot else None

    @property
    def collection(self) -> str | None:
        """The collection that is searched; None before the first sync."""
        return self._served_snapshot.name if self._served_snapshot else None

    def sync(self, passages: Sequence[Passage], at: date) -> SyncReport:
        """Serve exactly the passages (under `keep_all` the older ones too); see `Index.sync`."""
        started = time.perf_counter()
        progress = EmbeddingProgress(self._begun, self._embedder)
        with service_errors(f"syncing {self._name} to {at}"):
            now, others = self._snapshots()
            held = windows_of(now.collection) if now else {}
            plan = plan_sync(passages, held, served=now.about.served if now else None, at=at, policy=self._policy)
            if now is None or plan.changed:
                now = self._build(plan, now, others, progress, at)
            elif now.about.served != at:
                now = now.serving(at)
            self._served_snapshot = now
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
        snapshot = self._served_snapshot
        if snapshot is None:
            raise DataError(
                "The index has never been synced completely.", hint="Sync it to a date first; `ragvsft run` does."
            )
        unique = list(dict.fromkeys(texts))
        vectors: list[Vectors | None] = list(self._embedder.embed(unique)) if alpha > 0 else [None] * len(unique)

        def ask(snapshot: Snapshot) -> list[list[Hit]]:
            def one(pair: tuple[str, Vectors | None]) -> list[Hit]:
                return search_snapshot(
                    snapshot, *pair, depth=depth, alpha=alpha, fusion=self._index_file.fusion, policy=self._policy
                )

            with service_errors(f"searching {snapshot.name}"):
                return in_flight(one, zip(unique, vectors, strict=True))

        found = None
        while found is None:
            try:
                found = ask(snapshot)
            except ServiceError:
                newer = self._newer(snapshot)
                if newer is None:
                    raise
                snapshot = newer
            else:
                if self._served_snapshot not in (None, snapshot):
                    # A sync in another thread moved on meanwhile, and may have deleted what was being read.
                    snapshot, found = self._served_snapshot, None
        hits = dict(zip(unique, found, strict=True))
        return [hits[text] for text in texts]

    def close(self) -> None:
        """Nothing is held open here; the client is closed by its owner."""

    def exact_copy(self) -> ExactIndex:
        """The served rows, vectors included, in memory and searched exactly; nothing is embedded again."""
        exact = ExactIndex(
            None,
            definition=self._definition,
            policy=self._policy,
            fusion=self._index_file.fusion,
            embedder=self._embedder,
        )
        if self._served_snapshot is not None:
            collection = self._served_snapshot.collection
            with service_errors(f"reading {self._name}"):
                rows: dict[str, Row] = {}
                for ids in chunks(windows_of(collection), READ):
                    rows |= read_rows(collection, ids)
            exact.put(rows, self.served)
        return exact

    def _newer(self, snapshot: Snapshot) -> Snapshot | None:
        """What a sync here or elsewhere serves instead of a snapshot that could not be searched; None: nothing."""
        try:
            with service_errors(f"opening {self._name}"):
                served, _ = self._snapshots()
        except ServiceError:
            return None
        if served is None or served.about.generation == snapshot.about.generation:
            return None
        self._served_snapshot = served
        return served

    def _snapshots(self) -> tuple[Snapshot | None, list[Snapshot]]:
        """The served snapshot, and what else there is: some that are not complete, or that the served one replaced."""
        found = snapshots_of(self._client, self._name)
        for snapshot in found:
            if snapshot.about.definition != self._definition:
                raise DataError(
                    f"The Weaviate collection {snapshot.name} was made by another index definition or embedder.",
                    hint=f"Delete the collection {snapshot.name}: it is made again from the documents.",
                )
        complete = [snapshot for snapshot in found if snapshot.about.served is not None]
        served = max(complete, key=lambda snapshot: snapshot.about.generation, default=None)
        return served, [snapshot for snapshot in found if snapshot is not served]

    def _build(
        self, plan: SyncPlan, now: Snapshot | None, others: Sequence[Snapshot], progress: EmbeddingProgress, at: date
    ) -> Snapshot:
        """Make the next snapshot complete, serve it and delete the others."""
        vectors = progress.vectors(list(plan.add.values()))
        for other in others:
            # Its rows may lack their vectors: a killed server keeps what it took of a row, and not always all of it.
            self._client.collections.delete(other.name)
        about = About(definition=self._definition, generation=now.about.generation + 1 if now else 0, served=None)
        target = create(self._client, self._name, about, self._index_file, len(plan.windows))
        ids = sorted(plan.windows)
        for _ in range(SENDINGS):
            missing = sorted(set(ids[:-1]) - windows_of(target.collection).keys())
            for chunk in chunks(missing, READ):
                send_rows(target.collection, self._rows(chunk, plan, now, vectors))
        for row in self._rows(ids[-1:], plan, now, vectors):
            send_last_row(target.collection, row)
        lost = plan.windows.keys() - windows_of(target.collection).keys()
        if lost:
            raise ServiceError(
                f"Weaviate took {len(ids)} passages for {target.name} without complaint, and {len(lost)} of them are "
                f"not there, the first of them {min(lost)}.",
                hint="Look at the server's log and disk. " + GO_ON,
            )
        served = self._served_snapshot = target.serving(at)
        progress.clear()
        if now is not None:
            self._client.collections.delete(now.name)
        return served

    def _rows(
        self, ids: Sequence[str], plan: SyncPlan, now: Snapshot | None, vectors: Mapping[str, Vectors]
    ) -> list[Row]:
        """Rows of the planned snapshot, those that the served one holds copied from it."""
        held = read_rows(now.collection, [key for key in ids if key not in plan.add]) if now else {}
        rows = {key: Row(plan.add[key], plan.windows[key], vectors[key]) for key in ids if key in plan.add}
        rows |= {key: replace(row, window=plan.windows[key]) for key, row in held.items()}
        return [rows[key] for key in ids if key in rows]
