"""What no importer may do with a bad file: crash, hang, or leave half a dataset behind."""

import json
import os
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from ragvsft.core.errors import DataError
from ragvsft.data.importing import FORMATS, ImportOptions, files, import_dataset
from ragvsft.data.read import read_dataset

LIMIT_S = 10.0
LONG = 50 * 1024 * 1024


@dataclass(frozen=True)
class Sample:
    """A small source that is fine, and the file of it that will be spoilt."""

    format: str
    source: Path
    main: Path
    options: ImportOptions

    @property
    def is_folder(self) -> bool:
        return self.source != self.main

    @property
    def by_line(self) -> bool:
        return self.main.suffix in (".jsonl", ".csv")


def lines(*rows: Mapping[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


FILES: dict[str, dict[str, str]] = {
    "squad": {
        "squad.json": json.dumps(
            {
                "data": [
                    {
                        "title": "T",
                        "paragraphs": [
                            {"context": "It is é.", "qas": [{"id": "1", "question": "Q?", "answers": [{"text": "é"}]}]}
                        ],
                    }
                ]
            }
        )
    },
    "pubmedqa": {
        "set/ori_pqal.json": json.dumps(
            {"1": {"QUESTION": "Q é?", "CONTEXTS": ["A b."], "LABELS": ["AIM"], "final_decision": "yes"}}
        ),
        "set/test_ground_truth.json": '{"1": "yes"}',
    },
    "tsqa": {
        "tsqa.json": json.dumps(
            [{"index": "1", "link": "/wiki/T", "paras": ["It is é."], "questions": [["Q?", [{"answer": "é"}]]]}]
        )
    },
    "dyknow": {
        "set/qa_generated.json": json.dumps(
            {"g": {"É": {"questions": ["Who?"], "answers": ["Al |S: +2020-01-01T00:00:00Z"]}}}
        ),
        "set/passages.json": json.dumps(
            {"g": {"É": {"matches": {"full": [{"paragraph": {"text": "Al."}, "matched": "Al"}]}, "page_url": "x/É"}}}
        ),
    },
    "natural_questions": {
        "nq.jsonl": lines(
            {
                "example_id": 1,
                "question_text": "q?",
                "document_text": "It is é",
                "annotations": [{"short_answers": [{"start_token": 2, "end_token": 3}], "yes_no_answer": "NONE"}],
            }
        )
    },
    "chat": {
        "chat.jsonl": lines(
            {"messages": [{"role": "user", "content": "Q é?"}, {"role": "assistant", "content": "It."}]}
        ),
        "pages.jsonl": lines({"doc_id": "d", "text": "It is."}),
    },
    "beir": {
        "set/queries.jsonl": lines({"_id": "q", "text": "Q é?", "answers": ["it"]}),
        "set/corpus.jsonl": lines({"_id": "d", "text": "It is."}),
        "set/qrels/test.tsv": "query-id\tcorpus-id\tscore\nq\td\t1\n",
    },
    "table": {"table.jsonl": lines({"question": "Q é?", "answer": "it", "context": "It is."})},
    "table of tables": {
        "set/test.csv": "question,answer,doc_id\nQ é?,it,d\n",
        "set/corpus.jsonl": lines({"_id": "d", "text": "It is."}),
    },
}


def sample(folder: Path, name: str) -> Sample:
    folder.mkdir()
    for path, text in FILES[name].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        # Escaped JSON would be ASCII, and no encoding could be wrong.
        text = text.replace("\\u00e9", "é").replace("\\u00c9", "É")
        (folder / path).write_text(text, encoding="utf-8", newline="")
    main = folder / next(iter(FILES[name]))
    pages = folder / "pages.jsonl"
    options = ImportOptions(documents=pages if pages.exists() else None)
    return Sample(name.split()[0], main.parent if "set" in main.parts else main, main, options)


def latin(sample: Sample) -> None:
    sample.main.write_bytes(sample.main.read_text("utf-8").encode("latin-1"))


def utf16(sample: Sample) -> None:
    sample.main.write_text(sample.main.read_text("utf-8"), encoding="utf-16")


def marked(sample: Sample) -> None:
    sample.main.write_text(sample.main.read_text("utf-8"), encoding="utf-8-sig", newline="")


def windows(sample: Sample) -> None:
    sample.main.write_bytes(sample.main.read_bytes().replace(b"\n", b"\r\n"))


def cut_off(sample: Sample) -> None:
    raw = sample.main.read_bytes().rstrip()
    sample.main.write_bytes(raw[: len(raw) - 4] + (b'"' if sample.main.suffix == ".csv" else b""))


def empty(sample: Sample) -> None:
    sample.main.write_bytes(b"")


def blank(sample: Sample) -> None:
    sample.main.write_bytes(b"\n \n\r\n")


def nested(sample: Sample) -> None:
    sample.main.write_bytes(b"[" * 200_000)


def nested_objects(sample: Sample) -> None:
    sample.main.write_bytes(b'{"a":' * 200_000)


def long_line(sample: Sample) -> None:
    with sample.main.open("ab") as file:
        file.write(b'{"question": "' + b"x" * LONG + b'"}\n')


def zipped(sample: Sample) -> None:
    raw = sample.main.read_bytes()
    with zipfile.ZipFile(sample.main, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner", raw + b" " * 10_000_000)


def zeros(sample: Sample) -> None:
    sample.main.write_bytes(bytes(1_000_000))


def other_fields(sample: Sample) -> None:
    text = '{"foo": 1}\n' if sample.main.suffix != ".csv" else "foo,bar\n1,2\n"
    sample.main.write_text(text)


def no_objects(sample: Sample) -> None:
    sample.main.write_text("[1, null, [2]]\n" if sample.main.suffix != ".csv" else "1\n2\n")


def not_a_number(sample: Sample) -> None:
    sample.main.write_text('{"question": NaN}\n')


def half_characters(sample: Sample) -> None:
    sample.main.write_text('{"question": "\\ud800"}\n' if sample.main.suffix != ".csv" else "question,\ud7ff\n")


def link_in_a_circle(sample: Sample) -> None:
    sample.main.unlink()
    sample.main.symlink_to(sample.main.name)


def link_to_nothing(sample: Sample) -> None:
    sample.main.unlink()
    sample.main.symlink_to("gone.json")


def link_out(sample: Sample) -> None:
    outside = sample.source.parent.parent / f"outside{sample.main.suffix}"
    sample.main.rename(outside)
    sample.main.symlink_to(outside)


def pipe(sample: Sample) -> None:
    sample.main.unlink()
    os.mkfifo(sample.main)


def folder(sample: Sample) -> None:
    sample.main.unlink()
    sample.main.mkdir()


FINE: tuple[Callable[[Sample], None], ...] = (marked, windows)
SPOILT: tuple[Callable[[Sample], None], ...] = (
    latin, utf16, cut_off, empty, blank, nested, nested_objects, long_line, zipped, zeros, other_fields, no_objects,
    not_a_number, half_characters, link_in_a_circle, link_to_nothing, link_out, pipe, folder,
)  # fmt: skip
ON_A_LINE = (latin, cut_off, long_line, no_objects)


def test_every_format_is_tried() -> None:
    assert {name.split()[0] for name in FILES} == set(FORMATS) - {"documents"}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", FINE, ids=lambda how: how.__name__)
def test_a_byte_order_mark_and_windows_lines_change_nothing(
    tmp_path: Path, name: str, how: Callable[[Sample], None]
) -> None:
    plain, changed = sample(tmp_path / "plain", name), sample(tmp_path / "changed", name)
    how(changed)
    found = []
    for each in (plain, changed):
        import_dataset(each.source, tmp_path / "out", options=each.options)
        found.append(read_dataset(tmp_path / "out"))
    assert found[0].questions == found[1].questions
    assert [document.text for document in found[0].documents] == [document.text for document in found[1].documents]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", SPOILT, ids=lambda how: how.__name__)
def test_a_spoilt_file_is_refused_and_named(tmp_path: Path, name: str, how: Callable[[Sample], None]) -> None:
    spoilt = sample(tmp_path / "in", name)
    if how is link_out and not spoilt.is_folder:
        pytest.skip("a link that the user names is followed")
    how(spoilt)
    target = tmp_path / "target"
    target.mkdir()
    for format_name in (None, spoilt.format):
        began = time.monotonic()
        with pytest.raises(DataError) as caught:
            import_dataset(spoilt.source, target / "out", format=format_name, options=spoilt.options)
        assert time.monotonic() - began < LIMIT_S
        assert caught.value.hint
        assert list(target.iterdir()) == []
    # The format was given, so what is told is about this file.
    assert spoilt.main.name in caught.value.message
    if spoilt.by_line and how in ON_A_LINE:
        assert "line " in caught.value.message


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("pages.jsonl", '{"text": "x"}\n{"text": \n', r"pages\.jsonl, line 2: not valid JSON"),
        ("pages.csv", "id,text\n1,x,y\n", r"pages\.csv, line 2: the row has 3 cells"),
        ("pages.csv", "id,words\n1,x\n", r"pages\.csv, line 2: there is no column for 'text'"),
        ("pages.zip", "", "is an archive"),
        ("pages.txt", "x", r"pages\.txt is no table"),
        (".", "", "is a folder"),
        ("gone.jsonl", None, "is missing"),
    ],
)
def test_a_spoilt_table_of_documents_is_refused_and_named(
    tmp_path: Path, name: str, text: str | None, told: str
) -> None:
    each = sample(tmp_path / "in", "table")
    documents = tmp_path / "in" / name
    if text is not None and name != ".":
        documents.write_text(text)
    with pytest.raises(DataError, match=told):
        import_dataset(each.source, tmp_path / "out", options=ImportOptions(documents=documents))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz", "set.jsonl.gz", "SET.ZIP"])
def test_an_archive_is_never_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    for format_name in (None, "table"):
        with pytest.raises(DataError, match="is an archive, which is never opened"):
            import_dataset(tmp_path / name, tmp_path / "out", format=format_name)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('question,answer,context\nQ?,"a "b" c",d\n', "line 2: the row that begins here is not valid CSV"),
        ('question,answer,context\n1?,a,d\nQ?,"a\nb,c,d\n', "line 3: the row that begins here is not valid CSV"),
        ("question,answer,context\nQ?,a,b,c\n", "line 2: the row has 4 cells, the first line 3"),
        ("question,answer,answer\nQ?,a,b\n", "line 1: two columns are named 'answer'"),
        ("question,context\nQ?,b\n", "line 2: there is no column for 'answers'"),
        ("question,answer,context\rQ?,a,b\r", "line 1: the row that begins here is not valid CSV"),
    ],
    ids=["quotes_in_quotes", "open_quote", "too_many_cells", "doubled_column", "missing_column", "old_line_ends"],
)
def test_a_spoilt_sheet_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    source = tmp_path / "t.csv"
    source.write_text(text, newline="")
    with pytest.raises(DataError, match=told) as caught:
        import_dataset(source, tmp_path / "out", format="table")
    assert caught.value.message.startswith("t.csv, ")
    assert not (tmp_path / "out").exists()


def test_a_cell_without_its_closing_quote_does_not_take_in_the_whole_file(tmp_path: Path) -> None:
    source = tmp_path / "t.csv"
    source.write_text('question,answer,context\n"Q?,a,b\n' + "x,y,z\n" * 5_000_000, newline="")
    began = time.monotonic()
    with pytest.raises(DataError, match="line 2: the row that begins here"):
        import_dataset(source, tmp_path / "out", format="table")
    assert time.monotonic() - began < LIMIT_S


def test_a_parquet_file_that_unfolds_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MAX_UNFOLDED_BYTES", 10_000_000)
    row = {"question": "Q?", "answer": "a", "context": "x" * 100_000}
    source = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row] * 1_000), source)
    assert source.stat().st_size < 200_000
    with pytest.raises(DataError, match="unpacks to more than 200 times its size"):
        import_dataset(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("cut", [0, 10, -20])
def test_a_parquet_file_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    source = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([{"question": "Q?", "answer": "a"}]), source)
    source.write_bytes(source.read_bytes()[:cut])
    with pytest.raises(DataError, match=r"t\.parquet: not readable as Parquet"):
        import_dataset(source, tmp_path / "out")


def twice_in_rows(field: str, **also: object) -> Callable[[str], str]:
    """Two rows of one id that ask something else."""

    def doubled(text: str) -> str:
        row = json.loads(text) | also
        return lines(row, row | {field: "Another?"})

    return doubled


def twice_in_squad(text: str) -> str:
    value = json.loads(text)
    asked = value["data"][0]["paragraphs"][0]["qas"]
    asked.append(asked[0] | {"question": "Another?"})
    return json.dumps(value)


def twice_in_tsqa(text: str) -> str:
    (row,) = json.loads(text)
    return json.dumps([row, row | {"questions": [["Another?", row["questions"][0][1]]]}])


def twice_as_a_key(text: str) -> str:
    inner = text.strip()[1:-1]
    return f"{{{inner}, {inner}}}"


def twice_in_csv(text: str) -> str:
    head, row = text.splitlines()
    return f"id,{head}\nq,{row}\nq,Another?{row[row.index(',') :]}\n"


@pytest.mark.parametrize(
    ("name", "doubled", "told"),
    [
        ("squad", twice_in_squad, r"data\[0\]\.paragraphs\[0\]: the question_id '1' stands in squad\.json, data\[0\]"),
        ("tsqa", twice_in_tsqa, r"tsqa\.json\[1\]\.questions\[0\]: the question_id '1#0' stands in tsqa\.json\[0\]"),
        ("pubmedqa", twice_as_a_key, r"ori_pqal\.json: the field \"1\" stands there twice"),
        ("dyknow", twice_as_a_key, r"qa_generated\.json: the field \"g\" stands there twice"),
        (
            "natural_questions",
            twice_in_rows("question_text"),
            r"nq\.jsonl, line 2: the question_id '1' stands in .*line 1",
        ),
        ("beir", twice_in_rows("text"), r"queries\.jsonl, line 2: the question_id 'q' stands in .*line 1"),
        ("table", twice_in_rows("question", id="q"), r"table\.jsonl, line 2: the question_id 'q' stands in .*line 1"),
        ("table of tables", twice_in_csv, r"test\.csv, line 3: the question_id 'q' stands in test\.csv, line 2 too"),
    ],
)
def test_an_id_of_two_questions_is_refused_by_every_format_that_has_ids(
    tmp_path: Path, name: str, doubled: Callable[[str], str], told: str
) -> None:
    each = sample(tmp_path / "in", name)
    each.main.write_text(doubled(each.main.read_text("utf-8")), "utf-8")
    with pytest.raises(DataError, match=told):
        import_dataset(each.source, tmp_path / "out", format=each.format, options=each.options)
    assert not (tmp_path / "out").exists()


def test_links_inside_a_folder_are_followed_and_loops_are_not_walked(tmp_path: Path) -> None:
    each = sample(tmp_path / "in", "table of tables")
    each.main.rename(each.source / "held.csv")
    each.main.symlink_to("held.csv")
    (each.source / "loop").symlink_to(".")
    assert import_dataset(each.source, tmp_path / "out", options=each.options).n_questions == 1
    (each.source / "train.csv").symlink_to("train.csv")
    with pytest.raises(DataError, match=r"train\.csv is a link that leads nowhere"):
        import_dataset(each.source, tmp_path / "out", options=each.options)


def test_a_dataset_that_was_there_survives_a_failed_import(tmp_path: Path) -> None:
    each = sample(tmp_path / "in", "table")
    import_dataset(each.source, tmp_path / "out")
    before = read_dataset(tmp_path / "out").content_hash
    cut_off(each)
    with pytest.raises(DataError):
        import_dataset(each.source, tmp_path / "out")
    assert read_dataset(tmp_path / "out").content_hash == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
