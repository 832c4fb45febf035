"""Finds questions that have a key and a claim in common, by sorted hashes: seconds for a million of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ragvsft.data.checks.token_table import Hashes, Places, TokenTable, mixed

_MOST_KEYS = 1_500_000
"""Held at a time, on the side of the test questions."""

Keys = Callable[[Hashes], Hashes]
"""From the words of questions of one length (rows x words) to their keys (rows x any number)."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What questions must have in common to be compared: any number of hashes each."""

    flat: Hashes
    starts: Places

    def of(self, rows: Places) -> tuple[Places, Hashes]:
        """The claims of some rows, and for each the position of its row."""
        counts = self.starts[rows + 1] - self.starts[rows]
        owners = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        return owners, self.flat[self.starts[rows][owners] + within]

    def without(self, rows: Places, facts: Hashes, truths: Hashes) -> "Claims":
        """The same without claims that are such truths of their row's fact; only for the rows given."""
        owners, flat = self.of(rows)
        kept = ~np.isin(mixed(facts[rows][owners], flat), truths)
        counts = np.zeros(len(self.starts) - 1, dtype=np.int64)
        counts[rows] = np.bincount(owners[kept], minlength=len(rows))
        return Claims(flat[kept], np.concatenate([[0], np.cumsum(counts)]))


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a join: which questions, what their words are compared by, and what they must share besides."""

    rows: Places
    """Ascending."""
    keys: Keys
    claims: Claims


def joined(table: TokenTable, tests: Side, others: Side) -> Iterator[tuple[int, int, int]]:
    """Test questions with a key and a claim of another question: row, one of the other rows, and the key; by row."""
    keys_per_claim = sum(len(chosen) * tests.keys(words[:1]).shape[1] for chosen, words in table.by_length(tests.rows))
    claims_per_row = len(tests.claims.of(tests.rows)[0]) / max(1, len(tests.rows))
    parts = int(keys_per_claim * claims_per_row / _MOST_KEYS) + 1
    for part in range(parts):
        mine = list(_claimed(table, tests, part, parts))
        if not mine:
            continue
        keys, plain, rows = (np.concatenate([piece[n] for piece in mine]) for n in range(3))
        del mine
        if not len(keys):
            continue
        known, first = np.unique(keys, return_inverse=True)
        witness = np.full(len(known), -1, dtype=np.int64)
        for theirs, _, their_rows in _claimed(table, others, part, parts):
            at = np.minimum(np.searchsorted(known, theirs), len(known) - 1)
            hit = known[at] == theirs
            witness[at[hit]] = their_rows[hit]
        found = np.flatnonzero(witness[first] >= 0)
        for place in found[np.argsort(rows[found], kind="stable")]:
            yield int(rows[place]), int(witness[first[place]]), int(plain[place])


def _claimed(table: TokenTable, side: Side, part: int, parts: int) -> Iterator[tuple[Hashes, Hashes, Places]]:
    """Keys joined with claims, the keys alone, and their rows: those of one part of all."""
    for chosen, words in table.by_length(side.rows):
        plain = side.keys(words)
        if not plain.shape[1]:
            continue
        owners, flat = side.claims.of(chosen)
        keys = mixed(plain[owners], flat[:, None])
        mine = keys % np.uint64(parts) == np.uint64(part)
        yield keys[mine], plain[owners][mine], np.broadcast_to(chosen[owners][:, None], keys.shape)[mine]
