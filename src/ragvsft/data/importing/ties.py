"""What ties questions to each other (a fact, a text, a gold document), as numbers: some 50 bytes a question and fact.

A hash stands for a text or a document: among a million questions two that differ share one of 64 bits once in ten
million sets.
"""

from array import array
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Question, Split
from ragvsft.data.read import question_key

SPLITS = (Split.TEST, Split.DEV, Split.TRAIN)
"""The split of a text that is in several comes first."""
UNTOLD = len(SPLITS)
"""The place of no split."""


class Ties:
    """The ties of the questions that an importer takes in, each under its number, 0 the first."""

    def __init__(self, seed: int) -> None:
        self._seed = str(seed)
        self.names: dict[str, int] = {}
        """The facts, each with its number."""
        self._facts, self._texts, self._orders, self._splits = array("q"), array("q"), array("Q"), array("b")
        self._owners, self._documents = array("q"), array("q")
        """Questions and the gold documents of theirs, side by side."""

    def add(self, question: Question, split: Split | None) -> None:
        """Take in the next question; `split` is the source's own."""
        key = question_key(question.question)
        self._facts.append(self.names.setdefault(question.fact_id, len(self.names)))
        self._texts.append(hash(key))
        self._orders.append(int(text_hash(question.fact_id, self._seed, key)[:16], 16))
        self._splits.append(UNTOLD if split is None else SPLITS.index(split))
        self.add_gold(len(self._facts) - 1, question.gold_doc_ids)

    def add_gold(self, number: int, doc_ids: Collection[str]) -> None:
        """Tie a question to documents."""
        self._owners.extend([number] * len(doc_ids))
        self._documents.extend(map(hash, doc_ids))

    def drop_gold_beside(self, doc_ids: Collection[str]) -> list[int]:
        """Untie questions from documents other than these; returns the numbers of those that were tied to some."""
        known = np.fromiter(map(hash, doc_ids), np.int64, len(doc_ids))
        is_known = np.isin(np.asarray(self._documents), known)
        unknown = np.unique(np.asarray(self._owners)[~is_known]).tolist()
        if unknown:
            self._owners = array("q", np.asarray(self._owners)[is_known].tobytes())
            self._documents = array("q", np.asarray(self._documents)[is_known].tobytes())
        return list(unknown)

    def split_of(self, number: int) -> Split | None:
        """The source's own split of a question."""
        code = self._splits[number]
        return None if code == UNTOLD else SPLITS[code]

    @property
    def facts(self) -> NDArray[np.int64]:
        """The number of each question's fact."""
        return np.asarray(self._facts)

    @property
    def texts(self) -> NDArray[np.int64]:
        """A number for each question's text, case and white space left out."""
        return np.asarray(self._texts)

    @property
    def orders(self) -> NDArray[np.uint64]:
        """The beginning of a seeded hash of each question's fact and text, the same in every process."""
        return np.asarray(self._orders)

    @property
    def splits(self) -> NDArray[np.int8]:
        """The place in `SPLITS` of each question's own split; `UNTOLD`: it has none."""
        return np.asarray(self._splits)

    def joined(self, numbers: NDArray[np.int64], *, by_document: bool) -> NDArray[np.int64]:
        """The group of each of some questions, counted from 0: questions with a tie in common are in one group."""
        if not len(numbers):
            return np.empty(0, np.int64)
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        places = np.arange(len(numbers))
        ties = [(places, self.facts[numbers]), (places, self.texts[numbers])]
        if by_document:
            place_of = np.full(len(self._facts), -1)
            place_of[numbers] = places
            owners = place_of[np.asarray(self._owners)]
            ties.append((owners[owners >= 0], np.asarray(self._documents)[owners >= 0]))
        end = len(numbers)
        knots = []
        for _, values in ties:
            different, found = np.unique(values, return_inverse=True)
            knots.append(found + end)
            end += len(different)
        owners, flat = np.concatenate([owners for owners, _ in ties]), np.concatenate(knots)
        graph = coo_array((np.ones(len(flat), np.int8), (owners, flat)), shape=(end, end))
        found = connected_components(graph, directed=False)[1][: len(numbers)]
        return np.asarray(found, np.int64)
