import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.core.values import Question, Split
from ragvsft.data.importing import ImportOptions, import_dataset
from ragvsft.data.importing.dealing import deal_questions
from ragvsft.data.importing.options import Shares
from ragvsft.data.importing.ties import SPLITS, Ties
from ragvsft.data.read import content_hash

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


def dealt_splits(questions: Sequence[Question], seed: int) -> tuple[list[Split], bool]:
    ties = Ties(seed)
    for each in questions:
        ties.add(each, None)
    codes, together = deal_questions(ties, np.arange(len(questions)), SHARES, seed)
    return [SPLITS[code] for code in codes], together


# No deadline: the first example loads scipy.
@settings(max_examples=30, deadline=None)
@given(st.integers(40, 120), st.integers(0, 9), st.randoms(use_true_random=False))
def test_one_phrasing_a_fact_keeps_documents_and_texts_together(n: int, seed: int, order: random.Random) -> None:
    questions = [question(k, doc=f"d{k // 3}", text=f"Same {k // 6}?" if k % 6 in (2, 3) else "") for k in range(n)]
    splits, together = dealt_splits(questions, seed)
    assert together
    dealt = dict(zip((q.question_id for q in questions), splits, strict=True))
    works: dict[str, set[Split]] = defaultdict(set)
    for q in questions:
        for tie in (*q.gold_doc_ids, q.question):
            works[tie].add(dealt[q.question_id])
    assert all(len(found) == 1 for found in works.values())
    assert set(splits) == set(Split)
    order.shuffle(questions)
    assert dealt_splits(questions, seed)[0] == [dealt[q.question_id] for q in questions]


def test_phrasings_of_a_fact_are_dealt_so_that_each_split_has_some() -> None:
    questions = [question(n, fact=f"f{n // 5}", doc="d") for n in range(50)]
    splits, _ = dealt_splits(questions, 0)
    for fact in range(10):
        assert Counter(splits[fact * 5 : fact * 5 + 5]) == {Split.TRAIN: 2, Split.DEV: 1, Split.TEST: 2}


def test_one_document_for_all_is_no_reason_to_put_all_into_one_split() -> None:
    questions = [question(n, doc="handbook") for n in range(100)]
    splits, together = dealt_splits(questions, 0)
    assert not together
    assert Counter(splits) == {Split.TRAIN: 45, Split.DEV: 10, Split.TEST: 45}


@pytest.mark.parametrize(
    ("phrasings", "splits", "hash_before"),
    [
        (1, (), "3dcc5c93db779e70b2c68ea38efedbcafc8dfc6fa1562e8a28fa8bc01cae81aa"),
        (3, (), "7f5fbdfd16da158bfb7c548ab5d747dab6a859e810d290e9c3196e69bf083c5b"),
        (1, ("train", "test"), "4736a0bf807e26f85a143274d922db18c7400c39a25e9ea682ec3676f91efa4d"),
    ],
)
def test_a_source_is_dealt_as_it_always_was(
    phrasings: int, splits: tuple[str, ...], hash_before: str, tmp_path: Path
) -> None:
    # A run is named by its dataset's hash: dealt otherwise, nothing that was measured could be gone on with.
    rows = [
        {
            "id": f"q{n}",
            "fact_id": f"fact {n * 7919 % 300 // phrasings}",
            "question": f"Who is called {n % 280}?",
            "answers": [f"name {n}"],
            "context": f"Page {n // 2}: name {n}",
            "gold_doc_ids": ["nowhere"] if n % 50 == 7 else [],
            **({"split": splits[n % 2]} if splits else {}),
        }
        for n in range(300)
    ]
    source = tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_dataset(source, tmp_path / "out", options=ImportOptions(seed=3))
    assert content_hash(tmp_path / "out") == hash_before
