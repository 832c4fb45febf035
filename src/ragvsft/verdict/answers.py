"""The scores of a wave: questions x arms for every metric, over the questions that all its arms answered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ragvsft.core.values import Outcome, WaveQuestion
from ragvsft.metrics.abstention import is_abstention
from ragvsft.metrics.answers import score
from ragvsft.metrics.base import AnswerMetric
from ragvsft.metrics.labels import label_counts, label_of
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.inputs import WaveInputs
from ragvsft.verdict.intervals import Floats, Interval, Mask, caution, cluster, mean_intervals, resampled_means

MACRO_F1 = "macro_f1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """Fractions, a training seed's mean where an arm has several. Undefined cells are 0 and masked, never NaN."""

    arms: tuple[str, ...]
    questions: tuple[WaveQuestion, ...]
    """Those that every arm answered with every seed that was begun; in the order of facts."""
    metrics: tuple[str, ...]
    values: Floats
    """Shape (n_questions, n_arms, n_metrics)."""
    defined: Mask
    """Same shape."""
    outcomes: dict[str, dict[str, tuple[Outcome, ...]]]
    """Arm -> question id -> its outcomes, one a seed."""
    abstain: tuple[str, ...]
    counts: NDArray[np.intp]
    """Outcomes and failures, shape (n_questions, n_arms, 2)."""

    @property
    def facts(self) -> list[str]:
        """The fact of each question."""
        return [question.fact_id for question in self.questions]

    def of(self, metric: str) -> Floats:
        """A metric's values, shape (n_questions, n_arms)."""
        values: Floats = self.values[:, :, self.metrics.index(metric)]
        return values

    def of_facts(self, facts: frozenset[str] | None) -> "ScoreTable":
        """The same of some facts; None: of all."""
        if facts is None:
            return self
        rows = [row for row, question in enumerate(self.questions) if question.fact_id in facts]
        kept = {self.questions[row].question_id for row in rows}
        return replace(
            self,
            questions=tuple(self.questions[row] for row in rows),
            values=self.values[rows],
            defined=self.defined[rows],
            outcomes={a: {q: found for q, found in some.items() if q in kept} for a, some in self.outcomes.items()},
            counts=self.counts[rows],
        )

    def n_outcomes(self, arm: str, rows: Sequence[int] | None = None) -> int:
        """Outcomes of an arm on some of the questions."""
        return self._counted(arm, rows, 0)

    def n_failed(self, arm: str, rows: Sequence[int] | None = None) -> int:
        """Failures among them."""
        return self._counted(arm, rows, 1)

    def arm_outcomes(self, arm: str, rows: Sequence[int] | None = None) -> list[tuple[WaveQuestion, Outcome]]:
        """An arm's outcomes with their questions."""
        questions = self.questions if rows is None else [self.questions[row] for row in rows]
        return [(question, one) for question in questions for one in self.outcomes[arm][question.question_id]]

    def _counted(self, arm: str, rows: Sequence[int] | None, what: int) -> int:
        of_arm = self.counts[:, self.arms.index(arm), what]
        return int(of_arm.sum() if rows is None else of_arm[list(rows)].sum())


def score_table(
    wave: WaveInputs, arms: Sequence[str], metrics: Sequence[AnswerMetric], abstain: Sequence[str]
) -> ScoreTable:
    """Score what all arms answered; an arm without any outcome at the wave is left out.

    Annotations that the lab stored beside the outcomes are read as further metrics, undefined where one is missing.
    """
    asked = tuple(arm for arm in arms if wave.outcomes.get(arm))
    by_question = {arm: _complete(wave.outcomes[arm]) for arm in asked}
    planned = sorted(wave.planned, key=lambda question: (question.fact_id, question.question_id))
    questions = tuple(
        question for question in planned if asked and all(question.question_id in by_question[a] for a in asked)
    )
    annotated = sorted({name for _, _, _, name in wave.annotations})
    names = (*(metric.name for metric in metrics), *annotated)
    values = np.zeros((len(questions), len(asked), len(names)))
    defined = np.zeros(values.shape, dtype=np.bool_)
    counts = np.zeros((len(questions), len(asked), 2), dtype=np.intp)
    for row, question in enumerate(questions):
        for column, arm in enumerate(asked):
            outcomes = by_question[arm][question.question_id]
            counts[row, column] = len(outcomes), sum(one.answer is None for one in outcomes)
            for at, metric in enumerate(metrics):
                read = [score(metric, one, question, abstain) for one in outcomes]
                values[row, column, at], defined[row, column, at] = _mean(read)
            for at, name in enumerate(annotated, start=len(metrics)):
                read = [_annotated(wave, one, question, name, abstain) for one in outcomes]
                values[row, column, at], defined[row, column, at] = _mean(read)
    kept = {question.question_id for question in questions}
    return ScoreTable(
        arms=asked,
        questions=questions,
        metrics=names,
        values=values,
        defined=defined,
        outcomes={a: {q: found for q, found in by_question[a].items() if q in kept} for a in asked},
        abstain=tuple(abstain),
        counts=counts,
    )


def score_intervals(table: ScoreTable, rows: Sequence[int] | None = None) -> dict[str, dict[str, Interval]]:
    """Arm -> metric -> mean with interval, over all questions or some; a metric without a value is left out."""
    at = list(range(len(table.questions))) if rows is None else list(rows)
    n_arms, n_metrics = len(table.arms), len(table.metrics)
    found = mean_intervals(
        table.values[at].reshape(len(at), n_arms * n_metrics),
        table.defined[at].reshape(len(at), n_arms * n_metrics),
        [table.questions[row].fact_id for row in at],
        n_outcomes=[n for arm in table.arms for n in [table.n_outcomes(arm, at)] * n_metrics],
        n_failed=[n for arm in table.arms for n in [table.n_failed(arm, at)] * n_metrics],
    )
    by_arm: dict[str, dict[str, Interval]] = {arm: {} for arm in table.arms}
    for column, interval in enumerate(found):
        if interval is not None:
            by_arm[table.arms[column // n_metrics]][table.metrics[column % n_metrics]] = interval
    return by_arm


def kind_counts(table: ScoreTable, arm: str) -> dict[OutcomeKind, int]:
    """How many outcomes on answerable questions are of each kind; removed facts are among them."""
    counts = dict.fromkeys(OutcomeKind, 0)
    for question, outcome in table.arm_outcomes(arm):
        if question.answerable:
            counts[outcome_kind(question, outcome, table.abstain)] += 1
    return counts


def unanswerable_counts(table: ScoreTable, arm: str) -> tuple[int, int]:
    """Outcomes on questions that no date answers, and how many of them abstained (which is right)."""
    said = [outcome.answer for question, outcome in table.arm_outcomes(arm) if not question.answerable]
    return len(said), sum(answer is not None and is_abstention(answer, table.abstain) for answer in said)


def seed_means(table: ScoreTable, arm: str, metric: AnswerMetric) -> dict[int, float]:
    """The mean of each training seed; empty for an arm without one."""
    by_seed: dict[int, list[float]] = {}
    for question, outcome in table.arm_outcomes(arm):
        value = score(metric, outcome, question, table.abstain)
        if outcome.seed is not None and value is not None:
            by_seed.setdefault(outcome.seed, []).append(value)
    return {seed: sum(values) / len(values) for seed, values in sorted(by_seed.items())}


def macro_f1_intervals(table: ScoreTable, labels: Sequence[str]) -> dict[str, Interval]:
    """Macro F1 of each arm over questions that have an accepted label, with the percentile interval over facts.

    With several training seeds their outcomes are counted together.
    """
    found: dict[str, Interval] = {}
    for arm in table.arms:
        pairs = [(question, outcome) for question, outcome in table.arm_outcomes(arm) if question.answers]
        if not pairs:
            continue
        guesses = [None if one.answer is None else label_of(one.answer, labels) for _, one in pairs]
        failed = [one.answer is None for _, one in pairs]
        rows = label_counts(guesses, [question.answers for question, _ in pairs], labels, failed)
        flat = np.array(rows, dtype=np.float64).reshape(len(pairs), -1)
        data = cluster(flat, np.ones_like(flat, dtype=np.bool_), [question.fact_id for question, _ in pairs])
        mean = float(_macro(data.means[None, :])[0])
        low, high = np.quantile(_macro(resampled_means(data)), [0.025, 0.975])
        found[arm] = Interval(
            mean=mean,
            low=min(float(low), mean),
            high=max(float(high), mean),
            n=len(pairs),
            n_failed=sum(failed),
            n_facts=data.n_facts,
            method="bootstrap",
            caution=caution(data.counts[:, 0]),
        )
    return found


def _macro(shares: Floats) -> Floats:
    """Macro F1 from shares of true positives, false positives and false negatives, shape (n, n_labels * 3)."""
    right, extra, missed = np.moveaxis(shares.reshape(len(shares), -1, 3), -1, 0)
    whole = 2 * right + extra + missed
    occurs = whole > 0
    f1 = np.divide(2 * right, whole, out=np.zeros_like(right), where=occurs)
    macro: Floats = f1.sum(axis=1) / np.maximum(occurs.sum(axis=1), 1)
    return macro


def _complete(outcomes: Sequence[Outcome]) -> dict[str, tuple[Outcome, ...]]:
    """The outcomes of each question that every seed of the arm has answered, in the order of the seeds."""
    seeds = {outcome.seed for outcome in outcomes}
    found: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda one: -1 if one.seed is None else one.seed):
        found.setdefault(outcome.question_id, []).append(outcome)
    return {question: tuple(some) for question, some in found.items() if {one.seed for one in some} == seeds}


def _annotated(
    wave: WaveInputs, outcome: Outcome, question: WaveQuestion, name: str, abstain: Sequence[str]
) -> float | None:
    """An annotation as a score: the rules for failures and unanswerable questions hold for it as for any metric."""
    stored = wave.annotations.get((outcome.arm, outcome.question_id, outcome.seed, name))
    if stored is None and outcome.answer is not None and question.answers:
        return None
    metric = AnswerMetric(name=name, higher_is_better=True, compute=lambda _answer, _accepted: stored)
    return score(metric, outcome, question, abstain)


def _mean(read: Sequence[float | None]) -> tuple[float, bool]:
    """The mean over seeds; undefined where one of them is."""
    values = [value for value in read if value is not None]
    if len(values) < len(read):
        return 0.0, False
    return sum(values) / len(values), True
