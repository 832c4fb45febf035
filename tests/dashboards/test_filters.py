"""Which questions pass which filter, on a handful made by hand."""

from collections.abc import Mapping

import pytest

from asked import NEAR, SHOW, Asked, matching, near
from ragvsft.core.values import Split, WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind as Kind

RIGHT, WRONG = (Kind.CURRENT,), (Kind.WRONG,)


def asked(name: str, kinds: Mapping[str, tuple[Kind, ...]], *, answers: tuple[str, ...] = ("yes",)) -> Asked:
    question = WaveQuestion(
        question_id=name,
        fact_id=name,
        question=name,
        answers=answers,
        stale_answers=(),
        gold_doc_ids=(),
        split=Split.TEST,
    )
    return Asked(number=1, question=question, kinds=dict(kinds), haystack=f"{name} asks of strasse")


QUESTIONS = [
    asked("both", {"rag": RIGHT, "tuned": (Kind.CURRENT, Kind.CURRENT), "oracle": WRONG}),
    asked("rag", {"rag": RIGHT, "tuned": (Kind.CURRENT, Kind.STALE), "oracle": RIGHT}),
    asked("neither", {"rag": WRONG, "tuned": (Kind.WRONG, Kind.CONFLATED), "oracle": RIGHT}),
    asked("failed", {"rag": (Kind.FAILED,), "tuned": (Kind.CURRENT, Kind.CURRENT), "oracle": RIGHT}),
    asked("half", {"rag": WRONG}, answers=()),
]


def found(**filters: object) -> list[str]:
    return [one.question.question_id for one in matching(QUESTIONS, choosable=("rag", "tuned"), **filters)]


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("all", ["both", "rag", "neither", "failed", "half"]),
        ("arms disagree", ["rag", "failed"]),
        ("all right", ["both"]),
        ("none right", ["neither", "half"]),
        ("stale", ["rag", "neither"]),
        ("failed", ["failed"]),
        ("unanswerable", ["half"]),
    ],
)
def test_each_preset(show: str, expected: list[str]) -> None:
    assert show in SHOW
    assert found(show=show) == expected


def test_an_arm_is_right_where_every_seed_is() -> None:
    assert found(right=["tuned"]) == ["both", "failed"]
    assert found(not_right=["tuned"]) == ["rag", "neither", "half"]
    assert found(right=["rag"], not_right=["tuned"]) == ["rag"]
    assert found(right=["rag", "oracle"]) == ["rag"]


def test_all_words_must_occur_in_any_order_and_case() -> None:
    assert found(search="STRASSE both") == ["both"]
    assert found(search="straße NEITHER") == ["neither"]
    assert found(search="  ") == [one.question.question_id for one in QUESTIONS]
    assert found(search="both neither") == []


@pytest.mark.parametrize(
    ("at", "first", "n"), [(0, 0, NEAR + 1), (500, 500 - NEAR, 2 * NEAR + 1), (999, 999 - NEAR, NEAR + 1)]
)
def test_a_long_list_holds_the_nearest(at: int, first: int, n: int) -> None:
    many = [asked(str(number), {"rag": RIGHT}) for number in range(1000)]

    listed = near(many, at)

    assert (listed[0], len(listed)) == (many[first], n)
    assert many[at] in listed
