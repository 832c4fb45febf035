"""How a dense and a keyword ranking become one, and how ties are broken: as Weaviate does it.

Relative score: each list is scaled to 0-1 (a list of equal values to 1) and weighted. Ranked: weight / (60 + place),
the best place being 0; after Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", SIGIR 2009.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

Fusion = Literal["relative_score", "ranked"]
Ranking = Sequence[tuple[str, float]]
"""(passage id, similarity), best first."""

LEG = 100
"""How deep each of the two lists goes, at least: Weaviate's QUERY_HYBRID_MAXIMUM_RESULTS."""
RANK_CONSTANT = 60
DIGITS = 5
"""Similarities are told to so many decimals: below lies what batch shape and summation order make of the same texts."""


def ranked(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Pairs with rounded similarities, best first, ties by passage id."""
    return sorted(((key, round(value, DIGITS)) for key, value in pairs), key=lambda pair: (-pair[1], pair[0]))


def fuse(dense: Ranking, keyword: Ranking, *, alpha: float, fusion: Fusion) -> list[tuple[str, float]]:
    """One ranking of everything in either list; `alpha` is the weight of the dense one."""
    weigh = _by_place if fusion == "ranked" else _by_value
    total: dict[str, float] = {}
    for ranking, weight in ((keyword, 1 - alpha), (dense, alpha)):
        for key, value in weigh(ranking, weight):
            total[key] = total.get(key, 0.0) + value
    return ranked(total.items())


def _by_place(ranking: Ranking, weight: float) -> list[tuple[str, float]]:
    return [(key, weight / (RANK_CONSTANT + place)) for place, (key, _) in enumerate(ranking)]


def _by_value(ranking: Ranking, weight: float) -> list[tuple[str, float]]:
    if not ranking:
        return []
    values = [value for _, value in ranking]
    low, high = min(values), max(values)
    if low == high:
        return [(key, weight) for key, _ in ranking]
    return [(key, weight * (value - low) / (high - low)) for key, value in ranking]
