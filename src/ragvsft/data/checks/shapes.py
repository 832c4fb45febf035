"""Looks at counts and lengths: versions never used, texts of a strange length, missing phrasings."""

from collections.abc import Iterable

from ragvsft.core.values import Dataset, Split, Task
from ragvsft.data.checks.finding import Finding, finding

SHORT_CHARACTERS = 20
LONG_CHARACTERS = 200_000
FEW_FACTS = 50
UNANSWERABLE_SHARE = 0.5
LONG_QUESTION_CHARACTERS = 1_000
LONG_ANSWER_CHARACTERS = 200
MANY_PHRASINGS = 5
"""Times the usual number of phrasings, from which a fact is said to have many."""


def never_valid(dataset: Dataset) -> Finding | None:
    """Versions that are valid at no snapshot."""
    return finding(
        "warning",
        "never_valid",
        "versions that are valid at no snapshot and so are never used",
        (
            f"{document.doc_id} from {document.valid_from}"
            for document in dataset.documents
            if not any(
                document.valid_from <= at and (document.valid_to is None or at < document.valid_to)
                for at in dataset.snapshots
            )
        ),
        len(dataset.documents),
    )


def short_documents(dataset: Dataset) -> Finding | None:
    """Versions with hardly any text."""
    return finding(
        "warning",
        "short_document",
        f"versions shorter than {SHORT_CHARACTERS} characters",
        (f"{d.doc_id}: {len(d.text)}" for d in dataset.documents if len(d.text) < SHORT_CHARACTERS),
        len(dataset.documents),
    )


def long_documents(dataset: Dataset) -> Finding | None:
    """Versions as long as books."""
    return finding(
        "warning",
        "long_document",
        f"versions longer than {LONG_CHARACTERS:,} characters",
        (f"{d.doc_id}: {len(d.text)}" for d in dataset.documents if len(d.text) > LONG_CHARACTERS),
        len(dataset.documents),
    )


def long_questions(dataset: Dataset) -> Finding | None:
    """Questions as long as documents: a passage may have been pasted into them."""
    return finding(
        "warning",
        "long_question",
        f"questions longer than {LONG_QUESTION_CHARACTERS:,} characters: does a passage stand in them?",
        (
            f"{q.question_id}: {len(q.question):,}"
            for q in dataset.questions
            if len(q.question) > LONG_QUESTION_CHARACTERS
        ),
        len(dataset.questions),
    )


def long_answers(dataset: Dataset) -> Finding | None:
    """Questions of the short-answer task all of whose answers are long."""
    if dataset.task is not Task.SHORT_ANSWER:
        return None
    return finding(
        "warning",
        "long_answer",
        f'questions whose every answer is longer than {LONG_ANSWER_CHARACTERS} characters: is the task "long_form"?',
        (
            f"{q.question_id}: {min(map(len, q.answers)):,}"
            for q in dataset.questions
            if q.answers and min(map(len, q.answers)) > LONG_ANSWER_CHARACTERS
        ),
        len(dataset.questions),
    )


def many_unanswerable(dataset: Dataset) -> Finding | None:
    """More than half of the questions cannot be answered."""
    n = sum(not question.answerable for question in dataset.questions)
    return finding(
        "warning",
        "many_unanswerable",
        f"more than {UNANSWERABLE_SHARE:.0%} of the questions cannot be answered: always abstaining would look good",
        (
            q.question_id
            for q in dataset.questions
            if not q.answerable and n > UNANSWERABLE_SHARE * len(dataset.questions)
        ),
        len(dataset.questions),
    )


def no_test(dataset: Dataset) -> Finding | None:
    """Nothing can be measured."""
    has_test = any(question.split is Split.TEST for question in dataset.questions)
    return finding(
        "error", "no_test_question", "no question is in the split test", [] if has_test else [dataset.name], 1
    )


def few_tests(dataset: Dataset) -> Finding | None:
    """So few tested facts that only large differences can show."""
    n = len(_facts(dataset, Split.TEST))
    if not 0 < n < FEW_FACTS:
        return None
    message = f"fewer than {FEW_FACTS} facts are tested: only large differences between arms can show (200 show most)"
    return Finding(level="note", kind="few_tested_facts", message=message, n=n, of=n, examples=())


def untrained_facts(dataset: Dataset) -> Finding | None:
    """Tested facts without a train phrasing, in a set where most tested facts have one."""
    tested = _facts(dataset, Split.TEST)
    trained = set(_facts(dataset, Split.TRAIN))
    found = [fact_id for fact_id in tested if fact_id not in trained]
    return finding(
        "warning",
        "tested_fact_without_training_phrasing",
        "tested facts that have no train question while most have one: no adapter can learn them",
        found if len(found) < len(tested) / 2 else [],
        len(tested),
    )


def many_phrasings(dataset: Dataset) -> Finding | None:
    """Facts with so many phrasings that they weigh more than others in training, or in the test."""
    found: list[str] = []
    n_facts = 0
    for split in (Split.TRAIN, Split.TEST):
        counts = _facts(dataset, split)
        n_facts = max(n_facts, len(counts))
        usual = sorted(counts.values())[len(counts) // 2] if counts else 0
        found += [f"{fact_id}: {n} in {split}" for fact_id, n in counts.items() if n > MANY_PHRASINGS * usual]
    return finding(
        "warning",
        "many_phrasings",
        f"facts with more than {MANY_PHRASINGS} times the usual number of phrasings in a split",
        found,
        n_facts,
    )


def _facts(dataset: Dataset, split: Split) -> dict[str, int]:
    """Facts with a question of a split, and how many."""
    counts: dict[str, int] = {}
    wanted: Iterable[str] = (question.fact_id for question in dataset.questions if question.split is split)
    for fact_id in wanted:
        counts[fact_id] = counts.get(fact_id, 0) + 1
    return counts
