"""Tables with ruled lines on the pages of a PDF, found by pdfplumber: where they stand, and their rows as Markdown.

A second reading of a page, so only of pages on which lines are drawn, and never longer than a page is worth: where it
fails or takes too long, the page is read as lines of text, as if there were no table.
"""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from types import FrameType, TracebackType
from typing import Any, Self

from ragvsft.data.importing.parsers.tidying import one_line, table_rule

FEWEST_DRAWN = 3
MOST_DRAWN = 3000
"""Lines and boxes drawn on a page: with fewer there is no table, with more it is a drawing."""
PAGE_S = 4.0
WHOLE_S = 60.0
"""Of one file; the tables of its later pages are read as lines."""
COLUMN_GAP = 8.0
"""Points between two columns of a table that has no lines between them."""
SAME_LINE = 3.0
SHORTEST_RULE = 72.0
MOST_WORDS = 6
"""Of a cell of such a table on average; with more it is a page set in columns."""
_FILLED_SHARE = 0.4
"""A grid with fewer filled cells is a form or a drawing."""
_BOLD = ("bold", "black", "heavy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; lengths in points from the left and from the foot of the page."""

    left: float
    right: float
    foot: float
    top: float
    lines: tuple[str, ...]
    """Rows of Markdown, with a line of dashes below the row that names the columns, where one does."""
    n_letters: int
    """White space left out."""

    def holds(self, x: float, y: float) -> bool:
        """Whether a text that begins there is in the table."""
        return self.left - 1 <= x <= self.right + 1 and self.foot - 1 <= y <= self.top + 1


class TableFinder:
    """A context manager over one file; opened when the first page needs it.

    Args:
        data: the file; one that needs no password, or an empty one.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._file: Any = None
        self._until = 0.0
        self.why_not = ""
        """Why the tables of the last page could not be told."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def on_page(self, number: int, n_drawn: int) -> tuple[Table, ...] | None:
        """The tables of a page from its top down; None: it could not be told.

        Args:
            number: the page's, counted from 0.
            n_drawn: lines and boxes that are drawn on it.
        """
        if not FEWEST_DRAWN <= n_drawn <= MOST_DRAWN:
            return ()
        if self._until and time.monotonic() > self._until:
            self.why_not = f"over {WHOLE_S:.0f} s were spent on tables"
            return None
        try:
            with _at_most(PAGE_S):
                return self._found(number)
        except ModuleNotFoundError:
            self.why_not = "pip install 'ragvsft[tables]'"
        except Exception as error:
            # Whatever a broken page raises, or that it takes too long: its lines are read already.
            self.why_not = type(error).__name__
        return None

    def _found(self, number: int) -> tuple[Table, ...]:
        if self._file is None:
            import pdfplumber

            self._file = pdfplumber.open(BytesIO(self._data), password="")
            self._until = time.monotonic() + WHOLE_S
        page = self._file.pages[number]
        try:
            if page.rotation:
                return ()
            ruled = [found for found in page.find_tables() if len(found.rows) > 1 and len(found.rows[0].cells) > 1]
            tables = [_table(page, found) for found in ruled]
            tables += [_between_rules(page, rules) for rules in _rules(page, [found.bbox for found in ruled])]
            return tuple(sorted((table for table in tables if table), key=lambda table: -table.top))
        finally:
            page.close()


def _table(page: Any, found: Any) -> Table | None:  # noqa: ANN401
    """A grid of lines."""
    grid = [[one_line(cell or "") for cell in row] for row in found.extract()]
    bold = [_is_bold(page, row.bbox) for row, cells in zip(found.rows, grid, strict=True) if any(cells)]
    filled = [row for row in grid if any(row)]
    return _written(page, found.bbox, filled, int(len(filled) > 1 and _names_columns(filled, bold)))


def _between_rules(page: Any, rules: Sequence[tuple[float, float, float]]) -> Table | None:  # noqa: ANN401
    """A table with lines above, below its head and at its end alone: its columns are where no word stands.

    A cell of two lines is two rows.
    """
    left, right = min(rule[0] for rule in rules), max(rule[1] for rule in rules)
    heights = [rule[2] for rule in rules]
    place = (left, heights[0], right, heights[-1])
    words = [word for word in page.extract_words() if _is_within(word, place)]
    columns: list[list[float]] = []
    for word in sorted(words, key=lambda word: word["x0"]):
        if columns and word["x0"] - columns[-1][1] < COLUMN_GAP:
            columns[-1][1] = max(columns[-1][1], word["x1"])
        else:
            columns.append([word["x0"], word["x1"]])
    lines: list[list[Any]] = []
    for word in sorted(words, key=lambda word: word["bottom"]):
        if lines and word["bottom"] - lines[-1][-1]["bottom"] < SAME_LINE:
            lines[-1].append(word)
        else:
            lines.append([word])
    if not lines or not columns or len(words) > MOST_WORDS * len(lines) * len(columns):
        return None
    rows = [
        [
            " ".join(word["text"] for word in sorted(line, key=lambda word: word["x0"]) if begin <= word["x0"] <= end)
            for begin, end in columns
        ]
        for line in lines
    ]
    return _written(page, place, rows, sum(line[-1]["bottom"] < heights[1] + 1 for line in lines))


def _rules(
    page: Any,  # noqa: ANN401
    others: Sequence[tuple[float, float, float, float]],
) -> Iterator[list[tuple[float, float, float]]]:
    """Three lines or more of one length, one below the other, that are of no grid; each (left, right, depth)."""
    found: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    for edge in sorted(page.horizontal_edges, key=lambda edge: edge["top"]):
        left, right, depth = edge["x0"], edge["x1"], edge["top"]
        of_grid = any(
            box[0] - 2 <= left and right <= box[2] + 2 and box[1] - 2 <= depth <= box[3] + 2 for box in others
        )
        alike = found.setdefault((round(left / 2), round(right / 2)), [])
        if right - left >= SHORTEST_RULE and not of_grid and (not alike or depth - alike[-1][2] > SAME_LINE):
            alike.append((left, right, depth))
    return (rules for rules in found.values() if len(rules) > 2)


def _written(
    page: Any,  # noqa: ANN401
    place: tuple[float, float, float, float],
    grid: Sequence[Sequence[str]],
    n_head: int,
) -> Table | None:
    """The rows as Markdown, without columns in which nothing stands; None: they make no table."""
    columns = [column for column in range(max(map(len, grid), default=0)) if any(row[column] for row in grid)]
    rows = [[row[column] for column in columns] for row in grid]
    n_filled = sum(bool(cell) for row in rows for cell in row)
    if len(rows) < 2 or len(columns) < 2 or n_filled < _FILLED_SHARE * len(rows) * len(columns):
        return None
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    if 0 < n_head < len(rows):
        lines.insert(n_head, table_rule(len(columns)))
    left, top, right, bottom = place
    # pdfplumber measures down from the height of the page, wherever its foot is.
    return Table(
        left=left,
        right=right,
        foot=page.height - bottom,
        top=page.height - top,
        lines=tuple(lines),
        n_letters=sum(len("".join(cell.split())) for row in rows for cell in row),
    )


def _names_columns(rows: Sequence[Sequence[str]], bold: Sequence[bool]) -> bool:
    """Whether the first row names the columns: it alone is bold, or every row but it holds a number."""
    first, *others = rows
    if not all(first):
        return False
    if bold[0]:
        return not all(bold[1:])
    return not _has_digit(first) and all(_has_digit(row) for row in others)


def _has_digit(row: Sequence[str]) -> bool:
    return any(character.isdigit() for cell in row for character in cell)


def _is_within(thing: Any, place: tuple[float, float, float, float]) -> bool:  # noqa: ANN401
    """Whether the middle of a word or letter lies in a box of pdfplumber's: left, top, right, bottom."""
    left, top, right, bottom = place
    return bool(
        left <= (thing["x0"] + thing["x1"]) / 2 <= right and top <= (thing["top"] + thing["bottom"]) / 2 <= bottom
    )


def _is_bold(page: Any, place: tuple[float, float, float, float]) -> bool:  # noqa: ANN401
    fonts = {str(char.get("fontname", "")).casefold() for char in page.chars if _is_within(char, place)}
    return bool(fonts) and all(any(mark in font for mark in _BOLD) for font in fonts)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the block when it takes longer; where that cannot be had, or is in use, do not."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer") or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    # Again and again: a library may catch the first one.
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
