"""Keyword search in process: BM25 with the words, stop words and weights of Weaviate's `word` tokenization.

As Weaviate 1.39 computes it: documents keep every word, queries lose their stop words, a word that a query repeats
counts as often, and there is no (k1 + 1) factor. Source of the formula: Robertson and Zaragoza, "The Probabilistic
Relevance Framework: BM25 and Beyond", 2009.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75
_STOP_WORDS = """
a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to
was will with
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Weaviate's preset `en`."""

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Runs of letters and digits, each character in lower case (so a final sigma is like any other)."""
    found = _WORD.findall(text)
    return [word.lower() if word.isascii() else "".join(map(str.lower, word)) for word in found]


def query_words(text: str) -> Counter[str]:
    """What a query looks for: its words without stop words, with how often each stands there."""
    return Counter(word for word in words(text) if word not in STOP_WORDS)


class Bm25:
    """BM25 over fixed texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._n = len(texts)
        rows: dict[str, list[int]] = {}
        counts: dict[str, list[int]] = {}
        lengths = np.zeros(self._n, dtype=np.float64)
        for row, text in enumerate(texts):
            found = Counter(words(text))
            lengths[row] = found.total()
            for word, count in found.items():
                rows.setdefault(word, []).append(row)
                counts.setdefault(word, []).append(count)
        self._rows = {word: np.array(where, dtype=np.intp) for word, where in rows.items()}
        self._counts = {word: np.array(how_often, dtype=np.float64) for word, how_often in counts.items()}
        mean = lengths.mean() if lengths.any() else 1.0
        self._saturation = K1 * (1 - B + B * lengths / mean)

    def similarities(self, query: str) -> NDArray[np.float64]:
        """BM25 of every text, shape (n_texts,); 0 where no word of the query stands."""
        total = np.zeros(self._n, dtype=np.float64)
        for word, times in query_words(query).items():
            rows = self._rows.get(word)
            if rows is None:
                continue
            rarity = np.log(1 + (self._n - len(rows) + 0.5) / (len(rows) + 0.5))
            counts = self._counts[word]
            total[rows] += times * rarity * counts / (counts + self._saturation[rows])
        return total
