"""The rows of a dataset folder: one JSON value to one value of `core`, each rule of a single row checked.

Rules that need several rows (doubled ids, overlapping versions, gold that does not exist) are `read.py`'s.
"""

import re
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.fields import Fields, parse_day
from ragvsft.data.problems import Problems

Choice = TypeVar("Choice", Task, Split)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
DEFAULT_ABSTAIN = ("I don't know",)

_HEAD = ("name", "description", "licence", "language", "task", "snapshots")
_HEAD_OPTIONAL = ("labels", "abstain")
_HEAD_NOTES = ("part", "attribution", "source", "notes", "counts")
"""Written for people; not read."""
_DOCUMENT = ("doc_id", "title", "text", "valid_from")
_DOCUMENT_OPTIONAL = ("valid_to", "source", "metadata")
_QUESTION = ("question_id", "fact_id", "question", "answers", "split")
_QUESTION_OPTIONAL = ("answer_history", "gold_doc_ids", "slice", "answerable")
_INTERVAL = ("answers", "valid_from")
_INTERVAL_OPTIONAL = ("valid_to", "as_of")
"""`as_of` is a note for people; not read."""


def head_from(row: object, where: str, problems: Problems) -> Dataset:
    """`dataset.json` as a dataset without documents and questions."""
    fields = Fields(row, where, problems, required=_HEAD, optional=_HEAD_OPTIONAL + _HEAD_NOTES)
    name = fields.identifier("name")
    if name and not NAME.fullmatch(name):
        fields.wrong('"name" may hold letters, digits, dots, _ and -, at most 64, and begins with a letter or digit')
    task = _choice(fields, "task", Task, Task.SHORT_ANSWER)
    labels = fields.texts("labels")
    if task is Task.LABEL and not labels:
        fields.wrong('the task "label" needs "labels"', hint='list them: "labels": ["yes", "no"]')
    if task is not Task.LABEL and labels:
        fields.wrong(f'"labels" belong to the task "label", not to "{task}"')
    if len(set(labels)) < len(labels):
        fields.wrong('"labels" holds one twice')
    abstain = fields.texts("abstain")
    if not abstain and "abstain" in fields.row:
        fields.wrong('"abstain" is empty', hint="leave it out to have the usual words")
    days = []
    for text in fields.texts("snapshots"):
        day = parse_day(text)
        if day is None:
            fields.wrong(f'"snapshots" must hold dates such as 2024-01-31, not {text!r}')
        else:
            days.append(day)
    if days and any(later <= earlier for earlier, later in pairwise(days)):
        fields.wrong('"snapshots" must ascend, each date once')
    if not days and "snapshots" in fields.row:
        fields.wrong('"snapshots" holds no date', hint="one is enough: the day as of which the answers hold")
    return Dataset(
        name=name,
        description=fields.text("description", blank=True),
        licence=fields.text("licence"),
        language=fields.identifier("language"),
        task=task,
        snapshots=tuple(days),
        documents=(),
        questions=(),
        labels=labels,
        abstain=abstain or DEFAULT_ABSTAIN,
    )


def document_from(row: object, where: str, problems: Problems) -> Document:
    """A row of `documents.jsonl`."""
    fields = Fields(row, where, problems, required=_DOCUMENT, optional=_DOCUMENT_OPTIONAL)
    valid_from, valid_to = fields.interval()
    return Document(
        doc_id=fields.identifier("doc_id"),
        title=fields.text("title", blank=True),
        text=fields.text("text"),
        valid_from=valid_from,
        valid_to=valid_to,
        source=fields.text("source", blank=True),
        metadata=fields.mapping("metadata"),
    )


def question_from(row: object, where: str, problems: Problems, head: Dataset) -> Question:
    """A row of `questions.jsonl`; `head` gives the labels."""
    n_before = problems.n
    fields = Fields(row, where, problems, required=_QUESTION, optional=_QUESTION_OPTIONAL)
    question = Question(
        question_id=fields.identifier("question_id"),
        fact_id=fields.identifier("fact_id"),
        question=fields.text("question"),
        answers=fields.texts("answers"),
        split=_choice(fields, "split", Split, Split.TRAIN),
        answer_history=tuple(_interval_from(entry, where, problems) for entry in fields.rows("answer_history")),
        gold_doc_ids=fields.texts("gold_doc_ids"),
        slice=fields.text_mapping("slice"),
        answerable=fields.flag("answerable", default=True),
    )
    if len(set(question.gold_doc_ids)) < len(question.gold_doc_ids):
        fields.wrong('"gold_doc_ids" holds one twice')
    if problems.n == n_before:
        _check_answers(question, fields, head)
    history = tuple(sorted(question.answer_history, key=lambda interval: interval.valid_from))
    return replace(question, answer_history=history)


def _interval_from(row: object, where: str, problems: Problems) -> AnswerInterval:
    fields = Fields(row, f"{where}, answer_history", problems, required=_INTERVAL, optional=_INTERVAL_OPTIONAL)
    valid_from, valid_to = fields.interval()
    return AnswerInterval(answers=fields.texts("answers"), valid_from=valid_from, valid_to=valid_to)


def _check_answers(question: Question, fields: Fields, head: Dataset) -> None:
    given = [question.answers, *(interval.answers for interval in question.answer_history)]
    if not question.answerable:
        if any(given) or question.answer_history:
            fields.wrong(
                "answers are given though the question is not answerable",
                hint='take the answers out, or write "answerable": true',
            )
        return
    if not any(given):
        fields.wrong(
            "there is no answer though the question is answerable", hint='give one, or write "answerable": false'
        )
    history = sorted(question.answer_history, key=lambda interval: interval.valid_from)
    for earlier, later in pairwise(history):
        if earlier.valid_to is None or earlier.valid_to > later.valid_from:
            fields.wrong(
                f'two intervals of "answer_history" overlap: the one from {earlier.valid_from} lasts until '
                f"{earlier.valid_to or 'ever'}, the next begins {later.valid_from}",
                hint='an interval ends where the next begins: "valid_to" is the first day on which it no longer holds',
            )
    if head.labels:
        outside = sorted({answer for answers in given for answer in answers} - set(head.labels))
        if outside:
            fields.wrong(f"{outside[0]!r} is none of the labels {', '.join(head.labels)}")


def _choice(fields: Fields, name: str, kind: type[Choice], default: Choice) -> Choice:
    value = fields.text(name)
    if not value:
        return default
    try:
        return kind(value)
    except ValueError:
        fields.wrong(f'"{name}" must be one of {", ".join(kind)}, not {value!r}')
        return default
