"""A comparison of runs as a terminal shows it. Text of others is neither markup nor command."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragvsft.report import comparison_rows as cells
from ragvsft.report import figures
from ragvsft.report.escaping import without_controls
from ragvsft.verdict.comparing_runs import RunComparison
from ragvsft.verdict.gating import Gate

if TYPE_CHECKING:
    from rich.console import Console

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
    out.table(
        ["arm", found.baseline, "now", *cells.SCORE_HEAD],
        [
            [
                cells.name_of(pair, found),
                figures.interval(pair.before.score),
                figures.interval(pair.now.score),
                *cells.scores(pair),
            ]
            for pair in found.pairs
        ],
    )
    head, rows = cells.consumed(found)
    if head:
        out.table(
            ["arm", *head],
            [[cells.name_of(pair, found), *row] for pair, row in zip(found.pairs, rows, strict=True)],
        )
    _notes(out, found)


def print_gate(found: Gate, sentence: str, console: "Console | None" = None) -> None:
    """Print the gate's word, the arms it rests on, and what a reader must know.

    Args:
        found: the gate's word.
        sentence: the same in words.
        console: where to; None: standard output.
    """
    out = _Out(console)
    out.line(sentence, _STYLES[found.result])
    out.line(f"\n{cells.title(found.comparison)}", "italic")
    rows = []
    for check in found.checks:
        pair = check.pair
        told = [figures.interval(pair.before.score), figures.interval(pair.now.score), *cells.scores(pair)[:1]]
        rows.append([cells.name_of(pair, found.comparison), *told, check.result.replace("_", " "), check.why])
    out.table(["arm", found.comparison.baseline, "now", "points (95 %)", "gate", "why"], rows)
    _notes(out, found.comparison)


def _notes(out: "_Out", found: RunComparison) -> None:
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

    def line(self, text: str, style: str) -> None:
        from rich.text import Text

        start = "\n" if text.startswith("\n") else ""
        self._console.print(Text(start + without_controls(text), style=style))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for at, title in enumerate(head):
            table.add_column(Text(without_controls(title)), justify="right" if at else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(without_controls(cell)) for cell in row))
        self._console.print(table)
