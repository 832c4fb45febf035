"""The gold documents of a dataset as TREC qrels, a file for each split."""

from datetime import date
from pathlib import Path

from ragvsft.core.values import Dataset, Split
from ragvsft.data.exporting.known import ExportReport, known_at, write_lines
from ragvsft.metrics.trec import qrels_lines


def export_qrels(dataset: Dataset, folder: Path, at: date | None = None) -> ExportReport:
    """Write `qrels.SPLIT.txt` of a snapshot, by document; None: the last snapshot.

    White space and % in ids are percent-encoded (see `metrics.trec.trec_id`).

    Raises:
        UsageError: the date is no snapshot.
        DataError: a file cannot be written.
    """
    known = known_at(dataset, at)
    files = {
        (path := folder / f"qrels.{split}.txt"): write_lines(
            path,
            (
                line
                for question in known.questions
                if question.split is split
                for line in qrels_lines(question.question_id, question.gold_doc_ids)
            ),
        )
        for split in Split
    }
    left_out = known.left_out
    without = sum(not question.gold_doc_ids for question in known.questions)
    if without:
        left_out["question without a gold document"] = without
    return ExportReport(snapshot=known.snapshot, files=files, left_out=left_out)
