"""What became of the facts that changed: every arm's outcomes by change kind, and what it kept of the others.

Told of the waves after the first, over the answerable questions that all arms answered at the wave.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ragvsft.core.values import Change, Outcome, Passage, WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.inputs import ArmInputs, WaveInputs
from ragvsft.verdict.intervals import Interval, mean_intervals

MOVED = frozenset({Change.NEW, Change.CHANGED, Change.REMOVED})
"""Kinds of change after which an arm has something to learn, or to unlearn."""
OUTDATED = frozenset({Change.CHANGED, Change.REMOVED})
"""Kinds of change after which an earlier answer is wrong."""

OLD = (OutcomeKind.STALE, OutcomeKind.CONFLATED)
N_STALE_ANSWERS = 5
_NOBODY: Mapping[str, frozenset[str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuar:
    """Forgotten over (updated + acquired), the facts lost for each fact won (Jang et al. 2022, arXiv 2110.03215)."""

    n_forgotten: int
    """Outcomes on unchanged facts that were current at the wave before and are not now."""
    n_updated: int
    """Outcomes on changed facts that are current."""
    n_acquired: int
    """Outcomes on new facts that are current."""

    @property
    def ratio(self) -> float | None:
        """The lower the better, no upper limit; None where nothing was updated or acquired."""
        won = self.n_updated + self.n_acquired
        return self.n_forgotten / won if won else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleAnswer:
    """An answer that was right once."""

    question: str
    answers: tuple[str, ...]
    """Accepted now; empty: the fact was removed."""
    said: str
    passage: Passage | None
    """The first outdated passage that the arm was shown; None: there was none, so the answer is from the weights, or
    from a passage that does not state it word for word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """An arm at a wave after the first. Shares are None where no question is of the kind."""

    arm: str
    kinds: Mapping[Change, Mapping[OutcomeKind, int]]
    """Outcomes by what happened to their fact; a kind of change that no question has is absent."""
    fresh: Interval | None
    """Current, among new, changed and removed facts."""
    stale: Interval | None
    """Stale or conflated, among changed and removed facts: the old answer was given, alone or beside the new one."""
    retention: Interval | None
    """Current, among unchanged facts on which the arm was current at the wave before."""
    fuar: Fuar
    stale_hits: Interval | None
    """Shown an outdated passage, one that states the old answer alone, among changed and removed facts; None: the arm
    does not search."""
    stale_when_shown: Interval | None
    """Stale or conflated, among the questions for which an outdated passage was shown."""
    current_hits: Interval | None
    """Shown a passage that states the current answer, among new and changed facts; None: the arm does not search."""
    stale_against: Interval | None
    """Stale or conflated, among the changed facts for which such a passage was shown: said against the passage."""
    stale_answers: tuple[StaleAnswer, ...]
    """The first few stale outcomes, those with an outdated passage before them first."""


def freshness(
    table: ScoreTable,
    before: ScoreTable | None,
    shown: Mapping[str, Mapping[str, tuple[Passage, ...]]],
    informed: Mapping[str, frozenset[str]] = _NOBODY,
    drawn: frozenset[str] | None = None,
) -> tuple[Freshness, ...]:
    """Every arm's freshness at a wave; nothing at the first wave.

    Args:
        table: the wave's.
        before: the wave before, None at the first. Retention is over questions and seeds that both hold.
        shown: arm -> question id -> the outdated passages that it was shown; an arm that does not search is absent.
        informed: arm -> the questions for which it was shown a passage that states the current answer.
        drawn: the facts of a sample, where of the unchanged facts only those were asked that documents touched, and
            the sample: retention, FUAR and the counts of unchanged facts are read on it. None: everything was asked.
    """
    if before is None or not any(question.change for question in table.questions):
        return ()
    sample = table.of_facts(drawn)
    return tuple(
        _of_arm(table, sample, before, arm, shown.get(arm), informed.get(arm, frozenset())) for arm in table.arms
    )


def outdated_shown(wave: WaveInputs, arms: Sequence[ArmInputs]) -> dict[str, dict[str, tuple[Passage, ...]]]:
    """The outdated passages among the k that each searching arm was shown, by question."""
    return {
        arm.name: {
            question: tuple(hit.passage for hit in hits if arm.k is None or hit.rank <= arm.k)
            for question, hits in wave.outdated.get(arm.retrieval_key, {}).items()
        }
        for arm in arms
        if arm.retrieval_key is not None
    }


def informed_about(wave: WaveInputs, arms: Sequence[ArmInputs]) -> dict[str, frozenset[str]]:
    """The questions of new and changed facts for which a searching arm's k passages state the current answer."""
    return {
        arm.name: frozenset(
            question
            for question, rank in wave.informed.get(arm.retrieval_key, {}).items()
            if arm.k is None or rank <= arm.k
        )
        for arm in arms
        if arm.retrieval_key is not None
    }


def _of_arm(
    table: ScoreTable,
    sample: ScoreTable,
    before: ScoreTable,
    arm: str,
    shown: Mapping[str, tuple[Passage, ...]] | None,
    informed: frozenset[str],
) -> Freshness:
    kinds = _kinds(table, arm, MOVED) | _kinds(sample, arm, {Change.UNCHANGED})
    won = _kinds(sample, arm, MOVED)
    was_current = _current_before(before, arm)

    def current(question: WaveQuestion, outcome: Outcome) -> bool | None:
        return _is(question, outcome, table, OutcomeKind.CURRENT) if question.change in MOVED else None

    def outdated(question: WaveQuestion, outcome: Outcome) -> bool | None:
        if question.change not in OUTDATED:
            return None
        return _is(question, outcome, table, *OLD)

    def kept(question: WaveQuestion, outcome: Outcome) -> bool | None:
        if question.change is not Change.UNCHANGED or (question.question_id, outcome.seed) not in was_current:
            return None
        return _is(question, outcome, table, OutcomeKind.CURRENT)

    def hit(question: WaveQuestion, outcome: Outcome) -> bool | None:
        return bool((shown or {}).get(question.question_id)) if question.change in OUTDATED else None

    def outdated_when_shown(question: WaveQuestion, outcome: Outcome) -> bool | None:
        return outdated(question, outcome) if hit(question, outcome) else None

    def told(question: WaveQuestion, outcome: Outcome) -> bool | None:
        return question.question_id in informed if question.change in (Change.NEW, Change.CHANGED) else None

    def against(question: WaveQuestion, outcome: Outcome) -> bool | None:
        return outdated(question, outcome) if question.question_id in informed else None

    retained = [kept(question, one) for question, one in sample.arm_outcomes(arm) if question.answerable]
    return Freshness(
        arm=arm,
        kinds={change: {kind: kinds[change][kind] for kind in OutcomeKind} for change in Change if change in kinds},
        fresh=share(table, arm, current),
        stale=share(table, arm, outdated),
        retention=share(sample, arm, kept),
        fuar=Fuar(
            n_forgotten=retained.count(False),
            n_updated=won.get(Change.CHANGED, Counter())[OutcomeKind.CURRENT],
            n_acquired=won.get(Change.NEW, Counter())[OutcomeKind.CURRENT],
        ),
        stale_hits=None if shown is None else share(table, arm, hit),
        stale_when_shown=None if shown is None else share(table, arm, outdated_when_shown),
        current_hits=None if shown is None else share(table, arm, told),
        stale_against=None if shown is None else share(table, arm, against),
        stale_answers=_stale_answers(table, arm, shown or {}),
    )


def _kinds(table: ScoreTable, arm: str, changes: Collection[Change]) -> dict[Change, Counter[OutcomeKind]]:
    kinds: dict[Change, Counter[OutcomeKind]] = {}
    for question, outcome in table.arm_outcomes(arm):
        if question.answerable and question.change is not None and question.change in changes:
            kinds.setdefault(question.change, Counter())[outcome_kind(question, outcome, table.abstain)] += 1
    return kinds


def _stale_answers(table: ScoreTable, arm: str, shown: Mapping[str, tuple[Passage, ...]]) -> tuple[StaleAnswer, ...]:
    found = [
        StaleAnswer(
            question=question.question,
            answers=question.answers,
            said=outcome.answer,
            passage=next(iter(shown.get(question.question_id, ())), None),
        )
        for question, outcome in table.arm_outcomes(arm)
        if question.change in OUTDATED and outcome.answer is not None and _is(question, outcome, table, *OLD)
    ]
    return tuple(sorted(found, key=lambda one: one.passage is None)[:N_STALE_ANSWERS])


def _current_before(before: ScoreTable, arm: str) -> frozenset[tuple[str, int | None]]:
    """Question and seed of the arm's outcomes that were current at the wave before."""
    if arm not in before.arms:
        return frozenset()
    return frozenset(
        (question.question_id, outcome.seed)
        for question, outcome in before.arm_outcomes(arm)
        if _is(question, outcome, before, OutcomeKind.CURRENT)
    )


def _is(question: WaveQuestion, outcome: Outcome, table: ScoreTable, *kinds: OutcomeKind) -> bool:
    return outcome_kind(question, outcome, table.abstain) in kinds


def share(table: ScoreTable, arm: str, read: Callable[[WaveQuestion, Outcome], bool | None]) -> Interval | None:
    """The share of outcomes that a reading holds of, over facts; a question's value is the mean over its seeds."""
    values = np.zeros((len(table.questions), 1))
    defined = np.zeros(values.shape, dtype=np.bool_)
    n_outcomes = n_failed = 0
    for row, question in enumerate(table.questions):
        outcomes = table.outcomes[arm][question.question_id]
        found = [(one, held) for one in outcomes if question.answerable and (held := read(question, one)) is not None]
        if found:
            values[row, 0] = sum(held for _, held in found) / len(found)
            defined[row, 0] = True
            n_outcomes += len(found)
            n_failed += sum(one.answer is None for one, _ in found)
    (interval,) = mean_intervals(values, defined, table.facts, n_outcomes=[n_outcomes], n_failed=[n_failed])
    return interval
