"""PDF files: the lines of every page with their size and place, read with pypdf; `page_lines.py` makes text of them.

Where a page has ruled tables (`pdf_tables.py`), their rows stand in the place of their lines.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError
from pypdf.generic import Destination

from ragvsft.data.importing.parsers import Parsed, Unreadable
from ragvsft.data.importing.parsers.page_lines import Line, biggest_heading, page_texts
from ragvsft.data.importing.parsers.pdf_tables import Table, TableFinder
from ragvsft.data.importing.parsers.tidying import given_title, one_line, tidy

MAX_PAGES = 5000
MAX_BOOKMARKS = 5000
MOST_LOST_SHARE = 0.1
"""Of a table's letters, that may be missing in the lines that it stands for, or stand there besides."""
UNKNOWN_LETTERS_SHARE = 0.3
_UNKNOWN_LETTER = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08]")


def parse_pdf(data: bytes, alive: Callable[[], None]) -> Parsed:
    """A PDF file; every page begins with a heading that names it.

    Args:
        data: the file.
        alive: called after every page.

    Raises:
        Unreadable: it asks for a password, has no text layer, or too many pages.
    """
    reader = PdfReader(BytesIO(data), strict=False)
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted PDF", "it opens only with a password; save it without one")
        n_pages = len(reader.pages)
    except DependencyError as error:
        raise Unreadable("encrypted PDF", "its cipher is AES: pip install cryptography") from error
    if n_pages > MAX_PAGES:
        raise Unreadable(f"PDF of more than {MAX_PAGES:,} pages", f"{n_pages:,}; split it")
    pages: list[list[Line]] = []
    remarks: list[tuple[str, str]] = []
    with TableFinder(data) as finder:
        for number, page in enumerate(reader.pages, start=1):
            try:
                lines, n_drawn = _lines(page)
            except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
                # What a broken page raises depends on where it is broken; the other pages are as good as before.
                lines = []
                remarks.append(("PDF page that cannot be read", f"page {number}: {type(error).__name__}"))
            else:
                alive()
                if not lines:
                    what = "a picture: no text layer" if _has_picture(page) else "blank"
                    remarks.append(("PDF page without text", f"page {number} ({what})"))
                elif (tables := finder.on_page(number - 1, n_drawn)) is None:
                    where = f"page {number}: {finder.why_not}"
                    remarks.append(("PDF page whose tables, if it has any, are read as lines of text", where))
                else:
                    lines = _with_tables(lines, tables)
            pages.append(lines)
            alive()
    _check_text(reader, pages)
    title = given_title(str((reader.metadata and reader.metadata.title) or "")) or biggest_heading(pages)
    text = "\n\n".join(page_texts(pages, _bookmarks(reader), title=title))
    return Parsed(
        title=title,
        text=tidy(text),
        metadata={"pages": n_pages},
        remarks=tuple(remarks),
    )


def _check_text(reader: PdfReader, pages: list[list[Line]]) -> None:
    text = "".join(line.text for lines in pages for line in lines)
    if not text:
        if any(_has_picture(page) for page in reader.pages[:20]):
            raise Unreadable(
                "PDF without a text layer (scanned)", "run text recognition first: ocrmypdf in.pdf out.pdf"
            )
        raise Unreadable("PDF without text", "its pages are blank")
    unknown = len(_UNKNOWN_LETTER.findall(text))
    if unknown > UNKNOWN_LETTERS_SHARE * len(text):
        raise Unreadable(
            "PDF whose letters have no code",
            f"{unknown / len(text):.0%} of its letters are unknown: ocrmypdf --force-ocr",
        )


def _with_tables(lines: list[Line], tables: Sequence[Table]) -> list[Line]:
    """The lines of a page with rows in the place of the lines that stand in a table.

    A table whose rows hold more or less than those lines do is none: what is kept must be what the page says.
    """
    for table in tables:
        inside = [n for n, line in enumerate(lines) if not line.is_row and table.holds(line.x, line.y)]
        n_letters = sum(len("".join(lines[n].text.split())) for n in inside)
        if not inside or abs(n_letters - table.n_letters) > MOST_LOST_SHARE * table.n_letters:
            continue
        size, first = max(lines[n].size for n in inside), inside[0]
        rows = [Line(text=text, size=size, x=table.left, y=table.top, is_row=True) for text in table.lines]
        gone = set(inside)
        lines = [
            *(line for n, line in enumerate(lines[:first]) if n not in gone),
            *rows,
            *(line for n, line in enumerate(lines[first:], start=first) if n not in gone),
        ]
    return lines


def _lines(page: PageObject) -> tuple[list[Line], int]:
    """The lines of a page in reading order, and how many lines and boxes are drawn on it.

    Each line has the size of its largest letters and its place on the page.
    """
    found: list[Line] = []
    parts: list[str] = []
    size = left = place = 0.0
    n_drawn = 0

    def drawn(operator: bytes, _operands: Any, _cm: Any, _tm: Any) -> None:  # noqa: ANN401
        nonlocal n_drawn
        n_drawn += operator in (b"l", b"re")

    def end() -> None:
        text = one_line("".join(parts))
        if text:
            found.append(Line(text=text, size=round(size * 2) / 2, x=left, y=place))
        parts.clear()

    def visit(text: str, cm: Any, tm: Any, _font: Any, points: float) -> None:  # noqa: ANN401
        nonlocal size, left, place
        for number, piece in enumerate(text.split("\n")):
            if number:
                end()
            if not piece.strip():
                parts.append(piece)
                continue
            points_shown = abs(points) * math.hypot(tm[2], tm[3]) * math.hypot(cm[2], cm[3])
            if not "".join(parts).strip():
                size = points_shown
                left, place = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            parts.append(piece)
            size = max(size, points_shown)

    page.extract_text(visitor_text=visit, visitor_operand_before=drawn)
    end()
    return found, n_drawn


def _has_picture(page: PageObject) -> bool:
    resources = page.get("/Resources")
    resources = resources.get_object() if resources is not None else {}
    objects = resources.get("/XObject") if isinstance(resources, Mapping) else None
    return bool(objects.get_object()) if objects is not None else False


def _bookmarks(reader: PdfReader) -> dict[int, list[str]]:
    """The titles of the outline by page, counted from 0; none where the outline is broken."""
    found: dict[int, list[str]] = {}
    try:
        stack: list[Any] = [reader.outline]
        n = 0
        while stack and n < MAX_BOOKMARKS:
            entry = stack.pop()
            if isinstance(entry, list):
                stack.extend(reversed(entry))
            elif isinstance(entry, Destination):
                n += 1
                page = reader.get_destination_page_number(entry)
                if page is not None and entry.title:
                    found.setdefault(page, []).append(one_line(str(entry.title)))
    except Exception:
        # A broken outline raises anything; the text does not depend on it.
        return found
    return found
