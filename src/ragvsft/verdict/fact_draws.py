"""The primary metric of every arm when facts and training seeds are drawn anew: accuracy at the last wave, freshness.

One matrix of resampled facts serves all arms and both, so that every difference is paired.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ragvsft.core.values import Change
from ragvsft.metrics.answers import score
from ragvsft.metrics.base import AnswerMetric
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.intervals import N_RESAMPLES, SEED, Floats, Mask, cluster, resample_counts, resampled_means

FRESH = (Change.NEW, Change.CHANGED)
"""What freshness is measured on, at every wave after the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactDraws:
    """Means of arms: row 0 is the mean itself, the rows after it are resampled. Shape (1 + n_resamples, n_arms)."""

    arms: tuple[str, ...]
    accuracy: Floats
    accuracy_by_facts: Floats
    """Facts alone drawn anew, not the training seeds."""
    freshness: Floats | None
    """None: no later wave has a new or changed fact that every arm was asked about."""
    freshness_by_facts: Floats | None
    n_facts: int
    n_fresh_facts: int

    def of(self, arm: str) -> Floats:
        """An arm's accuracy."""
        column: Floats = self.accuracy[:, self.arms.index(arm)]
        return column

    def only(self, arms: Sequence[str]) -> "FactDraws":
        """The same draws of some of the arms."""
        at = [self.arms.index(arm) for arm in arms]
        return replace(
            self,
            arms=tuple(arms),
            accuracy=self.accuracy[:, at],
            accuracy_by_facts=self.accuracy_by_facts[:, at],
            freshness=None if self.freshness is None else self.freshness[:, at],
            freshness_by_facts=None if self.freshness_by_facts is None else self.freshness_by_facts[:, at],
        )


def fact_draws(
    tables: Sequence[ScoreTable], arms: Sequence[str], primary: AnswerMetric, sample: ScoreTable | None = None
) -> FactDraws | None:
    """Resample the primary metric of arms; None where the last table holds no question with a value.

    Args:
        tables: of the waves, the last one last; the first is the first wave.
        arms: those that the last table holds.
        primary: the metric.
        sample: of the last wave what its accuracy is read on; None: all of it.
    """
    last = sample or tables[-1]
    later = [table for table in tables[1:] if set(arms) <= set(table.arms)]
    rows = [(last, row, False) for row in range(len(last.questions))]
    rows += [
        (table, row, True)
        for table in later
        for row, question in enumerate(table.questions)
        if question.change in FRESH
    ]
    columns = [(arm, seed) for arm in arms for seed in range(_n_seeds(last, arm))]
    if not rows or not columns:
        return None
    values = np.zeros((len(rows), 2 * len(columns)))
    defined: Mask = np.zeros(values.shape, dtype=np.bool_)
    for at, (table, row, is_fresh) in enumerate(rows):
        question = table.questions[row]
        for column, (arm, seed) in enumerate(columns, start=len(columns) if is_fresh else 0):
            outcomes = table.outcomes[arm][question.question_id]
            value = score(primary, outcomes[min(seed, len(outcomes) - 1)], question, table.abstain)
            if value is not None:
                values[at, column], defined[at, column] = value, True
    data = cluster(values, defined, [table.questions[row].fact_id for table, row, _ in rows])
    if not defined[:, : len(columns)].any():
        return None
    means = np.vstack([data.means[None, :], resampled_means(data)])
    has_fresh = bool(defined[:, len(columns) :].any())
    accuracy, fresh = means[:, : len(columns)], means[:, len(columns) :]
    owners = [arm for arm, _ in columns]
    return FactDraws(
        arms=tuple(arms),
        accuracy=_over_seeds(accuracy, owners, arms, redrawn=True),
        accuracy_by_facts=_over_seeds(accuracy, owners, arms, redrawn=False),
        freshness=_over_seeds(fresh, owners, arms, redrawn=True) if has_fresh else None,
        freshness_by_facts=_over_seeds(fresh, owners, arms, redrawn=False) if has_fresh else None,
        n_facts=len({question.fact_id for question in last.questions}),
        n_fresh_facts=len({table.questions[row].fact_id for table, row, is_fresh in rows if is_fresh}),
    )


def _over_seeds(means: Floats, owners: Sequence[str], arms: Sequence[str], *, redrawn: bool) -> Floats:
    """Means over each arm's seeds; arms with as many seeds draw the same ones."""
    found = np.empty((len(means), len(arms)))
    for at, arm in enumerate(arms):
        mine = means[:, [column for column, owner in enumerate(owners) if owner == arm]]
        n_seeds = mine.shape[1]
        found[:, at] = mine.mean(axis=1)
        if redrawn and n_seeds > 1:
            counts = np.vstack(list(resample_counts(n_seeds, N_RESAMPLES, SEED + 1)))
            found[1:, at] = (mine[1:] * counts).sum(axis=1) / n_seeds
    return found


def _n_seeds(table: ScoreTable, arm: str) -> int:
    return max((len(outcomes) for outcomes in table.outcomes[arm].values()), default=0)
