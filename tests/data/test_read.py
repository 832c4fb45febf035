import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import AnswerInterval, Document, Question, Split, Task
from ragvsft.data import jsonfiles
from ragvsft.data.read import content_hash, read_dataset

HEAD: dict[str, object] = {
    "name": "handbook",
    "description": "",
    "licence": "CC0",
    "language": "en",
    "task": "short_answer",
    "snapshots": ["2024-01-01", "2024-07-01"],
}
DOCUMENT: dict[str, object] = {
    "doc_id": "leave",
    "title": "Leave",
    "text": "Everybody has 25 days of leave.",
    "valid_from": "2024-01-01",
    "valid_to": None,
    "source": "handbook v1",
    "metadata": {"pages": [1, 2]},
}
QUESTION: dict[str, object] = {
    "question_id": "q1",
    "fact_id": "f1",
    "question": "How many days of leave does everybody have?",
    "answers": ["25"],
    "gold_doc_ids": ["leave"],
    "split": "test",
}
Rows = list[Mapping[str, object]]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a folder from rows; a string stands for a whole file."""

    def write_folder(
        head: Mapping[str, object] | str = HEAD,
        documents: Rows | str | bytes = [DOCUMENT],  # noqa: B006
        questions: Rows | str | bytes = [QUESTION],  # noqa: B006
    ) -> Path:
        folder = tmp_path / "handbook"
        folder.mkdir()
        (folder / "dataset.json").write_text(head if isinstance(head, str) else json.dumps(head), encoding="utf-8")
        for name, rows in (("documents.jsonl", documents), ("questions.jsonl", questions)):
            if isinstance(rows, list):
                rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (folder / name).write_bytes(rows if isinstance(rows, bytes) else rows.encode("utf-8"))
        return folder

    return write_folder


def refused(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_dataset(folder)
    assert caught.value.hint
    return caught.value.message


def question(**fields: object) -> dict[str, object]:
    return {**QUESTION, **fields}


def interval(start: str, end: str | None, *answers: str) -> dict[str, object]:
    return {"answers": list(answers), "valid_from": start, "valid_to": end}


def test_reads_every_field(write: Write) -> None:
    history = [interval("2024-07-01", None, "28"), interval("2024-01-01", "2024-07-01", "25")]
    row = question(answer_history=history, slice={"change": "changed"}, answers=["28"])
    dataset = read_dataset(write(questions=[row]))
    assert (dataset.name, dataset.task, dataset.abstain) == ("handbook", Task.SHORT_ANSWER, ("I don't know",))
    assert dataset.snapshots == (date(2024, 1, 1), date(2024, 7, 1))
    assert dataset.documents == (
        Document(
            doc_id="leave",
            title="Leave",
            text="Everybody has 25 days of leave.",
            valid_from=date(2024, 1, 1),
            source="handbook v1",
            metadata={"pages": [1, 2]},
        ),
    )
    assert dataset.questions == (
        Question(
            question_id="q1",
            fact_id="f1",
            question="How many days of leave does everybody have?",
            answers=("28",),
            split=Split.TEST,
            answer_history=(
                AnswerInterval(answers=("25",), valid_from=date(2024, 1, 1), valid_to=date(2024, 7, 1)),
                AnswerInterval(answers=("28",), valid_from=date(2024, 7, 1)),
            ),
            gold_doc_ids=("leave",),
            slice={"change": "changed"},
        ),
    )


def test_byte_order_mark_crlf_and_empty_lines_are_tolerated(write: Write) -> None:
    line = json.dumps(DOCUMENT)
    dataset = read_dataset(write(documents=b"\xef\xbb\xbf" + f"{line}\r\n\r\n".encode()))
    assert [document.doc_id for document in dataset.documents] == ["leave"]


def test_only_line_feeds_end_a_line(write: Write) -> None:
    text = "one\u2028two\u0085three\u0000four 😀 \x0bfive"
    dataset = read_dataset(write(documents=[{**DOCUMENT, "text": text}]))
    assert dataset.documents[0].text == text


def test_content_hash_covers_all_three_files(write: Write) -> None:
    folder = write()
    hashes = {content_hash(folder)}
    assert read_dataset(folder).content_hash in hashes
    for name in ("dataset.json", "documents.jsonl", "questions.jsonl"):
        with (folder / name).open("a") as file:
            file.write("\n")
        hashes.add(read_dataset(folder).content_hash)
    assert len(hashes) == 4


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([question(split="validation")], "\"split\" must be one of train, dev, test, not 'validation'"),
        ([question(anwers=["25"])], 'unknown field "anwers"'),
        ([{k: v for k, v in {**QUESTION, "anwsers": []}.items() if k != "answers"}], 'did you mean "answers"?'),
        ([{k: v for k, v in QUESTION.items() if k != "fact_id"}], 'the field "fact_id" is missing'),
        ([question(question_id=1)], '"question_id" must be a string, not the number 1'),
        ([question(question_id=" q1")], "white space around it"),
        ([question(question_id="  ")], '"question_id" is empty'),
        ([question(), question()], "the question_id 'q1' stands in line 1 too"),
        ([question(gold_doc_ids=["leaves"])], "the gold document 'leaves' is not in documents.jsonl"),
        ([question(gold_doc_ids=["leave", "leave"])], '"gold_doc_ids" holds one twice'),
        ([question(answers=[])], "no answer though the question is answerable"),
        ([question(answers=["25", " "])], '"answers" holds an empty string'),
        ([question(answers="25")], '"answers" must be a list, not a string'),
        ([question(answers=[25])], '"answers" must hold strings, not a number'),
        ([question(answerable=False)], "answers are given though the question is not answerable"),
        ([question(answerable="no")], '"answerable" must be true or false, not a string'),
        (
            [question(answers=[], answerable=False, answer_history=[interval("2024-01-01", None)])],
            "answers are given though the question is not answerable",
        ),
        ([question(answers=[], answer_history=[interval("2024-01-01", None)])], "no answer though"),
        (
            [question(answer_history=[interval("2024-01-01", "2024-07-02", "25"), interval("2024-07-01", None, "28")])],
            'two intervals of "answer_history" overlap',
        ),
        (
            [question(answer_history=[interval("2024-07-01", None, "28"), interval("2024-01-01", None, "25")])],
            "lasts until ever, the next begins 2024-07-01",
        ),
        ([question(answer_history=[interval("2024-07-01", "2024-07-01", "25")])], "must be later than"),
        ([question(slice={"year": 2024})], '"slice.year" must be a string, not a number'),
        ([question(), question(question_id="q2", split="train")], "is in the split train and, in line 1, in test"),
        (
            [
                question(),
                question(question_id="q2", split="dev", question="how many Days of leave  does everybody have?"),
            ],
            "is in the split dev and, in line 1, in test",
        ),
        (["q1"], "a row must be an object with fields, not a string"),
        ([], "there is no row"),
    ],
)
def test_a_wrong_question_is_refused_with_its_place(write: Write, rows: Rows, told: str) -> None:
    message = refused(write(questions=rows))
    assert message.startswith("questions.jsonl")
    assert not rows or f"line {len(rows)}" in message
    assert told in message


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{**DOCUMENT, "valid_from": "01.02.2024"}], '"valid_from" must be a date such as 2024-01-31'),
        ([{**DOCUMENT, "valid_from": "2024-02-30"}], '"valid_from" must be a date such as 2024-01-31'),
        ([{**DOCUMENT, "valid_from": "20240101"}], '"valid_from" must be a date such as 2024-01-31'),
        ([{**DOCUMENT, "valid_to": "2023-01-01"}], '"valid_to" 2023-01-01 must be later than "valid_from" 2024-01-01'),
        ([{**DOCUMENT, "text": " \n"}], '"text" is empty'),
        ([{**DOCUMENT, "metadata": []}], '"metadata" must be an object, not a list'),
        ([DOCUMENT, DOCUMENT], "the version of 'leave' overlaps the one in line 1"),
        (
            [{**DOCUMENT, "valid_from": "2024-05-01"}, {**DOCUMENT, "valid_to": "2024-05-02"}],
            "the version of 'leave' overlaps the one in line 1",
        ),
        ([], "there is no row"),
    ],
)
def test_a_wrong_document_is_refused_with_its_place(write: Write, rows: Rows, told: str) -> None:
    message = refused(write(documents=rows))
    assert message.startswith("documents.jsonl")
    assert not rows or f"line {len(rows)}" in message
    assert told in message


def test_versions_that_touch_are_no_overlap(write: Write) -> None:
    rows: Rows = [{**DOCUMENT, "valid_from": "2024-07-01"}, {**DOCUMENT, "valid_to": "2024-07-01"}]
    assert len(read_dataset(write(documents=rows)).documents) == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"snapshots": ["2024-07-01", "2024-01-01"]}, '"snapshots" must ascend'),
        ({"snapshots": ["2024-07-01", "2024-07-01"]}, '"snapshots" must ascend'),
        ({"snapshots": []}, '"snapshots" holds no date'),
        ({"task": "label"}, 'the task "label" needs "labels"'),
        ({"labels": ["yes"]}, '"labels" belong to the task "label"'),
        ({"task": "translate"}, '"task" must be one of short_answer, label, long_form'),
        ({"license": "MIT"}, 'unknown field "license"'),
        ({"name": "../handbook"}, '"name" may hold letters'),
        ({"abstain": []}, '"abstain" is empty'),
    ],
)
def test_a_wrong_head_is_refused(write: Write, change: Mapping[str, object], told: str) -> None:
    message = refused(write(head={**HEAD, **change}))
    assert message.startswith("dataset.json: ")
    assert told in message


def test_answers_outside_the_labels_are_refused(write: Write) -> None:
    head = {**HEAD, "task": "label", "labels": ["yes", "no"]}
    rows: Rows = [question(answers=["yes"]), question(question_id="q2", answers=["Yes"])]
    assert refused(write(head=head, questions=rows)) == "questions.jsonl, line 2: 'Yes' is none of the labels yes, no"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"doc_id": NaN}', "NaN is not JSON"),
        ('{"doc_id": -Infinity}', "-Infinity is not JSON"),
        ('{"doc_id": 1e999}', "the number 1e999 is too large"),
        ('{"doc_id": "a", "doc_id": "b"}', 'the field "doc_id" stands there twice'),
        ('{"doc_id": "\\ud800"}', "half of a \\u surrogate pair"),
        ('{"doc_id": "a",}', "not valid JSON at column"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_strict_json_is_refused(write: Write, line: str, told: str) -> None:
    message = refused(write(documents=f"{json.dumps(DOCUMENT)}\n{line}\n"))
    assert message.startswith("documents.jsonl, line 2: ")
    assert told in message


def test_a_cut_off_last_line_is_named_as_such(write: Write) -> None:
    line = json.dumps(DOCUMENT)
    assert "is the file cut off?" in refused(write(documents=f"{line}\n{line[:40]}"))


def test_other_encodings_are_refused_with_the_byte(write: Write) -> None:
    line = json.dumps({**DOCUMENT, "title": "Urlaub für alle"}, ensure_ascii=False)
    good = json.dumps(DOCUMENT) + "\n"
    raw = b"\xef\xbb\xbf" + good.encode() + line.encode("latin-1")
    at = raw.index(b"\xfc")
    assert refused(write(documents=raw)) == f"documents.jsonl, line 2: not UTF-8 at byte {at} of the file"


def test_utf_16_is_refused_with_the_way_out(write: Write) -> None:
    with pytest.raises(DataError, match="not UTF-8") as caught:
        read_dataset(write(documents=json.dumps(DOCUMENT).encode("utf-16")))
    assert "iconv -f UTF-16" in str(caught.value.hint)


def test_an_over_long_line_is_refused_and_the_next_is_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonfiles, "MAX_LINE_BYTES", 2**20)
    long = json.dumps({**DOCUMENT, "text": "a" * 3 * 2**20})
    message = refused(write(documents=f"{long}\n{json.dumps({**DOCUMENT, 'doc_id': 2})}\n"))
    assert "line 1: the line is longer than 1 MiB" in message
    assert 'line 2: "doc_id" must be a string, not the number 2' in message


def test_the_first_few_of_many_problems_are_told_together(write: Write) -> None:
    rows: Rows = [question(question_id=n) for n in range(20)]
    message = refused(write(documents=[{**DOCUMENT, "title": 3}], questions=rows))
    assert message.startswith("the dataset handbook has 21 problems; the first 5:")
    lines = [line.strip().split(":")[0] for line in message.splitlines()[1:]]
    assert lines == ["documents.jsonl, line 1", *(f"questions.jsonl, line {n}" for n in range(1, 5))]


def test_a_missing_file_is_named(write: Write) -> None:
    folder = write()
    (folder / "questions.jsonl").unlink()
    assert "has no questions.jsonl" in refused(folder)
    assert "is not a folder" in refused(folder / "nowhere")
