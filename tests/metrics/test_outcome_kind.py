"""The kinds of outcomes, by hand."""

from datetime import date

import pytest

from ragvsft.core.values import Outcome, Split, WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind

ABSTAIN = ("I don't know", "unknown")


def kind(answer: str | None, now: tuple[str, ...], earlier: tuple[str, ...], *, answerable: bool = True) -> OutcomeKind:
    question = WaveQuestion(
        question_id="q",
        fact_id="f",
        question="?",
        answers=now,
        stale_answers=earlier,
        gold_doc_ids=(),
        split=Split.TEST,
        answerable=answerable,
    )
    outcome = Outcome(
        arm="rag",
        wave=date(2024, 1, 1),
        question_id="q",
        seed=None,
        answer=answer,
        failure="no memory" if answer is None else None,
    )
    return outcome_kind(question, outcome, ABSTAIN)


@pytest.mark.parametrize(
    ("answer", "now", "earlier", "expected"),
    [
        ("30 days", ("30 days",), ("14 days",), "current"),
        ("It was 14 days.", ("30 days",), ("14 days",), "stale"),
        ("It was 14 days and is 30 days.", ("30 days",), ("14 days",), "conflated"),
        ("I don't know", ("30 days",), ("14 days",), "abstained"),
        ("90 days", ("30 days",), ("14 days",), "wrong"),
        ("", ("30 days",), ("14 days",), "wrong"),
        (None, ("30 days",), ("14 days",), "failed"),
        # One answer is a part of another.
        ("New York", ("New York",), ("York",), "current"),
        ("New York", ("York",), ("New York",), "stale"),
        ("York, not New York", ("New York",), ("York",), "conflated"),
        ("1200", ("1200",), ("12",), "current"),
        # Back at an old value: the history still lists it.
        ("Anna", ("Anna",), ("Anna", "Ben"), "current"),
        ("Ben", ("Anna",), ("Anna", "Ben"), "stale"),
        # An alias that both intervals accept.
        ("the Chancellor", ("Olaf Scholz", "chancellor"), ("Angela Merkel", "The Chancellor"), "current"),
        ("Merkel, chancellor", ("Olaf Scholz", "chancellor"), ("Merkel", "chancellor"), "conflated"),
        # Numbers in another format.
        ("It costs $1,200.00", ("1200",), ("1,250",), "current"),
        ("It costs 1250", ("1200",), ("1,250.0",), "stale"),
        ("1,200.0", ("1200",), ("1,200",), "current"),
        # An answer that begins with a phrase for abstaining, and a hedge that names the right one.
        ("Unknown Pleasures", ("Unknown Pleasures",), (), "current"),
        ("I don't know, 30 days?", ("30 days",), (), "current"),
        # Removed: abstaining is right, even with a word about the past.
        ("I don't know", (), ("14 days",), "current"),
        ("I don't know; it was 14 days", (), ("14 days",), "current"),
        ("14 days", (), ("14 days",), "stale"),
        ("30 days", (), ("14 days",), "wrong"),
        ("", (), ("14 days",), "wrong"),
        (None, (), ("14 days",), "failed"),
    ],
)
def test_kinds(answer: str | None, now: tuple[str, ...], earlier: tuple[str, ...], expected: str) -> None:
    assert kind(answer, now, earlier) == expected


def test_unanswerable_is_right_by_abstaining_alone() -> None:
    assert kind("unknown", (), (), answerable=False) == "current"
    assert kind("Paris", (), (), answerable=False) == "wrong"
    assert kind(None, (), (), answerable=False) == "failed"
