"""What every text goes through: one form of a letter, one kind of line end, nothing that cannot be printed."""

import re
import unicodedata

from ragvsft.data.importing.parsers import MAX_TEXT_BYTES, Unreadable

_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x1c-\x1e\x85]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\u00ad\ufffe\uffff]")
"""Controls, byte order marks inside a text, soft hyphens."""
_NO_TITLE = re.compile(
    r"(microsoft (word|powerpoint|excel)\b.*|untitled.*|(word )?document\s?\d*|title"
    r"|.*[\\/].*[\\/].*|.*\.(docx?|dvi|indd|odt|pdf|pptx?|ps|qxd|rtf|tex|xlsx?))",
    re.IGNORECASE,
)
"""What programs write into a file's properties when nobody named it."""
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


def tidy(text: str) -> str:
    """The text with unified letters (Unicode NFC) and line ends, without controls, and no two blank lines together.

    Raises:
        Unreadable: nothing is left, or more than a dataset's row may hold.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    lines = _NOT_TEXT.sub("", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", whole))).split("\n")
    found = _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")
    if not found.strip():
        raise Unreadable("file without text")
    if len(found.encode("utf-8")) > MAX_TEXT_BYTES:
        raise Unreadable(f"text longer than {MAX_TEXT_BYTES // 10**6} MB", "split it into several files")
    return found


def one_line(text: str) -> str:
    """A title or heading: one line, single spaces."""
    return " ".join(_NOT_TEXT.sub("", unicodedata.normalize("NFC", text)).split())


def table_rule(n_columns: int) -> str:
    """The line that stands in Markdown below the rows that name a table's columns."""
    return f"| {' | '.join(['---'] * n_columns)} |"


def given_title(text: str) -> str:
    """The title in a file's properties; empty where a program put it there."""
    title = one_line(text)
    return "" if _NO_TITLE.fullmatch(title) else title
