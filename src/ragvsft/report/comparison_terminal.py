"""A comparison of runs as a terminal shows it. Text of others is neither markup nor command."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragvsft.report import comparison_rows as cells
from ragvsft.report import figures
from ragvsft.report.comparison_rows import Column
from ragvsft.report.escaping import without_controls
from ragvsft.verdict.comparing_runs import RunComparison
from ragvsft.verdict.gating import Gate

if TYPE_CHECKING:
    from rich.console import Console

_GAP = 3
_STYLES = {"no_worse": "bold green", "worse": "bold red", "cannot_tell": "bold yellow"}


def print_comparison(found: RunComparison, console: "Console | None" = None) -> None:
    """Print what runs against runs come to: the answer, scores, what was consumed, what a reader must know.

    Args:
        found: a comparison.
        console: where to; None: standard output.
    """
    out = _Out(console)
    out.line(cells.headline(found), "bold")
    out.line(f"\n{cells.title(found)}", "italic")
    names = [cells.name_of(pair, found) for pair in found.pairs]
    columns = dict(zip(cells.SCORE_HEAD, zip(*(cells.scores(pair) for pair in found.pairs), strict=True), strict=True))
    before, now = _before(found), _now(found)
    points, won, p, adjusted, told = ((title, list(columns[title])) for title in cells.SCORE_HEAD)
    out.table([("arm", names), before, now, points, won, p, adjusted, told], [points, adjusted, now, before, told])
    used = cells.consumed(found)
    if used:
        out.table([("arm", names), *used], used)
    _notes(out, found)


def print_gate(found: Gate, sentence: str, console: "Console | None" = None) -> None:
    """Print the gate's word, the arms it rests on, and what a reader must know.

    Args:
        found: the gate's word.
        sentence: the same in words.
        console: where to; None: standard output.
    """
    out = _Out(console)
    comparison = found.comparison
    out.line(sentence, _STYLES[found.result])
    out.line(f"\n{cells.title(comparison)}", "italic")
    names = [cells.name_of(check.pair, comparison) for check in found.checks]
    points = ("points (95 %)", [cells.scores(check.pair)[0] for check in found.checks])
    word = ("gate", [check.result.replace("_", " ") for check in found.checks])
    before, now = _before(comparison), _now(comparison)
    out.table([("arm", names), before, now, points, word], [word, points, now, before])
    for name, check in zip(names, found.checks, strict=True):
        if check.result != "no_worse":
            out.line(f"· {name}: {check.why}.", "dim")
    _notes(out, comparison)


def _before(found: RunComparison) -> Column:
    return "before", [figures.interval(pair.before.score) for pair in found.pairs]


def _now(found: RunComparison) -> Column:
    return "now", [figures.interval(pair.now.score) for pair in found.pairs]


def _notes(out: "_Out", found: RunComparison) -> None:
    if out.left_out:
        out.line(f"· A wider terminal also shows: {', '.join(out.left_out)}.", "dim")
    if cells.cautions(found):
        out.line(cells.cautions(found), "dim")
    for difference in found.allowed:
        out.line(f"· Allowed to differ: {difference.kind}: {difference.text}.", "dim")
    for note in found.notes:
        out.line(f"· {note}", "dim")


class _Out:
    """Prints lines and tables to a console, controls taken out."""

    def __init__(self, console: "Console | None") -> None:
        from rich.console import Console

        self._console = console or Console()
        self.left_out: list[str] = []

    def line(self, text: str, style: str) -> None:
        from rich.text import Text

        start = "\n" if text.startswith("\n") else ""
        self._console.print(Text(start + without_controls(text), style=style))

    def table(self, columns: Sequence[Column], weighty: Sequence[Column]) -> None:
        """The first column and as many others as fit, the weighty ones kept first; never cut ones."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        first, *others = columns
        kept, free = [first], self._console.width - _wide(first)
        for column in dict.fromkeys([*map(_title, weighty), *map(_title, others)]):
            wanted = next(one for one in others if one[0] == column)
            if _wide(wanted) <= free or len(kept) == 1:
                kept.append(wanted)
                free -= _wide(wanted)
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        shown = [column for column in columns if column in kept]
        self.left_out += [title for title, _ in columns if title not in map(_title, shown)]
        for at, (title, _) in enumerate(shown):
            table.add_column(Text(title), justify="right" if at else "left", no_wrap=at > 0, overflow="fold")
        for row in zip(*(column for _, column in shown), strict=True):
            table.add_row(*(Text(without_controls(cell)) for cell in row))
        self._console.print(table)


def _title(column: Column) -> str:
    return column[0]


def _wide(column: Column) -> int:
    return max(len(cell) for cell in (column[0], *column[1])) + _GAP
