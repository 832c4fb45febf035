"""What stands twice in a source: the same row again is one, something else under a known id is refused.

To keep one of two questions that share an id would drop data that its owner believes to be measured.
"""

from dataclasses import replace

from ragvsft.core.values import Question, Split
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.problems import Problems
from ragvsft.data.read import question_key

SAME_QUESTION = "row that repeats a question"


def refuse_question(problems: Problems, where: str, question_id: str, first: str, other: str) -> None:
    """Note that a question_id names something else already; `other` says what differs."""
    problems.add(
        where,
        f"the question_id {question_id!r} stands in {first} too, with {other}",
        hint="give each question an id of its own (a table without that column has its ids made from the rows); an "
        "answer that changed with time stands in the answer_history of one row",
    )


def refuse_document(problems: Problems, where: str, doc_id: str, first: str) -> None:
    """Note that a doc_id names another text already."""
    problems.add(
        where,
        f"the doc_id {doc_id!r} stands in {first} too, with another text",
        hint="give each document an id of its own, and each version of a document its own valid_from",
    )


def what_differs(first: tuple[Question, Split | None], again: tuple[Question, Split | None]) -> str:
    """What two rows of one id say otherwise; empty: they say the same, whatever their gold documents are."""
    (one, one_split), (other, other_split) = first, again
    if question_key(one.question) != question_key(other.question):
        return f"another question ({one.question[:80]!r})"
    if (one.answers, one.answerable, one.answer_history) != (other.answers, other.answerable, other.answer_history):
        return "other answers"
    if one_split is not other_split:
        return f"the split {one_split or 'left open'}"
    return ""


def with_gold_of(first: Question, again: Question, where: str, place: str, left_out: LeftOut) -> Question:
    """The first of two rows that say the same, with the gold documents of both; the second is counted."""
    left_out.add(SAME_QUESTION, f"{where}: {again.question_id}, as in {place}")
    return replace(first, gold_doc_ids=tuple(dict.fromkeys((*first.gold_doc_ids, *again.gold_doc_ids))))
