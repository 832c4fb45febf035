"""From the bytes of one file to plain text with headings: which parser reads which kind, and what every parser gives.

`plain.py` is read in this process; the others (`web_page.py`, `word.py`, `pdf.py`) stand on large libraries and read
what strangers wrote, so `process.py` runs them in a process that may be slow or die.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

TEXT = frozenset({".txt", ".text"})
MARKDOWN = frozenset({".md", ".markdown"})
WEB = frozenset({".html", ".htm", ".xhtml"})
WORD = frozenset({".docx"})
PDF = frozenset({".pdf"})
KINDS = TEXT | MARKDOWN | WEB | WORD | PDF
"""File name endings that can be read, in lower case."""

MAX_FILE_BYTES = 50 * 1000 * 1000
"""A larger file is left out: no page of text is that long, and a parser takes many times its size in memory."""
MAX_TEXT_BYTES = 12 * 1000 * 1000
"""Of UTF-8; a row of documents.jsonl may have 16 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a parser made of a file."""

    title: str
    """Empty: the file has none, and is called by its name."""
    text: str
    """With headings as Markdown has them: `## Heading`."""
    metadata: Mapping[str, object] = field(default_factory=dict)
    remarks: tuple[tuple[str, str], ...] = ()
    """Parts that were left out, each as (reason, which part)."""


class Unreadable(Exception):
    """A file that no text can be had from.

    Args:
        reason: a few words that many files may share; counted by.
        detail: what is so of this file, and what helps.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
