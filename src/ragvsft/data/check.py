"""Looks for what makes a readable dataset a bad one: answers no document states, leaks, phrasings that disagree.

What `read.py` refuses does not come this far; an error here concerns a dataset that was never read from a folder.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from ragvsft.core.values import Dataset, Question, Split, Task, WaveQuestion
from ragvsft.data.read import question_key
from ragvsft.data.snapshots import documents_at, interval_at, questions_at
from ragvsft.data.summary import summary
from ragvsft.metrics.normalise import contains_answer, tokens

SHORT_CHARACTERS = 20
LONG_CHARACTERS = 200_000
UNANSWERABLE_SHARE = 0.5
N_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of thing that is wrong, with how often and where first."""

    level: Literal["error", "warning"]
    kind: str
    """A stable word for machines."""
    message: str
    n: int
    of: int
    """How many were looked at."""
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found, and the dataset's counts."""

    summary: dict[str, object]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that make results worthless."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that a reader of results should know."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    def to_json(self) -> dict[str, object]:
        """The whole report as a JSON value."""
        return {
            "n_errors": len(self.errors),
            "n_warnings": len(self.warnings),
            "findings": [asdict(finding) for finding in self.findings],
            "summary": self.summary,
        }


def check_dataset(dataset: Dataset) -> CheckReport:
    """Check a dataset beyond the rules of its format; findings with errors first."""
    checks: tuple[Callable[[Dataset], Finding | None], ...] = (
        _leaked,
        _unstated,
        _without_gold,
        _disagreeing,
        _outdated_answers,
        _ambiguous,
        _never_valid,
        _short,
        _long,
        _many_unanswerable,
        _no_test,
    )
    findings = [finding for check in checks if (finding := check(dataset)) is not None]
    findings.sort(key=lambda finding: finding.level != "error")
    return CheckReport(summary=summary(dataset), findings=tuple(findings))


def _finding(
    level: Literal["error", "warning"], kind: str, message: str, found: Iterable[str], of: int
) -> Finding | None:
    examples = list(found)
    if not examples:
        return None
    shown = tuple(examples[:N_EXAMPLES])
    return Finding(level=level, kind=kind, message=message, n=len(examples), of=of, examples=shown)


def _leaked(dataset: Dataset) -> Finding | None:
    trained = {question_key(q.question): q for q in dataset.questions if q.split is not Split.TEST}
    tests = [question for question in dataset.questions if question.split is Split.TEST]
    return _finding(
        "error",
        "question_in_two_splits",
        "test questions that are train or dev questions too, word for word",
        (
            f"{q.question_id} = {trained[question_key(q.question)].question_id}: {q.question}"
            for q in tests
            if question_key(q.question) in trained
        ),
        len(tests),
    )


def _asked_facts(dataset: Dataset) -> Iterable[tuple[str, WaveQuestion]]:
    """Every fact with an answer at every snapshot, once each, with the date."""
    for at in dataset.snapshots:
        seen: set[str] = set()
        for question in questions_at(dataset, at, None)[0]:
            if question.answers and question.fact_id not in seen:
                seen.add(question.fact_id)
                yield at.isoformat(), question


def _unstated(dataset: Dataset) -> Finding | None:
    if dataset.task is not Task.SHORT_ANSWER:
        return None
    found, of = [], 0
    texts = {
        at.isoformat(): {d.doc_id: f"{d.title}\n{d.text}" for d in documents_at(dataset, at)}
        for at in dataset.snapshots
    }
    for at, question in _asked_facts(dataset):
        gold = [texts[at][doc_id] for doc_id in question.gold_doc_ids]
        if not gold:
            continue
        of += 1
        if not any(contains_answer(text, answer) for text in gold for answer in question.answers):
            found.append(f"{question.question_id} at {at}: {question.answers[0]!r} not in {question.gold_doc_ids[0]!r}")
    return _finding(
        "warning",
        "answer_not_in_gold",
        "facts whose gold documents do not state an answer at a snapshot: retrieval cannot be judged by them",
        found,
        of,
    )


def _without_gold(dataset: Dataset) -> Finding | None:
    asked = list(_asked_facts(dataset))
    return _finding(
        "warning",
        "no_gold_at_date",
        "facts that have an answer at a snapshot but no gold document that is valid then",
        (f"{question.question_id} at {at}" for at, question in asked if not question.gold_doc_ids),
        len(asked),
    )


def _disagreeing(dataset: Dataset) -> Finding | None:
    first: dict[str, Question] = {}
    found: dict[str, str] = {}
    for question in dataset.questions:
        same = first.setdefault(question.fact_id, question)
        if _truth(same) != _truth(question):
            found.setdefault(question.fact_id, f"{question.fact_id}: {same.question_id} and {question.question_id}")
    return _finding(
        "warning",
        "phrasings_disagree",
        "facts whose phrasings have other answers or another history",
        found.values(),
        len(first),
    )


def _truth(question: Question) -> object:
    history = [
        (_keys(interval.answers), interval.valid_from, interval.valid_to) for interval in question.answer_history
    ]
    return question.answerable, _keys(question.answers), history


def _keys(answers: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(tokens(answer)) or answer for answer in answers)


def _outdated_answers(dataset: Dataset) -> Finding | None:
    last = dataset.snapshots[-1]
    dated = [question for question in dataset.questions if question.answer_history]
    found = []
    for question in dated:
        interval = interval_at(question, last)
        if interval is not None and _keys(interval.answers) != _keys(question.answers):
            found.append(f"{question.question_id}: {list(question.answers)} but {list(interval.answers)} at {last}")
    return _finding(
        "warning",
        "answers_not_of_last_snapshot",
        'questions whose "answers" are not those of their history at the last snapshot; the history is used',
        found,
        len(dated),
    )


def _ambiguous(dataset: Dataset) -> Finding | None:
    first: dict[str, Question] = {}
    found = []
    for question in dataset.questions:
        same = first.setdefault(question_key(question.question), question)
        if same.fact_id != question.fact_id:
            found.append(f"{same.question_id} and {question.question_id}: {question.question}")
    return _finding(
        "warning",
        "same_text_two_facts",
        "questions whose text asks about two facts: no arm can tell which is meant",
        found,
        len(dataset.questions),
    )


def _never_valid(dataset: Dataset) -> Finding | None:
    seen = {(d.doc_id, d.valid_from) for at in dataset.snapshots for d in documents_at(dataset, at)}
    return _finding(
        "warning",
        "never_valid",
        "versions that are valid at no snapshot and so are never used",
        (f"{d.doc_id} from {d.valid_from}" for d in dataset.documents if (d.doc_id, d.valid_from) not in seen),
        len(dataset.documents),
    )


def _short(dataset: Dataset) -> Finding | None:
    return _finding(
        "warning",
        "short_document",
        f"versions shorter than {SHORT_CHARACTERS} characters",
        (f"{d.doc_id}: {len(d.text)}" for d in dataset.documents if len(d.text) < SHORT_CHARACTERS),
        len(dataset.documents),
    )


def _long(dataset: Dataset) -> Finding | None:
    return _finding(
        "warning",
        "long_document",
        f"versions longer than {LONG_CHARACTERS:,} characters",
        (f"{d.doc_id}: {len(d.text)}" for d in dataset.documents if len(d.text) > LONG_CHARACTERS),
        len(dataset.documents),
    )


def _many_unanswerable(dataset: Dataset) -> Finding | None:
    unanswerable = [question.question_id for question in dataset.questions if not question.answerable]
    return _finding(
        "warning",
        "many_unanswerable",
        f"more than {UNANSWERABLE_SHARE:.0%} of the questions cannot be answered: always abstaining would look good",
        unanswerable if len(unanswerable) > UNANSWERABLE_SHARE * len(dataset.questions) else [],
        len(dataset.questions),
    )


def _no_test(dataset: Dataset) -> Finding | None:
    has_test = any(question.split is Split.TEST for question in dataset.questions)
    return _finding(
        "error", "no_test_question", "no question is in the split test", [] if has_test else [dataset.name], 1
    )
