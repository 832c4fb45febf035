"""Texts of models, datasets and addresses on a page: as they are, and nothing in them is active."""

import re

import streamlit as st

from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report.escaping import escaped, isolated, shortened, visible

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
    return isolated(inert(shortened(text, most)))


def inert(text: str) -> str:
    """A piece of a text as Markdown prose; the direction is the whole text's."""
    return _ACTIVE.sub("\\g<0>\u2060", escaped(text))


def in_own_direction() -> None:
    """Have every paragraph and field of the page take the direction of its first letter, as texts of others need."""
    st.html(f"<style>{_DIRECTION}</style>")


_DIRECTION = """
[data-testid=stText] > span, [data-testid=stCode] code, [data-testid=stMarkdownContainer] p, textarea,
input[type=text], input[type=search] { unicode-bidi: plaintext; text-align: start; }
[data-testid=stText] > span { flex: 1; }
[data-testid=stCode] code { display: block; }
"""
_ACTIVE = re.compile(r":(?=\S)|www(?=\.)", re.IGNORECASE)
"""Streamlit turns :names: into icons and www. into a link; an invisible word joiner keeps them as they are."""
