"""One question asked of a snapshot in Weaviate: by vector, by words, or by both fused."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ragvsft.core.values import Hit
from ragvsft.lab.retrieval.base import Policy, Vectors
from ragvsft.lab.retrieval.bm25 import query_words
from ragvsft.lab.retrieval.fusion import LEG, Fusion, ranked
from ragvsft.lab.retrieval.weaviate_schema import TOLD, Snapshot, moment, read_passage

if TYPE_CHECKING:
    from weaviate.collections.classes.filters import _Filters

SPARE = 4
"""Rows asked for beyond the depth, to see whether the last place is tied."""
MOST = 10_000
"""Rows that Weaviate returns at most (QUERY_MAXIMUM_RESULTS)."""


def search_snapshot(
    snapshot: Snapshot, text: str, vector: Vectors | None, *, depth: int, alpha: float, fusion: Fusion, policy: Policy
) -> list[Hit]:
    """The `depth` best passages, ties by id; without a vector by words alone.

    Asks for a little more than the depth, and for more again while the last place is tied.
    """
    assert snapshot.about.served is not None
    fused = vector is not None and alpha < 1
    most = max(LEG, depth) if fused else MOST
    limit = min(depth + SPARE, most)
    if vector is None:
        # Weaviate's keyword search prunes, and may so leave out one of the rows that it took last; asked for more rows
        # than there are, it does not prune.
        limit = max(limit, LEG)
    while True:
        found = _ask(snapshot, text, vector, limit, alpha, fusion, policy)
        order = ranked((key, similarity) for key, (similarity, _) in found.items())
        if len(order) < limit or limit >= most or order[depth - 1][1] > order[-1][1]:
            break
        limit = min(2 * limit, most)
    return [
        Hit(passage=read_passage(key, found[key][1], snapshot.about.served), rank=rank, similarity=similarity)
        for rank, (key, similarity) in enumerate(order[:depth], start=1)
    ]


def _ask(
    snapshot: Snapshot, text: str, vector: Vectors | None, limit: int, alpha: float, fusion: Fusion, policy: Policy
) -> dict[str, tuple[float, Mapping[str, Any]]]:
    """Similarity and properties by passage id."""
    from weaviate.classes.query import HybridFusion, MetadataQuery

    query, seen = snapshot.collection.query, _seen(snapshot, policy)
    if vector is None:
        if not query_words(text):
            # The server refuses an empty query.
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
        answer = query.hybrid(
            text,
            vector=vector.tolist(),
            alpha=alpha,
            fusion_type=HybridFusion.RANKED if fusion == "ranked" else HybridFusion.RELATIVE_SCORE,
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
        return {str(found.uuid): (1 - (found.metadata.distance or 0.0), found.properties) for found in answer.objects}
    return {str(found.uuid): (found.metadata.score or 0.0, found.properties) for found in answer.objects}


def _seen(snapshot: Snapshot, policy: Policy) -> "_Filters | None":
    """What queries see: what began by the served date and, under `time_filter`, has not ended."""
    from weaviate.classes.query import Filter

    if policy == "replace":
        # The snapshot holds nothing else; the filter would cost a third of the speed.
        return None
    assert snapshot.about.served is not None
    at = moment(snapshot.about.served)
    began = Filter.by_property("from_date").less_or_equal(at)
    return began if policy == "keep_all" else began & Filter.by_property("to_date").greater_than(at)
