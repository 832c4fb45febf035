"""Nothing that a model or a dataset says becomes active in a report."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragvsft.report.escaping import code, is_right_to_left, plain, without_controls
from ragvsft.report.markdown_wave import table

ACTIVE = {"link_open", "image", "html_inline", "html_block", "autolink", "heading_open", "em_open", "strong_open"}
ATTACKS = st.text(alphabet="ab`|\\[]()!<>_*~#&;:/.@ \n\t\x1b\u202e$=-+1", max_size=30)


def tokens(markdown: str) -> list[Token]:
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(markdown)
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


@given(ATTACKS)
def test_a_code_span_shows_exactly_the_text_and_nothing_else(text: str) -> None:
    found = tokens(f"said: {code(text)} end")
    shown = without_controls(text)
    spans = [token.content for token in found if token.type == "code_inline"]
    assert spans == ([shown] if shown else [])
    assert not {token.type for token in found} & (ACTIVE - ({"em_open"} if not shown else set()))


@given(ATTACKS)
def test_a_code_span_stays_in_its_cell(text: str) -> None:
    found = tokens(table(["arm", "answer"], [["rag", code(text)], ["last", "cell"]]))
    assert sum(token.type == "td_open" for token in found) == 4
    assert not {token.type for token in found} & {"link_open", "image", "html_inline", "html_block"}


@given(ATTACKS)
def test_prose_is_shown_and_inert(text: str) -> None:
    found = tokens(f"said: {plain(text)} end")
    assert not {token.type for token in found} & ACTIVE
    written = "".join(token.content for token in found if token.type in ("text", "text_special"))
    assert " ".join(written.replace("\u2060", "").split()) == " ".join(f"said: {without_controls(text)} end".split())


def test_bare_addresses_do_not_become_links_where_they_are_linked_by_themselves(hostile: str) -> None:
    """GitHub links https://, www. and a@b.c in prose; the joiner stands where such an address would go on."""
    assert not re.search(r"https?://|www\.\w|\w@\w", plain(hostile))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil.example\x07click\x1b]8;;\x07", "click"),
        ("a\x00b\x9bc\u202ed", "a\ufffdb\ufffdc\ufffdd"),
        ("two\r\nlines\tand  gaps ", "two lines and gaps"),
        ("\ud800", "\ufffd"),
    ],
)
def test_controls(text: str, shown: str) -> None:
    assert without_controls(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("r\u200dag", "r\ufffdag"),
        ("(שלום)\u200f 5", "(שלום) 5"),
        ("آية \u06dd", "آية \u06dd"),
        ("a \u202eb\u2066c\u2069", "a \ufffdb\ufffdc\ufffd"),
    ],
)
def test_what_a_script_needs_stays_and_what_turns_a_line_does_not(text: str, shown: str) -> None:
    assert without_controls(text) == shown


def test_a_text_with_right_to_left_letters_is_set_apart() -> None:
    assert plain("البيت [1]") == "\u2068البيت \\[1\\]\u2069"
    assert code("room 5, שלום") == "\u2068`room 5, שלום`\u2069"
    assert plain("room 5") == "room 5"
    assert not is_right_to_left("5 rooms: שלום")
    assert is_right_to_left("5: שלום rooms")


def test_long_texts_are_cut() -> None:
    assert code("x" * 1000, most=10) == "`xxxxxxxxx…`"
