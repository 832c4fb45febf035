"""Runs against runs: the same arm in two runs, paired by question, on one metric and in what it consumes.

All compared arms of all runs are read over the same questions, so that an unfinished run gives a fair, paired part.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ragvsft.core.errors import UsageError
from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.comparisons import Comparison, compare_all, holm
from ragvsft.verdict.run_differences import ComparedRun, Difference, Kind, unfair_differences
from ragvsft.verdict.run_notes import comparison_notes
from ragvsft.verdict.run_parts import ArmInRun, Pairs, RunPart, Usage, matched_questions, run_parts


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
    name = metric or metrics_for(base.inputs.task, base.inputs.manifest.dataset.labels)[0].name
    differences = {
        run.label: unfair_differences(base, run, wave=day, pairs=pairs[run.label], metric=name) for run in others
    }
    _refuse([one for some in differences.values() for one in some if one.kind not in allowed])
    _check_metric(runs, day, name)
    parts = run_parts(runs, day, pairs, name)
    matched = matched_questions(parts)
    found = _compared([part.with_rows(matched) for part in parts], pairs, name)
    adjusted = _holm(found)
    return RunComparison(
        runs=tuple(run.label for run in runs),
        wave=day,
        metric=name,
        n_questions=len(matched),
        n_planned=len(parts[0].at.planned),
        n_facts=len({parts[0].table.questions[row].fact_id for row in parts[0].with_rows(matched).rows}),
        pairs=adjusted,
        allowed=tuple(one for some in differences.values() for one in some),
        notes=tuple(comparison_notes(parts, matched, pairs, [(pair.before, pair.now) for pair in found])),
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


def _pairs(base: ComparedRun, others: Sequence[ComparedRun], arms: Sequence[tuple[str, str]]) -> Pairs:
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
        f"the runs are not alike in their {' and '.join(kinds)}, so a difference would not be the arms':\n  {told}",
        hint=f"--allow {','.join(kinds)} compares them all the same, and says so",
    )


def _check_metric(runs: Sequence[ComparedRun], day: date, name: str) -> None:
    each = []
    for run in runs:
        computed = [one.name for one in metrics_for(run.inputs.task, run.inputs.manifest.dataset.labels)]
        at = run.at(day)
        stored = sorted({annotation for *_, annotation in at.annotations}) if at else []
        each.append([*computed, *stored])
    shared = [one for one in each[0] if all(one in names for names in each)]
    if name not in shared:
        hint = f"--metric takes one of: {', '.join(shared)}" if shared else "the runs have no metric in common"
        raise UsageError(f"not every run has the metric {name!r}", hint=hint)


def _compared(parts: Sequence[RunPart], pairs: Pairs, metric: str) -> list[ArmPair]:
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


def _difference(base: RunPart, before: str, part: RunPart, now: str, metric: str) -> Comparison | None:
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
    p_values = [pair.comparison.p for pair in pairs if pair.comparison]
    adjusted = iter(holm(p_values))
    return tuple(
        replace(pair, comparison=replace(pair.comparison, p_adjusted=float(next(adjusted))))
        if pair.comparison
        else pair
        for pair in pairs
    )
