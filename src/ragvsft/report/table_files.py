"""A table as a file: CSV that no spreadsheet runs, JSON, Parquet. The only place that turns rows into files."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

Value = str | int | float | bool | None
Rows = Sequence[Mapping[str, Value]]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
"""What a spreadsheet may take for the beginning of a formula, in its wide forms too (OWASP, "CSV Injection")."""


def csv_file(rows: Rows) -> bytes:
    """UTF-8 with a mark that spreadsheets know it by; a text that could be a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    names = columns(rows)
    writer.writerow([_guarded(name) for name in names])
    for row in rows:
        writer.writerow([_guarded(row.get(name)) for name in names])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", errors="replace")


def json_file(rows: Rows) -> bytes:
    """An array of objects."""
    text = json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode("utf-8", errors="replace")


def parquet_file(rows: Rows) -> bytes:
    """With the types of the values; a column without any is of texts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = columns(rows)
    values = {name: [_storable(row.get(name)) for row in rows] for name in names}
    arrays = {name: pa.array(some, type=_type(some)) for name, some in values.items()}
    out = io.BytesIO()
    pq.write_table(pa.table(arrays), out)
    return out.getvalue()


def columns(rows: Rows) -> list[str]:
    """The names of all columns, in the order in which rows bring them."""
    return list(dict.fromkeys(name for row in rows for name in row))


FORMS = {
    "CSV": (csv_file, "csv", "text/csv"),
    "JSON": (json_file, "json", "application/json"),
    "Parquet": (parquet_file, "parquet", "application/vnd.apache.parquet"),
}
"""Title -> how it is written, the file's ending, its media type."""


def _guarded(value: Value) -> Value:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA) else value


def _storable(value: Value) -> Value:
    return value.encode("utf-8", errors="replace").decode() if isinstance(value, str) else value


def _type(values: Sequence[Value]) -> object:
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()
