"""How far an arm's confidence can be believed: reliability bins, risk by coverage, and how it abstains.

A confidence is the lab's reading of one answer (`Outcome.confidence`). Nothing is told of an arm that gave an answer
without one. Being right is the primary metric; of a graded one, "right" means its value.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ragvsft.core.values import Outcome, WaveQuestion
from ragvsft.metrics.answers import score
from ragvsft.metrics.base import AnswerMetric
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.intervals import Floats, Interval, mean_intervals

N_BINS = 10
"""Of equal width from 0 to 1, each without its lower and with its upper end."""
MOST_POINTS = 100
"""Of a curve that is kept; its area is that of all answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The answers whose confidence is over `low` and at most `high`; at least one."""

    low: float
    high: float
    confidence: float
    """Mean."""
    score: Interval
    """Mean of the primary metric, with its 95 % interval over facts; `n` are the answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint:
    """What comes of giving only the most confident answers."""

    coverage: float
    """Of all outcomes, those that are given."""
    risk: float
    """One minus the mean score of those."""
    confidence: float
    """Of the least confident one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """An arm's confidence against its being right, over answers: abstentions and failures say nothing to believe."""

    arm: str
    n: int
    """Outcomes, abstentions and failures among them."""
    n_abstained: int
    n_failed: int
    confidence: float
    """Mean over answers."""
    score: float
    """Mean over answers."""
    ece: float
    """Expected calibration error, 0-1."""
    bins: tuple[Bin, ...]
    """Ascending; an empty one is absent."""
    aurc: float
    """Area under the risk-coverage curve, divided by the coverage that it reaches: the mean risk over coverages."""
    curve: tuple[RiskPoint, ...]
    """By ascending coverage; the last has all answers and failures."""

    @property
    def n_answers(self) -> int:
        """What the bins are made of."""
        return self.n - self.n_abstained - self.n_failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstaining:
    """How an arm abstains; needs no confidence."""

    arm: str
    abstained: Interval | None
    """Share of outcomes on questions with a right answer that abstain; None: there is no such question."""
    false_answers: Interval | None
    """Share of outcomes on questions that no date answers that do not abstain; a failure counts as one. None: there is
    no such question."""


def calibrations(table: ScoreTable, primary: AnswerMetric) -> tuple[Calibration, ...]:
    """By arm; an arm that gave no answer, or one without a confidence, is absent."""
    found = (_calibration(table, arm, primary) for arm in table.arms)
    return tuple(one for one in found if one is not None)


def abstaining(table: ScoreTable) -> tuple[Abstaining, ...]:
    """By arm, intervals over facts; a question's value is the mean over training seeds."""
    n_arms = len(table.arms)
    answerable = np.array([bool(question.answers) for question in table.questions], dtype=np.bool_)
    unanswerable = np.array([not question.answerable for question in table.questions], dtype=np.bool_)
    abstained = np.zeros((len(table.questions), n_arms))
    for column, arm in enumerate(table.arms):
        for row, question in enumerate(table.questions):
            said = [_abstains(table, question, one) for one in table.outcomes[arm][question.question_id]]
            abstained[row, column] = sum(said) / len(said)
    sides = [np.flatnonzero(answerable), np.flatnonzero(unanswerable)]
    found = mean_intervals(
        np.hstack([abstained, 1.0 - abstained]),
        np.repeat(np.column_stack([answerable, unanswerable]), n_arms, axis=1),
        table.facts,
        n_outcomes=[table.n_outcomes(arm, rows.tolist()) for rows in sides for arm in table.arms],
        n_failed=[table.n_failed(arm, rows.tolist()) for rows in sides for arm in table.arms],
    )
    return tuple(
        Abstaining(arm=arm, abstained=found[at], false_answers=found[n_arms + at]) for at, arm in enumerate(table.arms)
    )


def reliability(confidence: Floats, scores: Floats, facts: list[str]) -> tuple[float, tuple[Bin, ...]]:
    """The expected calibration error and the bins that it is made of (Guo et al. 2017, equation 5).

    The error is the mean distance of a bin's mean confidence from its mean score, weighted by its answers.

    Args:
        confidence: of each answer, shape (n,), 0-1.
        scores: shape (n,), 0-1.
        facts: the fact of each answer; at least one.
    """
    edges = np.linspace(0.0, 1.0, N_BINS + 1)
    at = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, N_BINS - 1)
    counts = np.bincount(at, minlength=N_BINS)
    means = np.bincount(at, weights=confidence, minlength=N_BINS) / np.maximum(counts, 1)
    intervals = mean_intervals(
        np.repeat(scores[:, None], N_BINS, axis=1),
        at[:, None] == np.arange(N_BINS),
        facts,
        n_outcomes=counts.tolist(),
        n_failed=[0] * N_BINS,
    )
    bins = tuple(
        Bin(low=float(edges[one]), high=float(edges[one + 1]), confidence=float(means[one]), score=interval)
        for one, interval in enumerate(intervals)
        if interval is not None
    )
    apart = sum(one.score.n * abs(one.confidence - one.score.mean) for one in bins)
    return apart / len(confidence), bins


def risk_coverage(
    confidence: Floats, scores: Floats, *, n: int, n_failed: int = 0
) -> tuple[float, tuple[RiskPoint, ...]]:
    """The area under the risk-coverage curve by the coverage reached, and the curve.

    The curve is of Geifman and El-Yaniv (2017), its area of Geifman, Uziel and El-Yaniv (2019). Answers of one
    confidence share their mean risk, so that their order means nothing. A failure stands before all answers and is
    wrong: to fail instead of saying anything lowers the risk at no coverage.

    Args:
        confidence: of each answer, shape (n_answers,), 0-1.
        scores: shape (n_answers,), 0-1.
        n: outcomes, those that are no answers among them; coverage is a share of them.
        n_failed: failures among them; with the answers at least one.
    """
    order = np.lexsort((scores, -confidence))
    sure, risks = confidence[order], 1.0 - scores[order]
    _, tied, sizes = np.unique(-sure, return_inverse=True, return_counts=True)
    shared = (np.bincount(tied, weights=risks, minlength=len(sizes)) / sizes)[tied]
    sure, shared = np.append(np.ones(n_failed), sure), np.append(np.ones(n_failed), shared)
    # Rounding must not lift a mean of ones above one.
    risk = np.minimum(shared.cumsum() / np.arange(1, len(shared) + 1), 1.0)
    n_points = min(MOST_POINTS, len(risk))
    kept = np.ceil(np.arange(1, n_points + 1) * (len(risk) / n_points) - 1e-9).astype(np.intp)
    curve = tuple(RiskPoint(coverage=int(k) / n, risk=float(risk[k - 1]), confidence=float(sure[k - 1])) for k in kept)
    return float(risk.mean()), curve


def _calibration(table: ScoreTable, arm: str, primary: AnswerMetric) -> Calibration | None:
    n = n_abstained = n_failed = 0
    sure: list[float] = []
    scores: list[float] = []
    facts: list[str] = []
    for question, outcome, value in _scored(table, arm, primary):
        n += 1
        if outcome.answer is None:
            n_failed += 1
        elif _abstains(table, question, outcome):
            n_abstained += 1
        elif outcome.confidence is None:
            return None
        else:
            sure.append(outcome.confidence)
            scores.append(value)
            facts.append(question.fact_id)
    if not sure:
        return None
    confidence, right = np.array(sure), np.array(scores)
    ece, bins = reliability(confidence, right, facts)
    aurc, curve = risk_coverage(confidence, right, n=n, n_failed=n_failed)
    return Calibration(
        arm=arm,
        n=n,
        n_abstained=n_abstained,
        n_failed=n_failed,
        confidence=float(confidence.mean()),
        score=float(right.mean()),
        ece=ece,
        bins=bins,
        aurc=aurc,
        curve=curve,
    )


def _scored(table: ScoreTable, arm: str, primary: AnswerMetric) -> Iterator[tuple[WaveQuestion, Outcome, float]]:
    """An arm's outcomes with their own score, where several seeds share a question too."""
    at = table.arms.index(arm), table.metrics.index(primary.name)
    values, defined = table.values[:, *at].tolist(), table.defined[:, *at].tolist()
    for question, value, is_defined in zip(table.questions, values, defined, strict=True):
        outcomes = table.outcomes[arm][question.question_id]
        if not is_defined:
            continue
        if len(outcomes) == 1:
            yield question, outcomes[0], value
            continue
        for one in outcomes:
            yield question, one, score(primary, one, question, table.abstain) or 0.0


def _abstains(table: ScoreTable, question: WaveQuestion, outcome: Outcome) -> bool:
    """Where nothing is accepted, abstaining is what is right."""
    kind = outcome_kind(question, outcome, table.abstain)
    return kind is (OutcomeKind.ABSTAINED if question.answers else OutcomeKind.CURRENT)
