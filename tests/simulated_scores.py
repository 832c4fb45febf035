"""Simulated experiments of two arms whose true means are known: right or wrong and graded, clustered, evenly or not."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

PARTIAL = 0.75
"""Mean score of a graded answer that both arms give alike and that is not wrong: 1 or beta(2, 2), half of the time."""
WINNER, LOSER = 2.0 / 3.0, 1.0 / 3.0
"""Mean graded scores where the arms differ: beta(2, 1), and that times a uniform number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind of experiment."""

    n_facts: int
    wins: float
    """Share of questions on which the first arm is better; of facts too, as phrasings are drawn alike."""
    losses: float
    level: float = 0.5
    """Share that is not wrong among the questions that both answer alike."""
    graded: bool = False
    phrasings: int = 1
    """Of a fact; the most of one where they are uneven."""
    sizes: Literal["even", "uneven", "half"] = "even"
    """Uneven: 1 to `phrasings`, drawn. Half: the first fact has as many questions as all others together."""
    alike: float = 0.8
    """Chance that a phrasing has its fact's draw and not one of its own."""

    @property
    def name(self) -> str:
        """As a table shows it."""
        shape = {"even": f"× {self.phrasings}", "uneven": f"× 1–{self.phrasings}", "half": "one has half"}[self.sizes]
        kind = "graded" if self.graded else "0/1"
        return f"{self.n_facts} facts {shape}, {kind}, +{self.wins:.0%} −{self.losses:.0%}, level {self.level:g}"

    @property
    def difference(self) -> float:
        """The true mean of the first arm less that of the second."""
        return (self.wins - self.losses) * (WINNER - LOSER if self.graded else 1.0)

    @property
    def mean(self) -> float:
        """The true mean of the first arm."""
        tied = (1.0 - self.wins - self.losses) * self.level
        if not self.graded:
            return self.wins + tied
        return self.wins * WINNER + self.losses * LOSER + tied * PARTIAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiments:
    """Many experiments of one cell; rows are questions, columns experiments."""

    first: Floats
    """Scores of the first arm, shape (n_questions, n_experiments)."""
    second: Floats
    asked: Mask
    """Same shape; what was not asked has no score."""
    facts: list[str]


def simulate(cell: Cell, n_experiments: int, rng: np.random.Generator) -> Experiments:
    """Draw experiments; every score's expectation is the cell's."""
    n_phrasings = cell.n_facts - 1 if cell.sizes == "half" else cell.phrasings
    shape = (cell.n_facts, n_phrasings, n_experiments)
    keeps = rng.random(shape) < cell.alike

    def drawn() -> Floats:
        whole = rng.random((cell.n_facts, 1, n_experiments))
        return whole if n_phrasings == 1 else np.where(keeps, whole, rng.random(shape))

    which, right, size, share = drawn(), drawn() < cell.level, drawn(), drawn()
    won, lost = which < cell.wins, which >= 1.0 - cell.losses
    if cell.graded:
        # beta(2, 2) by its median of three uniforms, beta(2, 1) as the root of one.
        middle = np.median(np.stack([drawn(), drawn(), drawn()]), axis=0)
        tied = np.where(right, np.where(share < 0.5, 1.0, middle), 0.0)
        winner, loser = np.sqrt(size), np.sqrt(size) * share
    else:
        tied, winner, loser = right.astype(np.float64), np.ones(which.shape), np.zeros(which.shape)
    first = np.where(won, winner, np.where(lost, loser, tied))
    second = np.where(lost, winner, np.where(won, loser, tied))
    asked = _asked(cell, shape, rng)
    flat = (cell.n_facts * n_phrasings, n_experiments)
    facts = [f"f{fact:05}" for fact in range(cell.n_facts) for _ in range(n_phrasings)]
    return Experiments(first=first.reshape(flat), second=second.reshape(flat), asked=asked.reshape(flat), facts=facts)


def _asked(cell: Cell, shape: tuple[int, int, int], rng: np.random.Generator) -> Mask:
    phrasing = np.arange(shape[1])[None, :, None]
    if cell.sizes == "even":
        return np.ones(shape, dtype=np.bool_)
    if cell.sizes == "uneven":
        return phrasing < rng.integers(1, cell.phrasings + 1, size=(cell.n_facts, 1, shape[2]))
    is_first = (np.arange(cell.n_facts) == 0)[:, None, None]
    return np.broadcast_to((phrasing == 0) | is_first, shape).copy()
