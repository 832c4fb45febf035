"""One run's share in a comparison of runs: the scores of its compared arms, and what they consumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from ragvsft.config.prices import PriceSheet
from ragvsft.core.errors import UsageError
from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.answers import ScoreTable, score_intervals, score_table
from ragvsft.verdict.economics import Economics, economics
from ragvsft.verdict.inputs import WaveInputs
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.latency import latencies
from ragvsft.verdict.run_differences import ComparedRun, is_same_question

Pairs = Mapping[str, tuple[tuple[str, str], ...]]
"""By run the arms that are compared: arm of the baseline, arm of the run."""


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


@dataclass(frozen=True, kw_only=True)
class RunPart:
    """A run's share in a comparison."""

    run: ComparedRun
    at: WaveInputs
    table: ScoreTable
    rows: tuple[int, ...] = ()
    """Of the table: the compared questions, in the order of the baseline's."""

    @cached_property
    def scores(self) -> dict[str, dict[str, Interval]]:
        """Arm -> metric -> mean with interval, over the compared questions."""
        return score_intervals(self.table, self.rows) if self.rows else {}

    @cached_property
    def prices(self) -> PriceSheet | None:
        """The sheet that the run is read with; None: it names none."""
        sheet = self.run.inputs.settings.prices
        return sheet if isinstance(sheet, PriceSheet) else None

    @cached_property
    def costs(self) -> Economics | None:
        """What its arms cost; None without a price sheet."""
        priced = economics(self.run.inputs, {})
        return priced[0] if priced else None

    def with_rows(self, question_ids: Sequence[str]) -> "RunPart":
        """The same over these questions, each of which is in the table."""
        rows = {question.question_id: row for row, question in enumerate(self.table.questions)}
        return replace(self, rows=tuple(rows[one] for one in question_ids))

    def n_seeds(self, arm: str) -> int:
        """Training seeds with which an arm was asked."""
        return len({one.seed for one in self.at.outcomes.get(arm, ()) if one.seed is not None})

    def usage(self, arm: str) -> Usage:
        """What an arm consumed."""
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
        """An arm as it is in this run."""
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


def run_parts(runs: Sequence[ComparedRun], day: date, pairs: Pairs, metric: str) -> list[RunPart]:
    """The runs over the arms that both sides of a pair have begun, scored by one metric; the baseline first.

    Args:
        runs: the baseline first.
        day: the wave.
        pairs: by run the arms, arm of the baseline first.
        metric: by which they are compared.

    Raises:
        UsageError: a run has not begun the wave.
    """
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
        computed = [one for one in metrics_for(run.inputs.task, dataset.labels) if one.name == metric]
        table = score_table(at, list(dict.fromkeys(wanted[run.label])), computed, dataset.abstain)
        table = table.of_facts(at.drawn)
        parts.append(RunPart(run=run, at=at, table=table))
    return parts


def _asked(run: ComparedRun, day: date, arm: str) -> bool:
    at = run.at(day)
    return at is not None and bool(at.outcomes.get(arm))


def matched_questions(parts: Sequence[RunPart]) -> list[str]:
    """Ids of the questions that every compared arm of every run answered."""
    first, *rest = [{question.question_id: question for question in part.table.questions} for part in parts]
    return [
        name
        for name, question in first.items()
        if all(name in some and is_same_question(question, some[name]) for some in rest)
    ]


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
