"""BM25 by hand, and its words as Weaviate's `word` tokenization cuts them."""

import math

import pytest

from ragvsft.lab.retrieval.bm25 import Bm25, query_words, words


def test_words_are_runs_of_letters_and_digits_in_lower_case() -> None:
    assert words("Re-open the X9_b at 10:30, naïve ΣΟΦΟΣ 漢字½!") == [
        "re", "open", "the", "x9", "b", "at", "10", "30", "naïve", "σοφοσ", "漢字½",
    ]  # fmt: skip
    assert words(" --- ") == []


def test_a_query_loses_stop_words_and_counts_repeats() -> None:
    assert query_words("The price of the price") == {"price": 2}


def test_by_hand() -> None:
    # Lengths 2, 4 and 3; mean 3. "price" stands in two of three texts, "old" in one.
    bm25 = Bm25(["new price", "the price price old", "nothing of it"])
    rare, common = math.log(1 + (3 - 1 + 0.5) / 1.5), math.log(1 + (3 - 2 + 0.5) / 2.5)

    def part(rarity: float, count: int, length: int) -> float:
        return rarity * count / (count + 1.2 * (0.25 + 0.75 * length / 3))

    told = bm25.similarities("the old price")
    assert told.tolist() == pytest.approx([part(common, 1, 2), part(common, 2, 4) + part(rare, 1, 4), 0.0])
    assert bm25.similarities("price price").tolist() == pytest.approx((2 * bm25.similarities("price")).tolist())
    assert bm25.similarities("the of").tolist() == [0, 0, 0]


def test_nothing_is_found_among_nothing() -> None:
    assert Bm25([]).similarities("x").shape == (0,)
    assert Bm25(["", "—"]).similarities("x").tolist() == [0, 0]
