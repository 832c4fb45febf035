"""Brings public formats into the canonical dataset folder; each format has its file and its line in `_FORMATS`."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import Dataset, Question
from ragvsft.data.importing.beir import beir_dataset, looks_like_beir
from ragvsft.data.importing.chat import chat_dataset, looks_like_chat
from ragvsft.data.importing.columns import check_mapping
from ragvsft.data.importing.documents_folder import documents_dataset, looks_like_documents
from ragvsft.data.importing.dyknow import dyknow_dataset, looks_like_dyknow
from ragvsft.data.importing.files import TABLES, check_source, rows
from ragvsft.data.importing.natural_questions import looks_like_natural_questions, natural_questions_dataset
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.pubmedqa import looks_like_pubmedqa, pubmedqa_dataset
from ragvsft.data.importing.report import ImportReport, LeftOut, report_of
from ragvsft.data.importing.squad import looks_like_squad, squad_dataset
from ragvsft.data.importing.table import looks_like_table, table_dataset
from ragvsft.data.importing.tsqa import looks_like_tsqa, tsqa_dataset
from ragvsft.data.jsonfiles import read_json
from ragvsft.data.progress import counted
from ragvsft.data.read import is_dataset
from ragvsft.data.rows import NAME
from ragvsft.data.write import write_rows

__all__ = ["FORMATS", "ImportOptions", "ImportReport", "detect_format", "import_dataset"]


@dataclass(frozen=True, slots=True)
class _Format:
    name: str
    recognise: Callable[[Path, object], bool]
    """Given the source and a peek into it: a JSON file's value, the first row of another table, else None."""
    read: Callable[[Path, str, ImportOptions, LeftOut], Dataset]
    """Given the source, the dataset's name, and what was asked for; notes what it leaves out."""
    takes: tuple[str, ...] = ()
    """Options of `_SPECIAL` that it heeds."""


_SPECIAL = ("mapping", "documents", "questions", "snapshots")
_ARGUMENTS = {"mapping": "--map"}
_TABLES = ("mapping", "documents")
# In the order in which a source is tried: the narrow ones first.
_FORMATS = (
    _Format("squad", lambda source, peek: looks_like_squad(peek), squad_dataset),
    _Format("pubmedqa", looks_like_pubmedqa, pubmedqa_dataset),
    _Format("tsqa", looks_like_tsqa, tsqa_dataset),
    _Format("dyknow", looks_like_dyknow, dyknow_dataset),
    _Format("natural_questions", looks_like_natural_questions, natural_questions_dataset),
    _Format("chat", looks_like_chat, chat_dataset, _TABLES),
    _Format("beir", looks_like_beir, beir_dataset, _TABLES),
    _Format("table", looks_like_table, table_dataset, _TABLES),
    _Format("documents", looks_like_documents, documents_dataset, ("mapping", "questions", "snapshots")),
)
FORMATS = tuple(each.name for each in _FORMATS)


def import_dataset(
    source: Path, folder: Path, *, format: str | None = None, options: ImportOptions | None = None
) -> ImportReport:
    """Import a source into a dataset folder, whole or not at all.

    Args:
        source: the file or folder to import.
        folder: where the dataset goes; a dataset that is there already is replaced.
        format: one of `FORMATS`; None: told from the content.
        options: what the source does not say itself.

    Raises:
        DataError: the source cannot be read as its format, or the folder cannot be written.
        UsageError: the format is unknown or an option is wrong.
    """
    chosen = options or ImportOptions()
    if format is not None and format not in FORMATS:
        raise UsageError(f"the format {format!r} is unknown", hint=f"known are: {', '.join(FORMATS)}")
    name = chosen.name if chosen.name is not None else _name_of(source)
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a dataset's name", hint="use letters, digits, dots, _ and -, at most 64")
    check_mapping(chosen.mapping)
    check_source(source)
    if is_dataset(source):
        raise DataError(f"{source} is a dataset folder already", hint="use it as it is")
    if format is None:
        # A table whose columns have other names is told by the mapping, not by its content.
        format = "table" if "question" in chosen.mapping and source.is_file() else detect_format(source)
    importer = next(each for each in _FORMATS if each.name == format)
    for option in _SPECIAL:
        if getattr(chosen, option) and option not in importer.takes:
            argument = _ARGUMENTS.get(option, f"--{option}")
            takers = ", ".join(each.name for each in _FORMATS if option in each.takes)
            raise UsageError(f"the format {format} takes no {argument}", hint=f"leave it out; it is for {takers}")
    left_out = LeftOut()
    chosen.progress(f"Reading {source.name}", 0, 0, "")
    dataset = importer.read(source, name, chosen, left_out)
    documents, questions = dataset.documents, dataset.questions
    splits: Counter[str] = Counter()

    def in_splits() -> Iterator[Question]:
        for question in questions:
            splits[question.split] += 1
            yield question

    told = chosen.progress
    write_rows(
        dataset,
        counted(documents, told, "Writing documents", len(documents)),
        counted(in_splits(), told, "Writing questions", len(questions)),
        folder,
        told,
    )
    notes = list(left_out.notes)
    if chosen.licence is None:
        notes.append("the licence is written as unknown: tell it when you import, or write it into dataset.json")
    return report_of(
        format,
        folder,
        name,
        len(documents),
        splits,
        left_out,
        notes,
    )


def detect_format(source: Path) -> str:
    """The format of a source, told from its content.

    Raises:
        DataError: the source cannot be read or is of no known format.
    """
    check_source(source)
    if source.is_dir() and not any(source.iterdir()):
        raise DataError(f"{source} is an empty folder", hint="name the folder or file that holds your documents")
    peek = _peek(source)
    for each in _FORMATS:
        if each.recognise(source, peek):
            return each.name
    columns = f"; its first row has {', '.join(list(peek)[:20])}" if isinstance(peek, dict) else ""
    raise DataError(
        f"{source} is of no known format{columns}",
        hint=f"known are: {', '.join(FORMATS)}; a table needs to be told its columns: --map question=COLUMN; "
        "see `ragvsft data import --help`",
    )


def _peek(source: Path) -> object:
    if not source.is_file() or source.suffix.lower() not in TABLES:
        return None
    if source.suffix.lower() == ".json":
        return read_json(source)
    return next((row for _, row in rows(source)), None)


def _name_of(source: Path) -> str:
    source = source.absolute()
    stem = source.name if source.is_dir() else source.stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._")
    return name[:64] or "imported"
