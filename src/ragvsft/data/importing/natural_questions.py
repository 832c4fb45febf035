"""Rows of Natural Questions: pages as tokens with annotated spans, simplified or whole, and rows with `positive_ctxs`.

A page's short answers are the answers; `yes` and `no` count as such. A page without an annotated answer makes an
unanswerable question, one with a long answer alone is left out. Of `positive_ctxs` rows the texts are the documents.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset
from ragvsft.data.importing.columns import word, words
from ragvsft.data.importing.files import Row, rows
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import LeftOut

ANNOTATORS_AGREE = 2
"""Of five annotators this many must have found an answer (Kwiatkowski et al. 2019, §5); of fewer, one."""

_MARK = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_BREAKS = ("<p", "<h", "<li", "<tr", "<table", "<ul", "<ol", "<dl", "<dd", "<dt")
_HINT = (
    "a row has question_text, document_text or document_tokens, and annotations; or question, answers, positive_ctxs"
)


def looks_like_natural_questions(source: Path, peek: object) -> bool:
    """Whether a first row is one of Natural Questions."""
    row = peek[0] if isinstance(peek, list) and peek else peek
    return isinstance(row, dict) and ({"question_text", "annotations"} <= set(row) or "positive_ctxs" in row)


def natural_questions_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """Natural Questions as a dataset.

    Raises:
        DataError: a row is not of this format; the message names the line.
    """
    intake = Intake(source.name, options, left_out)
    for number, (where, row) in enumerate(rows(source, options.progress), start=1):
        if "positive_ctxs" in row:
            _take_contexts(where, row, f"{source.stem}-{number}", intake)
        else:
            _take_page(where, row, f"{source.stem}-{number}", intake)
    if intake.n_unanswerable:
        left_out.note(f"{intake.n_unanswerable:,} questions are not answered by their own page; another page might")
    return intake.dataset(name, what="Natural Questions", hint=_HINT)


def _take_page(where: str, row: Row, default_id: str, intake: Intake) -> None:
    tokens = _tokens(where, row)
    annotations = row.get("annotations")
    if not isinstance(annotations, list):
        raise DataError(f"{where}: 'annotations' must be a list", hint=_HINT)
    found = [_answers(where, annotation, tokens) for annotation in annotations]
    n_needed = ANNOTATORS_AGREE if len(found) >= 5 else 1
    short = [answers for answers, _ in found if answers]
    question_id = word(row.get("example_id")) or default_id
    if len(short) < n_needed and sum(has_long for _, has_long in found) >= n_needed:
        intake.left_out.add("question with a long answer alone", f"{where}: {question_id}")
        return
    url = word(row.get("document_url"))
    title = word(row.get("document_title")) or _title(url)
    doc_id = intake.document(where, _text(tokens), doc_id=url or f"page-{question_id}", title=title, source=url)
    if doc_id is None:
        return
    answerable = len(short) >= n_needed
    intake.question(
        where,
        question_id,
        word(row.get("question_text")),
        [answer for answers in short for answer in answers],
        gold_doc_ids=[doc_id] if answerable else [],
        answerable=answerable,
    )


def _tokens(where: str, row: Row) -> Sequence[str]:
    text, tokens = row.get("document_text"), row.get("document_tokens")
    if isinstance(text, str):
        return text.split(" ")
    if isinstance(tokens, list) and all(isinstance(token, Mapping) for token in tokens):
        return [word(token.get("token")) for token in tokens]
    raise DataError(f"{where}: there is neither document_text nor document_tokens", hint=_HINT)


def _answers(where: str, annotation: object, tokens: Sequence[str]) -> tuple[list[str], bool]:
    """The short answers of an annotator, and whether there is a long one."""
    if not isinstance(annotation, Mapping):
        raise DataError(f"{where}: an annotation is no object with fields", hint=_HINT)
    verdict = word(annotation.get("yes_no_answer")).lower()
    spans = annotation.get("short_answers")
    texts = [_span(where, span, tokens) for span in spans] if isinstance(spans, list) else []
    if verdict in ("yes", "no"):
        texts = [verdict]
    long = annotation.get("long_answer")
    return [text for text in texts if text], isinstance(long, Mapping) and long.get("start_token", -1) not in (-1, None)


def _span(where: str, span: object, tokens: Sequence[str]) -> str:
    start, end = (span.get("start_token"), span.get("end_token")) if isinstance(span, Mapping) else (None, None)
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(tokens):
        raise DataError(f"{where}: a short answer lies outside of the page's {len(tokens)} tokens", hint=_HINT)
    return " ".join(token for token in tokens[start:end] if not _MARK.fullmatch(token)).strip()


def _text(tokens: Sequence[str]) -> str:
    """The page's words; what HTML sets apart becomes a paragraph."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        if not _MARK.fullmatch(token):
            parts[-1].append(token)
        elif token.lower().startswith(_BREAKS) and parts[-1]:
            parts.append([])
    return "\n\n".join(" ".join(part).strip() for part in parts if part)


def _title(url: str) -> str:
    found = re.search(r"(?:[?&]title=|/wiki/)([^&?#]+)", url)
    return found.group(1).replace("_", " ") if found else ""


def _take_contexts(where: str, row: Row, default_id: str, intake: Intake) -> None:
    answers = words(row.get("answers", row.get("answer")))
    if answers is None:
        intake.left_out.add("answers that are neither text nor a list of texts", where)
        return
    gold: list[str] = []
    for field in ("positive_ctxs", "hard_negative_ctxs", "negative_ctxs"):
        contexts = row.get(field) or []
        if not isinstance(contexts, list) or not all(isinstance(context, Mapping) for context in contexts):
            raise DataError(f"{where}: {field!r} must be a list of objects", hint=_HINT)
        for context in contexts:
            doc_id = intake.document(
                where,
                str(context.get("text") or ""),
                doc_id=word(context.get("passage_id")) or word(context.get("psg_id")),
                title=word(context.get("title")),
            )
            if doc_id is not None and field == "positive_ctxs":
                gold.append(doc_id)
    intake.question(where, word(row.get("id")) or default_id, word(row.get("question")), answers, gold_doc_ids=gold)
