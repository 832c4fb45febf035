"""Looks at how answers are spread: what always giving the same one would score, and labels that are never asked."""

from collections import Counter
from collections.abc import Mapping

from ragvsft.core.values import Dataset, Question, Split, Task
from ragvsft.data.checks.finding import Finding, finding
from ragvsft.metrics.normalise import tokens

UNEVEN = 1.5
"""Times its even share, from which a label is said to be too frequent."""
FREQUENT_SHARE = 0.1
"""Of the test questions, from which one short answer is said to be too frequent."""
FEW_QUESTIONS = 20
"""Below so many test questions shares say nothing."""
_PLACES = 4


def majority(dataset: Dataset) -> Mapping[str, object] | None:
    """What always giving the most frequent answer would score on the answerable test questions; None: there are none.

    `accuracy` is the share of test questions that it answers; with labels also `macro_f1` (F1 averaged over the
    dataset's labels, 0 for those never given) and the counts by split.
    """
    tests = [question for question in dataset.questions if question.split is Split.TEST and question.answers]
    counts = _counts(tests)
    if not counts:
        return None
    answer, n = counts.most_common(1)[0]
    found: dict[str, object] = {"answer": answer, "n": n, "of": len(tests), "accuracy": round(n / len(tests), _PLACES)}
    if dataset.task is Task.LABEL:
        f1 = 2 * n / (n + len(tests))
        found["macro_f1"] = round(f1 / len(dataset.labels), _PLACES)
        for split in Split:
            asked = _counts([question for question in dataset.questions if question.split is split])
            found[str(split)] = {label: asked[label] for label in dataset.labels}
    return found


def uneven(dataset: Dataset) -> Finding | None:
    """An answer so frequent among the test questions that always giving it would look good."""
    tests = [question for question in dataset.questions if question.split is Split.TEST and question.answers]
    counts = _counts(tests)
    if len(tests) < FEW_QUESTIONS or dataset.task is Task.LONG_FORM:
        return None
    limit = min(1.0, UNEVEN / len(dataset.labels)) if dataset.task is Task.LABEL else FREQUENT_SHARE
    answer, n = counts.most_common(1)[0]
    if n / len(tests) < limit:
        return None
    what = "label" if dataset.task is Task.LABEL else "answer"
    return Finding(
        level="warning",
        kind=f"frequent_{what}",
        message=f"test questions with the {what} {answer!r}: always giving it would score {n / len(tests):.1%}",
        n=n,
        of=len(tests),
        examples=tuple(f"{other!r}: {count:,}" for other, count in counts.most_common(3)),
    )


def unasked(dataset: Dataset) -> Finding | None:
    """Labels that no test question, or no train question though there are some, has as its answer."""
    found = []
    for split in (Split.TEST, Split.TRAIN):
        asked = _counts([question for question in dataset.questions if question.split is split])
        if asked:
            found += [f"{label!r} in {split}" for label in dataset.labels if not asked[label]]
    return finding("warning", "label_never_asked", "labels that no question has", found, 2 * len(dataset.labels))


def _counts(questions: list[Question]) -> Counter[str]:
    """How many questions accept an answer; a question counts once for each answer that it accepts."""
    return Counter(key for question in questions for key in {_key(answer) for answer in question.answers})


def _key(answer: str) -> str:
    return answer if answer.isalpha() and answer.islower() else " ".join(tokens(answer)) or answer
