"""A dataset as a BEIR folder: `corpus.jsonl`, `queries.jsonl` with answers, and a file of qrels for each split.

BEIR has no place for answers; they stand in the rows of the queries, where our importer and others look for them.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset, Document, Split, WaveQuestion
from ragvsft.data.exporting.known import ExportReport, json_line, known_at, write_lines

_HEADER = "query-id\tcorpus-id\tscore\n"
_UNFIT = frozenset("\t\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def export_beir(dataset: Dataset, folder: Path, at: date | None = None) -> ExportReport:
    """Write a snapshot of a dataset as a BEIR folder; None: the last snapshot.

    A query's split is told by the qrels file that names it, so that a question without a gold document is left out.

    Raises:
        UsageError: the date is no snapshot.
        DataError: an id holds a tab or the end of a line, or a file cannot be written.
    """
    known = known_at(dataset, at)
    judged = [question for question in known.questions if question.gold_doc_ids]
    for identifier in (*(d.doc_id for d in known.documents), *(q.question_id for q in judged)):
        if not _UNFIT.isdisjoint(identifier):
            raise DataError(f"the id {identifier!r} cannot stand in a table", hint="use ids without tabs and line ends")
    files = {
        folder / "corpus.jsonl": write_lines(folder / "corpus.jsonl", map(_document, known.documents)),
        folder / "queries.jsonl": write_lines(folder / "queries.jsonl", map(_query, judged)),
    }
    for split in Split:
        path = folder / "qrels" / f"{split}.tsv"
        files[path] = write_lines(path, _qrels(judged, split)) - 1
    left_out = known.left_out
    if len(judged) < len(known.questions):
        left_out["question without a gold document"] = len(known.questions) - len(judged)
    return ExportReport(snapshot=known.snapshot, files=files, left_out=left_out)


def _document(document: Document) -> str:
    return json_line(
        {
            "_id": document.doc_id,
            "title": document.title,
            "text": document.text,
            "valid_from": document.valid_from.isoformat(),
            "source": document.source,
            "metadata": dict(document.metadata),
        }
    )


def _query(question: WaveQuestion) -> str:
    return json_line(
        {
            "_id": question.question_id,
            "text": question.question,
            "answers": list(question.answers),
            "fact_id": question.fact_id,
            "slice": dict(question.slice),
            "metadata": {},
        }
    )


def _qrels(questions: list[WaveQuestion], split: Split) -> Iterator[str]:
    yield _HEADER
    for question in questions:
        if question.split is split:
            for doc_id in question.gold_doc_ids:
                yield f"{question.question_id}\t{doc_id}\t1\n"
