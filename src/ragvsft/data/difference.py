"""What changed between two states of a dataset: documents, facts, and the questions that are worth asking again."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from ragvsft.core.errors import DataError
from ragvsft.core.values import Change, Dataset, WaveQuestion
from ragvsft.data.snapshots import answer_key, documents_at, loses_answer, questions_at


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A fact that is not as it was."""

    fact_id: str
    change: Change
    question: str
    """One of its questions."""
    before: tuple[str, ...]
    """Accepted answers; empty: none was right, or it was not known."""
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An older state against a newer one."""

    old_at: date
    new_at: date
    documents_added: tuple[str, ...]
    documents_changed: tuple[str, ...]
    """Ids whose title or text is another."""
    documents_removed: tuple[str, ...]
    n_documents_unchanged: int
    facts: tuple[FactChange, ...]
    """New, changed and removed ones, by id."""
    n_facts_unchanged: int
    affected_questions: tuple[str, ...]
    """Ids in the newer state: of facts that are not as they were, or with a gold document that is not."""
    n_questions: int
    """In the newer state."""

    def to_json(self) -> dict[str, object]:
        """The difference as a JSON value."""
        dates = {"old_at": self.old_at.isoformat(), "new_at": self.new_at.isoformat()}
        return {**asdict(self), **dates}


def difference(old: Dataset, new: Dataset, *, old_at: date | None = None, new_at: date | None = None) -> Difference:
    """Compare two states, by document id and fact id.

    Args:
        old: the older one.
        new: the newer one; may be the same dataset at another date.
        old_at: a date; None: the last snapshot of `old`.
        new_at: a date; None: the last snapshot of `new`.

    Raises:
        DataError: the states share neither a document nor a question, so that nothing can be compared.
    """
    old_at, new_at = old_at or old.snapshots[-1], new_at or new.snapshots[-1]
    texts_before = {one.doc_id: (one.title, one.text) for one in documents_at(old, old_at)}
    texts_now = {one.doc_id: (one.title, one.text) for one in documents_at(new, new_at)}
    before, now = _by_fact(questions_at(old, old_at, None)[0]), _by_fact(questions_at(new, new_at, None)[0])
    if not texts_before.keys() & texts_now.keys() and not before.keys() & now.keys():
        raise DataError(
            f"{old.name} and {new.name} share no document and no fact",
            hint="compare two versions of one dataset: their ids must be the same",
        )
    changed = sorted(doc_id for doc_id, text in texts_now.items() if texts_before.get(doc_id, text) != text)
    added, removed = sorted(texts_now.keys() - texts_before.keys()), sorted(texts_before.keys() - texts_now.keys())
    facts = [_fact(fact_id, before.get(fact_id, ()), now.get(fact_id, ())) for fact_id in {**before, **now}]
    moved = {one.fact_id for one in facts if one.change is not Change.UNCHANGED}
    touched = {*changed, *added, *removed}
    affected = [
        question.question_id
        for questions in now.values()
        for question in questions
        if question.fact_id in moved or touched.intersection(question.gold_doc_ids)
    ]
    return Difference(
        old_at=old_at,
        new_at=new_at,
        documents_added=tuple(added),
        documents_changed=tuple(changed),
        documents_removed=tuple(removed),
        n_documents_unchanged=len(texts_now) - len(changed) - len(added),
        facts=tuple(sorted((one for one in facts if one.fact_id in moved), key=lambda one: one.fact_id)),
        n_facts_unchanged=len(facts) - len(moved),
        affected_questions=tuple(sorted(affected)),
        n_questions=sum(len(questions) for questions in now.values()),
    )


def _by_fact(questions: Iterable[WaveQuestion]) -> dict[str, tuple[WaveQuestion, ...]]:
    found: dict[str, list[WaveQuestion]] = {}
    for question in questions:
        found.setdefault(question.fact_id, []).append(question)
    return {fact_id: tuple(some) for fact_id, some in found.items()}


def _fact(fact_id: str, before: tuple[WaveQuestion, ...], now: tuple[WaveQuestion, ...]) -> FactChange:
    earlier, later = _answers(before), _answers(now)
    return FactChange(
        fact_id=fact_id,
        change=_change(earlier, later),
        question=(now or before)[0].question,
        before=earlier,
        now=later,
    )


def _answers(questions: Iterable[WaveQuestion]) -> tuple[str, ...]:
    """Accepted answers of a fact, two writings of one answer once."""
    found: dict[tuple[str, ...], str] = {}
    for question in questions:
        for answer in question.answers:
            found.setdefault(answer_key(answer), answer)
    return tuple(found.values())


def _change(before: tuple[str, ...], now: tuple[str, ...]) -> Change:
    """By the rule of waves."""
    if not before:
        return Change.NEW if now else Change.UNCHANGED
    if not now:
        return Change.REMOVED
    return Change.CHANGED if loses_answer(before, now) else Change.UNCHANGED
