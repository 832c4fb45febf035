"""How much of the exact answer an approximate index gives."""

from collections.abc import Sequence

from ragvsft.lab.retrieval.base import Index


def recall_against_exact(index: Index, exact: Index, texts: Sequence[str], depth: int = 10) -> float:
    """The mean share of the exact dense top `depth` that the index returns, a fraction 0-1.

    A passage that ties with the last exact one counts as found; where there is nothing to find, nothing is missed.
    Both indexes must serve the same passages.
    """
    shares = []
    answers = zip(
        index.search(texts, depth=depth, alpha=1.0), exact.search(texts, depth=depth, alpha=1.0), strict=True
    )  # fmt: skip
    for told, right in answers:
        if right:
            least = right[-1].similarity
            ids = {hit.passage.passage_id for hit in right}
            found = sum(hit.passage.passage_id in ids or hit.similarity >= least for hit in told)
            shares.append(min(found, len(right)) / len(right))
    return sum(shares) / len(shares) if shares else 1.0
