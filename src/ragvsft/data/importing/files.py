"""The files of a source: which may be opened, and their rows one by one from JSONL, JSON, CSV, TSV or Parquet.

Links out of the source's folder, archives and what is no ordinary file are refused before they are opened.
"""

import codecs
import csv
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.data.jsonfiles import MAX_LINE_BYTES, json_lines, read_json
from ragvsft.data.problems import SHOWN, Problems
from ragvsft.data.progress import TOLD_ITEMS, Progress, silent, watched

Row = dict[str, object]
TABLES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""Endings of the files whose rows can be read."""

_ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar")
_DELIMITERS = ",;\t"
_BATCH_ROWS = 64
"""Of a Parquet file: few, because a small file may unfold into large values."""
_MAX_UNFOLDED_BYTES = 2 * 1024**3
_MAX_UNFOLDING = 200
"""Times that a Parquet file may grow when it is unpacked, beyond `_MAX_UNFOLDED_BYTES`."""


def check_source(source: Path) -> None:
    """Refuse what cannot be a source.

    Raises:
        DataError: it is missing, an archive, or neither an ordinary file nor a folder.
    """
    try:
        source.resolve(strict=True)
    except FileNotFoundError as error:
        raise DataError(f"{source} is missing", hint="check the path") from error
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"{source} cannot be reached: its links go in a circle or may not be followed", hint="check the path"
        ) from error
    if source.is_dir():
        return
    if not source.is_file():
        raise DataError(f"{source} is not an ordinary file", hint="write its content into a file first")
    if source.suffix.lower() in _ARCHIVES:
        raise DataError(f"{source} is an archive, which is never opened", hint="unpack it and import what it holds")


def part(folder: Path, name: str) -> Path | None:
    """An ordinary file of a source's folder, None where nothing of that name is there.

    Raises:
        DataError: it is no ordinary file, or a link that leads out of the folder, in a circle or to nothing.
    """
    path = folder / name
    if not path.is_symlink() and not path.exists():
        return None
    check_inside(folder, path)
    if not path.is_file():
        raise DataError(f"{path} is not an ordinary file", hint="put the file itself there, or rename what is there")
    return path


def check_inside(folder: Path, path: Path) -> None:
    """Refuse a link that leads out of a folder, in a circle or to nothing.

    Raises:
        DataError: it does.
    """
    try:
        inside = path.resolve(strict=True).is_relative_to(folder.resolve(strict=True))
    except (OSError, RuntimeError) as error:
        raise DataError(f"{path} is a link that leads nowhere", hint="put the file itself there") from error
    if not inside:
        raise DataError(f"{path} is a link out of the folder, which is not followed", hint="put the file itself there")


def has_fixed_columns(path: Path) -> bool:
    """Whether all rows of a table have the same fields, as its ending says."""
    return path.suffix.lower() in (".csv", ".tsv", ".parquet")


def names(folder: Path) -> list[str]:
    """The names in a folder, sorted.

    Raises:
        DataError: it cannot be listed.
    """
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder} cannot be listed: {error.strerror}", hint="check that you may read it") from error


def rows(path: Path, progress: Progress = silent) -> Iterator[tuple[str, Row]]:
    """The rows of a table as (where it stands, fields); at most a few rows are held, but a `.json` file is whole.

    `progress` is told how much of the file was read.

    Raises:
        DataError: the file cannot be read as what its ending says; the message names the line.
    """
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return _from_jsonl(path, progress)
        case ".json":
            return _from_json(path)
        case ".csv" | ".tsv":
            return _from_csv(path, progress)
        case ".parquet":
            return _from_parquet(path, progress)
    raise DataError(f"{path.name} is no table", hint=f"its name must end with one of {', '.join(TABLES)}")


def _from_jsonl(path: Path, progress: Progress) -> Iterator[tuple[str, Row]]:
    problems = Problems(path.name)
    for number, value in json_lines(path, problems, progress):
        where = f"{path.name}, line {number}"
        if isinstance(value, dict):
            yield where, value
        else:
            problems.add(where, "a row must be an object with fields")
        if problems.n >= SHOWN:
            problems.stop()
    problems.raise_if_any()


def _from_json(path: Path) -> Iterator[tuple[str, Row]]:
    value = read_json(path)
    if not isinstance(value, list):
        raise DataError(f"{path.name} is no list of rows", hint="a table in JSON is a list of objects")
    for number, row in enumerate(value):
        if not isinstance(row, dict):
            raise DataError(f"{path.name}[{number}]: a row must be an object with fields", hint="mend the row")
        yield f"{path.name}[{number}]", row


def _from_csv(path: Path, progress: Progress) -> Iterator[tuple[str, Row]]:
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = text_lines(path, progress)
    top = next(lines, "")
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(_DELIMITERS, key=top.count)

    def all_lines() -> Iterator[str]:
        yield top
        yield from lines

    reader = csv.reader(all_lines(), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    begins = 1
    try:
        for cells in reader:
            where, begins = f"{path.name}, line {begins}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells, where)
            elif len(cells) == len(header):
                pairs = zip(header, cells, strict=True)
                yield where, {name: cell if cell.strip() else None for name, cell in pairs if name}
            else:
                raise DataError(
                    f"{where}: the row has {len(cells)} cells, the first line {len(header)}",
                    hint='a cell with a delimiter or a line break stands in quotes, and a quote in it is doubled: ""',
                )
    except csv.Error as error:
        raise DataError(
            f"{path.name}, line {begins}: the row that begins here is not valid CSV ({error})",
            hint='a cell with a delimiter or a line break stands in quotes, and a quote in it is doubled: ""',
        ) from error


def _header(cells: list[str], where: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    doubled = [name for name in header if name and header.count(name) > 1]
    if doubled:
        raise DataError(f"{where}: two columns are named {doubled[0]!r}", hint="give each column its own name")
    return header


def text_lines(path: Path, progress: Progress = silent) -> Iterator[str]:
    """Lines of a UTF-8 file with their ends, of bounded length."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(watched(path, progress))
        except OSError as error:
            raise DataError(
                f"{path} cannot be read: {error.strerror}", hint="check that it is a file you may read"
            ) from error
        number = 0
        while raw := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = f"{path.name}, line {number}"
            if len(raw) > MAX_LINE_BYTES:
                raise DataError(
                    f"{where}: the line is longer than {MAX_LINE_BYTES // 2**20} MiB", hint="split the text"
                )
            if number == 1:
                if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise DataError(
                        f"{where}: not UTF-8 but UTF-16", hint=f"convert it: iconv -f UTF-16 -t UTF-8 {path.name}"
                    )
                raw = raw.removeprefix(codecs.BOM_UTF8)
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{where}: not UTF-8 at byte {error.start} of the line",
                    hint=f"convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > converted",
                ) from error


def _from_parquet(path: Path, progress: Progress) -> Iterator[tuple[str, Row]]:
    import pyarrow.lib
    import pyarrow.parquet

    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path, pre_buffer=False, buffer_size=2**20) as file:
            groups = (file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups))
            _check_unfolding(path, sum(groups))
            unfolded = 0
            total = file.metadata.num_rows
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                # A value that is stored once may stand in every row.
                unfolded += batch.nbytes
                _check_unfolding(path, unfolded)
                if number // TOLD_ITEMS != (number + batch.num_rows) // TOLD_ITEMS:
                    progress(f"Reading {path.name}", number + batch.num_rows, total, "")
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path.name}, row {number}", row
    except (pyarrow.lib.ArrowException, OSError, ValueError, OverflowError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{path.name}: not readable as Parquet after row {number} ({told})", hint="write the file again"
        ) from error


def _check_unfolding(path: Path, unfolded_bytes: int) -> None:
    if unfolded_bytes > _MAX_UNFOLDED_BYTES and unfolded_bytes > _MAX_UNFOLDING * path.stat().st_size:
        raise DataError(
            f"{path.name} unpacks to more than {_MAX_UNFOLDING} times its size",
            hint="if it is what it should be, write it as JSONL",
        )
