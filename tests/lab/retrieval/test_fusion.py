"""Fusion by hand."""

import pytest

from ragvsft.lab.retrieval.fusion import fuse, ranked

DENSE = [("a", 0.9), ("b", 0.5), ("c", 0.1)]
KEYWORD = [("c", 8.0), ("d", 4.0)]


def test_relative_scores_by_hand() -> None:
    # Dense becomes 1, .5, 0 and keyword 1, 0.
    assert fuse(DENSE, KEYWORD, alpha=0.25, fusion="relative_score") == [
        ("c", 0.75),
        ("a", 0.25),
        ("b", 0.125),
        ("d", 0.0),
    ]


def test_places_by_hand() -> None:
    told = dict(fuse(DENSE, KEYWORD, alpha=0.25, fusion="ranked"))
    assert told["c"] == pytest.approx(0.25 / 62 + 0.75 / 60, abs=1e-5)
    assert told["d"] == pytest.approx(0.75 / 61, abs=1e-5)


def test_a_list_of_equal_values_counts_whole_and_an_empty_one_not_at_all() -> None:
    assert fuse([("a", 0.3), ("b", 0.3)], [], alpha=0.6, fusion="relative_score") == [("a", 0.6), ("b", 0.6)]
    assert fuse([], [], alpha=0.5, fusion="ranked") == []


def test_ties_after_rounding_go_by_id() -> None:
    assert ranked([("b", 0.123461), ("a", 0.123459), ("c", 0.2)]) == [("c", 0.2), ("a", 0.12346), ("b", 0.12346)]
