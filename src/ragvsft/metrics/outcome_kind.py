"""What an outcome is at its wave: current, stale, conflated, abstained, wrong or failed."""

from collections.abc import Sequence
from enum import StrEnum

from ragvsft.core.values import Outcome, WaveQuestion
from ragvsft.metrics.abstention import is_abstention
from ragvsft.metrics.normalise import answer_spans, outermost, tokens


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
    abstained = is_abstention(outcome.answer, abstain)
    if not question.answers and abstained:
        return OutcomeKind.CURRENT
    current, stale = states(outcome.answer, question)
    match (current, stale):
        case (True, True):
            return OutcomeKind.CONFLATED
        case (True, False):
            return OutcomeKind.CURRENT
        case (False, True):
            return OutcomeKind.STALE
        case _:
            return OutcomeKind.ABSTAINED if abstained else OutcomeKind.WRONG


def states(text: str, question: WaveQuestion) -> tuple[bool, bool]:
    """Whether a current and whether an earlier answer stands in a text, by the rules of `outcome_kind`."""
    now = [tuple(tokens(answer)) for answer in question.answers]
    earlier = [answer for answer in question.stale_answers if tuple(tokens(answer)) not in now]
    found = [(span, True) for answer in question.answers for span in answer_spans(text, answer)]
    found += [(span, False) for answer in earlier for span in answer_spans(text, answer)]
    kept = {is_current for _, is_current in outermost(found)}
    return True in kept, False in kept
