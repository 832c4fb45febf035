"""Two states of a dataset by hand: what changed, and which questions that concerns."""

from datetime import date

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import AnswerInterval, Change, Dataset, Document, Question, Split, Task
from ragvsft.data.difference import difference

JAN, JUL = date(2024, 1, 1), date(2024, 7, 1)


def page(doc_id: str, text: str, start: date = JAN, end: date | None = None) -> Document:
    return Document(doc_id=doc_id, title=doc_id, text=text, valid_from=start, valid_to=end)


def asked(fact_id: str, before: tuple[str, ...], now: tuple[str, ...] | None = None, doc: str = "a") -> Question:
    """A question whose answers were `before` until July and are `now` since; None: they never changed."""
    history = (
        ()
        if now is None
        else (
            AnswerInterval(answers=before, valid_from=JAN, valid_to=JUL),
            AnswerInterval(answers=now, valid_from=JUL, valid_to=None),
        )
    )
    return Question(
        question_id=f"q-{fact_id}",
        fact_id=fact_id,
        question=f"What of {fact_id}?",
        answers=before if now is None else now,
        answer_history=history,
        split=Split.TEST,
        gold_doc_ids=(doc,),
        answerable=True,
    )


def dataset(documents: tuple[Document, ...], questions: tuple[Question, ...], name: str = "d") -> Dataset:
    return Dataset(
        name=name,
        description="",
        licence="CC0-1.0",
        language="en",
        task=Task.SHORT_ANSWER,
        snapshots=(JAN, JUL),
        documents=documents,
        questions=questions,
    )


def test_two_dates_of_one_dataset() -> None:
    documents = (
        page("a", "old words", JAN, JUL),
        page("a", "new words", JUL),
        page("b", "the same"),
        page("gone", "soon", JAN, JUL),
        page("come", "late", JUL),
    )
    questions = (
        asked("changed", ("Ann",), ("Bob",)),
        asked("swapped", ("Bob",), ("Ann",)),
        asked("alias", ("€ 7",), ("7 euros", "€ 7"), doc="b"),
        asked("removed", ("x",), ()),
        asked("new", (), ("y",), doc="b"),
        asked("same_page_edited", ("z",)),
        asked("untouched", ("z",), doc="b"),
    )
    data = dataset(documents, questions)
    found = difference(data, data, old_at=JAN)
    assert (found.old_at, found.new_at) == (JAN, JUL)
    assert (found.documents_added, found.documents_changed, found.documents_removed) == (("come",), ("a",), ("gone",))
    assert found.n_documents_unchanged == 1
    assert {one.fact_id: one.change for one in found.facts} == {
        "changed": Change.CHANGED,
        "swapped": Change.CHANGED,
        "removed": Change.REMOVED,
        "new": Change.NEW,
    }
    assert found.n_facts_unchanged == 3, "a further alias is no change"
    assert found.affected_questions == ("q-changed", "q-new", "q-removed", "q-same_page_edited", "q-swapped")
    assert found.n_questions == 7


def test_two_folders_and_nothing_changed() -> None:
    data = dataset((page("a", "words"),), (asked("f", ("z",)),))
    found = difference(data, data)
    assert (found.facts, found.documents_changed, found.affected_questions) == ((), (), ())
    newer = dataset((page("a", "words"),), (asked("f", ("other",)),))
    (fact,) = difference(data, newer).facts
    assert (fact.change, fact.before, fact.now) == (Change.CHANGED, ("z",), ("other",))
    assert difference(data, newer).to_json()["old_at"] == "2024-07-01"


def test_datasets_that_share_nothing_are_refused() -> None:
    one = dataset((page("a", "words"),), (asked("f", ("z",)),))
    other = dataset((page("b", "words"),), (asked("g", ("z",), doc="b"),), name="other")
    with pytest.raises(DataError, match="share no document and no fact"):
        difference(one, other)
