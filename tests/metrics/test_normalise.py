"""Which texts count as containing which answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.metrics.normalise import answer_spans, contains_answer, normalise, outermost, tokens


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It costs 1,200 dollars.", "1200"),
        ("It costs 1200.0 dollars.", "1,200"),
        ("It costs $1,200.", "1200"),
        ("The price is €45.", "45"),
        ("03 May", "3 May"),
        ("It takes 30–60 days", "30-60 days"),
        ("The Louvre, in Paris/France", "paris"),
        ("I don’t mind", "don't"),
        ("vitamin A", "A"),
        ("答案是北京。", "北京"),
        ("٤٥ يوم", "45"),
        ("１２,０００", "12000"),
        ("CHF 10'000", "10000"),
        ("It is −5 °C", "-5"),
        ("written in C++", "C++"),
        ("x + y", "+"),
        ("the end of an era", "end of era"),
    ],
)
def test_contains(text: str, answer: str) -> None:
    assert contains_answer(text, answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1200", "12"),
        ("1200", "200"),
        ("3.5", "35"),
        ("3.5", "5"),
        ("30-60", "3060"),
        ("14:30", "1430"),
        ("version 3.11.2", "3.11"),
        ("1,5", "15"),
        ("10²", "102"),
        ("-5", "5"),
        ("covid-19", "19"),
        ("New Yorker", "New York"),
        ("York is new", "New York"),
        ("$45-$50", "4550"),
        ("€ 45", "45 euros"),
        ("", "Paris"),
        ("Paris", ""),
        ("Paris", "   "),
    ],
)
def test_does_not_contain(text: str, answer: str) -> None:
    assert not contains_answer(text, answer)


@given(st.lists(st.sampled_from(["1,200", "Rome", "a", "U.S.", "3.50", "—", "北京", "the", "x-y", "12"]), max_size=6))
def test_every_piece_of_a_text_is_found_in_it_and_tokens_are_stable(words: list[str]) -> None:
    text = " ".join(words)
    for word in words:
        assert contains_answer(text, word)
        assert bool(answer_spans(text, word)) == contains_answer(text, word)
    assert tokens(" ".join(tokens(text))) == tokens(text)


@given(st.text(max_size=40), st.text(max_size=10))
def test_any_text_is_taken(text: str, answer: str) -> None:
    assert contains_answer(text, answer) == bool(answer_spans(text, answer))
    assert normalise(normalise(text)) == normalise(text)


def test_numbers_of_any_length_keep_their_digits() -> None:
    long = "1234567890123456789012345678901234567890"
    assert not contains_answer(long, long[:-1] + "1")
    assert contains_answer(f"no. {long}.000", long)


def test_outermost_drops_only_what_lies_inside_a_longer_span() -> None:
    assert outermost([((0, 2), "new york"), ((1, 2), "york"), ((4, 5), "york")]) == [
        ((0, 2), "new york"),
        ((4, 5), "york"),
    ]
    assert len(outermost([((0, 1), "now"), ((0, 1), "earlier")])) == 2
