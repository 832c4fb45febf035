"""Strict JSON and JSONL: UTF-8, lines end at \\n alone, no NaN, no doubled keys, no half characters, bounded lines.

Knows files and JSON; what the values mean is for others.
"""

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.data.problems import Problems
from ragvsft.data.progress import Progress, WatchedFile, silent, watched

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer JSONL line is refused: one record is one document version or one question."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_WRONG_ENCODINGS = {
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def read_json(path: Path) -> object:
    """The value of a JSON file.

    Raises:
        DataError: the file cannot be read, is not UTF-8 or is not strict JSON.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return _parse(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name}: not UTF-8 at byte {error.start}", hint=_encoding_hint(path.name, raw[:2])
        ) from error
    except json.JSONDecodeError as error:
        where = f"{path.name}, line {error.lineno}, column {error.colno}"
        raise DataError(f"{where}: not valid JSON ({error.msg})", hint="mend the file at that place") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name}: {_reason(error)}", hint="mend the file; it must be strict JSON") from error


def json_lines(path: Path, problems: Problems, progress: Progress = silent) -> Iterator[tuple[int, object]]:
    """The rows of a JSONL file as (line number from 1, value); a line that is no strict JSON becomes a problem.

    Empty lines are passed over, a byte order mark at the start and \\r\\n are tolerated. Streams: at most one line is
    held.

    Raises:
        DataError: the file cannot be opened or is UTF-16.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(watched(path, progress))
        except OSError as error:
            raise _unreadable(path, error) from error
        end = 0
        for number, (raw, size) in enumerate(_lines(file), start=1):
            where = f"{path.name}, line {number}"
            end += size
            if number == 1:
                if raw[:2] in _WRONG_ENCODINGS:
                    problems.add(path.name, "not UTF-8", hint=_encoding_hint(path.name, raw[:2]))
                    problems.stop()
                raw = raw.removeprefix(codecs.BOM_UTF8)
            if size > MAX_LINE_BYTES:
                limit = f"{MAX_LINE_BYTES // 2**20} MiB"
                problems.add(where, f"the line is longer than {limit}", hint="split the document into several")
                continue
            try:
                text = raw.decode("utf-8").strip(" \t\r\n")
                if text:
                    yield number, _parse(text)
            except UnicodeDecodeError as error:
                hint = _encoding_hint(path.name, b"")
                at = end - len(raw) + error.start
                problems.add(where, f"not UTF-8 at byte {at} of the file", hint=hint)
            except json.JSONDecodeError as error:
                ending = "" if raw.endswith(b"\n") else "; the line has no end: is the file cut off?"
                problems.add(where, f"not valid JSON at column {error.colno} ({error.msg}){ending}")
            except (ValueError, RecursionError) as error:
                problems.add(where, _reason(error))


def _lines(file: WatchedFile) -> Iterator[tuple[bytes, int]]:
    """Lines with their size in bytes; of an over-long one only the beginning is held."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        size = len(line)
        last = line
        while size > MAX_LINE_BYTES and not last.endswith(b"\n"):
            last = file.readline(MAX_LINE_BYTES)
            if not last:
                break
            size += len(last)
        yield line, size


def _parse(text: str) -> object:
    value: object = json.loads(
        text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_doubles
    )
    if _SURROGATE.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("half of a \\u surrogate pair stands alone: no text can hold it") from None
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON; write null or leave the field out")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:20]} is too large")
    return value


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) < len(pairs):
        doubled = next(name for name, n in Counter(name for name, _ in pairs).items() if n > 1)
        raise ValueError(f'the field "{doubled}" stands there twice')
    return row


def _reason(error: ValueError | RecursionError) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _encoding_hint(name: str, start: bytes) -> str:
    encoding = _WRONG_ENCODINGS.get(start, "WINDOWS-1252")
    return f"convert it, for example: iconv -f {encoding} -t UTF-8 {name} > converted"


def _unreadable(path: Path, error: OSError) -> DataError:
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path} is missing", hint="check the path")
    return DataError(f"{path} cannot be read: {error.strerror}", hint="check that it is a file you may read")
