"""Where the first gold passage stood in what a search found."""

from collections import Counter
from collections.abc import Mapping, Sequence


def first_gold_ranks(gold: Mapping[str, Sequence[str]], ranked: Mapping[str, Sequence[str]]) -> dict[int | None, int]:
    """Rank -> questions whose first gold passage stood there; None: it was not found.

    Args:
        gold: question id -> passages that state the answer; a question without one is not counted.
        ranked: question id -> passages found, best first; a question that was not searched is not counted.
    """
    counts: Counter[int | None] = Counter()
    for question, wanted in gold.items():
        if wanted and question in ranked:
            right = set(wanted)
            counts[next((rank for rank, one in enumerate(ranked[question], start=1) if one in right), None)] += 1
    return dict(sorted(counts.items(), key=lambda item: (item[0] is None, item[0] or 0)))
