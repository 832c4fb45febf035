"""From facts to a training schedule: which row an adapter reads in which epoch. Knows recipes, no model and no index.

Every choice is made by hashing the seed with the ids it is about. So the schedule depends on neither the order of
the facts nor that of their phrasings, and a fact's closed-book rows stay the same when other facts come or go.

The context recipe follows RAFT (Zhang et al. 2024, arXiv:2403.10131): the gold passages among distractors, and a
share of rows without them. There RAFT keeps the answer; here the row teaches to abstain, because the arms are asked
to say that they do not know. The number of passages is the same in both, so that it cannot give the answer away.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle, islice, pairwise
from typing import TypeVar

from ragvsft.config.experiment import Adapter
from ragvsft.core.errors import TrainingError
from ragvsft.core.hashing import json_hash, text_hash
from ragvsft.core.values import Passage
from ragvsft.lab.prompts import PromptBuilder

Distractors = Callable[[Sequence[tuple[str, frozenset[str]]], int], list[list[Passage]]]
"""For each (question, passage ids to leave out), at most so many passages, the nearest first."""

SPARE_DISTRACTORS = 3
"""Asked for in addition: rows that abstain cannot use passages that state the answer."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFact:
    """A fact as it was known when the adapter is trained."""

    fact_id: str
    phrasings: tuple[str, ...]
    answer: str
    gold: tuple[Passage, ...]
    """Every passage that the answer needs; two for a question that joins two documents."""
    answerable: bool
    """False: its rows abstain, and `answer` and `gold` are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """One row as the model reads it."""

    prompt: str
    completion: str
    """What the loss is taken on, the end of the turn included."""
    fact_id: str
    with_passages: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _ContextUse:
    """A fact's turn among the context rows of an epoch."""

    fact: TrainingFact
    question: str
    epoch: int
    place: int
    """Among all context rows of the schedule."""
    shows_gold: bool


def build_schedule(
    facts: Sequence[TrainingFact],
    *,
    adapter: Adapter,
    builder: PromptBuilder,
    distractors: Distractors,
    abstain: str,
    seed: int,
    abstains_without_gold: bool = True,
) -> list[list[TrainingRow]]:
    """The rows of every epoch.

    `closed_book`: one phrasing of every fact an epoch, all of them in turn. `raft`: `context_rows` rows an epoch,
    dealt over the facts without repeating one before all had their turn. `mixed`: both. With `balance_labels` there
    are as many rows, and the facts of every answer have their turn equally often: those of a rare one return sooner.

    Args:
        facts: in any order; an answerable one without gold passages gets no context rows.
        adapter: recipe, epochs and shares.
        builder: the builder of the adapter's style.
        distractors: called once, for every question of a context row.
        abstain: the answer of rows that have none.
        seed: of the training; the same seed gives the same schedule.
        abstains_without_gold: False where no answer may be an abstention: rows without gold keep theirs, as in RAFT.

    Raises:
        TrainingError: the recipe makes no row of these facts.
    """
    known = _sorted_facts(facts)
    schedule: list[list[TrainingRow]] = [[] for _ in range(adapter.epochs)]
    if adapter.recipe in ("closed_book", "mixed"):
        for epoch, turns in enumerate(_closed_book_turns(known, adapter, seed)):
            for fact, turn in turns:
                answer = fact.answer if fact.answerable else abstain
                schedule[epoch].append(_row(builder, fact, _phrasing(fact, turn, seed), (), answer))
    if adapter.recipe in ("raft", "mixed"):
        uses = _deal(known, adapter, seed)
        found = _distractors_of(uses, adapter, distractors)
        for use in uses:
            near = found[use.question, use.fact.fact_id]
            keeps = use.shows_gold or (use.fact.answerable and not abstains_without_gold)
            passages = _passages(use, near, adapter.distractors, seed, silent=not keeps)
            answer = use.fact.answer if keeps else abstain
            schedule[use.epoch].append(_row(builder, use.fact, use.question, passages, answer))
    if not any(schedule):
        raise TrainingError(
            f"the recipe {adapter.recipe} makes no training row of {len(known)} facts",
            hint="set context_rows above 0, and check that the facts' documents state their answers"
            if adapter.recipe == "raft"
            else "give the adapter facts that have training questions",
        )
    return schedule


def schedule_hash(schedule: Sequence[Sequence[TrainingRow]]) -> str:
    """SHA-256 over every row in its place; 64 hex digits."""
    return json_hash([[[r.prompt, r.completion, r.fact_id, r.with_passages] for r in rows] for rows in schedule])


def _sorted_facts(facts: Sequence[TrainingFact]) -> list[TrainingFact]:
    known = sorted(facts, key=lambda fact: fact.fact_id)
    for one, other in pairwise(known):
        if one.fact_id == other.fact_id:
            raise TrainingError(
                f"fact {one.fact_id} stands twice among the training facts", hint="join its phrasings in one fact"
            )
    empty = [fact.fact_id for fact in known if not fact.phrasings or (fact.answerable and not fact.answer.strip())]
    if empty:
        raise TrainingError(
            f"{len(empty)} training facts have no phrasing or no answer, such as {empty[0]}",
            hint="leave them out, or mark them as not answerable",
        )
    return known


def _closed_book_turns(
    facts: Sequence[TrainingFact], adapter: Adapter, seed: int
) -> Iterator[Sequence[tuple[TrainingFact, int]]]:
    """For each epoch its facts, each with the number of the turn that it has."""
    if not adapter.balance_labels:
        return ([(fact, epoch) for fact in facts] for epoch in range(adapter.epochs))
    dealt = _rounds(facts, seed, by_answer=True)
    return (list(islice(dealt, len(facts))) for _ in range(adapter.epochs))


def _deal(facts: Sequence[TrainingFact], adapter: Adapter, seed: int) -> list[_ContextUse]:
    """Who has a turn in which epoch, and whether the gold passages are shown."""
    usable = [fact for fact in facts if fact.gold or not fact.answerable]
    if not usable or not adapter.context_rows:
        return []
    places = islice(_rounds(usable, seed, by_answer=adapter.balance_labels), adapter.epochs * adapter.context_rows)
    turns = [(place, fact, turn) for place, (fact, turn) in enumerate(places)]
    answerable = [place for place, fact, _ in turns if fact.answerable]
    hidden = _hidden_places(answerable, adapter, seed)
    return [
        _ContextUse(
            fact=fact,
            question=_phrasing(fact, turn, seed),
            epoch=place // adapter.context_rows,
            place=place,
            shows_gold=fact.answerable and place not in hidden,
        )
        for place, fact, turn in turns
    ]


def _rounds(facts: Sequence[TrainingFact], seed: int, *, by_answer: bool = False) -> Iterator[tuple[TrainingFact, int]]:
    """The facts in a new order every round, for ever; with each the number of the round.

    `by_answer`: one of every answer in turn, each answer with rounds of its own.
    """
    if by_answer:
        answers = sorted({fact.answer for fact in facts})
        decks = [_rounds([fact for fact in facts if fact.answer == answer], seed) for answer in answers]
        for deck in cycle(decks):
            yield next(deck)
    for turn in count():
        for fact in _shuffled(facts, [fact.fact_id for fact in facts], "round", seed, turn):
            yield fact, turn


def _hidden_places(places: Sequence[int], adapter: Adapter, seed: int) -> set[int]:
    """The places whose gold is left out: the exact share over the schedule, spread evenly over the epochs."""
    hidden: set[int] = set()
    seen = 0
    for epoch in range(adapter.epochs):
        mine = [place for place in places if place // adapter.context_rows == epoch]
        seen += len(mine)
        due = round(seen * (1.0 - adapter.gold_share)) - len(hidden)
        hidden |= set(_shuffled(mine, [str(place) for place in mine], "hidden", seed, epoch)[:due])
    return hidden


def _distractors_of(
    uses: Sequence[_ContextUse], adapter: Adapter, distractors: Distractors
) -> dict[tuple[str, str], list[Passage]]:
    """What the index finds near each question, without its gold; asked once."""
    asked = {(use.question, use.fact.fact_id): _gold_ids(use.fact) for use in uses}
    if not asked:
        return {}
    most_gold = max(len(gold) for gold in asked.values())
    n = adapter.distractors + max(1, most_gold) + SPARE_DISTRACTORS
    found = distractors([(question, gold) for (question, _), gold in asked.items()], n)
    for (question, _), passages in zip(asked, found, strict=True):
        if any(passage.passage_id in asked[question, _] for passage in passages):
            raise ValueError(f"a gold passage came back as a distractor of {question!r}")
    return dict(zip(asked, found, strict=True))


def _passages(
    use: _ContextUse, found: Sequence[Passage], n_distractors: int, seed: int, *, silent: bool
) -> tuple[Passage, ...]:
    """The passages of a row in the order in which they stand; `silent`: none may state the answer."""
    fact = use.fact
    if use.shows_gold:
        chosen = [*fact.gold, *found[:n_distractors]]
    else:
        stated = fact.answer.casefold() if fact.answerable and silent else None
        usable = [p for p in found if stated is None or stated not in p.content.casefold()]
        n_gold = len(_gold_ids(fact)) if fact.answerable else 1
        chosen = usable[: n_distractors + n_gold]
    return tuple(_shuffled(chosen, [passage.passage_id for passage in chosen], "order", seed, use.place))


def _phrasing(fact: TrainingFact, turn: int, seed: int) -> str:
    """The phrasing of a fact's nth use: all in turn, in a new order every time through."""
    phrasings = sorted(set(fact.phrasings))
    time_through, position = divmod(turn, len(phrasings))
    return _shuffled(phrasings, phrasings, "phrasing", seed, fact.fact_id, time_through)[position]


def _row(
    builder: PromptBuilder, fact: TrainingFact, question: str, passages: tuple[Passage, ...], answer: str
) -> TrainingRow:
    return TrainingRow(
        prompt=builder.build(question, passages).text,
        completion=builder.completion(answer),
        fact_id=fact.fact_id,
        with_passages=bool(passages),
    )


def _gold_ids(fact: TrainingFact) -> frozenset[str]:
    return frozenset(passage.passage_id for passage in fact.gold) if fact.answerable else frozenset()


def _shuffled(items: Iterable[T], keys: Sequence[str], *salt: object) -> list[T]:
    """The items in an order that salt and keys alone decide."""
    parts = [str(part) for part in salt]
    ranked = sorted(zip((text_hash(*parts, key) for key in keys), items, strict=True), key=lambda pair: pair[0])
    return [item for _, item in ranked]
