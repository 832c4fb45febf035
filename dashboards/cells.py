"""Cells of a table: what is shown, as Markdown without anything active, and the values behind it for a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ragvsft.report import figures
from ragvsft.report.table_files import Value
from ragvsft.verdict.cost_draws import Estimate
from ragvsft.verdict.intervals import Interval
from shown import words


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    shown: str
    values: Mapping[str, Value] = field(default_factory=dict)
    """By what follows the column's name in a file; nothing follows where there is one value."""


Row = Mapping[str, Cell]


def text(value: str | None, most: int = 400) -> Cell:
    """A text of whoever's."""
    return Cell(figures.NOTHING if value is None else words(value, most), {"": value})


def number(value: float | None, form: Callable[[float | None], str] = figures.count) -> Cell:
    """A number, in one of the forms of `figures`."""
    return Cell(figures.NOTHING if value is None else form(value), {"": value})


def share(value: float | None) -> Cell:
    """A fraction, in percent."""
    return Cell(figures.NOTHING if value is None else figures.percent(value), {"": value})


def interval(found: Interval | None) -> Cell:
    """A mean with its interval, in percent; the file has fractions."""
    if found is None:
        return Cell(figures.NOTHING, {"": None})
    values: dict[str, Value] = {"": found.mean, "low": found.low, "high": found.high}
    shown = words(figures.interval(found)).replace("–", "\u2060–\u2060")  # a narrow column breaks before it, not in it
    return Cell(shown, values | {"n": found.n, "n_failed": found.n_failed})


def estimate(found: Estimate | None, times: float = 1.0) -> Cell:
    """An amount of money with its interval; without one it is unpriced, never 0."""
    if found is None:
        return Cell(":gray[unpriced]", {"": None})
    low, high = (None if end is None else times * end for end in (found.low, found.high))
    scaled = Estimate(usd=times * found.usd, low=low, high=high)
    return Cell(figures.estimate(scaled), {"": scaled.usd, "low": low, "high": high})


def usd(value: float | None) -> Cell:
    """An amount of money; unpriced where there is none."""
    return Cell(":gray[unpriced]" if value is None else figures.usd(value), {"": value})


def raw(row: Row) -> dict[str, Value]:
    """A row as a file has it: a column for each value."""
    found: dict[str, Value] = {}
    for column, cell in row.items():
        for end, value in cell.values.items():
            found[f"{column} {end}" if end else column] = value
    return found
