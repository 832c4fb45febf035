"""SQuAD v1.1 and v2 JSON: articles of paragraphs with questions. A paragraph becomes a document.

An article goes to one split whole, so that no question about it was trained on; a question is a fact of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset, Document, Question, Split, Task
from ragvsft.data.importing.dealing import deal
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.repeats import SAME_QUESTION, refuse_question
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.jsonfiles import read_json
from ragvsft.data.problems import Problems
from ragvsft.data.read import question_key

_HINT = "SQuAD JSON is {data: [{title, paragraphs: [{context, qas: [{id, question, answers: [{text}]}]}]}]}"


def looks_like_squad(value: object) -> bool:
    """Whether a JSON value has the outline of a SQuAD file."""
    articles = value.get("data") if isinstance(value, dict) else None
    return isinstance(articles, list) and any(isinstance(a, dict) and "paragraphs" in a for a in articles)


def squad_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """A SQuAD file as a dataset; what cannot be used is noted in `left_out`.

    Raises:
        DataError: the file is not SQuAD JSON, or nothing of it can be used; the message names the place.
    """
    value = read_json(source)
    if not looks_like_squad(value):
        raise DataError(f"{source.name} is not SQuAD JSON", hint=_HINT)
    articles = _articles(value, source.name, left_out)
    splits = deal([article.title for article in articles if article.n_questions], options.shares, options.seed)
    documents: list[Document] = []
    questions: list[Question] = []
    for article in articles:
        for number, (context, rows) in enumerate(article.paragraphs, start=1):
            doc_id = f"{article.title}#{number}"
            documents.append(
                Document(
                    doc_id=doc_id,
                    title=article.title.replace("_", " "),
                    text=context,
                    valid_from=options.snapshot,
                    source=source.name,
                    metadata={"article": article.title, "paragraph": number},
                )
            )
            questions.extend(_question(row, doc_id, splits[article.title]) for row in rows)
    questions = _in_one_split(questions, left_out)
    if not questions:
        raise DataError(f"{source.name} has no question that can be used", hint=_reasons(left_out))
    missing = [split for split in Split if not any(question.split is split for question in questions)]
    if missing:
        left_out.note(f"no question is in {' or '.join(missing)}: the source has too few articles for every split")
    return Dataset(
        name=name,
        description=options.description or f"Imported from {source.name} (SQuAD JSON): a document is a paragraph.",
        licence=options.licence or "unknown",
        language=options.language,
        task=Task.SHORT_ANSWER,
        snapshots=(options.snapshot,),
        documents=tuple(documents),
        questions=tuple(questions),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    question_id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool


@dataclass(slots=True)
class _Article:
    title: str
    paragraphs: list[tuple[str, list[_Row]]]

    @property
    def n_questions(self) -> int:
        return sum(len(rows) for _, rows in self.paragraphs)


def _articles(value: object, source: str, left_out: LeftOut) -> list[_Article]:
    found: dict[str, _Article] = {}
    seen: dict[str, tuple[str, _Row]] = {}
    doubled = Problems(source)
    for a, article in enumerate(_list(value, "data", source)):
        where = f"{source}, data[{a}]"
        title = str(_field(article, "title", str, where, default="")).strip() or f"article {a + 1}"
        # Two articles of one title are one, or their paragraphs would share ids.
        paragraphs = found.setdefault(title, _Article(title, [])).paragraphs
        for p, paragraph in enumerate(_list(article, "paragraphs", where)):
            place = f"{where}.paragraphs[{p}]"
            context = str(_field(paragraph, "context", str, place))
            rows = [_row(qa, f"{place}.qas[{q}]") for q, qa in enumerate(_list(paragraph, "qas", place))]
            if not context.strip():
                left_out.add("paragraph without text", place)
                for row in rows:
                    left_out.add("question of a paragraph without text", f"{place}: {row.question_id}")
                continue
            paragraphs.append((context, [row for row in rows if _usable(row, place, seen, doubled, left_out)]))
    doubled.raise_if_any()
    return list(found.values())


def _row(qa: object, where: str) -> _Row:
    question_id = _field(qa, "id", (str, int), where)
    impossible = bool(_field(qa, "is_impossible", bool, where, default=False))
    texts = (
        str(_field(answer, "text", str, f"{where}.answers[{n}]")).strip()
        for n, answer in enumerate(_list(qa, "answers", where, optional=impossible))
    )
    return _Row(
        question_id=str(question_id).strip(),
        question=str(_field(qa, "question", str, where)).strip(),
        answers=() if impossible else tuple(dict.fromkeys(text for text in texts if text)),
        answerable=not impossible,
    )


def _usable(row: _Row, where: str, seen: dict[str, tuple[str, _Row]], doubled: Problems, left_out: LeftOut) -> bool:
    example = f"{where}: {row.question_id}"
    place, first = seen.get(row.question_id, ("", row))
    if not row.question:
        left_out.add("question without text", example)
    elif row.answerable and not row.answers:
        left_out.add("question without an answer", example)
    elif not row.question_id:
        left_out.add("question without an id", example)
    elif place and first != row:
        refuse_question(doubled, where, row.question_id, place, "another question or other answers")
    elif place:
        left_out.add(SAME_QUESTION, f"{example}, as in {place}")
    else:
        seen[row.question_id] = where, row
        return True
    return False


def _question(row: _Row, doc_id: str, split: Split) -> Question:
    return Question(
        question_id=row.question_id,
        fact_id=row.question_id,
        question=row.question,
        answers=row.answers,
        split=split,
        gold_doc_ids=(doc_id,) if row.answerable else (),
        answerable=row.answerable,
    )


def _in_one_split(questions: Sequence[Question], left_out: LeftOut) -> list[Question]:
    """Leave out every question whose text is in two splits: away from its paragraph none of them is a fair test."""
    splits: dict[str, set[Split]] = {}
    for question in questions:
        splits.setdefault(question_key(question.question), set()).add(question.split)
    kept = []
    for question in questions:
        if len(splits[question_key(question.question)]) == 1:
            kept.append(question)
        else:
            left_out.add("question text that is in two splits", f"{question.question_id}: {question.question}")
    return kept


def _list(value: object, name: str, where: str, *, optional: bool = False) -> list[object]:
    found = _field(value, name, list, where, default=[] if optional else None)
    assert isinstance(found, list)
    return found


def _field(value: object, name: str, kind: type | tuple[type, ...], where: str, *, default: object = None) -> object:
    if not isinstance(value, Mapping):
        raise DataError(f"{where}: an object with {name!r} is expected here", hint=_HINT)
    found = value.get(name, default)
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        what = "is missing" if name not in value else "has another type than in SQuAD"
        raise DataError(f"{where}: {name!r} {what}", hint=_HINT)
    return found


def _reasons(left_out: LeftOut) -> str:
    reasons = "; ".join(f"{reason}: {n}" for reason, n in left_out.reasons.items())
    return f"left out: {reasons}" if reasons else _HINT
