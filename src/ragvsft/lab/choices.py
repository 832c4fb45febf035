"""Constrained decoding: which tokens a row may write when its answer must be one of a few texts (a label task)."""

from collections.abc import Sequence


class Choices:
    """The token sequences that a row may write, read as a prefix tree.

    Args:
        sequences: tokens of each text, none empty.
        ends: tokens that end an answer, for a text that is the beginning of another one.

    Raises:
        ValueError: no sequence, or an empty one.
    """

    def __init__(self, sequences: Sequence[Sequence[int]], ends: frozenset[int]) -> None:
        if not sequences or not all(sequences):
            raise ValueError("constrained decoding needs texts that have tokens")
        self._sequences = [tuple(sequence) for sequence in sequences]
        self._ends = sorted(ends)

    def allowed(self, written: Sequence[int]) -> list[int]:
        """The tokens that may follow, in ascending order; those that end an answer where a text is complete."""
        begun = tuple(written)
        following = {s[len(begun)] for s in self._sequences if len(s) > len(begun) and s[: len(begun)] == begun}
        if following and begun not in self._sequences:
            return sorted(following)
        return sorted(following.union(self._ends))

    def is_complete(self, written: Sequence[int]) -> bool:
        """Whether a text is written and no other goes on from here."""
        begun = tuple(written)
        longer = any(len(s) > len(begun) and s[: len(begun)] == begun for s in self._sequences)
        return begun in self._sequences and not longer
