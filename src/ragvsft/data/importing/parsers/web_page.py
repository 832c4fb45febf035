"""HTML pages: the text a reader sees, with headings, lists and tables as in Markdown; no scripts, styles or menus.

Read with lxml. Nothing is fetched, and no entity of the page's own is expanded.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from ragvsft.data.importing.parsers import Parsed, Unreadable
from ragvsft.data.importing.parsers.plain import decoded
from ragvsft.data.importing.parsers.tidying import one_line, table_rule, tidy

_UNSEEN = frozenset({
    "script", "style", "noscript", "template", "head", "svg", "iframe", "object", "embed", "canvas", "audio",
    "video", "map", "select", "option", "datalist", "textarea", "button", "dialog", "nav", "footer",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "li",
    "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DECLARED = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_XML_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]+encoding\s*=\s*["']([A-Za-z0-9_.:-]+)""")
_DECLARED_WITHIN = 4096
_MAIN_CHARACTERS = 200


def parse_web_page(data: bytes) -> Parsed:
    """An HTML page.

    Raises:
        Unreadable: it is in another encoding than it says, or shows no text.
    """
    start = data[:_DECLARED_WITHIN]
    declared = _XML_DECLARED.search(start) or _DECLARED.search(start)
    text = decoded(data, declared[1].decode("ascii") if declared else None)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=False, no_network=True, huge_tree=True)
    root = etree.fromstring(text.encode("utf-8", "replace") or b" ", parser)
    if root is None:
        raise Unreadable("file without text")
    shown = _main(root)
    writer = _Writer()
    for event, node in _walk(shown):
        writer.take(event, node)
    return Parsed(title=writer.first_h1 or _head_title(root) or writer.first_heading, text=tidy(writer.text()))


def _main(root: Any) -> Any:  # noqa: ANN401
    """The page's one <main>, where it says which part is its own."""
    found = root.xpath("//main | //*[@role='main']")
    if len(found) == 1 and len(one_line("".join(found[0].itertext()))) >= _MAIN_CHARACTERS:
        return found[0]
    return root


def _head_title(root: Any) -> str:  # noqa: ANN401
    title = root.find(".//title")
    return one_line("".join(title.itertext())) if title is not None else ""


def _walk(root: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Elements as ("start", node) and ("end", node), and the texts between as ("text", text); without recursion."""
    stack: list[tuple[str, Any]] = [("start", root)]
    while stack:
        event, node = stack.pop()
        if event != "start":
            yield event, node
            continue
        tail = [("text", node.tail)] if node.tail and node is not root else []
        if not isinstance(node.tag, str) or _is_unseen(node):
            stack.extend(tail)
            continue
        yield event, node
        if node.text:
            yield "text", node.text
        stack.extend([*tail, ("end", node), *(("start", child) for child in reversed(node))])


def _is_unseen(node: Any) -> bool:  # noqa: ANN401
    style = node.get("style", "").replace(" ", "").lower()
    return node.tag in _UNSEEN or "hidden" in node.attrib or "display:none" in style


def _names_columns(row: Any) -> bool:  # noqa: ANN401
    return row.getparent().tag == "thead" or all(cell.tag == "th" for cell in row if cell.tag in ("td", "th"))


class _Writer:
    """Turns the walk into lines."""

    def __init__(self) -> None:
        self.first_h1 = ""
        self.first_heading = ""
        self._lines: list[str] = []
        self._inline: list[str] = []
        self._row: list[str] | None = None
        self._n_columns: int | None = None
        """That the rows above name, while a table's rows name its columns; None: its other rows have begun."""
        self._pre = 0

    def take(self, event: str, node: Any) -> None:  # noqa: ANN401
        if event == "text":
            self._inline.append(node)
            return
        tag = node.tag
        if tag in ("td", "th") and self._row is not None:
            if event == "end":
                self._row.append(self._taken())
        elif tag == "tr" and node.find(".//table") is None:
            self._table_row(event, node)
        elif tag == "pre":
            self._flush()
            self._pre += 1 if event == "start" else -1
        elif tag in _HEADINGS and event == "end":
            self._heading(tag)
        elif tag == "li" and event == "end":
            self._flush("- ")
        elif tag in _BLOCKS and self._row is None:
            # A list item's own line is its text before a list inside it, or a paragraph of it.
            inside = node.getparent() if event == "start" or tag in ("div", "p") else node
            self._flush("- " if inside is not None and inside.tag == "li" else "")
            if tag == "table":
                self._lines.append("")
                self._n_columns = 0
        elif tag == "br":
            self._inline.append("\n" if self._pre else " ")
        elif tag in _BLOCKS:
            self._inline.append(" ")

    def text(self) -> str:
        """All lines; blank lines stand around whatever is not a list item or a table row."""
        self._flush()
        out: list[str] = []
        for above, line in zip(["", *self._lines], self._lines, strict=False):
            if line:
                out.extend([line] if above[:2] == line[:2] and line[:2] in ("- ", "| ") else ["", line])
        return "\n".join(out)

    def _taken(self) -> str:
        text = one_line("".join(self._inline))
        self._inline.clear()
        return text

    def _heading(self, tag: str) -> None:
        text = self._taken()
        if not text:
            return
        if self._row is not None:
            self._inline.append(text)
            return
        self.first_heading = self.first_heading or text
        if tag == "h1":
            self.first_h1 = self.first_h1 or text
        self._lines.append(f"{'#' * _HEADINGS[tag]} {text}")

    def _table_row(self, event: str, node: Any) -> None:  # noqa: ANN401
        if event == "start":
            self._flush()
            self._row = []
            return
        cells, self._row = self._row or [], None
        rest = self._taken()
        cells.extend([rest] if rest else [])
        if len(cells) == 1 and cells[0]:
            self._lines.append(cells[0])
        elif any(cells):
            if self._n_columns is not None and _names_columns(node):
                self._n_columns = len(cells)
            else:
                if self._n_columns:
                    self._lines.append(table_rule(self._n_columns))
                self._n_columns = None
            self._lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")

    def _flush(self, mark: str = "") -> None:
        if self._pre:
            code = "".join(self._inline).strip("\n")
            self._inline.clear()
            if code.strip():
                self._lines.append(f"```\n{code}\n```")
            return
        text = self._taken()
        if text:
            self._lines.append(mark + text)
