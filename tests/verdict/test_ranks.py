"""The rank of the first gold passage, on a handful made by hand."""

from ragvsft.verdict.ranks import first_gold_ranks


def test_the_first_gold_passage_counts() -> None:
    gold = {"a": ["p2", "p1"], "b": ["p9"], "c": [], "d": ["p1"], "e": ["p1"]}
    ranked = {"a": ["p0", "p1", "p2"], "b": ["p1"], "c": ["p1"], "d": ["p1", "p2"]}

    assert first_gold_ranks(gold, ranked) == {1: 1, 2: 1, None: 1}
