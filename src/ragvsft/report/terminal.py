"""The table that a terminal shows: the answer first, then the arms. Text of others is neither markup nor command."""

from typing import TYPE_CHECKING

from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.escaping import without_controls
from ragvsft.verdict.economics import Economics
from ragvsft.verdict.verdict import ArmAtWave, Verdict, WaveVerdict

Column = tuple[str, list[str]]
"""Its title and a cell for each arm."""

_GAP = 3
_WEIGHTS = {
    title: at
    for at, title in enumerate(("fresh", "stale", "failed", "p50 s", "tokens", "token F1", "recall@k", "set-up s"))
}
"""Columns that are kept first where not all fit."""

_DECIDED = frozenset({"leads", "choose", "combine"})

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_table(verdict: Verdict, console: "Console | None" = None) -> None:
    """Print the decision, a table of arms for each wave, and what a reader must know.

    A narrow terminal gets fewer columns, never cut ones.

    Args:
        verdict: a run as it reads.
        console: where to; None: standard output.
    """
    from rich.console import Console
    from rich.text import Text

    out = console or Console()
    style = "bold green" if verdict.decision.verdict in _DECIDED else "bold yellow"
    out.print(Text(without_controls(verdict.decision.sentence), style=style))
    if verdict.economics is not None:
        out.print(Text(without_controls(_money(verdict.economics))))
    left_out: dict[str, None] = {}
    for wave in verdict.waves:
        if wave.arms:
            columns = _columns(verdict, wave)
            fitting = _fitting(columns, out.width)
            left_out |= {title: None for title, _ in columns if title not in {one for one, _ in fitting}}
            title = f"{wave.wave}: {wave.n_questions:,} questions on {wave.n_facts:,} facts, percent (95 % interval)"
            out.print(Text(f"\n{title}", style="italic"))
            out.print(_table(verdict, wave, fitting))
            if wave.label_baselines:
                out.print(Text(without_controls(figures.label_baselines(wave.label_baselines))))
    if verdict.store:
        out.print(Text(without_controls(f"· Searches were served by: {verdict.store}."), style="dim"))
    sliced = dict.fromkeys(part.by for wave in verdict.waves for part in wave.parts)
    if sliced:
        told = without_controls(", ".join(sliced))
        out.print(Text(f"· The report also has {figures.words(verdict.primary)} by {told}.", style="dim"))
    if left_out:
        out.print(Text(f"· A wider terminal also shows: {', '.join(left_out)}.", style="dim"))
    for note in verdict.notes:
        out.print(Text(f"· {without_controls(note)}", style="dim"))


def _money(found: Economics) -> str:
    """One line: what a month costs with each arm."""
    priced = {one.arm: one.month for one in found.arms if one.month is not None}
    told = ", ".join(f"{arm} {figures.usd(month.usd)}" for arm, month in priced.items())
    hosted = found.sheet.weaviate
    is_hosted = hosted is not None and any((one.standing_usd_month or 0.0) >= hosted.usd_month for one in found.arms)
    hosting = f"; hosting an index is {figures.usd(hosted.usd_month)} of that" if hosted and is_hosted else ""
    line = f"A month with {found.workload.questions_per_month:,} questions, in USD by {found.sheet.name}: "
    missing = [one.arm for one in found.arms if one.month is None]
    unpriced = f"{'; ' if told else ''}unpriced: {', '.join(missing)}" if missing else ""
    return f"{line}{told}{unpriced}{hosting}."


def _columns(verdict: Verdict, wave: WaveVerdict) -> list[Column]:
    """All columns, from left to right."""
    primary, *others = wave.metrics
    columns = [
        ("arm", [without_controls(arm.arm) for arm in wave.arms]),
        (figures.words(primary), [figures.interval(arm.scores.get(primary)) for arm in wave.arms]),
    ]
    if wave.freshness:
        fresh = {one.arm: one for one in wave.freshness}
        columns.append(("fresh", [figures.mean(fresh[arm.arm].fresh) for arm in wave.arms]))
        columns.append(("stale", [figures.mean(fresh[arm.arm].stale) for arm in wave.arms]))
    for metric in others:
        columns.append((figures.words(metric), [figures.mean(arm.scores.get(metric)) for arm in wave.arms]))
    if any(arm.retrieval for arm in wave.arms):
        columns.append(("recall@k", [_recall(verdict, arm) for arm in wave.arms]))
    columns.append(("abstained", [figures.count(arm.outcomes[OutcomeKind.ABSTAINED]) for arm in wave.arms]))
    columns.append(("failed", [figures.count(arm.n_failed) for arm in wave.arms]))
    latencies = [verdict.latency.get(arm.arm) for arm in wave.arms]
    columns.append(("p50 s", [figures.seconds(one.p50_s if one else None) for one in latencies]))
    columns.append(("p95 s", [figures.seconds(one.p95_s if one else None) for one in latencies]))
    columns.append(("tokens", [figures.count(arm.prompt_tokens + arm.output_tokens or None) for arm in wave.arms]))
    costs = [verdict.costs.get(arm.arm) for arm in wave.arms]
    columns.append(("set-up s", [figures.seconds(one.setup_s if one else None) for one in costs]))
    return columns


def _fitting(columns: list[Column], width: int) -> list[Column]:
    """The columns that fit, the weightiest kept first; arm and primary metric always stay."""
    by_weight = sorted(columns[2:], key=lambda column: _WEIGHTS.get(column[0], len(_WEIGHTS)))
    kept, free = {columns[0][0], columns[1][0]}, width - _wide(columns[0]) - _wide(columns[1])
    for column in by_weight:
        if _wide(column) <= free:
            kept.add(column[0])
            free -= _wide(column)
    return [column for column in columns if column[0] in kept]


def _wide(column: Column) -> int:
    return max(len(cell) for cell in (column[0], *column[1])) + _GAP


def _table(verdict: Verdict, wave: WaveVerdict, columns: list[Column]) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for at, (title, _) in enumerate(columns):
        table.add_column(Text(title), justify="right" if at else "left", no_wrap=at > 0, overflow="fold")
    for row, arm in enumerate(wave.arms):
        style = "bold" if arm.arm == verdict.decision.arm else ""
        table.add_row(*(Text(cells[row], style=style) for _, cells in columns))
    return table


def _recall(verdict: Verdict, arm: ArmAtWave) -> str:
    k = next(one.k for one in verdict.arms if one.name == arm.arm)
    return figures.mean(arm.retrieval.get(f"recall@{k}"))
