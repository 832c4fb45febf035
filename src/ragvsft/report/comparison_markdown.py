"""A comparison of runs, and the gate's word for a pull request, as Markdown."""

from ragvsft.report import comparison_rows as cells
from ragvsft.report import figures
from ragvsft.report.escaping import plain
from ragvsft.report.markdown_wave import table
from ragvsft.verdict.comparing_runs import RunComparison
from ragvsft.verdict.gating import Gate

_SIGNS = {"no_worse": "✅ no worse", "worse": "❌ worse", "cannot_tell": "❔ cannot tell"}


def comparison_markdown(found: RunComparison) -> str:
    """Runs against runs as Markdown text without a final line break."""
    scores = table(
        ["arm", "before", "now", *cells.SCORE_HEAD],
        [
            [
                plain(cells.name_of(pair, found)),
                figures.interval(pair.before.score),
                figures.interval(pair.now.score),
                *cells.scores(pair),
            ]
            for pair in found.pairs
        ],
    )
    parts = [
        f"# {plain(' against '.join([', '.join(found.runs[1:]), found.baseline]))}",
        f"**{plain(cells.headline(found))}**",
        f"## {plain(cells.title(found))}",
        "Points are now minus before, paired by question; adjusted p is Holm's over the rows.",
        scores,
        plain(cells.cautions(found)),
        _consumed(found),
        _notes(found),
    ]
    return "\n\n".join(part for part in parts if part)


def gate_markdown(found: Gate, sentence: str) -> str:
    """The gate's word as Markdown text without a final line break, for a pull request.

    Args:
        found: the gate's word.
        sentence: the same in words.
    """
    comparison = found.comparison
    rows = []
    for check in found.checks:
        pair = check.pair
        more = f"; about {check.more_facts:,} more facts would tell" if check.more_facts else ""
        rows.append(
            [
                plain(cells.name_of(pair, comparison)),
                figures.interval(pair.before.score),
                figures.interval(pair.now.score),
                *cells.scores(pair)[:1],
                _SIGNS[check.result],
                plain(check.why + more),
            ]
        )
    parts = [
        f"### ragvsft gate: {_SIGNS[found.result]}",
        plain(sentence),
        table(["arm", "before", "now", "points (95 %)", "gate", "why"], rows),
        plain(
            f"{cells.title(comparison)}. Accepted loss: {figures.percent(found.margin)} points. "
            f"{cells.cautions(comparison)}"
        ),
        _notes(comparison),
    ]
    return "\n\n".join(part for part in parts if part)


def _consumed(found: RunComparison) -> str:
    columns = cells.consumed(found)
    if not columns:
        return ""
    names = [plain(cells.name_of(pair, found)) for pair in found.pairs]
    rows = [list(row) for row in zip(names, *(column for _, column in columns), strict=True)]
    return f"## What the arms consume\n\n{table(['arm', *(title for title, _ in columns)], rows)}"


def _notes(found: RunComparison) -> str:
    lines = [f"- Allowed to differ: {one.kind}: {plain(one.text)}." for one in found.allowed]
    return "\n".join([*lines, *(f"- {plain(note)}" for note in found.notes)])
