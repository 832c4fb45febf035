"""Deals facts to their work: tested, training only, dev only. Seeded, and blind to the order of the rows.

Facts known at the first wave are drawn in the numbers that the plan asks for. A fact that appears later is dealt by a
hash of seed and fact with the shares of that draw, so that adding a wave never deals another fact anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from ragvsft.config.experiment import SplitPlan
from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Dataset, Question, Split
from ragvsft.data.snapshots import questions_at


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSplit:
    """Which facts serve what; ids sorted, no fact twice. What is in none of them is not used."""

    tested: tuple[str, ...]
    training_only: tuple[str, ...] = ()
    dev_only: tuple[str, ...] = ()
    """Only in sets with one phrasing a fact; elsewhere a fact's dev question is one of its phrasings."""

    def to_json(self) -> dict[str, list[str]]:
        """As it stands in a manifest."""
        return {"tested": list(self.tested), "training_only": list(self.training_only), "dev_only": list(self.dev_only)}

    @classmethod
    def from_json(cls, value: Mapping[str, Iterable[str]]) -> Self:
        """From a manifest."""
        return cls(
            tested=tuple(value["tested"]),
            training_only=tuple(value["training_only"]),
            dev_only=tuple(value["dev_only"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    fact_id: str
    splits: frozenset[Split]
    doc_ids: frozenset[str]
    stratum: str


@dataclass(slots=True)
class _Deal:
    """What was dealt so far, and to which work each document belongs."""

    one_phrasing: bool
    seed: int
    work: dict[str, Split] = field(default_factory=dict)
    documents: dict[str, Split] = field(default_factory=dict)

    def free(self, facts: Iterable[_Fact], split: Split) -> list[_Fact]:
        """Facts with a question of the split that are not dealt and share no document with other work.

        Several phrasings of one fact share their documents anyway, so there only facts are kept apart.
        """
        return [
            fact
            for fact in facts
            if split in fact.splits
            and fact.fact_id not in self.work
            and not (self.one_phrasing and any(self.documents.get(d, split) is not split for d in fact.doc_ids))
        ]

    def give(self, facts: Iterable[_Fact], split: Split) -> None:
        for fact in facts:
            self.work[fact.fact_id] = split
            self.documents.update((doc_id, split) for doc_id in fact.doc_ids)

    def ids(self, split: Split) -> tuple[str, ...]:
        return tuple(sorted(fact_id for fact_id, given in self.work.items() if given is split))


def draw_split(dataset: Dataset, plan: SplitPlan, waves: Sequence[date]) -> FactSplit:
    """Deal the dataset's facts as the plan asks.

    Sets with several phrasings a fact: tested facts are drawn from facts with a test question, training-only facts
    from the rest with a train question. Sets with one phrasing a fact: from the facts of the test, train and dev
    questions, and no document belongs to two works. Both draws keep the shares of `slice.change` where it is given.

    Args:
        dataset: a dataset as it was read.
        plan: the numbers and the seed.
        waves: the experiment's waves, ascending; none: the dataset's snapshots.

    Raises:
        DataError: there are fewer facts than asked for; the message says how many there are.
        UsageError: `dev_facts` is set for a set with several phrasings a fact.
    """
    days = tuple(waves) or dataset.snapshots
    facts = _facts(dataset.questions)
    one_phrasing = len(facts) == len(dataset.questions)
    if plan.dev_facts is not None and not one_phrasing:
        raise UsageError(
            f"split.dev_facts is set, but the facts of {dataset.name} have several phrasings",
            hint="leave it out: the dev questions are phrasings of the tested and of the training-only facts",
        )
    deal = _Deal(one_phrasing, plan.seed)
    arriving = _by_first_wave(dataset, facts, days)
    wanted = [(Split.TEST, plan.tested_facts), (Split.TRAIN, plan.training_only_facts)]
    if one_phrasing:
        wanted.append((Split.DEV, plan.dev_facts))
    shares = {split: _draw(deal, arriving[0], split, n, days[0]) for split, n in wanted}
    for later in arriving[1:]:
        for split, share in shares.items():
            chosen = [fact for fact in deal.free(later, split) if _fraction(plan.seed, split, fact.fact_id) < share]
            deal.give(sorted(chosen, key=lambda fact: fact.fact_id), split)
    return FactSplit(tested=deal.ids(Split.TEST), training_only=deal.ids(Split.TRAIN), dev_only=deal.ids(Split.DEV))


def _draw(deal: _Deal, facts: Sequence[_Fact], split: Split, wanted: int | None, first: date) -> float:
    """Deal the facts of the first wave; returns the share of the free ones that was drawn."""
    free = deal.free(facts, split)
    n = len(free) if wanted is None else wanted
    if n > len(free) or (split is Split.TEST and not free):
        _refuse(split, wanted, len(free), first, one_phrasing=deal.one_phrasing)
    deal.give(_stratified(free, n, deal.seed, split), split)
    return n / len(free) if free else 0.0


def _stratified(facts: Sequence[_Fact], n: int, seed: int, split: Split) -> list[_Fact]:
    """`n` facts, of each stratum its share by largest remainder, within a stratum by hash."""
    strata: dict[str, list[_Fact]] = {}
    for fact in facts:
        strata.setdefault(fact.stratum, []).append(fact)
    quota = {name: n * len(members) // len(facts) for name, members in strata.items()}
    remainders = sorted(strata, key=lambda name: (-(n * len(strata[name]) % len(facts)), name))
    for name in remainders[: n - sum(quota.values())]:
        quota[name] += 1
    return [
        fact
        for name, members in strata.items()
        for fact in sorted(members, key=lambda fact: text_hash(str(seed), split, fact.fact_id))[: quota[name]]
    ]


def _fraction(seed: int, split: Split, fact_id: str) -> float:
    """A number in [0, 1) that seed, work and fact decide."""
    return int(text_hash(str(seed), split, fact_id)[:13], 16) / 16**13


def _facts(questions: Iterable[Question]) -> dict[str, _Fact]:
    by_fact: dict[str, list[Question]] = {}
    for question in questions:
        by_fact.setdefault(question.fact_id, []).append(question)
    return {
        fact_id: _Fact(
            fact_id=fact_id,
            splits=frozenset(question.split for question in phrasings),
            doc_ids=frozenset(doc_id for question in phrasings for doc_id in question.gold_doc_ids),
            stratum=min(question.slice.get("change", "") for question in phrasings),
        )
        for fact_id, phrasings in by_fact.items()
    }


def _by_first_wave(dataset: Dataset, facts: Mapping[str, _Fact], days: Sequence[date]) -> list[list[_Fact]]:
    """The facts by the first wave at which one of their questions can be asked."""
    seen: set[str] = set()
    arriving = []
    for day in days:
        asked = {question.fact_id for question in questions_at(dataset, day, None)[0]}
        arriving.append([facts[fact_id] for fact_id in sorted(asked - seen)])
        seen |= asked
    return arriving


def _refuse(split: Split, wanted: int | None, there_are: int, first: date, *, one_phrasing: bool) -> None:
    name = {Split.TEST: "tested_facts", Split.TRAIN: "training_only_facts", Split.DEV: "dev_facts"}[split]
    left = {
        Split.TEST: "",
        Split.TRAIN: " that share no document with a tested one" if one_phrasing else " left beside the tested ones",
        Split.DEV: " that share no document with a tested or training-only one",
    }[split]
    asked = "every fact" if wanted is None else str(wanted)
    raise DataError(
        f"split.{name} asks for {asked}, but at {first} there are {there_are} facts with a {split} question{left}",
        hint=f"set split.{name} to {there_are} or less"
        + (", or split.tested_facts lower" if split is Split.TRAIN else "")
        if there_are
        else "check the splits of questions.jsonl, or set split.tested_facts lower",
    )
