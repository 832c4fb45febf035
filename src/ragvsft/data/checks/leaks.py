"""Looks for what training may tell of the test: questions in two splits, answers in rows about other facts."""

from collections.abc import Iterable, Sequence

import numpy as np

from ragvsft.core.values import Dataset, Question, Split, Task
from ragvsft.data.checks.finding import Finding, finding
from ragvsft.data.checks.token_table import hashes_of
from ragvsft.data.read import question_key
from ragvsft.metrics.normalise import tokens

LONGEST_SPAN_WORDS = 12
SHORTEST_WORD_CHARACTERS = 4
MANY_SHARE = 0.25
"""Where facts are about one world, some answers are shared: fewer than this is no warning."""


def leaked(dataset: Dataset) -> Finding | None:
    """Test questions that are a train or dev question too, but for case and white space."""
    tests = [question for question in dataset.questions if question.split is Split.TEST]
    others = [question for question in dataset.questions if question.split is not Split.TEST]
    mine = hashes_of(question_key(question.question) for question in tests)
    theirs = hashes_of(question_key(question.question) for question in others)
    suspects = {question_key(tests[place].question) for place in np.flatnonzero(np.isin(mine, theirs))}
    suspected = np.flatnonzero(np.isin(theirs, mine))
    trained = {question_key(others[place].question): others[place].question_id for place in suspected[::-1]}
    return finding(
        "error",
        "question_in_two_splits",
        "test questions that are train or dev questions too, word for word",
        (
            f"{q.question_id} = {trained[key]}: {q.question}"
            for q in (tests if suspects else ())
            if (key := question_key(q.question)) in trained
        ),
        len(tests),
    )


def answered_elsewhere(dataset: Dataset) -> Finding | None:
    """Test questions an answer of which stands word for word in the training row of another fact; a quarter warns.

    Only for short answers. One word of fewer than four characters (yes, no, small numbers) stands everywhere and is
    not looked for, nor is an answer of more than twelve words.
    """
    if dataset.task is not Task.SHORT_ANSWER:
        return None
    tests = [question for question in dataset.questions if question.split is Split.TEST and question.answers]
    wanted = {key for question in tests for key in _spans(question.answers)}
    where = _standing(wanted, [question for question in dataset.questions if question.split is Split.TRAIN])
    found = [
        f"{question.question_id}: {hit[0]!r} is in {hit[1].question_id}"
        for question in tests
        if (hit := _other_row(question, where)) is not None
    ]
    return finding(
        "warning" if len(found) >= MANY_SHARE * len(tests) else "note",
        "answer_in_other_training_row",
        "test questions whose answer stands word for word in a training row about another fact: an adapter may say it "
        "for that reason",
        found,
        len(tests),
    )


def _spans(answers: Iterable[str]) -> Iterable[str]:
    for answer in answers:
        words = tokens(answer)
        if 1 < len(words) <= LONGEST_SPAN_WORDS or (len(words) == 1 and len(words[0]) >= SHORTEST_WORD_CHARACTERS):
            yield " ".join(words)


def _standing(wanted: set[str], rows: Sequence[Question]) -> dict[str, list[Question]]:
    """For each span the first rows of at most two facts in which it stands: enough to find one of another fact."""
    lengths: dict[str, set[int]] = {}
    for span in wanted:
        words = span.split(" ")
        lengths.setdefault(words[0], set()).add(len(words))
    found: dict[str, list[Question]] = {}
    for row in rows:
        for text in (row.question, *row.answers):
            words = tokens(text)
            for at, word in enumerate(words):
                for length in lengths.get(word, ()):
                    span = " ".join(words[at : at + length])
                    if span in wanted:
                        known = found.setdefault(span, [])
                        if len(known) < 2 and all(row.fact_id != other.fact_id for other in known):
                            known.append(row)
    return found


def _other_row(question: Question, where: dict[str, list[Question]]) -> tuple[str, Question] | None:
    return next(
        (
            (span, row)
            for span in _spans(question.answers)
            for row in where.get(span, ())
            if row.fact_id != question.fact_id
        ),
        None,
    )
