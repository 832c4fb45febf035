import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.data.sections import sections, sentences


def split(text: str, language: str = "en") -> list[str]:
    return [sentence.strip() for sentence in sentences(text, language)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith met Mr. Jones.", "They talked."],
        ["It rose 3.5 percent, e.g. in the U.S. market.", "Then it fell."],
        ["J. K. Rowling wrote it.", "J.R.R. Tolkien did not."],
        ["It covers approx. 3 km of coast.", "See pp. 12-15 and vol. 3 for more."],
        ["Version 1.2.3 came out.", "No. 5 is alive!", "Is it?", "Yes."],
        ["Acme Inc. was sued by Bolt Co., Ltd. in 1976.", "It lost."],
        ['"Why?" he asked.', "She left."],
        ["Born\u00a0at\u00a0home.", "A.\u00a0B.\u00a0Smith was\u2009there."],
    ],
)
def test_a_sentence_ends_where_it_ends(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_wide_white_space_stops_nothing() -> None:
    """The library takes it for one byte in places and fails on what follows."""
    text = "Vitamin B\u2009. Grade A\u00a0. End."
    assert "".join(sentences(text, "en")) == text


def test_sentences_without_spaces_between_them() -> None:
    assert split("これは文です。次の文です。", "ja") == ["これは文です。", "次の文です。"]


@given(
    st.text(st.sampled_from("aB.!? \n\t\"'()1,;-é中。…😀\u00a0\u2009\u200b\u3000\u0301")),
    st.sampled_from(["en", "de", "xx"]),
)
def test_sentences_joined_are_the_text(text: str, language: str) -> None:
    assert "".join(sentences(text, language)) == text


def outline(text: str) -> list[tuple[str, list[str]]]:
    return [(section.heading, [unit.text for unit in section.units]) for section in sections(text, "en")]


def test_markdown_headings_part_a_text() -> None:
    text = "Before. All.\n\n# Leave ##\nYou have 25 days.\n\n## Sick leave\n\nCall us.\n\nPay\n---\nMonthly."
    assert outline(text) == [
        ("", ["Before.", "All."]),
        ("Leave", ["You have 25 days."]),
        ("Sick leave", ["Call us."]),
        ("Pay", ["Monthly."]),
    ]


def test_a_heading_without_text_is_joined_to_the_next_and_the_last_one_is_kept() -> None:
    assert outline("# Guide\n## Set-up\nPlug it in.\n# Index") == [("Guide – Set-up", ["Plug it in.", "Index"])]
    assert outline("# Only") == [("", ["Only"])]


def test_a_short_line_over_a_paragraph_is_a_heading() -> None:
    paragraph = "The committee meets every month and decides about all of the requests that came in."
    assert outline(f"Requests to us\n\n{paragraph}") == [("Requests to us", [paragraph])]
    assert outline(f"Requests to us\n{paragraph}") == [("Requests to us", [paragraph])]
    assert outline(f"First of all.\n\n{paragraph}") == [("", ["First of all.", paragraph])]
    assert outline(f"Founded: 1990\n\n{paragraph}") == [("", ["Founded: 1990", paragraph])]
    assert outline("Place: Expo City\nHost: United Arab Emirates") == [
        ("", ["Place: Expo City", "Host: United Arab Emirates"])
    ]


def test_list_items_table_rows_and_code_stay_whole() -> None:
    text = "We sell:\n- Tea. It is hot.\n2. Milk. It is not.\n| a. | B. |\n```\n# no heading. Really.\n```\nEnd."
    assert outline(text) == [
        (
            "",
            [
                "We sell:",
                "- Tea. It is hot.",
                "2. Milk. It is not.",
                "| a. | B. |",
                "```",
                "# no heading. Really.",
                "```",
                "End.",
            ],
        )
    ]


def groups(text: str) -> list[tuple[str, int, bool]]:
    return [(unit.text, unit.group, unit.is_head) for section in sections(text, "en") for unit in section.units]


def test_a_markdown_table_has_a_head_and_its_dashes_are_a_mark() -> None:
    text = "| Day | Hour |\n|:---|---:|\n| Sat | 10 |\n| Sun | |\n\n| a | b |\n| c | d |"
    assert groups(text) == [
        ("| Day | Hour |", 1, True),
        ("| Sat | 10 |", 1, False),
        ("| Sun | |", 1, False),
        ("| a | b |", 2, False),
        ("| c | d |", 2, False),
    ]
    assert groups("Day | Hour\n--- | ---\nSat | 10\nSun | 11\nThat is all.") == [
        ("Day | Hour", 1, True),
        ("Sat | 10", 1, False),
        ("Sun | 11", 1, False),
        ("That is all.", 0, False),
    ]
    assert groups("To be | not to be.\nAll of it.") == [("To be | not to be.", 0, False), ("All of it.", 0, False)]


def test_lines_of_cells_parted_by_tabs_are_a_table() -> None:
    assert groups("Fees\n\nItem\tPrice\tNote\nTea\t2 euros\nMilk\t3 euros\tcold\nEnd.") == [
        ("Item\tPrice\tNote", 1, True),
        ("Tea\t2 euros", 1, False),
        ("Milk\t3 euros\tcold", 1, False),
        ("End.", 0, False),
    ]
    assert groups("Name:\tAnn\nAge:\t40") == [("Name:\tAnn", 1, False), ("Age:\t40", 1, False)]
    assert groups("One line\twith a tab.\nAnother without.") == [
        ("One line\twith a tab.", 0, False),
        ("Another without.", 0, False),
    ]


def test_the_items_of_a_list_belong_together_with_their_indented_lines() -> None:
    text = "- Tea is\n  hot.\n\n- Milk.\n  - Cold.\nProse.\n1. One.\n    code\n2. Two.\n\n> Quoted.\n> Again."
    assert groups(text) == [
        ("- Tea is hot.", 1, False),
        ("- Milk.", 1, False),
        ("- Cold.", 1, False),
        ("Prose.", 0, False),
        ("1. One. code", 2, False),
        ("2. Two.", 2, False),
        ("> Quoted.", 0, False),
        ("> Again.", 0, False),
    ]


def test_a_heading_may_name_its_page() -> None:
    text = "## Hotels, page 12\nText one.\n## Page 3\nText two.\n## Page 3 of the rules\nText."
    assert [section.page for section in sections(text, "en")] == ["page 12", "page 3", ""]


def test_wrapped_lines_are_one_paragraph() -> None:
    text = "The committee meets every month and decides about all of the\nrequests. It publishes\nwhat it decided."
    assert outline(f"{text}\nNext line.") == [
        (
            "",
            [
                "The committee meets every month and decides about all of the requests.",
                "It publishes what it decided.",
                "Next line.",
            ],
        )
    ]


LINES = st.lists(st.text(st.sampled_from("abC. !?:,-#|*`~>=1)…é中。\u00a0\u2028\r\t"), max_size=70), max_size=12)


@given(LINES)
def test_no_character_is_lost(lines: list[str]) -> None:
    """But for the marks of headings and tables, every character is in a heading or a unit, in order."""
    found = []
    for section in sections("\n".join(lines), "en"):
        found.append(section.heading)
        found.extend(unit.text for unit in section.units)

    def letters(text: str) -> str:
        return "".join(char for char in text if char not in "#-=–|: " and not char.isspace())

    assert letters("".join(found)) == letters("".join(lines))
