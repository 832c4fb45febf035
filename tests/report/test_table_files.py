"""Tables as files: a spreadsheet runs nothing, other tools read the same values back."""

import csv
import io
import json

import pyarrow.parquet as pq
import pytest

from ragvsft.report.table_files import csv_file, json_file, parquet_file

ROWS = [
    {"arm": "rag", "n": 3, "mean": 0.5, "said": '=HYPERLINK("http://evil.example")'},
    {"arm": "tuned", "n": 4, "mean": None, "said": 'a, "b"\n\u202ec \ud800'},
    {"arm": "-1+1", "n": 4, "mean": 1, "more": True},
]


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "|calc", "%0A=1", "\n=1"]
)
def test_no_text_begins_as_a_formula(formula: str) -> None:
    text = csv_file([{"said": formula, formula: 1}]).decode("utf-8-sig")

    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert cells == ["said", f"'{formula}", f"'{formula}", "1"]


def test_a_negative_number_stays_a_number() -> None:
    assert csv_file([{"points": -3.5}]) == b"\xef\xbb\xbfpoints\r\n-3.5\r\n"


def test_json_holds_the_values_as_they_are() -> None:
    assert json.loads(json_file(ROWS[:1])) == ROWS[:1]
    assert json.loads(json_file(ROWS))[1]["mean"] is None


def test_parquet_holds_them_with_their_types() -> None:
    table = pq.read_table(io.BytesIO(parquet_file(ROWS)))

    assert table.column_names == ["arm", "n", "mean", "said", "more"]
    assert [str(kind) for kind in table.schema.types] == ["string", "int64", "double", "string", "bool"]
    assert table["mean"].to_pylist() == [0.5, None, 1.0]
    assert table["said"].to_pylist()[0] == ROWS[0]["said"]


def test_no_row_is_no_error() -> None:
    assert csv_file([]) == b"\xef\xbb\xbf\r\n"
    assert json_file([]) == b"[]\n"
    assert pq.read_table(io.BytesIO(parquet_file([]))).num_rows == 0
