"""A few questions on which the arms disagree most, with what each of them said."""

from dataclasses import dataclass

from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.answers import ScoreTable

N_EXAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an arm said (with its first training seed)."""

    arm: str
    answer: str | None
    failure: str | None
    score: float
    kind: OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question and what every arm said to it."""

    question_id: str
    question: str
    answers: tuple[str, ...]
    """Accepted at the wave; none: abstaining is right."""
    stale_answers: tuple[str, ...]
    said: tuple[Said, ...]


def examples(table: ScoreTable, metric: str, n: int = N_EXAMPLES) -> tuple[Example, ...]:
    """The questions whose scores are furthest apart, each dividing the arms in another way as far as there are ways."""
    values = table.of(metric)
    if not len(values) or values.shape[1] < 2:
        return ()
    spread = [float(one) for one in values.std(axis=1)]
    rows = [row for row in range(len(values)) if spread[row] > 0]
    rows.sort(key=lambda row: (-spread[row], table.questions[row].question_id))
    seen: set[tuple[float, ...]] = set()
    first: list[int] = []
    rest: list[int] = []
    for row in rows:
        pattern = tuple(values[row])
        (rest if pattern in seen else first).append(row)
        seen.add(pattern)
    return tuple(_example(table, row, metric) for row in [*first, *rest][:n])


def every_example(table: ScoreTable, metric: str, n: int) -> tuple[Example, ...]:
    """The first questions of a wave, whether the arms agree on them or not."""
    return tuple(_example(table, row, metric) for row in range(min(n, len(table.questions))))


def _example(table: ScoreTable, row: int, metric: str) -> Example:
    question = table.questions[row]
    values = table.of(metric)[row]
    said = []
    for column, arm in enumerate(table.arms):
        outcome = table.outcomes[arm][question.question_id][0]
        said.append(
            Said(
                arm=arm,
                answer=outcome.answer,
                failure=outcome.failure,
                score=float(values[column]),
                kind=outcome_kind(question, outcome, table.abstain),
            )
        )
    return Example(
        question_id=question.question_id,
        question=question.question,
        answers=question.answers,
        stale_answers=question.stale_answers,
        said=tuple(said),
    )
