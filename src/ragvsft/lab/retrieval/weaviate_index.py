"""The index in a Weaviate collection: sync to a date, search at the served date.

A sync may be cut off at any point: what was sent stays unseen until the served date moves, which it does last, and
the next sync finds what is there and does the rest.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ragvsft.config.experiment import IndexFile
from ragvsft.core.errors import DataError
from ragvsft.core.values import Hit, Passage
from ragvsft.lab.retrieval.base import Embedder, Policy, SyncReport, Vectors
from ragvsft.lab.retrieval.bm25 import query_words
from ragvsft.lab.retrieval.exact_index import ExactIndex
from ragvsft.lab.retrieval.fusion import LEG, ranked
from ragvsft.lab.retrieval.sync_plan import plan_sync
from ragvsft.lab.retrieval.weaviate_calls import fail_fast, service_errors
from ragvsft.lab.retrieval.weaviate_rows import WeaviateRows, chunks
from ragvsft.lab.retrieval.weaviate_schema import TOLD, About, create, moment, read_passage

if TYPE_CHECKING:
    from weaviate import WeaviateClient
    from weaviate.collections.classes.filters import _Filters

CHUNK = 512
"""Passages embedded, sent and reconciled together: what an interruption can cost."""
SPARE = 4
"""Rows asked for beyond the depth, to see whether the last place is tied."""
MOST = 10_000
"""Rows that Weaviate returns at most (QUERY_MAXIMUM_RESULTS)."""


class WeaviateIndex:
    """Passages of one dataset, index definition and policy in a collection.

    Args:
        client: connected; whoever opened it closes it.
        name: of the collection; it is created by the first sync.
        version: of the server.
        definition: what the rows are made by (definition and embedder); a collection of another make is refused.
        index_file: the index definition.
        policy: what happens to passages that are no longer valid.
        embedder: makes the vectors.

    Raises:
        ServiceError: the server does not answer.
        DataError: the collection was made by another definition.
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
        self._collection = client.collections.use(name)
        with service_errors(f"opening {name}"):
            about = self._about()
        self._served = about.served if about else None
        self._rows = WeaviateRows(self._collection)

    @property
    def store(self) -> str:
        """`weaviate` and its version."""
        return f"weaviate {self._version}"

    @property
    def served(self) -> date | None:
        """The date of the last complete sync, as this index read it or moved it."""
        return self._served

    def sync(self, passages: Sequence[Passage], at: date) -> SyncReport:
        """Serve exactly the passages (under `keep_all` the older ones too); see `Index.sync`."""
        started = time.perf_counter()
        embed_s = 0.0
        with service_errors(f"syncing {self._name} to {at}"):
            about = self._about()
            if about is None:
                about = About(definition=self._definition, served=None)
                create(self._client, self._name, about, self._index_file, len(passages))
            plan = plan_sync(passages, self._rows.windows(), served=about.served, at=at, policy=self._policy)
            if plan.hide:
                self._serve(None)
            for chunk in chunks(plan.add, CHUNK):
                began = time.perf_counter()
                vectors = self._embedder.embed([passage.content for passage, _ in chunk])
                embed_s += time.perf_counter() - began
                self._rows.send([(*pair, vector) for pair, vector in zip(chunk, vectors, strict=True)])
            self._rows.move(plan.move)
            if plan.hide or about.served != at:
                self._serve(at)
            self._served = at
            self._rows.delete(plan.drop)
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
        vectors: list[Vectors | None] = list(self._embedder.embed(unique)) if alpha > 0 else [None] * len(unique)

        def one(pair: tuple[str, Vectors | None]) -> list[Hit]:
            return self._search_one(*pair, depth=depth, alpha=alpha)

        with service_errors(f"searching {self._name}"):
            found = self._rows.in_flight(one, zip(unique, vectors, strict=True))
        hits = dict(zip(unique, found, strict=True))
        return [hits[text] for text in texts]

    def close(self) -> None:
        """End the worker threads; the client is closed by its owner."""
        self._rows.close()

    def exact_copy(self) -> ExactIndex:
        """The same rows, vectors and served date in memory, searched exactly; nothing is embedded again."""
        exact = ExactIndex(
            None,
            definition=self._definition,
            policy=self._policy,
            fusion=self._index_file.fusion,
            embedder=self._embedder,
        )
        with service_errors(f"reading {self._name}"):
            exact.put(self._rows.with_vectors(self._served or date.max), self._served)
        return exact

    def _about(self) -> About | None:
        if not self._collection.exists():
            return None
        about = About.from_json(self._collection.config.get(simple=True).description, self._name)
        if about.definition != self._definition:
            raise DataError(
                f"The Weaviate collection {self._name} was made by another index definition or embedder.",
                hint=f"Delete the collection {self._name}: it is made again from the documents.",
            )
        return about

    def _serve(self, at: date | None) -> None:
        # In doubt nothing is served: the call may fail after the server took it.
        self._served = None
        self._collection.config.update(description=About(definition=self._definition, served=at).to_json())
        self._served = at

    def _search_one(self, text: str, vector: Vectors | None, *, depth: int, alpha: float) -> list[Hit]:
        """Ask for a little more than the depth, and for more again while the last place is tied."""
        most = MOST if alpha in (0, 1) else max(LEG, depth)
        limit = min(depth + SPARE, most)
        while True:
            found = self._ask(text, vector, limit, alpha)
            order = ranked((key, similarity) for key, (similarity, _) in found.items())
            if len(order) < limit or limit >= most or order[depth - 1][1] > order[-1][1]:
                break
            limit = min(2 * limit, most)
        assert self._served is not None
        return [
            Hit(passage=read_passage(key, found[key][1], self._served), rank=rank, similarity=similarity)
            for rank, (key, similarity) in enumerate(order[:depth], start=1)
        ]

    def _ask(
        self, text: str, vector: Vectors | None, limit: int, alpha: float
    ) -> dict[str, tuple[float, Mapping[str, Any]]]:
        """Similarity and properties by passage id."""
        from weaviate.classes.query import HybridFusion, MetadataQuery

        query, seen = self._collection.query, self._seen()
        if vector is None:
            if not query_words(text):
                return {}
            answer = query.bm25(
                text,
                query_properties=["content"],
                filters=seen,
                limit=limit,
                return_properties=TOLD,
                return_metadata=MetadataQuery(score=True),
            )
        elif alpha < 1:
            fusion = HybridFusion.RANKED if self._index_file.fusion == "ranked" else HybridFusion.RELATIVE_SCORE
            answer = query.hybrid(
                text,
                vector=vector.tolist(),
                alpha=alpha,
                fusion_type=fusion,
                query_properties=["content"],
                filters=seen,
                limit=limit,
                return_properties=TOLD,
                return_metadata=MetadataQuery(score=True),
            )
        else:
            answer = query.near_vector(
                vector.tolist(),
                filters=seen,
                limit=limit,
                return_properties=TOLD,
                return_metadata=MetadataQuery(distance=True),
            )
            return {
                str(found.uuid): (1 - (found.metadata.distance or 0.0), found.properties) for found in answer.objects
            }
        return {str(found.uuid): (found.metadata.score or 0.0, found.properties) for found in answer.objects}

    def _seen(self) -> "_Filters":
        from weaviate.classes.query import Filter

        assert self._served is not None
        at = moment(self._served)
        opened = Filter.by_property("from_date").less_or_equal(at)
        if self._policy == "keep_all":
            return opened
        return opened & Filter.by_property("to_date").greater_than(at)
