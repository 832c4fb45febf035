import random
from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.core.values import Question, Split
from ragvsft.data.importing.dealing import deal_questions
from ragvsft.data.importing.options import Shares

SHARES = Shares().items()


def question(n: int, *, fact: str = "", doc: str = "", text: str = "") -> Question:
    return Question(
        question_id=f"q{n}",
        fact_id=fact or f"f{n}",
        question=text or f"Question {n}?",
        answers=("x",),
        split=Split.TRAIN,
        gold_doc_ids=(doc,) if doc else (),
    )


@settings(max_examples=30)
@given(st.integers(40, 120), st.integers(0, 9), st.randoms(use_true_random=False))
def test_one_phrasing_a_fact_keeps_documents_and_texts_together(n: int, seed: int, order: random.Random) -> None:
    questions = [question(k, doc=f"d{k // 3}", text=f"Same {k // 6}?" if k % 6 in (2, 3) else "") for k in range(n)]
    splits, together = deal_questions(questions, SHARES, seed)
    assert together
    dealt = dict(zip((q.question_id for q in questions), splits, strict=True))
    works: dict[str, set[Split]] = defaultdict(set)
    for q in questions:
        for tie in (*q.gold_doc_ids, q.question):
            works[tie].add(dealt[q.question_id])
    assert all(len(found) == 1 for found in works.values())
    assert set(splits) == set(Split)
    order.shuffle(questions)
    assert deal_questions(questions, SHARES, seed)[0] == [dealt[q.question_id] for q in questions]


def test_phrasings_of_a_fact_are_dealt_so_that_each_split_has_some() -> None:
    questions = [question(n, fact=f"f{n // 5}", doc="d") for n in range(50)]
    splits, _ = deal_questions(questions, SHARES, 0)
    for fact in range(10):
        assert Counter(splits[fact * 5 : fact * 5 + 5]) == {Split.TRAIN: 2, Split.DEV: 1, Split.TEST: 2}


def test_one_document_for_all_is_no_reason_to_put_all_into_one_split() -> None:
    questions = [question(n, doc="handbook") for n in range(100)]
    splits, together = deal_questions(questions, SHARES, 0)
    assert not together
    assert Counter(splits) == {Split.TRAIN: 45, Split.DEV: 10, Split.TEST: 45}
