"""What a folder of documents without questions needs: where a sheet may lie, and an empty one to fill in."""

import csv
from collections.abc import Mapping
from io import StringIO
from math import ceil
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Split
from ragvsft.data.importing.dealing import deal
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.question_sheet import SHEET_COLUMNS

SHEETS = ("questions.csv", "questions.tsv", "questions.jsonl", "questions.json", "questions.parquet")
"""What a sheet inside the folder is called."""
ROWS_WANTED = 200
"""Of an empty sheet, about; fewer questions tell arms apart only where they differ much."""
MAX_ROWS_A_DOCUMENT = 50
FEW_DOCUMENTS = 6
"""With fewer documents no split by document is worth its name: phrasings of a fact are dealt instead."""
PHRASINGS = (Split.TRAIN, Split.TRAIN, Split.DEV, Split.TEST)
"""Of each fact, in the sheet for few documents."""


class QuestionsNeeded(DataError):
    """There are documents and no questions yet.

    Args:
        message: what is there.
        hint: what to do.
        sheet: the sheet to fill in; None: it could not be written.
        n_documents: that were read.
    """

    def __init__(self, message: str, *, hint: str, sheet: Path | None, n_documents: int) -> None:
        super().__init__(message, hint=hint)
        self.sheet = sheet
        self.n_documents = n_documents


def find_sheet(source: Path) -> Path | None:
    """The sheet of questions that lies in a folder of documents or beside it; None: there is none."""
    inside = [source / name for name in SHEETS] if source.is_dir() else []
    return next((path for path in (*inside, _sheet_beside(source)) if path.is_file() and not path.is_symlink()), None)


def _sheet_beside(source: Path) -> Path:
    whole = source.resolve()
    return whole.parent / f"{whole.name if whole.is_dir() else whole.stem}-questions.csv"


def questions_needed(
    source: Path, sheet: Path | None, titles: Mapping[str, str], options: ImportOptions, told: str
) -> QuestionsNeeded:
    """Write an empty sheet, and say what is needed."""
    target = sheet or _sheet_beside(source)
    documents = f"{len(titles):,} document{'' if len(titles) == 1 else 's'}"
    message = f"{source} has {documents} and no questions yet{told}"
    needs = (
        "a row asks one question: its answers in few words, joined by |, and the document that states them. "
        "50 questions of the split test show large differences, 200 show most; an adapter needs as many in train"
    )
    if target.suffix.lower() != ".csv":
        hint = f"{target} is missing; name a .csv file and an empty sheet is written there"
        return QuestionsNeeded(message, hint=hint, sheet=None, n_documents=len(titles))
    try:
        # With a byte order mark, or spreadsheets take the titles' letters for others.
        with target.open("x", encoding="utf-8-sig", newline="") as file:
            file.write(empty_sheet(titles, options))
    except OSError as error:
        hint = f"{target} cannot be written ({error.strerror}): name another with --questions FILE.csv; {needs}"
        return QuestionsNeeded(message, hint=hint, sheet=None, n_documents=len(titles))
    hint = f"fill in {target}, then call this again with --questions {target}: {needs}"
    return QuestionsNeeded(message, hint=hint, sheet=target, n_documents=len(titles))


def empty_sheet(titles: Mapping[str, str], options: ImportOptions) -> str:
    """The CSV text of a sheet to fill in: rows for every document, each with its split.

    Args:
        titles: of the documents, by id.
        options: shares and seed of the deal.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*SHEET_COLUMNS, "title"))
    each = min(MAX_ROWS_A_DOCUMENT, max(2, ceil(ROWS_WANTED / len(titles))))
    dealt = deal(list(titles), options.shares, options.seed)
    for number, (doc_id, title) in enumerate(titles.items(), start=1):
        # A spreadsheet would take a name such as =x.txt for a formula.
        shown = f"./{doc_id}" if doc_id[0] in "=+-@\t" else doc_id
        seen = f" {title}" if title[:1] in ("=", "+", "-", "@") else title
        if len(titles) >= FEW_DOCUMENTS:
            writer.writerows(("", "", shown, dealt[doc_id], "", seen) for _ in range(each))
            continue
        for fact in range(1, max(2, each // len(PHRASINGS)) + 1):
            writer.writerows(("", "", shown, split, f"d{number}-f{fact}", seen) for split in PHRASINGS)
    return out.getvalue()
