import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.config.experiment import SplitPlan
from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.splitting import FactSplit, draw_split

WAVES = tuple(date(2024, month, 1) for month in (1, 4, 7, 10))


def dataset(questions: Sequence[Question]) -> Dataset:
    doc_ids = sorted({doc_id for question in questions for doc_id in question.gold_doc_ids})
    return Dataset(
        name="n",
        description="",
        licence="CC0",
        language="en",
        task=Task.SHORT_ANSWER,
        snapshots=WAVES,
        documents=tuple(Document(doc_id=d, title="", text=d, valid_from=WAVES[0]) for d in doc_ids),
        questions=tuple(questions),
    )


def phrasings(fact: str, *, change: str = "", since: date = WAVES[0], doc_id: str = "d") -> list[Question]:
    return [
        Question(
            question_id=f"{fact}#{split}",
            fact_id=fact,
            question=f"{fact} {split}?",
            answers=("x",),
            split=split,
            answer_history=(AnswerInterval(answers=("x",), valid_from=since),),
            gold_doc_ids=(doc_id,),
            slice={"change": change} if change else {},
        )
        for split in Split
    ]


def single(fact: str, split: Split, doc_id: str, since: date = WAVES[0]) -> Question:
    return replace(phrasings(fact, since=since, doc_id=doc_id)[0], question_id=fact, question=f"{fact}?", split=split)


def many(n: int, **changes: int) -> Dataset:
    """`n` facts without a change kind, and so many of each kind given."""
    rows = [q for f in range(n) for q in phrasings(f"f{f:03}")]
    for change, count in changes.items():
        rows += [q for f in range(count) for q in phrasings(f"{change}{f:03}", change=change)]
    return dataset(rows)


def test_numbers_are_as_planned_and_no_fact_has_two_works() -> None:
    split = draw_split(many(50), SplitPlan(tested_facts=20, training_only_facts=15), WAVES)
    assert (len(split.tested), len(split.training_only), split.dev_only) == (20, 15, ())
    assert not set(split.tested) & set(split.training_only)
    assert list(split.tested) == sorted(split.tested)


def test_every_fact_is_tested_where_no_number_is_given() -> None:
    assert len(draw_split(many(7), SplitPlan(), WAVES).tested) == 7


def test_another_seed_deals_otherwise() -> None:
    draws = {draw_split(many(40), SplitPlan(tested_facts=10, seed=seed), WAVES).tested for seed in range(5)}
    assert len(draws) == 5


def test_both_draws_keep_the_shares_of_the_change_kinds() -> None:
    data = many(0, changed=60, unchanged=30, unanswerable=10)
    split = draw_split(data, SplitPlan(tested_facts=20, training_only_facts=10), WAVES)
    kinds = Counter(fact.rstrip("0123456789") for fact in split.tested)
    assert kinds == {"changed": 12, "unchanged": 6, "unanswerable": 2}
    assert Counter(f.rstrip("0123456789") for f in split.training_only) == {
        "changed": 6,
        "unchanged": 3,
        "unanswerable": 1,
    }


def test_too_few_facts_are_told_with_their_number() -> None:
    with pytest.raises(DataError, match="asks for 60, but at 2024-01-01 there are 50 facts with a test question"):
        draw_split(many(50), SplitPlan(tested_facts=60), WAVES)
    with pytest.raises(
        DataError, match=r"training_only_facts asks for 15, .* there are 10 facts with a train question"
    ):
        draw_split(many(50), SplitPlan(tested_facts=40, training_only_facts=15), WAVES)
    with pytest.raises(DataError, match="there are 0 facts with a test question"):
        draw_split(dataset([single("f", Split.TRAIN, "d")]), SplitPlan(), WAVES)


def test_dev_facts_belong_to_sets_with_one_phrasing() -> None:
    with pytest.raises(UsageError, match="several phrasings"):
        draw_split(many(5), SplitPlan(dev_facts=2), WAVES)


def test_one_phrasing_a_fact_is_dealt_by_the_questions_splits() -> None:
    rows = [single(f"{split}{n}", split, f"{split} page {n // 3}") for split in Split for n in range(30)]
    plan = SplitPlan(tested_facts=12, training_only_facts=11, dev_facts=5)
    split = draw_split(dataset(rows), plan, WAVES)
    assert (len(split.tested), len(split.training_only), len(split.dev_only)) == (12, 11, 5)
    assert all(fact.startswith("test") for fact in split.tested)
    assert all(fact.startswith("train") for fact in split.training_only)
    assert all(fact.startswith("dev") for fact in split.dev_only)
    assert len(draw_split(dataset(rows), SplitPlan(), WAVES).dev_only) == 30


def test_one_phrasing_works_share_no_document() -> None:
    """Every page has a test, a train and a dev question: what is tested takes the page away from the others."""
    rows = [single(f"{split}{n}", split, f"page {n}") for split in Split for n in range(30)]
    split = draw_split(dataset(rows), SplitPlan(tested_facts=10, training_only_facts=10, dev_facts=10), WAVES)
    pages = [{fact.lstrip("abcdefghijklmnopqrstuvwxyz") for fact in facts} for facts in split.to_json().values()]
    assert sum(map(len, pages)) == len(set.union(*pages)) == 30
    with pytest.raises(DataError, match="there are 20 facts with a train question that share no document"):
        draw_split(dataset(rows), SplitPlan(tested_facts=10, training_only_facts=21), WAVES)


def test_later_facts_are_dealt_in_the_shares_of_the_first_draw() -> None:
    rows = [q for f in range(100) for q in phrasings(f"early{f}")]
    rows += [q for f in range(400) for q in phrasings(f"late{f}", since=WAVES[1])]
    split = draw_split(dataset(rows), SplitPlan(tested_facts=50, training_only_facts=20), WAVES)
    late = [sum(fact.startswith("late") for fact in facts) for facts in (split.tested, split.training_only)]
    assert 160 < late[0] < 240
    assert 50 < late[1] < 110
    assert len(draw_split(dataset(rows), SplitPlan(tested_facts=50), WAVES[:1]).tested) == 50


def test_goes_through_json() -> None:
    split = FactSplit(tested=("a", "b"), training_only=("c",), dev_only=())
    assert FactSplit.from_json(json.loads(json.dumps(split.to_json()))) == split


@st.composite
def draws(draw: st.DrawFn) -> tuple[Dataset, SplitPlan]:
    """Facts of two change kinds that appear at any wave, with one phrasing each or with three."""
    one_phrasing = draw(st.booleans())
    rows: list[Question] = []
    n_first = 0
    for fact in range(draw(st.integers(1, 40))):
        since = draw(st.sampled_from(WAVES)) if fact else WAVES[0]
        doc_id = f"page {draw(st.integers(0, 12))}"
        n_first += since == WAVES[0]
        if one_phrasing:
            rows.append(single(f"f{fact}", draw(st.sampled_from(Split)) if fact else Split.TEST, doc_id, since))
        else:
            rows += phrasings(f"f{fact}", change=draw(st.sampled_from(["", "changed"])), since=since, doc_id=doc_id)
    n_tested = 1 if one_phrasing else draw(st.integers(1, n_first))
    n_training = 0 if one_phrasing else draw(st.integers(0, n_first - n_tested))
    seed = draw(st.integers(0, 3))
    return dataset(rows), SplitPlan(tested_facts=n_tested, training_only_facts=n_training, seed=seed)


@given(draws(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_decides_nothing(drawn: tuple[Dataset, SplitPlan], order: random.Random) -> None:
    data, plan = drawn
    rows = list(data.questions)
    order.shuffle(rows)
    shuffled = replace(data, questions=tuple(rows))
    assert draw_split(shuffled, plan, WAVES) == draw_split(data, plan, WAVES)


@given(draws())
def test_a_further_wave_only_adds(drawn: tuple[Dataset, SplitPlan]) -> None:
    data, plan = drawn
    splits = [draw_split(data, plan, WAVES[:n]).to_json() for n in range(1, len(WAVES) + 1)]
    for earlier, later in pairwise(splits):
        for work in earlier:
            assert set(earlier[work]) <= set(later[work])


@given(draws())
def test_works_are_disjoint_by_fact_and_with_one_phrasing_by_document(drawn: tuple[Dataset, SplitPlan]) -> None:
    data, plan = drawn
    works = draw_split(data, plan, WAVES).to_json()
    facts = [fact for given_facts in works.values() for fact in given_facts]
    assert len(facts) == len(set(facts))
    documents = {q.fact_id: set(q.gold_doc_ids) for q in data.questions}
    if len(documents) == len(data.questions):
        pages = [set().union(*(documents[fact] for fact in given_facts)) for given_facts in works.values()]
        assert sum(map(len, pages)) == len(set().union(*pages))
