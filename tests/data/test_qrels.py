from collections.abc import Sequence
from datetime import date

import pytest

from ragvsft.core.values import Passage, Split, Task, WaveQuestion
from ragvsft.data.qrels import gold_passages


def passages(doc_id: str, *texts: str, title: str = "Acme") -> Sequence[Passage]:
    return [
        Passage(
            passage_id=f"{doc_id}{n}", doc_id=doc_id, title=title, text=text, position=n, valid_from=date(2024, 1, 1)
        )
        for n, text in enumerate(texts)
    ]


def question(*answers: str, gold: tuple[str, ...] = ("a",)) -> WaveQuestion:
    return WaveQuestion(
        question_id="q",
        fact_id="f",
        question="?",
        answers=answers,
        stale_answers=("900 people",),
        gold_doc_ids=gold,
        split=Split.TEST,
    )


BY_DOC = {
    "a": passages("a", "Acme has 1,200 people.", "It had 900 people.", "In all, 1200.0 people work there."),
    "b": passages("b", "Acme: 1200 people", "Other things"),
    "c": passages("c", "It was founded in 1990.", "It sells tea.", title="Acme – Ada Lovelace"),
}


@pytest.mark.parametrize(
    ("asked", "gold"),
    [
        (question("1200 people"), ("a0", "a2")),
        (question("120 people"), ()),
        (question("200 people"), ()),
        (question("nothing", "1,200 people", gold=("b", "a")), ("b0", "a0", "a2")),
        (question("1200 people", gold=("missing",)), ()),
        (question("1200 people", gold=()), ()),
        (question(), ()),
    ],
)
def test_gold_are_the_passages_of_gold_documents_that_state_an_answer(
    asked: WaveQuestion, gold: tuple[str, ...]
) -> None:
    assert gold_passages(asked, BY_DOC) == gold


def test_a_title_counts_only_where_no_text_states_the_answer() -> None:
    assert gold_passages(question("Ada Lovelace", gold=("c",)), BY_DOC) == ("c0", "c1")
    assert gold_passages(question("Acme", gold=("a",)), BY_DOC) == ("a0",)


@pytest.mark.parametrize("task", [Task.LABEL, Task.LONG_FORM])
def test_answers_that_no_document_quotes_make_every_passage_gold(task: Task) -> None:
    assert gold_passages(question("yes", gold=("b",)), BY_DOC, task=task) == ("b0", "b1")
    assert gold_passages(question(gold=("b",)), BY_DOC, task=task) == ()
