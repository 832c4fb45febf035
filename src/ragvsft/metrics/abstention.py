"""Whether an answer says that its arm does not know, by the dataset's own phrases."""

from collections.abc import Sequence

from ragvsft.metrics.normalise import tokens


def is_abstention(answer: str, abstain: Sequence[str]) -> bool:
    """Whether the answer is, or begins with, one of the phrases, compared by whole tokens.

    So "I don’t know. The passages do not say." abstains for "I don't know", and "Unknowable" does not for "unknown".
    An empty answer does not abstain: it says nothing, and is wrong.
    """
    said = tokens(answer)
    phrases = (tokens(phrase) for phrase in abstain)
    return any(phrase and said[: len(phrase)] == phrase for phrase in phrases)
