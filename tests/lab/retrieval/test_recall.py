"""Recall against the exact index, by hand."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from ragvsft.core.values import Hit, Passage
from ragvsft.lab.retrieval.recall import recall_against_exact


def index(*answers: Sequence[tuple[str, float]]) -> Any:
    def hit(key: str, similarity: float) -> Hit:
        passage = Passage(passage_id=key, doc_id="d", title="", text="", position=0, valid_from=date(2024, 1, 1))
        return Hit(passage=passage, rank=1, similarity=similarity)

    return SimpleNamespace(search=lambda texts, depth, alpha: [[hit(*pair) for pair in answer] for answer in answers])


def test_half_of_one_answer_and_all_of_another() -> None:
    exact = index([("a", 0.9), ("b", 0.8)], [("c", 0.7), ("d", 0.6)])
    told = index([("a", 0.9), ("x", 0.1)], [("d", 0.6), ("c", 0.7)])
    assert recall_against_exact(told, exact, ["q", "r"], 2) == 0.75


def test_a_tie_with_the_last_exact_passage_counts() -> None:
    assert recall_against_exact(index([("a", 0.9), ("z", 0.8)]), index([("a", 0.9), ("b", 0.8)]), ["q"], 2) == 1.0


def test_where_there_is_nothing_to_find_nothing_is_missed() -> None:
    assert recall_against_exact(index([]), index([]), ["q"], 2) == 1.0
