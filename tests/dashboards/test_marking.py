"""Marks in texts: the place of an answer as the metrics find it, differences word by word, and nothing active."""

import pytest

from marking import difference, marked, places


@pytest.mark.parametrize(
    ("text", "answers", "found"),
    [
        ("Item 9 costs 12 euros a night.", ["12 euros"], ["12 euros"]),
        ("It is $1,200, or 1200 dollars.", ["1200"], ["$1,200,", "1200"]),
        ("The New York office.", ["new york"], ["New York"]),
        ("Rooms\ncost\n12   euros.", ["12 euros"], ["12   euros."]),
        ("Nothing here.", ["12 euros"], []),
        ("12 euros and 13 euros", ["12 euros", "euros and 13"], ["12 euros and 13"]),
        ("anything", ["", "  "], []),
    ],
)
def test_a_place_is_the_shortest_that_holds_the_answer(text: str, answers: list[str], found: list[str]) -> None:
    assert [text[start:end] for start, end in places(text, answers)] == found


def test_marks_stand_in_the_text() -> None:
    text = "Item costs 12 euros now."
    told = marked(text, places(text, ["12 euros"]))

    assert told.replace("\u2060", "") == "Item costs :green-background[**12 euros**] now."


@pytest.mark.parametrize(
    "line", ["- a", "1. a", "# a", "> a", "| a | b |", "---", "===", "    code", "<b>a</b>", "[a](b)"]
)
def test_no_line_begins_anything(line: str) -> None:
    told = marked(f"x\n{line}\n{line}", [])

    for shown in told.split("\n"):
        assert shown.startswith("\u2060")
    assert "<b>" not in told
    assert "[a](b)" not in told


def test_a_difference_is_told_by_signs() -> None:
    told = difference("It is 12 euros", "It was 12 dollars <b>").replace("\u2060", "")

    assert told == (
        "It :red-background[− is] :green-background[+ was] 12 "
        ":red-background[− euros] :green-background[+ dollars &lt;b&gt;]"
    )
    assert difference("Same Words", "same words").replace("\u2060", "") == "same words"


def test_a_difference_between_right_to_left_texts_keeps_each_sign_with_its_words() -> None:
    told = difference("تكلف 12 يورو", "تكلف 14 euros")

    assert told.startswith("\u2060\u200f"), "the line runs from right to left"
    assert ":red-background[\u2068− 12 يورو\u2069] :green-background[\u2068+ 14 euros\u2069]" in told


def test_marks_within_a_right_to_left_text_leave_it_whole() -> None:
    text = "الغرفة تكلف 12 يورو لليلة"
    told = marked(text, places(text, ["12 يورو"]))

    assert told == "\u2060\u200fالغرفة تكلف :green-background[**12 يورو**] لليلة"
