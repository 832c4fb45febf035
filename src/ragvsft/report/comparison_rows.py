"""The cells of a comparison of runs, the same in the terminal and in Markdown."""

from collections.abc import Callable

from ragvsft.report import figures
from ragvsft.report.figures import NOTHING
from ragvsft.verdict.comparing_runs import ArmPair, RunComparison
from ragvsft.verdict.run_parts import ArmInRun, Usage

Column = tuple[str, list[str]]
"""Its title and a cell for each pair of arms."""

SCORE_HEAD = ("points (95 %)", "won/tied/lost", "p", "adjusted p", "told apart")


def headline(found: RunComparison) -> str:
    """What the comparison comes to, in one sentence."""
    pairs = [pair for pair in found.pairs if pair.comparison is not None]
    if not pairs:
        return "Nothing to compare: no question was answered by every compared arm."
    told = [(pair, pair.comparison) for pair in pairs if pair.comparison and pair.comparison.distinguishable]
    better = [name_of(pair, found) for pair, one in told if one.difference > 0]
    worse = [name_of(pair, found) for pair, one in told if one.difference < 0]
    parts = [f"better: {', '.join(better)}"] if better else []
    parts += [f"worse: {', '.join(worse)}"] if worse else []
    if not parts:
        return f"No arm is told apart from itself in {found.baseline}."
    return f"Against {found.baseline} told apart: {'; '.join(parts)}."


def title(found: RunComparison) -> str:
    """Wave, runs, metric and size of a comparison."""
    return (
        f"{found.wave}, before: {found.baseline}, now: {', '.join(found.runs[1:])}; {figures.words(found.metric)} over "
        f"{found.n_questions:,} questions on {found.n_facts:,} facts, percent (95 % interval)"
    )


def name_of(pair: ArmPair, found: RunComparison) -> str:
    """An arm, with its run where there are several and its like where that has another name."""
    name = pair.now.arm if pair.now.arm == pair.before.arm else f"{pair.now.arm} (was {pair.before.arm})"
    return name if len(found.runs) == 2 else f"{name} in {pair.now.run}"


def scores(pair: ArmPair) -> list[str]:
    """Of the difference: points with interval, wins, p, adjusted p, whether they are told apart."""
    one = pair.comparison
    if one is None:
        return [NOTHING] * len(SCORE_HEAD)
    return [
        figures.difference(one.difference, one.low, one.high) + ("*" if one.caution else ""),
        f"{one.wins}/{one.ties}/{one.losses}",
        figures.p_value(one.p),
        figures.p_value(one.p_adjusted),
        "yes" if one.distinguishable else "no",
    ]


def consumed(found: RunComparison) -> list[Column]:
    """A column for each thing that some arm has: before → now (difference).

    A difference of money under other prices is left out.
    """
    kinds = (
        ("tokens", "tokens", figures.count),
        ("p50 s", "p50_s", figures.seconds),
        ("p95 s", "p95_s", figures.seconds),
        ("USD a question", "question_usd", figures.usd),
        ("USD set-up", "setup_usd", figures.usd),
    )
    return [
        (title, [_consumed(pair, field, form) for pair in found.pairs])
        for title, field, form in kinds
        if any(_value(one.usage, field) is not None for pair in found.pairs for one in (pair.now, pair.before))
    ]


def cautions(found: RunComparison) -> str:
    """Why an interval with a star may not hold its level; empty without one."""
    arms: list[ArmInRun] = [one for pair in found.pairs for one in (pair.now, pair.before)]
    reasons = {one.score.caution for one in arms if one.score} | {
        pair.comparison.caution for pair in found.pairs if pair.comparison
    }
    told = sorted(reason for reason in reasons if reason)
    return f"* The interval may not hold its level: {'; '.join(told)}." if told else ""


def _consumed(pair: ArmPair, field: str, form: Callable[[float | None], str]) -> str:
    before, now = _value(pair.before.usage, field), _value(pair.now.usage, field)
    if before is None and now is None:
        return NOTHING
    change = _value(pair.usage, field)
    if change is None:
        return f"{form(before)} → {form(now)}"
    size = form(abs(change))
    sign = "" if not size.strip("0.,") else "-" if change < 0 else "+"
    return f"{form(before)} → {form(now)} ({sign}{size})"


def _value(usage: Usage, field: str) -> float | None:
    value: float | None = getattr(usage, field)
    return value
