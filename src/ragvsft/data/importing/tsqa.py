"""Time-Sensitive-QA: a page of Wikipedia is a document; a question names its own time, so one snapshot is enough.

A question whose answers are all empty is one that the page does not answer; it is kept as unanswerable.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset
from ragvsft.data.importing.columns import word
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.jsonfiles import read_json

_HINT = 'the format is [{"index": …, "link": …, "paras": […], "questions": [[question, [{"answer": …}]]]}]'


def looks_like_tsqa(source: Path, peek: object) -> bool:
    """Whether a JSON value has the outline of the human-written questions."""
    first = peek[0] if isinstance(peek, list) and peek else None
    return isinstance(first, dict) and {"index", "paras", "questions"} <= set(first)


def tsqa_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """Time-Sensitive-QA as a dataset with one snapshot.

    Raises:
        DataError: the file is not of this format; the message names the place.
    """
    value = read_json(source)
    if not isinstance(value, list) or not looks_like_tsqa(source, value):
        raise DataError(f"{source.name} is not Time-Sensitive-QA", hint=_HINT)
    intake = Intake(source.name, options, left_out)
    for n, row in enumerate(value):
        where = f"{source.name}[{n}]"
        if not isinstance(row, Mapping):
            raise DataError(f"{where}: an object with fields is expected here", hint=_HINT)
        index, link = word(row.get("index")) or str(n), word(row.get("link"))
        paragraphs = row.get("paras")
        if not isinstance(paragraphs, list) or not all(isinstance(text, str) for text in paragraphs):
            raise DataError(f"{where}: 'paras' must be a list of texts", hint=_HINT)
        page = link.removeprefix("/wiki/") or index
        title = unquote(page).replace("_", " ")
        if paragraphs and paragraphs[0].strip() == title:
            paragraphs = paragraphs[1:]
        text = "\n\n".join(paragraph.strip() for paragraph in paragraphs if paragraph.strip())
        kind = word(row.get("type"))
        doc_id = intake.document(where, text, doc_id=page, title=title, source=link, metadata={"property": kind})
        if doc_id is not None:
            _take_questions(where, row.get("questions"), index, doc_id, kind, intake)
    if intake.n_unanswerable:
        left_out.note(f"{intake.n_unanswerable:,} questions are not answered by their own page; another page might")
    return intake.dataset(name, what="Time-Sensitive-QA: a document is a page", hint=_HINT)


def _take_questions(where: str, given: object, index: str, doc_id: str, kind: str, intake: Intake) -> None:
    if not isinstance(given, list):
        raise DataError(f"{where}: 'questions' must be a list", hint=_HINT)
    for number, pair in enumerate(given):
        place = f"{where}.questions[{number}]"
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[1], list):
            raise DataError(f"{place}: a question and a list of answers are expected here", hint=_HINT)
        answers = [word(answer.get("answer")) for answer in pair[1] if isinstance(answer, Mapping)]
        if len(answers) < len(pair[1]):
            raise DataError(f"{place}: an answer is no object with fields", hint=_HINT)
        answerable = any(answers)
        intake.question(
            place,
            f"{index}#{number}",
            word(pair[0]),
            answers,
            gold_doc_ids=[doc_id] if answerable else [],
            answerable=answerable,
            slice={"property": kind} if kind else {},
        )
