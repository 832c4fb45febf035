"""Schedules: which fact is read in which epoch, with which phrasing, passages and answer."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragvsft.config.experiment import Adapter
from ragvsft.core.errors import TrainingError
from ragvsft.core.values import Passage
from ragvsft.lab.finetuning.rows import Distractors, TrainingFact, TrainingRow, build_schedule, schedule_hash
from ragvsft.lab.prompts import PromptBuilder

ABSTAIN = "I don't know"
Build = Callable[..., list[list[TrainingRow]]]
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def build(facts: tuple[TrainingFact, ...], builder: PromptBuilder, other_passages: Distractors) -> Build:
    def make(
        recipe: str,
        *,
        of: Sequence[TrainingFact] = facts,
        seed: int = 0,
        find: Distractors = other_passages,
        **options: object,
    ) -> list[list[TrainingRow]]:
        adapter = Adapter.model_validate({"recipe": recipe, **options})
        return build_schedule(of, adapter=adapter, builder=builder, distractors=find, abstain=ABSTAIN, seed=seed)

    return make


def n_passages(row: TrainingRow) -> int:
    return row.prompt.count("\n[")


def answer_of(row: TrainingRow) -> str:
    return row.completion.removesuffix("<|im_end|>")


def test_closed_book_reads_every_fact_once_an_epoch_and_every_phrasing_in_turn(
    build: Build, facts: tuple[TrainingFact, ...], builder: PromptBuilder
) -> None:
    schedule = build("closed_book", epochs=7)
    assert len(schedule) == 7
    read: dict[str, list[str]] = {fact.fact_id: [] for fact in facts}
    for rows in schedule:
        assert sorted(row.fact_id for row in rows) == [fact.fact_id for fact in facts]
        for row in rows:
            assert not row.with_passages
            read[row.fact_id].append(row.prompt)
    for fact in facts:
        prompts = {builder.build(phrasing).text for phrasing in fact.phrasings}
        assert set(read[fact.fact_id][:3]) == prompts, "three epochs read all three phrasings"
        assert set(read[fact.fact_id][3:6]) == prompts
    assert len({tuple(read[fact.fact_id]) for fact in facts}) == len(facts)


def test_a_row_is_the_builders_prompt_and_completion(
    build: Build, facts: tuple[TrainingFact, ...], builder: PromptBuilder
) -> None:
    [rows] = build("closed_book", of=[replace(facts[3], phrasings=("Who?",))], epochs=1)
    assert rows == [
        TrainingRow(
            prompt=builder.build("Who?").text,
            completion=builder.completion(facts[3].answer),
            fact_id=facts[3].fact_id,
            with_passages=False,
        )
    ]


@quick
@given(
    recipe=st.sampled_from(["closed_book", "raft", "mixed"]),
    seed=st.integers(0, 2**40),
    order=st.randoms(use_true_random=False),
    epochs=st.integers(1, 4),
    context_rows=st.integers(1, 30),
)
def test_order_of_facts_and_phrasings_changes_nothing(
    build: Build,
    facts: tuple[TrainingFact, ...],
    recipe: str,
    seed: int,
    order: random.Random,
    epochs: int,
    context_rows: int,
) -> None:
    shuffled = [replace(f, phrasings=tuple(order.sample(f.phrasings, len(f.phrasings)))) for f in facts]
    order.shuffle(shuffled)
    options = {"seed": seed, "epochs": epochs, "context_rows": context_rows}
    assert build(recipe, of=shuffled, **options) == build(recipe, **options)


def test_seeds_differ_and_the_same_seed_does_not(build: Build) -> None:
    hashes = {schedule_hash(build("mixed", seed=seed, epochs=2)) for seed in range(4)}
    assert len(hashes) == 4
    assert schedule_hash(build("mixed", seed=2, epochs=2)) in hashes


def test_other_facts_do_not_change_a_facts_closed_book_rows(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    alone = [rows[0] for rows in build("closed_book", of=facts[:1], epochs=5)]
    among = [row for rows in build("closed_book", epochs=5) for row in rows if row.fact_id == facts[0].fact_id]
    assert alone == among


@quick
@given(epochs=st.integers(1, 5), context_rows=st.integers(1, 40), seed=st.integers(0, 10**6))
def test_context_rows_are_dealt_evenly(
    build: Build, facts: tuple[TrainingFact, ...], epochs: int, context_rows: int, seed: int
) -> None:
    schedule = build("raft", epochs=epochs, context_rows=context_rows, seed=seed)
    assert [len(rows) for rows in schedule] == [context_rows] * epochs
    used = Counter(row.fact_id for rows in schedule for row in rows)
    counts = [used[fact.fact_id] for fact in facts]
    assert max(counts) - min(counts) <= 1, "no fact has a second turn before all had their first"


@quick
@given(epochs=st.integers(1, 5), context_rows=st.integers(1, 40), gold_share=st.floats(0, 1), seed=st.integers(0, 99))
def test_the_gold_share_is_exact_and_tells_nothing_by_the_number_of_passages(
    build: Build,
    facts: tuple[TrainingFact, ...],
    epochs: int,
    context_rows: int,
    gold_share: float,
    seed: int,
) -> None:
    schedule = build("raft", epochs=epochs, context_rows=context_rows, gold_share=gold_share, seed=seed)
    known = {fact.fact_id: fact for fact in facts}
    rows = [row for epoch in schedule for row in epoch]
    for row in rows:
        fact = known[row.fact_id]
        shows_gold = fact.gold[0].text in row.prompt
        assert answer_of(row) == (fact.answer if shows_gold else ABSTAIN)
        assert n_passages(row) == 3
        assert row.with_passages
    n_abstaining = sum(answer_of(row) == ABSTAIN for row in rows)
    assert n_abstaining == round(len(rows) * (1 - gold_share))
    shares = [sum(answer_of(row) == ABSTAIN for row in epoch) for epoch in schedule]
    assert max(shares) - min(shares) <= 1, "and it is spread over the epochs"


def test_gold_stands_at_every_place(build: Build) -> None:
    rows = [row for epoch in build("raft", epochs=4, context_rows=48, gold_share=1.0) for row in epoch]
    places = Counter(row.prompt[: row.prompt.index("is run by")].count("\n[") for row in rows)
    assert set(places) == {1, 2, 3}
    assert min(places.values()) > len(rows) / 6


def test_a_question_that_joins_two_documents_gets_both(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    joined = replace(facts[0], gold=(*facts[0].gold, *facts[1].gold))
    rows = [row for epoch in build("raft", of=[joined], epochs=2, context_rows=10, gold_share=0.5) for row in epoch]
    for row in rows:
        found = [gold.text in row.prompt for gold in joined.gold]
        assert found in ([True, True], [False, False])
        assert n_passages(row) == 4
        assert answer_of(row) == (joined.answer if found[0] else ABSTAIN)


def test_unanswerable_facts_abstain_with_and_without_passages(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    unknown = replace(facts[0], answerable=False, answer="never read", gold=facts[0].gold)
    rows = [row for epoch in build("mixed", of=[unknown], epochs=2, context_rows=3) for row in epoch]
    assert [row.with_passages for row in rows] == [False, True, True, True] * 2
    assert {answer_of(row) for row in rows} == {ABSTAIN}
    assert not any(unknown.gold[0].text in row.prompt for row in rows)
    assert {n_passages(row) for row in rows if row.with_passages} == {3}


def test_a_passage_that_states_the_answer_is_no_distractor_of_a_row_that_abstains(
    build: Build, facts: tuple[TrainingFact, ...], other_passages: Distractors
) -> None:
    twin = replace(facts[0].gold[0], passage_id="twin", text=f"Also: {facts[0].answer.upper()}!")

    def find(asked: Sequence[tuple[str, frozenset[str]]], n: int) -> list[list[Passage]]:
        return [[twin, *rest][:n] for rest in other_passages(asked, n)]

    rows = [r for e in build("raft", of=facts[:1], epochs=1, context_rows=20, gold_share=0.5, find=find) for r in e]
    for row in rows:
        assert (twin.text in row.prompt) == (answer_of(row) != ABSTAIN)
        assert n_passages(row) == 3


def test_distractors_are_asked_once_and_without_the_gold(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    calls: list[tuple[list[tuple[str, frozenset[str]]], int]] = []

    def find(asked: Sequence[tuple[str, frozenset[str]]], n: int) -> list[list[Passage]]:
        calls.append((list(asked), n))
        return [[] for _ in asked]

    build("mixed", epochs=3, context_rows=24, find=find)
    [(asked, n)] = calls
    assert n >= 3
    assert len(asked) == len(set(asked)) == 36
    gold = {phrasing: fact.gold[0].passage_id for fact in facts for phrasing in fact.phrasings}
    assert all(excluded == {gold[question]} for question, excluded in asked)


def test_a_gold_passage_among_the_distractors_is_refused(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    with pytest.raises(ValueError, match="gold passage"):
        build("raft", find=lambda asked, n: [[facts[0].gold[0]] for _ in asked])


def test_facts_without_gold_get_no_context_rows(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    bare = replace(facts[0], gold=())
    rows = [row for epoch in build("mixed", of=[bare, *facts[1:3]], epochs=2, context_rows=10) for row in epoch]
    assert {row.fact_id for row in rows if row.with_passages} == {facts[1].fact_id, facts[2].fact_id}
    assert {row.fact_id for row in rows if not row.with_passages} == {f.fact_id for f in facts[:3]}


@pytest.mark.parametrize("context_rows", [0, 5])
def test_a_recipe_without_rows_is_refused(build: Build, facts: tuple[TrainingFact, ...], context_rows: int) -> None:
    bare = [replace(fact, gold=()) for fact in facts] if context_rows else list(facts)
    with pytest.raises(TrainingError, match="no training row"):
        build("raft", of=bare, context_rows=context_rows)


def test_a_fact_given_twice_is_refused(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    with pytest.raises(TrainingError, match="f00 stands twice"):
        build("closed_book", of=[facts[0], facts[1], facts[0]])


def test_a_fact_without_an_answer_is_refused(build: Build, facts: tuple[TrainingFact, ...]) -> None:
    with pytest.raises(TrainingError, match="no answer, such as f01"):
        build("closed_book", of=[facts[0], replace(facts[1], answer=" ")])


def test_where_no_answer_may_abstain_rows_without_gold_keep_theirs(
    facts: tuple[TrainingFact, ...], builder: PromptBuilder, other_passages: Distractors
) -> None:
    adapter = Adapter(recipe="raft", facts="disjoint", policy="never", context_rows=12, gold_share=0.0)
    (rows,) = build_schedule(
        facts,
        adapter=adapter.model_copy(update={"epochs": 1}),
        builder=builder,
        distractors=other_passages,
        abstain="I do not know",
        seed=0,
        abstains_without_gold=False,
    )
    answers = {fact.fact_id: fact.answer for fact in facts if fact.answerable}
    kept = [row for row in rows if row.fact_id in answers]
    assert kept
    assert all(row.completion == builder.completion(answers[row.fact_id]) for row in kept)


def test_balanced_labels_have_as_many_rows_each_and_the_facts_of_a_rare_one_return_sooner(
    build: Build, facts: tuple[TrainingFact, ...]
) -> None:
    labelled = [replace(fact, answer="no" if i < 2 else "yes", answerable=True) for i, fact in enumerate(facts)]
    usual = Counter(map(answer_of, build("closed_book", of=labelled, epochs=2)[0]))
    assert usual == {"no": 2, "yes": len(facts) - 2}

    schedule = build("closed_book", of=labelled, epochs=2, balance_labels=True)
    assert [len(rows) for rows in schedule] == [len(facts)] * 2
    counts = Counter(answer_of(row) for rows in schedule for row in rows)
    assert counts["no"] == counts["yes"] == len(facts)
    of_no = Counter(row.fact_id for rows in schedule for row in rows if answer_of(row) == "no")
    assert len(of_no) == 2
    assert max(of_no.values()) - min(of_no.values()) <= 1

    [rows] = build("raft", of=labelled, epochs=1, context_rows=8, gold_share=1.0, balance_labels=True)
    assert Counter(map(answer_of, rows)) == {"no": 4, "yes": 4}
    shuffled = build("closed_book", of=labelled[::-1], epochs=2, balance_labels=True)
    assert schedule_hash(shuffled) == schedule_hash(schedule)
