"""What a dataset allows an experiment to be: the waves, the split, and what there is to train and to judge by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from ragvsft.config.experiment import SplitPlan
from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset, Split
from ragvsft.data.snapshots import questions_at
from ragvsft.data.splitting import draw_split

TESTED_FACTS = 200
TRAINING_ONLY_FACTS = 400
TRAINING_ONLY_BESIDE_TESTED = 200
DEV_FACTS = 60
"""At most; more cost time on two cores and tell little more at first."""
WORTH_TRAINING_ON = 8
"""Fewer facts than this teach an adapter nothing."""
MAX_WAVES = 4
TESTED_SHARE = 0.6
"""Of the facts, where the same facts could be tested and kept for training only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a dataset allows."""

    dataset: Dataset
    waves: tuple[date, ...]
    split: SplitPlan
    one_phrasing: bool
    n_tested: int
    n_training_only: int
    n_dev_only: int
    trains_on_tested: bool
    """Whether tested facts have other phrasings to train on."""
    has_dev: bool
    has_gold: bool

    @property
    def trains_apart(self) -> bool:
        """Whether there are facts enough that are trained on and never tested."""
        return self.n_training_only >= WORTH_TRAINING_ON


def start_for(dataset: Dataset) -> Start:
    """Look at what a dataset allows, and draw its split to see that it can be drawn.

    Raises:
        DataError: no fact can be tested at the first snapshot.
    """
    waves = _waves(dataset.snapshots)
    facts = {question.fact_id for question in dataset.questions}
    one_phrasing = len(facts) == len(dataset.questions)
    known = questions_at(dataset, waves[0], None)[0]
    by_split = {split: {q.fact_id for q in known if q.split is split} for split in Split}
    n_test = len(by_split[Split.TEST])
    both = by_split[Split.TEST] & by_split[Split.TRAIN]
    # Where every fact could do either work, some must be left to train on.
    share = TESTED_SHARE if not one_phrasing and len(both) >= WORTH_TRAINING_ON / (1 - TESTED_SHARE) else 1.0
    n_tested = min(TESTED_FACTS, max(1, round(share * n_test)))

    def drawn(**numbers: int | None) -> bool:
        try:
            draw_split(dataset, SplitPlan(tested_facts=n_tested, **numbers), waves)
        except DataError:
            return False
        return True

    most = min(TRAINING_ONLY_FACTS if one_phrasing else TRAINING_ONLY_BESIDE_TESTED, len(by_split[Split.TRAIN]))
    n_training_only = _largest(most, lambda n: drawn(training_only_facts=n))
    n_dev = 0
    if one_phrasing:
        most = min(DEV_FACTS, len(by_split[Split.DEV]))
        n_dev = _largest(most, lambda n: drawn(training_only_facts=n_training_only, dev_facts=n or None))
    plan = SplitPlan(tested_facts=n_tested, training_only_facts=n_training_only, dev_facts=n_dev or None)
    split = draw_split(dataset, plan, waves)
    tested = set(split.tested)
    return Start(
        dataset=dataset,
        waves=waves,
        split=plan,
        one_phrasing=one_phrasing,
        n_tested=n_tested,
        n_training_only=n_training_only,
        n_dev_only=n_dev,
        trains_on_tested=len(tested & by_split[Split.TRAIN]) >= WORTH_TRAINING_ON,
        has_dev=bool(tested & by_split[Split.DEV] or split.dev_only),
        has_gold=any(question.gold_doc_ids for question in dataset.questions),
    )


def _waves(snapshots: Sequence[date]) -> tuple[date, ...]:
    """All snapshots, or of many some that are spread evenly, the first and the last among them."""
    if len(snapshots) <= MAX_WAVES:
        return tuple(snapshots)
    last = len(snapshots) - 1
    return tuple(snapshots[round(n * last / (MAX_WAVES - 1))] for n in range(MAX_WAVES))


def _largest(most: int, works: Callable[[int], bool]) -> int:
    """The largest number up to `most` that works, 0 if none does; what works for one works for all below it."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if works(middle) else (low, middle - 1)
    return low
