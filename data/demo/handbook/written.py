"""From a page written by hand to a page of the handbook."""

from textwrap import dedent

from handbook.model import Draw, Fact, Page

FactRow = tuple[str, Draw, str, str, str, str, str, str]
"""Type, draw, six questions."""
Written = tuple[str, str, dict[str, FactRow]]
"""Title, text with one sentence a line, facts by name."""


def page(category: str, written: Written, fixed: frozenset[str] = frozenset()) -> Page:
    """Builds the page; `fixed` names the facts that never change."""
    title, text, rows = written
    doc_id = f"{category}-{title.lower().replace(' ', '-')}"
    facts = [
        Fact(doc_id, name, type_, category, draw, tuple(asks), changes=name not in fixed)
        for name, (type_, draw, *asks) in rows.items()
    ]
    return Page(doc_id, title, category, _sentences(text), facts)


def _sentences(text: str) -> tuple[str, ...]:
    """The lines; one that begins with a small letter goes on the line before it."""
    lines: list[str] = []
    for line in dedent(text).strip().splitlines():
        if line[:1].islower() and lines and lines[-1]:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return tuple(lines)
