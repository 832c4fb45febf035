"""Makes the files that the tests of the folder importer read: PDF and Word files, byte by byte."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from docx import Document as new_document
from pypdf import PdfReader, PdfWriter


@dataclass(frozen=True)
class Grid:
    """A table on a page, its cells 24 points high; a cell of two lines has them parted by a line break.

    `drawn`: with `lines` from end to end, a `box` a cell, thin `bars` as Word writes them, `rules` above, below the
    first row and at the end alone, or `nothing`.
    """

    rows: Sequence[Sequence[str]]
    drawn: str = "lines"
    width: int = 150


Line = str | tuple[str, int] | Grid
"""A line of a page, a line with its font size, or a table."""


def pdf(
    *pages: Sequence[Line], title: str = "", outline: Sequence[tuple[str, int]] = (), password: str | None = None
) -> bytes:
    """A PDF with a text layer, one sequence of lines a page.

    Args:
        pages: 11 points where a line names no size; a page without lines is blank.
        title: of the metadata.
        outline: bookmarks as (title, page from 1).
        password: to open it with; it may be empty.
    """
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1"
                            b" /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]  # fmt: skip
    kids = []
    for lines in pages:
        content = zlib.compress(_content(lines))
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    plain = _file(objects)
    if not title and not outline and password is None:
        return plain
    writer = PdfWriter(clone_from=PdfReader(BytesIO(plain)))
    if title:
        writer.add_metadata({"/Title": title})
    for text, page in outline:
        writer.add_outline_item(text, page - 1)
    if password is not None:
        writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def scanned_pdf() -> bytes:
    """A PDF whose one page is a picture."""
    picture = zlib.compress(bytes(100))
    content = b"q 595 0 0 842 0 0 cm /Im1 Do Q"
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
            b"<< /Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8"
            b" /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(picture), picture),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /XObject << /Im1 3 0 R >> >> >>",
        ]
    )


def word(*paragraphs: tuple[str, str], rows: Sequence[Sequence[str]] = ()) -> bytes:
    """A Word file of (style, text) paragraphs, and a table of rows below them."""
    document = new_document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    if rows:
        table = document.add_table(rows=len(rows), cols=len(rows[0]))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=True):
                cell.text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _content(lines: Sequence[Line]) -> bytes:
    out, y = [], 780
    for line in lines:
        if isinstance(line, Grid):
            out.append(_grid(line, y))
            y -= 24 * len(line.rows) + 14
            continue
        text, size = (line, 11) if isinstance(line, str) else line
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        out.append(b"BT /F1 %d Tf 1 0 0 1 72 %d Tm (%s) Tj ET" % (size, y, escaped.encode("cp1252")))
        y -= round(size * 1.3)
    return b"\n".join(out)


def _grid(grid: Grid, top: int) -> bytes:
    """Each cell's text in a block of its own, with the place of its first line."""
    left, n_rows, n_columns = 72, len(grid.rows), len(grid.rows[0])
    right, foot = left + n_columns * grid.width, top - 24 * n_rows
    across = [(left, top - 24 * row, right) for row in range(n_rows + 1)]
    out = []
    match grid.drawn:
        case "lines":
            out += [f"{x} {y} m {end} {y} l S" for x, y, end in across]
            out += [f"{left + n * grid.width} {top} m {left + n * grid.width} {foot} l S" for n in range(n_columns + 1)]
        case "box":
            out += [
                f"{left + column * grid.width} {top - 24 * (row + 1)} {grid.width} 24 re S"
                for row in range(n_rows)
                for column in range(n_columns)
            ]
        case "bars":
            out += [f"{x} {y} {end - x} 0.5 re f" for x, y, end in across]
            out += [f"{left + n * grid.width} {foot} 0.5 {top - foot} re f" for n in range(n_columns + 1)]
        case "rules":
            out += [f"{x} {y} m {end} {y} l S" for x, y, end in (across[0], across[1], across[-1])]
    for row, cells in enumerate(grid.rows):
        for column, cell in enumerate(cells):
            for number, text in enumerate(cell.split("\n") if cell else ()):
                x, y = left + 4 + column * grid.width, top - 24 * row - 10 - 10 * number
                out.append(f"BT /F1 9 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET")
    return "\n".join(out).encode("cp1252")


def _file(objects: Sequence[bytes]) -> bytes:
    out = BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()
