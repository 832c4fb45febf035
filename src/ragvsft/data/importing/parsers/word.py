"""Word files (.docx): paragraphs, headings by their style, list items and table rows, in the order of the page.

Opened with python-docx, whose parser expands no entities. Tracked insertions are read and deletions are not; headers,
footers, notes and comments are not read, for they belong to no place in the text.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from docx import Document as open_document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from ragvsft.data.importing.parsers import Parsed, Unreadable
from ragvsft.data.importing.parsers.tidying import given_title, one_line, table_rule, tidy

MAX_UNPACKED_BYTES = 200 * 1000 * 1000
MAX_XML_BYTES = 40 * 1000 * 1000
MAX_PARTS = 5000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEX = re.compile(r"[0-9a-fA-F]{1,8}")
_FIRST_ROW = 0x20
"""Of a table's look, where it is one number (ECMA-376, 17.4.56)."""
_HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
_P, _TABLE, _ROW, _CELL, _CONTROL = (qn(name) for name in ("w:p", "w:tbl", "w:tr", "w:tc", "w:sdt"))
_SPACES = frozenset(qn(name) for name in ("w:tab", "w:br", "w:cr"))
_NOT_TEXT = frozenset(
    {qn(name) for name in ("w:del", "w:moveFrom", "w:instrText", "w:pPr", "w:rPr")}
    | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)


def parse_word(data: bytes) -> Parsed:
    """A Word file.

    Raises:
        Unreadable: it is encrypted, no Word file, or unpacks to too much.
    """
    if data.startswith(_OLE):
        raise Unreadable("encrypted or old Word file", "open it in Word and save it as .docx without a password")
    _check_archive(data)
    document = open_document(BytesIO(data))
    styles = _Styles(document)
    lines: list[str] = []
    title = first_heading = ""
    for block in _blocks(document.element.body):
        if block.tag == _TABLE:
            lines.append("")
            lines.extend(_table(block))
            lines.append("")
            continue
        text = _text(block)
        if not text:
            continue
        level = styles.level(block)
        if level is None:
            lines.extend([f"- {text}"] if styles.is_listed(block) else ["", text, ""])
            continue
        if level == 0:
            title = title or text
        else:
            first_heading = first_heading or text
        lines.extend(["", f"{'#' * max(1, level)} {text}", ""])
    named = given_title(document.core_properties.title or "")
    return Parsed(title=title or first_heading or named, text=tidy("\n".join(lines)))


def _check_archive(data: bytes) -> None:
    """Refuse by what the archive's directory declares; zipfile reads no more of a member than is declared there."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Unreadable("damaged Word file", str(error)) from error
    size = sum(part.file_size for part in parts)
    longest = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    if size > MAX_UNPACKED_BYTES or longest > MAX_XML_BYTES or len(parts) > MAX_PARTS:
        limits = f"{MAX_UNPACKED_BYTES // 10**6} MB, {MAX_XML_BYTES // 10**6} MB a text and {MAX_PARTS:,} parts"
        raise Unreadable("Word file that unpacks to too much", f"{size:,} bytes; at most {limits} (a zip bomb?)")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("encrypted or old Word file", "save it without a password")
    if not any(part.filename.startswith("word/") for part in parts):
        raise Unreadable("damaged Word file", "it is an archive of something else")


class _Styles:
    """What a paragraph's style makes of it; each style is looked up once."""

    def __init__(self, document: WordDocument) -> None:
        self._names: dict[str, tuple[str, ...]] = {}
        for style in document.styles:
            names: list[str] = []
            one: Any = style
            while one is not None and len(names) < 20:
                names.append(str(one.name or ""))
                one = getattr(one, "base_style", None)
            self._names[style.style_id] = tuple(names)

    def level(self, paragraph: Any) -> int | None:  # noqa: ANN401
        """1 to 9 of a heading, 0 of the document's title, None of text."""
        outline = paragraph.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        value = outline.get(qn("w:val"), "") if outline is not None else ""
        if value.isdigit() and int(value) < 9:
            return min(6, int(value) + 1)
        for name in self._of(paragraph):
            if name.lower() == "title":
                return 0
            if found := _HEADING_STYLE.fullmatch(name):
                return min(6, int(found[1]))
        return None

    def is_listed(self, paragraph: Any) -> bool:  # noqa: ANN401
        """Whether it is an item of a list."""
        numbered = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None
        return numbered or any(name.lower().startswith("list") for name in self._of(paragraph))

    def _of(self, paragraph: Any) -> tuple[str, ...]:  # noqa: ANN401
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        return self._names.get(style.get(qn("w:val"), ""), ()) if style is not None else ()


def _blocks(body: Any) -> Iterator[Any]:  # noqa: ANN401
    """Paragraphs and tables, also those in content controls; a generated table of contents is passed over."""
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        if node.tag in (_P, _TABLE):
            yield node
        elif node.tag == _CONTROL:
            gallery = node.find(f".//{qn('w:docPartGallery')}")
            content = node.find(qn("w:sdtContent"))
            is_contents = gallery is not None and gallery.get(qn("w:val"), "").lower() == "table of contents"
            if content is not None and not is_contents:
                stack.extend(reversed(content))


def _text(node: Any) -> str:  # noqa: ANN401
    """The text of a paragraph or a cell as it reads with all changes accepted; one line."""
    found: list[str] = []
    stack = [node]
    while stack:
        at = stack.pop()
        if not isinstance(at.tag, str) or at.tag in _NOT_TEXT:
            continue
        if at.tag == qn("w:t"):
            found.append(at.text or "")
        elif at.tag in _SPACES:
            found.append(" ")
        elif at.tag == qn("w:noBreakHyphen"):
            found.append("-")
        elif at.tag == _P and at is not node:
            found.append(" ")
        stack.extend(reversed(at))
    return one_line("".join(found))


def _table(table: Any) -> Iterator[str]:  # noqa: ANN401
    n_columns: int | None = 0
    for n, row in enumerate(table.iterchildren(_ROW)):
        cells = [_text(cell).replace("|", "/") for cell in row.iterchildren(_CELL)]
        if not any(cells):
            continue
        if n_columns is not None and _names_columns(table, row, n):
            n_columns = len(cells)
        else:
            if n_columns:
                yield table_rule(n_columns)
            n_columns = None
        yield f"| {' | '.join(cells)} |"


def _names_columns(table: Any, row: Any, n: int) -> bool:  # noqa: ANN401
    """Whether a row is repeated on every page, or is the first of a table whose first row is set off."""
    repeated = row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}")
    if repeated is not None and repeated.get(qn("w:val"), "true") in ("true", "1", "on"):
        return True
    look = table.find(f"{qn('w:tblPr')}/{qn('w:tblLook')}")
    if n or look is None:
        return False
    bits = look.get(qn("w:val"), "")
    return look.get(qn("w:firstRow"), "") in ("true", "1", "on") or (
        look.get(qn("w:firstRow")) is None and _HEX.fullmatch(bits) is not None and bool(int(bits, 16) & _FIRST_ROW)
    )
