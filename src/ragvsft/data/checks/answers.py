"""Looks at answers against documents and against each other: unstated, without gold, in disagreement, ambiguous."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from ragvsft.core.values import Dataset, Question, Task, WaveQuestion
from ragvsft.data.checks.finding import Finding, finding
from ragvsft.data.read import question_key
from ragvsft.data.snapshots import interval_at, is_valid, questions_at
from ragvsft.metrics.normalise import contains_answer, tokens

_STEP_QUESTIONS = 50_000
_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_END = re.compile(r"[.,;:!?)]*(?:[ \n]|$)")


def unstated(dataset: Dataset) -> Finding | None:
    """Facts whose gold documents state no answer at a snapshot; each version's text is read once."""
    if dataset.task is not Task.SHORT_ANSWER:
        return None
    wanted: dict[str, list[tuple[date, WaveQuestion]]] = {}
    silent: dict[tuple[date, str], WaveQuestion] = {}
    for at, question in asked_facts(dataset):
        if question.gold_doc_ids:
            silent[at, question.fact_id] = question
        for doc_id in question.gold_doc_ids:
            wanted.setdefault(doc_id, []).append((at, question))
    of = len(silent)
    for document in dataset.documents:
        text = f"{document.title}\n{document.text}"
        for at, question in wanted.get(document.doc_id, ()):
            if (at, question.fact_id) in silent and is_valid(document, at) and states(text, question.answers):
                del silent[at, question.fact_id]
    return finding(
        "warning",
        "answer_not_in_gold",
        "facts whose gold documents do not state an answer at a snapshot: retrieval cannot be judged by them",
        (
            f"{question.question_id} at {at}: {question.answers[0]!r} not in {question.gold_doc_ids[0]!r}"
            for (at, _), question in silent.items()
        ),
        of,
    )


def without_gold(dataset: Dataset) -> Finding | None:
    """Facts with an answer at a snapshot and no gold document that is valid then."""
    of = 0
    found = []
    for at, question in asked_facts(dataset):
        of += 1
        if not question.gold_doc_ids:
            found.append(f"{question.question_id} at {at}")
    return finding(
        "warning",
        "no_gold_at_date",
        "facts that have an answer at a snapshot but no gold document that is valid then",
        found,
        of,
    )


def disagreeing(dataset: Dataset) -> Finding | None:
    """Facts whose phrasings do not have the same answers at the same times."""
    first: dict[str, Question] = {}
    found: dict[str, str] = {}
    for question in dataset.questions:
        same = first.setdefault(question.fact_id, question)
        if same is not question and not _agree(same, question):
            found.setdefault(question.fact_id, f"{question.fact_id}: {same.question_id} and {question.question_id}")
    return finding(
        "warning",
        "phrasings_disagree",
        "facts whose phrasings have other answers or another history",
        found.values(),
        len(first),
    )


def outdated(dataset: Dataset) -> Finding | None:
    """Questions whose plain answers are not those of their history at the last snapshot."""
    last = dataset.snapshots[-1]
    dated = [question for question in dataset.questions if question.answer_history]
    found = []
    for question in dated:
        interval = interval_at(question, last)
        if interval is not None and _keys(interval.answers) != _keys(question.answers):
            found.append(f"{question.question_id}: {list(question.answers)} but {list(interval.answers)} at {last}")
    return finding(
        "warning",
        "answers_not_of_last_snapshot",
        'questions whose "answers" are not those of their history at the last snapshot; the history is used',
        found,
        len(dated),
    )


def ambiguous(dataset: Dataset) -> Finding | None:
    """Questions whose text asks about two facts."""
    first: dict[str, Question] = {}
    found = []
    for question in dataset.questions:
        same = first.setdefault(question_key(question.question), question)
        if same.fact_id != question.fact_id:
            found.append(f"{same.question_id} and {question.question_id}: {question.question}")
    return finding(
        "warning",
        "same_text_two_facts",
        "questions whose text asks about two facts: no arm can tell which is meant",
        found,
        len(dataset.questions),
    )


def states(text: str, answers: Iterable[str]) -> bool:
    """Whether one of the answers stands in a text."""
    return any(_stands(text, answer) or contains_answer(text, answer) for answer in answers)


def asked_facts(dataset: Dataset) -> Iterator[tuple[date, WaveQuestion]]:
    """Every fact with an answer at every snapshot, once each, with the date. Holds few questions at a time."""
    for at in dataset.snapshots:
        seen: set[str] = set()
        for begin in range(0, len(dataset.questions), _STEP_QUESTIONS):
            piece = replace(dataset, questions=dataset.questions[begin : begin + _STEP_QUESTIONS])
            for question in questions_at(piece, at, None)[0]:
                if question.answers and question.fact_id not in seen:
                    seen.add(question.fact_id)
                    yield at, question


def _stands(text: str, answer: str) -> bool:
    """Whether plain words stand in a text as they are, which says at once that `contains_answer` finds them."""
    if not _PLAIN.fullmatch(answer):
        return False
    at = text.find(answer)
    while at >= 0:
        end = at + len(answer)
        if (at == 0 or text[at - 1] in " \n") and _END.match(text, end):
            return True
        at = text.find(answer, end)
    return False


def _agree(one: Question, other: Question) -> bool:
    if one.answers == other.answers and one.answer_history == other.answer_history:
        return one.answerable == other.answerable
    return _truth(one) == _truth(other)


def _truth(question: Question) -> object:
    history = [
        (_keys(interval.answers), interval.valid_from, interval.valid_to) for interval in question.answer_history
    ]
    return question.answerable, _keys(question.answers), history


def _keys(answers: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(tokens(answer)) or answer for answer in answers)
