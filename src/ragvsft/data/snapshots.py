"""What was known at a date: the documents and questions of a wave, with nothing of the future in them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from ragvsft.core.values import AnswerInterval, Change, Dataset, Document, Passage, Question, WaveQuestion
from ragvsft.metrics.normalise import tokens

_Known = tuple[str, ...] | None
"""Accepted answers at a date; empty: none is right; None: not asked."""


def documents_at(dataset: Dataset, at: date) -> tuple[Document, ...]:
    """The versions that were valid at a date, in the dataset's order. Their end was not known yet: `valid_to` None."""
    return tuple(
        replace(document, valid_to=None) if document.valid_to else document
        for document in dataset.documents
        if is_valid(document, at)
    )


def questions_at(dataset: Dataset, at: date, previous: date | None) -> tuple[tuple[WaveQuestion, ...], int]:
    """The questions as they stood at a date, and how many are not asked.

    Not asked is a question whose history has a gap at the date, one whose history begins later, and one all of whose
    gold documents begin later. Gold documents are those with a version at the date.

    `previous` is the wave before, None at the first. `change` is a fact's, and stays None for questions that cannot
    be answered: *new* had no answer at the wave before (or was not asked), *removed* lost it, *changed* has an earlier
    accepted answer that is no longer accepted; a further alias alone is no change.
    """
    valid_now = {document.doc_id for document in dataset.documents if is_valid(document, at)}
    begins: dict[str, date] = {}
    for document in dataset.documents:
        first = begins.get(document.doc_id, document.valid_from)
        begins[document.doc_id] = min(first, document.valid_from)
    found: list[WaveQuestion] = []
    for question in dataset.questions:
        now = _known(question, at, begins)
        if now is None:
            continue
        found.append(
            WaveQuestion(
                question_id=question.question_id,
                fact_id=question.fact_id,
                question=question.question,
                answers=now,
                stale_answers=_stale(question, now, at),
                gold_doc_ids=tuple(doc_id for doc_id in question.gold_doc_ids if doc_id in valid_now),
                split=question.split,
                slice=question.slice,
                answerable=question.answerable,
                change=_change(question, now, at, previous, begins),
            )
        )
    return tuple(found), len(dataset.questions) - len(found)


def interval_at(question: Question, at: date) -> AnswerInterval | None:
    """The interval of a question's history that contains a date."""
    return next((interval for interval in question.answer_history if interval.contains(at)), None)


def is_valid(dated: Document | Passage, at: date) -> bool:
    """Whether a version, or a passage of it, holds at a date: from its first day to before its end."""
    return dated.valid_from <= at and (dated.valid_to is None or at < dated.valid_to)


def _known(question: Question, at: date, begins: Mapping[str, date]) -> _Known:
    if question.answer_history:
        interval = interval_at(question, at)
        return None if interval is None else interval.answers
    if question.gold_doc_ids and all(begins[doc_id] > at for doc_id in question.gold_doc_ids):
        return None
    return question.answers


def _stale(question: Question, now: tuple[str, ...], at: date) -> tuple[str, ...]:
    """Answers of intervals before the date that are not accepted now, the latest first, each once."""
    seen = {answer_key(answer) for answer in now}
    stale = []
    for interval in sorted(question.answer_history, key=lambda interval: interval.valid_from, reverse=True):
        if interval.valid_from <= at and not interval.contains(at):
            for answer in interval.answers:
                if answer_key(answer) not in seen:
                    seen.add(answer_key(answer))
                    stale.append(answer)
    return tuple(stale)


def _change(
    question: Question, now: tuple[str, ...], at: date, previous: date | None, begins: Mapping[str, date]
) -> Change | None:
    if previous is None or not question.answerable:
        return None
    before = _known(question, previous, begins)
    if not now:
        # After a gap an answer that was known earlier is still what a reader of the gap would have gone on saying.
        had_answer = bool(before) or (before is None and bool(_stale(question, now, at)))
        return Change.REMOVED if had_answer else Change.UNCHANGED
    if not before:
        return Change.NEW
    return Change.CHANGED if loses_answer(before, now) else Change.UNCHANGED


def loses_answer(before: Iterable[str], now: Iterable[str]) -> bool:
    """Whether an answer that was accepted no longer is; a further alias alone loses none."""
    accepted = {answer_key(answer) for answer in now}
    return any(answer_key(answer) not in accepted for answer in before)


def answer_key(answer: str) -> tuple[str, ...]:
    """Equal for two writings that `contains_answer` cannot tell apart."""
    return tuple(tokens(answer)) or (answer.strip().lower(),)
