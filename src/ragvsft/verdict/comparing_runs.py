"""Runs against runs: the same arm in two runs, paired by question, on one metric and in what it consumes.

All compared arms of all runs are read over the same questions, so that an unfinished run gives a fair, paired part.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from ragvsft.config.prices import PriceSheet
from ragvsft.core.errors import UsageError
from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.answers import ScoreTable, score_intervals, score_table
from ragvsft.verdict.comparisons import Comparison, compare_all
from ragvsft.verdict.economics import Economics, economics
from ragvsft.verdict.inputs import WaveInputs
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.latency import latencies
from ragvsft.verdict.run_differences import (
    ComparedRun,
    Difference,
    Kind,
    is_same_question,
    told_differences,
    unfair_differences,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an arm consumed. None: not measured, or unpriced."""

    tokens: float | None
    """Prompt and output tokens of a compared question, mean."""
    p50_s: float | None
    p95_s: float | None
    question_usd: float | None
    setup_usd: float | None

    def minus(self, other: "Usage", *, same_prices: bool) -> "Usage":
        """The differences, where both have a value; of money only under the same prices."""
        return Usage(
            tokens=_minus(self.tokens, other.tokens),
            p50_s=_minus(self.p50_s, other.p50_s),
            p95_s=_minus(self.p95_s, other.p95_s),
            question_usd=_minus(self.question_usd, other.question_usd) if same_prices else None,
            setup_usd=_minus(self.setup_usd, other.setup_usd) if same_prices else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmInRun:
    """An arm as it is in one run, over the compared questions."""

    run: str
    arm: str
    kind: str
    score: Interval | None
    """None: no question is compared, or the metric is undefined on all of them."""
    n_seeds: int
    """Training seeds; a question's score is their mean."""
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPair:
    """An arm of a run against its like in the baseline."""

    now: ArmInRun
    before: ArmInRun
    comparison: Comparison | None
    """`now` minus `before`, Holm's correction over all pairs; None: nothing to compare."""
    usage: Usage
    """`now` minus `before`."""
    same_answers: bool
    """Whether every compared question got the same answers in both, and they score the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """Runs against a baseline run at one wave."""

    runs: tuple[str, ...]
    """Labels, the baseline first."""
    wave: date
    metric: str
    n_questions: int
    """Answered by every compared arm of every run."""
    n_planned: int
    """Of the baseline."""
    n_facts: int
    pairs: tuple[ArmPair, ...]
    allowed: tuple[Difference, ...]
    """What differs and must not, and was allowed to."""
    notes: tuple[str, ...]

    @property
    def baseline(self) -> str:
        """The run that the others are compared with."""
        return self.runs[0]


def compare_runs(
    runs: Sequence[ComparedRun],
    *,
    wave: date | None = None,
    metric: str | None = None,
    arms: Sequence[tuple[str, str]] = (),
    allowed: Collection[Kind] = (),
) -> RunComparison:
    """Compare runs with the first of them.

    Intervals and tests of the differences are those of `comparisons.compare_all`, Holm's correction is over all pairs.

    Args:
        runs: two or more.
        wave: None: the last that all have begun.
        metric: None: the baseline's primary one.
        arms: arm of the baseline, arm of the others; none: all arms that have the same name.
        allowed: kinds of differences that do not matter here.

    Raises:
        UsageError: the runs differ in what was not allowed; they share no wave, arm or metric; an arm is unknown.
    """
    base, *others = runs
    if not others:
        raise UsageError("there is one run, and nothing to compare it with", hint="give two runs or more")
    day = wave_of(runs, wave)
    pairs = _pairs(base, others, arms)
    primary = metrics_for(base.inputs.task, base.inputs.manifest.dataset.labels)[0].name
    differences = {
        run.label: unfair_differences(base, run, wave=day, pairs=pairs[run.label], metric=metric or primary)
        for run in others
    }
    _refuse([one for some in differences.values() for one in some if one.kind not in allowed])
    parts = _parts(runs, day, pairs)
    name = _metric_of(parts, metric, primary)
    matched = _matched(parts)
    found = _compared([part.with_rows(matched) for part in parts], pairs, name)
    adjusted = _holm(found)
    return RunComparison(
        runs=tuple(run.label for run in runs),
        wave=day,
        metric=name,
        n_questions=len(matched),
        n_planned=len(parts[0].at.planned),
        n_facts=len({question.fact_id for question in parts[0].table.questions if question.question_id in matched}),
        pairs=adjusted,
        allowed=tuple(one for some in differences.values() for one in some),
        notes=tuple(_notes(parts, matched, pairs, adjusted)),
    )


def wave_of(runs: Sequence[ComparedRun], wanted: date | None = None) -> date:
    """The wave at which runs are compared: the one wanted, else the last that was asked in all of them.

    Raises:
        UsageError: not all of them have it.
    """
    asked = [[at.wave for at in run.inputs.waves if any(at.outcomes.values())] for run in runs]
    shared = sorted(set(asked[0]).intersection(*asked[1:]))
    if wanted is None and shared:
        return shared[-1]
    if wanted in shared and wanted is not None:
        return wanted
    told = "; ".join(
        f"{run.label}: {', '.join(map(str, days)) or 'none'}" for run, days in zip(runs, asked, strict=True)
    )
    if wanted is None:
        raise UsageError(f"no wave was asked in all runs ({told})", hint="compare runs that have a wave in common")
    raise UsageError(f"not all runs were asked at {wanted} ({told})", hint="--wave names a wave that all have")


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A run's share in a comparison."""

    run: ComparedRun
    at: WaveInputs
    table: ScoreTable
    rows: tuple[int, ...] = ()
    """Of the table: the compared questions, in the order of the baseline's."""

    @cached_property
    def scores(self) -> dict[str, dict[str, Interval]]:
        return score_intervals(self.table, self.rows) if self.rows else {}

    @cached_property
    def prices(self) -> PriceSheet | None:
        sheet = self.run.inputs.settings.prices
        return sheet if isinstance(sheet, PriceSheet) else None

    @cached_property
    def costs(self) -> Economics | None:
        priced = economics(self.run.inputs, {})
        return priced[0] if priced else None

    def with_rows(self, question_ids: Sequence[str]) -> "_Part":
        rows = {question.question_id: row for row, question in enumerate(self.table.questions)}
        return replace(self, rows=tuple(rows[one] for one in question_ids))

    def n_seeds(self, arm: str) -> int:
        return len({one.seed for one in self.at.outcomes.get(arm, ()) if one.seed is not None})

    def usage(self, arm: str) -> Usage:
        timed = latencies(self.run.inputs.latency).get(arm)
        costs = self.costs.arm(arm) if self.costs else None
        outcomes = [one for _, one in self.table.arm_outcomes(arm, self.rows)] if arm in self.table.arms else []
        tokens = sum(one.prompt_tokens + one.output_tokens for one in outcomes)
        return Usage(
            tokens=tokens / len(outcomes) if tokens else None,
            p50_s=timed.p50_s if timed else None,
            p95_s=timed.p95_s if timed else None,
            question_usd=costs.question.usd if costs and costs.question else None,
            setup_usd=costs.setup_usd if costs else None,
        )

    def arm(self, name: str, metric: str) -> ArmInRun:
        arm = self.run.arm(name)
        return ArmInRun(
            run=self.run.label,
            arm=name,
            kind=arm.kind if arm else "",
            score=self.scores.get(name, {}).get(metric),
            n_seeds=self.n_seeds(name),
            usage=self.usage(name),
        )

    def answers(self, arm: str) -> list[tuple[str | None, ...]]:
        """Of each compared question, in the order of the seeds."""
        questions = [self.table.questions[row].question_id for row in self.rows]
        return [tuple(one.answer for one in self.table.outcomes[arm][question]) for question in questions]


def _pairs(
    base: ComparedRun, others: Sequence[ComparedRun], arms: Sequence[tuple[str, str]]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """By run the arms to compare."""
    mine = [arm.name for arm in base.inputs.arms]
    found = {}
    for run in others:
        theirs = [arm.name for arm in run.inputs.arms]
        pairs = tuple(dict.fromkeys(arms)) or tuple((name, name) for name in mine if name in theirs)
        for before, now in pairs:
            for name, known, where in ((before, mine, base), (now, theirs, run)):
                if name not in known:
                    raise UsageError(f"{where.label} has no arm {name!r}", hint=f"its arms: {', '.join(known)}")
        if not pairs:
            raise UsageError(
                f"{base.label} and {run.label} have no arm of the same name",
                hint=f"--arm {mine[0] if mine else 'A'}={theirs[0] if theirs else 'B'} pairs arms of different names",
            )
        found[run.label] = pairs
    return found


def _refuse(found: Sequence[Difference]) -> None:
    if not found:
        return
    kinds = list(dict.fromkeys(one.kind for one in found))
    told = "\n  ".join(f"{one.kind}: {one.text}" for one in found)
    raise UsageError(
        f"the runs differ in their {' and '.join(kinds)}, so a difference of scores would not be the arms':\n  {told}",
        hint=f"--allow {','.join(kinds)} compares them all the same, and says so",
    )


def _parts(runs: Sequence[ComparedRun], day: date, pairs: dict[str, tuple[tuple[str, str], ...]]) -> list[_Part]:
    base, *others = runs
    # An arm that one side has not begun leaves nothing to compare, and must not narrow what the others are read over.
    begun = {
        run.label: [(b, n) for b, n in pairs[run.label] if _asked(base, day, b) and _asked(run, day, n)]
        for run in others
    }
    wanted = {base.label: [before for some in begun.values() for before, _ in some]}
    wanted |= {label: [now for _, now in some] for label, some in begun.items()}
    parts = []
    for run in runs:
        at = run.at(day)
        if at is None:
            raise UsageError(f"{run.label} was not asked at {day}", hint="--wave names a wave that all have")
        dataset = run.inputs.manifest.dataset
        table = score_table(
            at, list(dict.fromkeys(wanted[run.label])), metrics_for(run.inputs.task, dataset.labels), dataset.abstain
        )
        parts.append(_Part(run=run, at=at, table=table))
    return parts


def _asked(run: ComparedRun, day: date, arm: str) -> bool:
    at = run.at(day)
    return at is not None and bool(at.outcomes.get(arm))


def _metric_of(parts: Sequence[_Part], wanted: str | None, primary: str) -> str:
    name = wanted or primary
    shared = [one for one in parts[0].table.metrics if all(one in part.table.metrics for part in parts)]
    if name not in shared:
        hint = f"--metric takes one of: {', '.join(shared)}" if shared else "the runs have no metric in common"
        raise UsageError(f"not every run has the metric {name!r}", hint=hint)
    return name


def _matched(parts: Sequence[_Part]) -> list[str]:
    """Ids of the questions that every compared arm of every run answered."""
    first, *rest = [{question.question_id: question for question in part.table.questions} for part in parts]
    return [
        name
        for name, question in first.items()
        if all(name in some and is_same_question(question, some[name]) for some in rest)
    ]


def _compared(parts: Sequence[_Part], pairs: dict[str, tuple[tuple[str, str], ...]], metric: str) -> list[ArmPair]:
    base, *others = parts
    found = []
    for part in others:
        for before, now in pairs[part.run.label]:
            mine, theirs = base.arm(before, metric), part.arm(now, metric)
            comparison = _difference(base, before, part, now, metric)
            same_prices = base.prices is not None and base.prices == part.prices
            found.append(
                ArmPair(
                    now=theirs,
                    before=mine,
                    comparison=comparison,
                    usage=theirs.usage.minus(mine.usage, same_prices=same_prices),
                    same_answers=comparison is not None
                    and comparison.ties == comparison.n
                    and base.answers(before) == part.answers(now),
                )
            )
    return found


def _difference(base: _Part, before: str, part: _Part, now: str, metric: str) -> Comparison | None:
    if not base.rows or before not in base.table.arms or now not in part.table.arms:
        return None
    columns, defined = [], []
    for one, arm in ((part, now), (base, before)):
        at = one.table.arms.index(arm), one.table.metrics.index(metric)
        columns.append(one.table.values[list(one.rows), at[0], at[1]])
        defined.append(one.table.defined[list(one.rows), at[0], at[1]])
    kept = np.flatnonzero(defined[0] & defined[1])
    facts = [base.table.questions[base.rows[row]].fact_id for row in kept]
    names = (f"{now} in {part.run.label}", f"{before} in {base.run.label}")
    values = np.column_stack(columns)[kept]
    compared = compare_all(values, names, facts, metric=metric, family=frozenset(names))
    return compared[0] if compared else None


def _holm(pairs: Sequence[ArmPair]) -> tuple[ArmPair, ...]:
    """Holm's correction (Holm 1979) over all pairs."""
    from statsmodels.stats.multitest import multipletests

    p_values = [pair.comparison.p for pair in pairs if pair.comparison]
    adjusted = iter(multipletests(p_values, method="holm")[1] if p_values else ())
    return tuple(
        replace(pair, comparison=replace(pair.comparison, p_adjusted=float(next(adjusted))))
        if pair.comparison
        else pair
        for pair in pairs
    )


def _notes(
    parts: Sequence[_Part],
    matched: Sequence[str],
    pairs: dict[str, tuple[tuple[str, str], ...]],
    found: Sequence[ArmPair],
) -> list[str]:
    """What a reader must know before believing a difference."""
    base, *others = parts
    told = []
    shared = set.intersection(*({one.wave for one in part.run.inputs.waves} for part in parts)) - {base.at.wave}
    if shared:
        told.append(f"Read at {base.at.wave}; --wave reads it at {' or '.join(map(str, sorted(shared)))}.")
    n_most = max(len(part.at.planned) for part in parts)
    if len(matched) < n_most:
        told.append(f"Read over {len(matched):,} of {n_most:,} questions: those that every compared arm answered.")
    for part in parts:
        waiting = [
            arm
            for arm in dict.fromkeys(_arms_of(part, base, pairs))
            if len({one.question_id for one in part.at.outcomes.get(arm, ())}) < len(part.at.planned)
        ]
        if waiting:
            told.append(f"{part.run.label} is not finished: {', '.join(waiting)}.")
        if part.run.inputs.n_edited_units:
            n = part.run.inputs.n_edited_units
            told.append(f"{part.run.label}: answers of {n} units were changed after the lab had written them.")
        if any(not check.ok for check in part.run.inputs.fairness):
            told.append(f"{part.run.label} breaks its own fairness check; its report says where.")
    for pair in found:
        if pair.now.n_seeds != pair.before.n_seeds:
            told.append(
                f"{pair.now.arm}: training seeds: {pair.before.n_seeds} in {pair.before.run}, {pair.now.n_seeds} in "
                f"{pair.now.run}; a question's score is their mean."
            )
    recorded = dict.fromkeys(one.arm for pair in found for one in (pair.now, pair.before) if one.kind == "recorded")
    if recorded:
        told.append(f"Recorded, not run here, prompts and costs not known: {', '.join(recorded)}.")
    for part in others:
        told += _notes_of(base, part, pairs[part.run.label])
    return list(dict.fromkeys(told))


def _arms_of(part: _Part, base: _Part, pairs: dict[str, tuple[tuple[str, str], ...]]) -> list[str]:
    if part is base:
        return [before for some in pairs.values() for before, _ in some]
    return [now for _, now in pairs[part.run.label]]


def _notes_of(base: _Part, part: _Part, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Of one run against the baseline."""
    told = []
    for one, other, used in (
        (base, part, {before for before, _ in pairs}),
        (part, base, {now for _, now in pairs}),
    ):
        names = {arm.name for arm in other.run.inputs.arms}
        alone = [arm.name for arm in one.run.inputs.arms if arm.name not in names | used]
        if alone:
            told.append(f"Only in {one.run.label}: {', '.join(alone)}.")
    told += [f"{one[:1].upper()}{one[1:]}." for one in told_differences(base.run, part.run, pairs)]
    if (base.prices or part.prices) and base.prices != part.prices:
        told.append(f"{base.run.label} and {part.run.label} are priced by different sheets: costs are not compared.")
    here, there = base.run.inputs.manifest.machine, part.run.inputs.manifest.machine
    if (here.cpu, here.cores, here.gpu) != (there.cpu, there.cores, there.gpu):
        told.append(f"{base.run.label} and {part.run.label} were timed on different machines.")
    return told


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
