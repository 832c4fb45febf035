import csv
import errno
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.importing import ImportOptions, ImportReport, detect_format, import_dataset
from ragvsft.data.read import read_dataset
from ragvsft.data.write import write_dataset

Row = Mapping[str, object]
ROWS: list[Row] = [
    {
        "id": 7,
        "question": "Who wrote Emma?",
        "answers": ["Jane Austen", "Austen"],
        "context": "Jane Austen wrote Emma.",
    },
    {"id": 8, "question": "Who wrote Ulysses?", "answers": ["Joyce"], "context": "Joyce wrote Ulysses."},
    {"id": 9, "question": "When did Emma appear?", "answers": ["1815"], "context": "Jane Austen wrote Emma."},
]


def jsonl(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def imported(source: Path, **options: object) -> tuple[Dataset, ImportReport]:
    target = source.parent / "out"
    report = import_dataset(source, target, options=ImportOptions(**options))  # type: ignore[arg-type]
    return read_dataset(target), report


def by_id(dataset: Dataset) -> dict[str, Question]:
    return {question.question_id: question for question in dataset.questions}


def write_csv(path: Path) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ";")
        writer.writerow(["", "id", "question", "answers", "context"])
        for n, row in enumerate(ROWS):
            writer.writerow([n, row["id"], row["question"], json.dumps(row["answers"]), row["context"]])
    return path


def write_parquet(path: Path) -> Path:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in ROWS]), path)
    return path


def write_json(path: Path) -> Path:
    path.write_text(json.dumps(ROWS), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("t.jsonl", lambda path: jsonl(path, ROWS)),
        ("t.json", write_json),
        ("t.csv", write_csv),
        ("t.tsv", write_csv),
        ("t.parquet", write_parquet),
    ],
)
def test_the_same_rows_in_every_kind_of_file(tmp_path: Path, name: str, write: object) -> None:
    assert callable(write)
    source = write(tmp_path / name)
    assert detect_format(source) == "table"
    dataset, report = imported(source, licence="MIT")
    found = by_id(dataset)
    assert {key: (q.question, q.answers) for key, q in found.items()} == {
        "7": ("Who wrote Emma?", ("Jane Austen", "Austen")),
        "8": ("Who wrote Ulysses?", ("Joyce",)),
        "9": ("When did Emma appear?", ("1815",)),
    }
    assert [document.text for document in dataset.documents] == ["Jane Austen wrote Emma.", "Joyce wrote Ulysses."]
    # An equal context is one document, and gold of both questions.
    assert found["7"].gold_doc_ids == found["9"].gold_doc_ids == (dataset.documents[0].doc_id,)
    assert report.left_out == {}


@pytest.mark.parametrize(
    "row",
    [
        {"qid": "a", "query": "Q one?", "generation_gt": ["A"], "contexts": ["It is A."]},
        {"user_input": "Q one?", "reference": "A", "reference_contexts": ["It is A."]},
        {"input": "Q one?", "expected_output": "A", "retrieval_context": ["No.", "It is A."]},
        {"question": "Q one?", "golden_answers": ["A"], "documents": [{"doc_id": "d", "text": "It is A."}]},
        {"prompt": "Q one?", "completion": " A", "context": "It is A."},
        {"question": "Q one?", "answers": {"text": ["A", "A"], "answer_start": [1, 2]}, "context": "It is A."},
        {
            "question": "Q one?",
            "answer": "A",
            "context": {"title": ["T", "U"], "sentences": [["It ", "is A."], ["Not B."]]},
        },
    ],
    ids=["autorag", "ragas", "deepeval", "flashrag", "trl", "squad_on_the_hub", "hotpotqa"],
)
def test_column_names_of_peers(tmp_path: Path, row: Row) -> None:
    source = jsonl(tmp_path / "t.jsonl", [row])
    assert detect_format(source) == "table"
    dataset, _ = imported(source)
    (question,) = dataset.questions
    assert (question.question, question.answers) == ("Q one?", ("A",))
    gold = {d.text for d in dataset.documents if d.doc_id in question.gold_doc_ids}
    assert "It is A." in gold
    assert gold <= {"It is A."}, "what a retriever or a puzzle brought is gold only where it states an answer"


def test_a_cell_of_a_sheet_holds_several_texts_or_json(tmp_path: Path) -> None:
    source = tmp_path / "t.csv"
    history = json.dumps([{"answers": ["x"], "valid_from": "2024-01-01", "valid_to": None}])
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "answers", "context", "answer_history", "slice"])
        writer.writerow(["None?", "", "It is a.", "", ""])
        writer.writerow(["One?", "a | b||", "It is a.", "", '{"kind": "easy"}'])
        writer.writerow(["Two?", "x", "It is x.", history, ""])
        writer.writerow(["Three?", "x", "It is x.", "since 2024", ""])
    dataset, report = imported(source)
    one, two = dataset.questions
    assert (one.answers, one.slice) == (("a", "b"), {"kind": "easy"})
    assert [interval.valid_from for interval in two.answer_history] == [date(2024, 1, 1)]
    assert report.left_out == {
        "question without an answer": 1,
        "question whose answer_history overlaps or is not of our format": 1,
    }
    # Elsewhere a list is a list, and a bar is a bar.
    dataset, _ = imported(jsonl(tmp_path / "t.jsonl", [{"question": "One?", "answer": "a | b", "context": "a"}]))
    assert dataset.questions[0].answers == ("a | b",)


def test_an_alpaca_instruction_is_asked_with_its_input(tmp_path: Path) -> None:
    row = {"instruction": "Name the author.", "input": "Emma", "output": "Austen", "context": "By Austen."}
    dataset, _ = imported(jsonl(tmp_path / "t.jsonl", [row, {**row, "instruction": "Who?", "input": ""}]))
    assert [question.question for question in dataset.questions] == ["Name the author.\n\nEmma", "Who?"]


def test_a_mapping_names_columns_and_fields_inside_them(tmp_path: Path) -> None:
    rows = [{"frage": "Wer?", "meta": {"antwort": "Sie"}, "seite": "Sie war es.", "question": "not this"}]
    source = jsonl(tmp_path / "t.jsonl", rows)
    mapping = {"question": "frage", "answers": "meta.antwort", "documents": "seite"}
    dataset, report = imported(source, mapping=mapping, language="de")
    assert report.format == "table"
    assert (dataset.questions[0].question, dataset.questions[0].answers) == ("Wer?", ("Sie",))
    assert (dataset.documents[0].text, dataset.language) == ("Sie war es.", "de")


def test_a_wrong_mapping_is_a_usage_error(tmp_path: Path) -> None:
    source = jsonl(tmp_path / "t.jsonl", ROWS)
    with pytest.raises(UsageError, match="no field 'qestion' to map"):
        imported(source, mapping={"qestion": "frage"})
    with pytest.raises(DataError, match=r"t\.jsonl, line 1: there is no column for 'question' \(frage\)"):
        imported(source, mapping={"question": "frage"})
    # A field that only later rows have is no missing column.
    dataset, _ = imported(jsonl(tmp_path / "u.jsonl", [{"x": 1}, *ROWS]), mapping={"question": "question"})
    assert len(dataset.questions) == 3
    shutil.rmtree(tmp_path / "out")
    squad = tmp_path / "s.json"
    squad.write_text('{"data": [{"paragraphs": []}]}')
    with pytest.raises(UsageError, match="the format squad takes no --map"):
        imported(squad, mapping={"answers": "x"})
    assert not (tmp_path / "out").exists()


def test_a_table_of_documents_beside_the_questions(tmp_path: Path) -> None:
    questions = jsonl(
        tmp_path / "qa.jsonl",
        [
            {"question": "Who?", "answer": "Ann", "retrieval_gt": [["d1", "d9"]]},
            {"question": "Where?", "answer": "Rome", "doc_id": "d2"},
        ],
    )
    documents = jsonl(
        tmp_path / "pages.jsonl",
        [
            {"_id": "d1", "title": "One", "text": "Ann did.", "metadata": {"page": 3}},
            {"id": "d2", "contents": '"Two"\nIn Rome.'},
            {"id": "d3", "contents": " "},
        ],
    )
    dataset, report = imported(questions, documents=documents)
    assert [(d.doc_id, d.title, d.text) for d in dataset.documents] == [
        ("d1", "One", "Ann did."),
        ("d2", "Two", "In Rome."),
    ]
    assert dataset.documents[0].metadata == {"page": 3}
    assert {q.question: q.gold_doc_ids for q in dataset.questions} == {"Who?": ("d1",), "Where?": ("d2",)}
    assert report.left_out == {"document without text": 1, "gold document that the source does not hold": 1}
    with pytest.raises(DataError, match="questions but no documents") as caught:
        imported(questions)
    assert "--documents" in (caught.value.hint or "")


def test_a_folder_of_tables_keeps_the_splits_of_its_files(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    jsonl(folder / "corpus.jsonl", [{"id": "d", "text": "All of it."}])
    for name, texts in {
        "train-00000-of-00001.jsonl": ["a?", "b?", "c?", "same?"],
        "validation.jsonl": ["d?"],
        "test.jsonl": ["e?", "Same?"],
    }.items():
        jsonl(folder / name, [{"question": text, "answer": "x", "doc_id": "d"} for text in texts])
    (folder / "README.md").write_text("about")
    dataset, report = imported(folder)
    splits = {question.question: question.split for question in dataset.questions}
    assert splits == {
        **dict.fromkeys(("a?", "b?", "c?"), Split.TRAIN),
        "d?": Split.DEV,
        **dict.fromkeys(("e?", "Same?"), Split.TEST),
    }
    assert report.left_out == {"question text that is in another split too": 1}


def test_splits_that_a_source_lacks_are_made_without_touching_its_test_questions(tmp_path: Path) -> None:
    rows = [
        {"question": f"Q{n}?", "answer": "x", "context": f"Text {n}.", "split": "test" if n < 20 else "train"}
        for n in range(75)
    ]
    dataset, report = imported(jsonl(tmp_path / "t.jsonl", rows))
    assert {q.question for q in dataset.questions if q.split is Split.TEST} == {f"Q{n}?" for n in range(20)}
    # 55 train questions in the shares .45 and .1: 45 and 10.
    assert report.questions_by_split == {"train": 45, "dev": 10, "test": 20}
    assert any("10 of its train questions are dev here" in note for note in report.notes)
    renamed = [{**row, "split": "validation" if row["split"] == "test" else "train"} for row in rows]
    dataset, report = imported(jsonl(tmp_path / "u.jsonl", renamed))
    assert {q.question for q in dataset.questions if q.split is Split.TEST} == {f"Q{n}?" for n in range(20)}


def test_dated_answers_and_documents(tmp_path: Path) -> None:
    questions = jsonl(
        tmp_path / "qa.jsonl",
        [
            {"id": "a", "question": "Who?", "answer": "Bo", "superseded_answers": ["Al"], "valid_from": "2024-03-01"},
            {"id": "b", "question": "Why?", "answer": [], "answerable": False, "doc_id": "d"},
            {
                "id": "c",
                "question": "What?",
                "answer": "y",
                "answer_history": [
                    {"answers": ["y"], "valid_from": "2024-03-01", "valid_to": None},
                    {"answers": ["x"], "valid_from": "2023-01-01", "valid_to": "2024-03-01"},
                ],
            },
            {
                "id": "e",
                "question": "Bad?",
                "answer": "y",
                "answer_history": [{"answers": ["y"], "valid_from": "soon"}],
            },
        ],
    )
    documents = jsonl(
        tmp_path / "d.jsonl",
        [
            {"doc_id": "d", "text": "Bo, y.", "valid_from": "2024-03-01T10:00:00Z"},
            {"doc_id": "d", "text": "Al, x.", "valid_from": "2023-01-01"},
            {"doc_id": "f", "text": "When?", "valid_from": "soon"},
        ],
    )
    dataset, report = imported(questions, documents=documents)
    day = date(2024, 3, 1)
    assert dataset.snapshots == (date(2023, 1, 1), day)
    assert [(d.text, d.valid_from, d.valid_to) for d in dataset.documents] == [
        ("Al, x.", date(2023, 1, 1), day),
        ("Bo, y.", day, None),
    ]
    found = by_id(dataset)
    assert [(i.answers, i.valid_to) for i in found["a"].answer_history] == [(("Al",), day), (("Bo",), None)]
    assert [i.answers for i in found["c"].answer_history] == [("x",), ("y",)]
    assert (found["b"].answerable, found["b"].answers) == (False, ())
    assert report.left_out == {
        "document whose valid_from is no date": 1,
        "question whose answer_history overlaps or is not of our format": 1,
    }
    dataset, _ = imported(questions, documents=documents, snapshot=date(2023, 6, 1))
    assert dataset.snapshots == (date(2023, 6, 1),)


def test_documents_that_contradict_each_other(tmp_path: Path) -> None:
    questions = jsonl(tmp_path / "qa.jsonl", [{"question": "Who?", "answer": "Al", "doc_id": "d"}])
    documents = jsonl(
        tmp_path / "d.jsonl",
        [
            {"doc_id": "d", "text": "Al.", "valid_from": "2023-01-01", "valid_to": "2025-01-01"},
            {"doc_id": "d", "text": "Al!", "valid_from": "2024-01-01"},
            {"doc_id": "d", "text": "Al!", "valid_from": "2024-01-01"},
            {"doc_id": "e", "text": "No.", "valid_from": "2024-01-01", "valid_to": "2024-01-01"},
        ],
    )
    dataset, report = imported(questions, documents=documents)
    assert [(d.text, d.valid_to) for d in dataset.documents] == [("Al.", date(2024, 1, 1)), ("Al!", None)]
    assert report.left_out == {
        "document that ends before it begins": 1,
        "end of a version after the next one begins": 1,
    }
    assert report.examples["end of a version after the next one begins"] == ("d.jsonl, line 1: d",)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_an_id_that_stands_for_two_things_is_refused_with_both_places(tmp_path: Path, kind: str) -> None:
    rows = [
        {"id": "a", "question": "Who?", "answer": "Al", "doc_id": "d"},
        {"id": "b", "question": "Why?", "answer": "So", "doc_id": "d"},
        {"id": "a", "question": "When?", "answer": "Now", "doc_id": "d"},
        {"id": "b", "question": "Why?", "answer": "Not so", "doc_id": "d"},
    ]
    source = tmp_path / f"qa.{kind}"
    if kind == "csv":
        source.write_text("\n".join(",".join(line) for line in (rows[0], *(row.values() for row in rows))) + "\n")
    elif kind == "jsonl":
        jsonl(source, rows)
    else:
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), source)
    places = [f"row {n}" if kind == "parquet" else f"line {n + (kind == 'csv')}" for n in range(1, 5)]
    documents = jsonl(tmp_path / "d.jsonl", [{"doc_id": "d", "text": "Al."}])
    with pytest.raises(DataError) as caught:
        imported(source, documents=documents)
    assert caught.value.message == (
        f"{source.name} has 2 problems:\n"
        f"  {source.name}, {places[2]}: the question_id 'a' stands in {source.name}, {places[0]} too, "
        "with another question ('Who?')\n"
        f"  {source.name}, {places[3]}: the question_id 'b' stands in {source.name}, {places[1]} too, "
        "with other answers"
    )
    assert not (tmp_path / "out").exists()
    jsonl(documents, [{"doc_id": "d", "text": "Al."}, {"doc_id": "d", "text": "Bo."}])
    with pytest.raises(DataError, match=r"d\.jsonl, line 2: the doc_id 'd' stands in d\.jsonl, line 1 too"):
        imported(jsonl(tmp_path / "one.jsonl", rows[:1]), documents=documents)


def test_a_row_a_passage_is_one_question_with_all_its_gold(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "question": "Who wrote Emma?", "answer": "Jane Austen", "context": text}
        for text in ("Jane Austen wrote Emma.", "Emma is by Jane Austen.")
    ]
    dataset, report = imported(jsonl(tmp_path / "t.jsonl", rows))
    (question,) = dataset.questions
    assert question.gold_doc_ids == tuple(document.doc_id for document in dataset.documents)
    assert len(question.gold_doc_ids) == 2
    assert report.left_out == {"row that repeats a question": 1}
    assert report.examples["row that repeats a question"] == ("t.jsonl, line 2: a, as in t.jsonl, line 1",)


def test_the_task_is_told_from_the_answers_or_given(tmp_path: Path) -> None:
    long = [{"question": f"Q{n}?", "answer": "word " * 40, "context": "word"} for n in range(3)]
    dataset, report = imported(jsonl(tmp_path / "long.jsonl", long))
    assert dataset.task is Task.LONG_FORM
    assert any("long_form" in note for note in report.notes)
    labels = [{"question": f"Q{n}?", "answer": ["no", "yes"][n % 2], "context": "word"} for n in range(4)]
    dataset, _ = imported(jsonl(tmp_path / "label.jsonl", labels), task=Task.LABEL)
    assert (dataset.task, dataset.labels) == (Task.LABEL, ("no", "yes"))


def test_what_cannot_be_used_is_left_out_with_its_line(tmp_path: Path) -> None:
    bad = [
        {**ROWS[0], "question": " ", "id": 20},
        {**ROWS[0], "answers": [], "id": 21},
        {**ROWS[0], "id": 7},
        {**ROWS[0], "answers": "['a' 'b']", "id": 22},
        {**ROWS[0], "split": "holdout", "id": 23},
    ]
    _, report = imported(jsonl(tmp_path / "t.jsonl", [*ROWS, *bad]))
    assert report.n_questions == 3
    assert report.left_out == {
        "question without text": 1,
        "question without an answer": 1,
        "row that repeats a question": 1,
        "answers that are neither text nor a JSON list of texts": 1,
        "question with an unknown split": 1,
    }
    assert report.examples["row that repeats a question"] == ("t.jsonl, line 6: 7, as in t.jsonl, line 1",)


def test_a_full_disk_for_the_texts_that_wait_is_told_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(DataError, match="cannot be kept in .*: No space left on device") as caught:
        imported(jsonl(tmp_path / "t.jsonl", ROWS))
    assert caught.value.hint
    assert "TMPDIR" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_metadata_nested_too_deeply_are_told_with_their_line(tmp_path: Path) -> None:
    nested = '{"k": ' * 900 + "1" + "}" * 900
    (tmp_path / "corpus.jsonl").write_text(f'{{"doc_id": "d", "text": "x", "metadata": {nested}}}\n')
    jsonl(tmp_path / "questions.jsonl", ROWS)
    with pytest.raises(DataError, match="corpus.jsonl, line 1: nested too deeply"):
        imported(tmp_path)


def test_our_own_rows_come_back_as_they_were(tmp_path: Path) -> None:
    """A table can hold all that our rows hold: only `dataset.json` is lost."""
    day = date(2024, 1, 1)
    document = Document(
        doc_id="d",
        title="T",
        text=" A, then B.\n",
        valid_from=date(2023, 1, 1),
        valid_to=day,
        source="s",
        metadata={"p": [1]},
    )
    first = AnswerInterval(answers=("A", "a"), valid_from=date(2023, 1, 1), valid_to=day)
    question = Question(
        question_id="q#1",
        fact_id="f",
        question="Which?",
        answers=("B",),
        split=Split.TEST,
        answer_history=(first, AnswerInterval(answers=("B",), valid_from=day)),
        gold_doc_ids=("d",),
        slice={"change": "changed"},
    )
    before = Dataset(
        name="set",
        description="",
        licence="MIT",
        language="en",
        task=Task.SHORT_ANSWER,
        snapshots=(date(2023, 1, 1), day),
        documents=(document, replace(document, text="B.", valid_from=day, valid_to=None)),
        questions=(
            question,
            replace(question, question_id="q#2", question="Which one?", split=Split.TRAIN),
            replace(question, question_id="q#3", question="Which, say?", split=Split.DEV),
            replace(
                question,
                question_id="n",
                fact_id="n",
                question="Why?",
                answers=(),
                answer_history=(),
                gold_doc_ids=(),
                answerable=False,
            ),
            replace(
                question,
                question_id="r",
                fact_id="r",
                question="Who?",
                answers=(),
                answer_history=(first, AnswerInterval(answers=(), valid_from=day)),
            ),
        ),
    )
    write_dataset(before, tmp_path / "set")
    with pytest.raises(DataError, match="is a dataset folder already"):
        imported(tmp_path / "set")
    (tmp_path / "set" / "dataset.json").unlink()
    after, report = imported(tmp_path / "set", licence="MIT")
    assert replace(after, content_hash="", description="") == before
    assert report.left_out == {}
