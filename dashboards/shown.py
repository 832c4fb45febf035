"""Texts of models, datasets and addresses on a page: as they are, and nothing in them is active."""

import re
import unicodedata

import streamlit as st

from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report.escaping import plain, shortened

MOST = 4_000
"""Characters of one text on a page; what follows is told, not shown."""

MARKS = {
    OutcomeKind.CURRENT: ":green-badge[:material/check: right]",
    OutcomeKind.STALE: ":orange-badge[:material/history: stale]",
    OutcomeKind.CONFLATED: ":orange-badge[:material/call_merge: old and new]",
    OutcomeKind.ABSTAINED: ":gray-badge[:material/remove: abstained]",
    OutcomeKind.WRONG: ":red-badge[:material/close: wrong]",
    OutcomeKind.FAILED: ":red-badge[:material/error: failed]",
}
"""Sign and word: the colour alone says nothing."""


def visible(text: str) -> str:
    """A text with its lines; what would be invisible or would turn the direction of reading becomes �."""
    lines = text.replace("\r\n", "\n")
    return "".join(
        "\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in "\n\t" else char for char in lines
    )


def block(text: str) -> None:
    """An answer or prompt, letter by letter, in a box of its own from which it can be copied."""
    shown = visible(text[:MOST])
    st.code(shown if shown.strip() else "(empty)", language=None, wrap_lines=True)
    tell_cut(text)


def tell_cut(text: str) -> None:
    """Say so where a text goes on beyond what is shown."""
    if len(text) > MOST:
        st.caption(f"The first {MOST:,} of {len(text):,} characters.")


def words(text: str, most: int = 400) -> str:
    """A text within a sentence of ours, as Markdown prose."""
    return _ACTIVE.sub("\\g<0>\u2060", plain(shortened(text, most)))


_ACTIVE = re.compile(r":(?=\S)|www(?=\.)", re.IGNORECASE)
"""Streamlit turns :names: into icons and www. into a link; an invisible word joiner keeps them as they are."""
