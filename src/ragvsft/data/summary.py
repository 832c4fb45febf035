"""What a dataset holds, in numbers and a few rows: what `data show` prints and `data check` counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from ragvsft.core.values import Dataset, Question, Split
from ragvsft.data.snapshots import documents_at, questions_at

N_EXAMPLES = 3


def summary(dataset: Dataset) -> dict[str, object]:
    """A dataset as a JSON value: head, counts, spans, and the first few rows by id.

    Lengths are in characters. Counts of a snapshot: versions valid then, questions asked, questions left out (a gap
    in their history, or not known yet), and the facts asked by what happened to them since the snapshot before.
    """
    return {
        "name": dataset.name,
        "description": dataset.description,
        "licence": dataset.licence,
        "language": dataset.language,
        "task": str(dataset.task),
        "labels": list(dataset.labels),
        "content_hash": dataset.content_hash,
        **counts(dataset),
        "snapshots": [_snapshot(dataset, place) for place in range(len(dataset.snapshots))],
        "examples": [_example(question) for question in _examples(dataset.questions)],
    }


def counts(dataset: Dataset) -> dict[str, object]:
    """Documents, questions and facts by what a reader asks first."""
    by_fact = Counter(question.fact_id for question in dataset.questions)
    changes = {question.fact_id: question.slice.get("change", "") for question in dataset.questions}
    n_unanswerable = sum(not question.answerable for question in dataset.questions)
    return {
        "n_documents": len({document.doc_id for document in dataset.documents}),
        "n_versions": len(dataset.documents),
        "n_questions": len(dataset.questions),
        "n_facts": len(by_fact),
        "n_unanswerable": n_unanswerable,
        "unanswerable_share": n_unanswerable / len(dataset.questions) if dataset.questions else None,
        "questions_by_split": {str(s): sum(q.split is s for q in dataset.questions) for s in Split},
        "facts_by_change": dict(sorted(Counter(filter(None, changes.values())).items())),
        "facts_by_phrasings": {str(n): many for n, many in sorted(Counter(by_fact.values()).items())},
        "version_characters": _spread(len(document.text) for document in dataset.documents),
        "first_valid_from": min((d.valid_from.isoformat() for d in dataset.documents), default=None),
    }


def _snapshot(dataset: Dataset, place: int) -> dict[str, object]:
    at = dataset.snapshots[place]
    questions, n_left_out = questions_at(dataset, at, dataset.snapshots[place - 1] if place else None)
    changes = {question.fact_id: str(question.change) for question in questions if question.change is not None}
    return {
        "date": at.isoformat(),
        "n_versions": len(documents_at(dataset, at)),
        "n_questions": len(questions),
        "n_left_out": n_left_out,
        "facts_by_change": dict(sorted(Counter(changes.values()).items())),
    }


def _examples(questions: Sequence[Question]) -> list[Question]:
    """The first questions by id, each of another fact."""
    chosen: dict[str, Question] = {}
    for question in sorted(questions, key=lambda question: question.question_id):
        chosen.setdefault(question.fact_id, question)
        if len(chosen) == N_EXAMPLES:
            break
    return list(chosen.values())


def _example(question: Question) -> dict[str, object]:
    return {
        "question_id": question.question_id,
        "question": question.question,
        "answers": list(question.answers),
        "split": str(question.split),
        "gold_doc_ids": list(question.gold_doc_ids),
    }


def _spread(values: Iterable[int]) -> dict[str, float] | None:
    ordered = sorted(values)
    return {"min": ordered[0], "median": median(ordered), "max": ordered[-1]} if ordered else None
