"""The index in Weaviate: sync to a date, search at the served date.

Each snapshot is a collection of its own, written once and never changed. A sync builds the next one beside the served
one: it copies the rows that stay, vectors included, embeds the new ones, counts what arrived, and only then says which
date it serves; that moves every query at once, and the old collection goes. So a query never sees half a snapshot, an
interrupted sync is taken up where it was left, and keyword statistics are those of the rows that are there: Weaviate
keeps counting deleted and changed rows until some later compaction, which moves ranks between one restart and the next.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from ragvsft.config.experiment import IndexFile
from ragvsft.core.errors import DataError, ServiceError
from ragvsft.core.values import Hit, Passage
from ragvsft.lab.retrieval.base import Embedder, Policy, SyncReport, Vectors
from ragvsft.lab.retrieval.exact_file import Row
from ragvsft.lab.retrieval.exact_index import ExactIndex
from ragvsft.lab.retrieval.sync_plan import SyncPlan, Window, plan_sync
from ragvsft.lab.retrieval.weaviate_calls import GO_ON, fail_fast, service_errors
from ragvsft.lab.retrieval.weaviate_rows import chunks, in_flight, read_rows, send_rows, wait_until_indexed, windows_of
from ragvsft.lab.retrieval.weaviate_schema import About, Snapshot, as_stored, create, snapshots_of
from ragvsft.lab.retrieval.weaviate_search import search_snapshot

if TYPE_CHECKING:
    from weaviate import WeaviateClient

CHUNK = 512
"""Passages embedded and sent together: what an interruption can cost."""
SENDINGS = 2
"""What was taken and is not there is sent once more."""


class WeaviateIndex:
    """Passages of one dataset, index definition and policy.

    Args:
        client: connected; whoever opened it closes it.
        name: the collections are called so, with a 0 or a 1 behind.
        version: of the server.
        definition: what the rows are made by (definition and embedder); a collection of another make is refused.
        index_file: the index definition.
        policy: what happens to passages that are no longer valid.
        embedder: makes the vectors.

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
    ) -> None:
        fail_fast()
        self._client = client
        self._name = name
        self._version = version
        self._definition = definition
        self._index_file = index_file
        self._policy: Policy = policy
        self._embedder = embedder
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
        embed_s = 0.0
        with service_errors(f"syncing {self._name} to {at}"):
            now, other = self._snapshots()
            held = windows_of(now.collection) if now else {}
            plan = plan_sync(passages, held, served=now.about.served if now else None, at=at, policy=self._policy)
            if now is None or plan.changed:
                now, embed_s = self._build(plan, now, other, at)
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
            embed_s=embed_s,
            send_s=time.perf_counter() - started - embed_s,
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

        def one(pair: tuple[str, Vectors | None]) -> list[Hit]:
            return search_snapshot(
                snapshot, *pair, depth=depth, alpha=alpha, fusion=self._index_file.fusion, policy=self._policy
            )

        with service_errors(f"searching {snapshot.name}"):
            found = in_flight(one, zip(unique, vectors, strict=True))
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
                for ids in chunks(windows_of(collection), CHUNK):
                    rows |= read_rows(collection, ids)
            exact.put(rows, self.served)
        return exact

    def _snapshots(self) -> tuple[Snapshot | None, Snapshot | None]:
        """The served snapshot, and what else there is: one that is not complete, or that the served one replaced."""
        found = snapshots_of(self._client, self._name)
        for snapshot in found:
            if snapshot.about.definition != self._definition:
                raise DataError(
                    f"The Weaviate collection {snapshot.name} was made by another index definition or embedder.",
                    hint=f"Delete the collection {snapshot.name}: it is made again from the documents.",
                )
        complete = [snapshot for snapshot in found if snapshot.about.served is not None]
        served = max(complete, key=lambda snapshot: snapshot.about.generation, default=None)
        others = [snapshot for snapshot in found if snapshot is not served]
        return served, others[0] if others else None

    def _build(self, plan: SyncPlan, now: Snapshot | None, other: Snapshot | None, at: date) -> tuple[Snapshot, float]:
        """Make the next snapshot complete and serve it; the seconds that embedding took."""
        generation = now.about.generation + 1 if now else 0
        if other is not None and not self._begun(other, plan, generation):
            self._client.collections.delete(other.name)
            other = None
        if other is None:
            about = About(definition=self._definition, generation=generation, served=None)
            other = create(self._client, self._name, about, self._index_file, len(plan.windows))
        embed_s = 0.0
        missing: set[str] = set()
        for sending in range(SENDINGS + 1):
            missing = plan.windows.keys() - windows_of(other.collection).keys()
            if not missing or sending == SENDINGS:
                break
            if now is not None:
                self._copy(now, other, plan.windows, sorted(missing - plan.add.keys()))
            embed_s += self._add(other, plan, missing & plan.add.keys())
        if missing:
            raise ServiceError(
                f"Weaviate took {len(plan.windows)} passages for {other.name} without complaint, and {len(missing)} "
                f"of them are not there, the first of them {min(missing)}.",
                hint="Look at the server's log and disk. " + GO_ON,
            )
        wait_until_indexed(other.collection)
        other = other.serving(at)
        if now is not None:
            self._client.collections.delete(now.name)
        return other, embed_s

    def _begun(self, other: Snapshot, plan: SyncPlan, generation: int) -> bool:
        """Whether a snapshot that is not served is a beginning of the planned one."""
        if other.about.served is not None or other.about.generation != generation:
            return False
        planned = {key: as_stored(window) for key, window in plan.windows.items()}
        return windows_of(other.collection).items() <= planned.items()

    def _copy(self, source: Snapshot, target: Snapshot, windows: Mapping[str, Window], ids: Sequence[str]) -> None:
        for chunk in chunks(ids, CHUNK):
            rows = read_rows(source.collection, chunk).values()
            send_rows(
                target.collection, [Row(row.passage, windows[row.passage.passage_id], row.vector) for row in rows]
            )

    def _add(self, target: Snapshot, plan: SyncPlan, ids: Iterable[str]) -> float:
        # Short ones first: what is embedded together is of like length.
        passages = sorted((plan.add[key] for key in ids), key=lambda p: (len(p.content), p.passage_id))
        embed_s = 0.0
        for chunk in chunks(passages, CHUNK):
            started = time.perf_counter()
            vectors = self._embedder.embed([passage.content for passage in chunk])
            embed_s += time.perf_counter() - started
            rows = [Row(p, plan.windows[p.passage_id], vector) for p, vector in zip(chunk, vectors, strict=True)]
            send_rows(target.collection, rows)
        return embed_s
