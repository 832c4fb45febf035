"""What an outcome is at its wave: current, stale, conflated, abstained, wrong or failed."""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from ragvsft.core.values import Outcome, WaveQuestion
from ragvsft.metrics.abstention import is_abstention
from ragvsft.metrics.normalise import answer_spans, outermost, tokens

_REMEMBERED = 250_000
"""Outcomes: about those of 10,000 questions, six arms and three waves; some hundred bytes each."""


class OutcomeKind(StrEnum):
    """Exactly one per outcome."""

    CURRENT = "current"
    STALE = "stale"
    CONFLATED = "conflated"
    ABSTAINED = "abstained"
    WRONG = "wrong"
    FAILED = "failed"


def outcome_kind(question: WaveQuestion, outcome: Outcome, abstain: Sequence[str]) -> OutcomeKind:
    """The kind of an outcome.

    *Matches* means that the answer stands in the text as a span of tokens, numbers by value. An answer found only
    inside a longer one does not match ("York" in "New York"), and one that is also right now is not stale, however
    old it is. What matches is judged before abstaining, so "Unknown Pleasures" can be right where "unknown" abstains.

    Where nothing is accepted abstaining is current; for a removed fact an earlier answer is stale; the rest is wrong.
    """
    if outcome.answer is None:
        return OutcomeKind.FAILED
    return _kind(outcome.answer, question.answers, question.stale_answers, tuple(abstain))


def states(text: str, question: WaveQuestion) -> tuple[bool, bool]:
    """Whether a current and whether an earlier answer stands in a text, by the rules of `outcome_kind`."""
    return _states(text, question.answers, question.stale_answers)


@lru_cache(maxsize=_REMEMBERED)
def _kind(answer: str, answers: Sequence[str], stale_answers: Sequence[str], abstain: Sequence[str]) -> OutcomeKind:
    """Remembered, as every table of a verdict asks again."""
    abstained = is_abstention(answer, abstain)
    if not answers and abstained:
        return OutcomeKind.CURRENT
    match _states(answer, answers, stale_answers):
        case (True, True):
            return OutcomeKind.CONFLATED
        case (True, False):
            return OutcomeKind.CURRENT
        case (False, True):
            return OutcomeKind.STALE
        case _:
            return OutcomeKind.ABSTAINED if abstained else OutcomeKind.WRONG


def _states(text: str, answers: Sequence[str], stale_answers: Sequence[str]) -> tuple[bool, bool]:
    now = [tuple(tokens(answer)) for answer in answers]
    earlier = [answer for answer in stale_answers if tuple(tokens(answer)) not in now]
    found = [(span, True) for answer in answers for span in answer_spans(text, answer)]
    found += [(span, False) for answer in earlier for span in answer_spans(text, answer)]
    kept = {is_current for _, is_current in outermost(found)}
    return True in kept, False in kept
