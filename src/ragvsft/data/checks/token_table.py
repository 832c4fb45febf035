"""The words of many questions as one array of numbers, so that a million of them can be compared in seconds.

A question's *variants* are all its words in their order, and the same with one word taken out: two questions that
differ by one word put in, taken out or replaced have a variant in common, and only such have.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_STEP_WORDS = 200_000
_BASE = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(31)


def hashes_of(texts: Iterable[str]) -> Hashes:
    """A number for each text, the same for the same text in every process."""
    return np.frombuffer(array("q", map(_hash, texts)), dtype=np.uint64)


@lru_cache(maxsize=65_536)
def _hash(text: str) -> int:
    """64 bits. Cached, because a few words make most of a text; not Python's own hash, which is another every time."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little", signed=True)


def mixed(hashes: Hashes, others: Hashes | np.uint64) -> Hashes:
    """One number for each pair of numbers."""
    with np.errstate(over="ignore"):
        spread = (hashes ^ (hashes >> _SHIFT)) * _SPREAD
        spread = (spread ^ (spread >> _SHIFT)) + others * _BASE
        return np.asarray(spread ^ (spread >> _SHIFT), dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The word hashes of all questions, one after the other."""

    flat: Hashes
    starts: Places
    """Where each question begins; one more than there are questions."""

    @classmethod
    def of(cls, texts: Iterable[Iterable[str]]) -> "TokenTable":
        """The table of questions given as words."""
        flat, starts = array("q"), array("q", [0])
        for words in texts:
            flat.extend(map(_hash, words))
            starts.append(len(flat))
        return cls(np.frombuffer(flat, dtype=np.uint64), np.frombuffer(starts, dtype=np.int64))

    def row(self, at: int) -> Hashes:
        """The words of one question."""
        return self.flat[self.starts[at] : self.starts[at + 1]]

    def by_length(self, rows: Places) -> Iterator[tuple[Places, Hashes]]:
        """Questions of one length at a time, some at a step: their rows, and their words (rows x words)."""
        lengths = (self.starts[1:] - self.starts[:-1])[rows]
        ordered = rows[np.argsort(lengths, kind="stable")]
        sizes, first = np.unique(np.sort(lengths), return_index=True)
        ends = [*first[1:], len(ordered)]
        for size, begin, end in zip(sizes, first, ends, strict=True):
            step = max(1, _STEP_WORDS // max(1, int(size)))
            for at in range(int(begin), int(end), step):
                chosen = ordered[at : min(at + step, int(end))]
                yield chosen, self.flat[self.starts[chosen][:, None] + np.arange(size)]


def variants(words: Hashes) -> Hashes:
    """Hashes of the variants of questions of n words: rows x (n + 1). Column 0 is whole, column i lacks word i - 1.

    A polynomial in the words' hashes, so that leaving out word i joins what stands before it and what stands behind it.
    """
    n_rows, n = words.shape
    found = np.empty((n_rows, n + 1), dtype=np.uint64)
    before = np.zeros(n_rows, dtype=np.uint64)
    behind = np.zeros(n_rows, dtype=np.uint64)
    power = np.uint64(1)
    with np.errstate(over="ignore"):
        # Behind word i, from the last word on; the power counts the words that were taken in.
        for i in range(n - 1, -1, -1):
            found[:, i + 1] = behind
            behind = behind + words[:, i] * power
            power = power * _BASE
        found[:, 0] = behind
        powers = np.ones(n + 1, dtype=np.uint64)
        for i in range(1, n + 1):
            powers[i] = powers[i - 1] * _BASE
        for i in range(n):
            found[:, i + 1] += before * powers[n - 1 - i]
            before = before * _BASE + words[:, i]
        found[:, 0] ^= np.uint64(n) * _SPREAD
        found[:, 1:] ^= np.uint64(n - 1) * _SPREAD
    return found


def minima(words: Hashes, n: int) -> Hashes:
    """The signatures of MinHash: of each of `n` reorderings of all hashes the first that a question has; rows x n."""
    found = np.empty((len(words), n), dtype=np.uint64)
    for place in range(n):
        found[:, place] = mixed(words, np.uint64(2 * place + 3)).min(axis=1)
    return found
