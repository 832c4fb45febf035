"""Brings public formats into the canonical dataset folder; each format has its file."""

import re
from pathlib import Path

from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import Split
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import ImportReport, LeftOut, report_of
from ragvsft.data.importing.squad import looks_like_squad, squad_dataset
from ragvsft.data.jsonfiles import read_json
from ragvsft.data.rows import NAME
from ragvsft.data.write import write_dataset

FORMATS = ("squad",)

__all__ = ["FORMATS", "ImportOptions", "ImportReport", "detect_format", "import_dataset"]


def import_dataset(
    source: Path, folder: Path, *, format: str | None = None, options: ImportOptions | None = None
) -> ImportReport:
    """Import a source into a dataset folder, whole or not at all.

    Args:
        source: the file to import.
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
    format_name = format or detect_format(source)
    left_out = LeftOut()
    dataset = squad_dataset(source, name, chosen, left_out)
    write_dataset(dataset, folder)
    notes = []
    if chosen.licence is None:
        notes.append("the licence is written as unknown: tell it when you import, or write it into dataset.json")
    missing = [split for split in Split if not any(question.split is split for question in dataset.questions)]
    if missing:
        notes.append(f"no question is in {' or '.join(missing)}: the source has too few articles for every split")
    return report_of(
        format_name,
        folder,
        name,
        len(dataset.documents),
        [question.split for question in dataset.questions],
        left_out,
        notes,
    )


def detect_format(source: Path) -> str:
    """The format of a source, told from its content.

    Raises:
        DataError: the source cannot be read or is of no known format.
    """
    if source.is_file() and source.suffix.lower() == ".json" and looks_like_squad(read_json(source)):
        return "squad"
    if not source.exists():
        raise DataError(f"{source} is missing", hint="check the path")
    raise DataError(
        f"{source} is of no known format", hint=f"known are: {', '.join(FORMATS)}; see `ragvsft data --help`"
    )


def _name_of(source: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", source.name.removesuffix(source.suffix)).strip("-._")
    return name[:64] or "imported"
