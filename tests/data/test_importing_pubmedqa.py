import json
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import Split, Task
from ragvsft.data.importing import ImportOptions, detect_format, import_dataset
from ragvsft.data.read import read_dataset

Rows = dict[str, dict[str, object]]


def row(n: int, label: str) -> dict[str, object]:
    return {
        "QUESTION": f"Does it help {n}?",
        "CONTEXTS": [f"Aim {n}.", f"Found {n}."],
        "LABELS": ["OBJECTIVE", "RESULTS"],
        "YEAR": "2011",
        "final_decision": label,
        "LONG_ANSWER": f"It may help {n}.",
    }


def pubmedqa(folder: Path, rows: Rows, test: dict[str, str] | None) -> Path:
    folder.mkdir()
    (folder / "ori_pqal.json").write_text(json.dumps(rows), encoding="utf-8")
    if test is not None:
        (folder / "test_ground_truth.json").write_text(json.dumps(test), encoding="utf-8")
    return folder


ROWS = {str(100 + n): row(n, ("yes", "no", "maybe")[n % 3]) for n in range(12)}
TEST = {pmid: str(ROWS[pmid]["final_decision"]) for pmid in ("100", "101", "102", "103")}


@pytest.mark.parametrize("part", ["", "ori_pqal.json"])
def test_the_official_split_is_kept_and_labels_are_the_task(tmp_path: Path, part: str) -> None:
    source = pubmedqa(tmp_path / "set", ROWS, TEST) / part
    assert detect_format(source) == "pubmedqa"
    report = import_dataset(source, tmp_path / "out")
    dataset = read_dataset(tmp_path / "out")
    assert (dataset.task, dataset.labels) == (Task.LABEL, ("yes", "no", "maybe"))
    assert {q.question_id for q in dataset.questions if q.split is Split.TEST} == set(TEST)
    # Of the eight others .1 / (.45 + .1) are dev: 1.45, so one.
    assert report.questions_by_split == {"train": 7, "dev": 1, "test": 4}
    first = dataset.questions[0]
    assert (first.answers, first.gold_doc_ids, first.slice) == (("yes",), ("100",), {"label": "yes"})
    document = dataset.documents[0]
    # Neither the question nor the conclusion stands in the document.
    assert (document.title, document.text) == ("", "OBJECTIVE: Aim 0.\n\nRESULTS: Found 0.")


def test_the_conclusion_is_the_answer_of_the_long_form(tmp_path: Path) -> None:
    source = pubmedqa(tmp_path / "set", ROWS, TEST)
    import_dataset(source, tmp_path / "out", options=ImportOptions(task=Task.LONG_FORM))
    dataset = read_dataset(tmp_path / "out")
    assert (dataset.task, dataset.labels, dataset.questions[2].answers) == (
        Task.LONG_FORM,
        (),
        ("It may help 2.",),
    )


def test_labels_that_disagree_or_are_missing_are_left_out(tmp_path: Path) -> None:
    rows = {**ROWS, "200": row(20, "perhaps")}
    source = pubmedqa(tmp_path / "set", rows, {**TEST, "101": "yes", "999": "no"})
    report = import_dataset(source, tmp_path / "out")
    assert report.left_out == {
        "test question whose two files have different labels": 1,
        "question without the label yes, no or maybe": 1,
        "test question that ori_pqal.json does not hold": 1,
    }
    assert report.questions_by_split["test"] == 3


def test_without_the_official_test_file_it_is_said_that_questions_were_dealt(tmp_path: Path) -> None:
    report = import_dataset(pubmedqa(tmp_path / "set", ROWS, None), tmp_path / "out")
    assert any("not by the official split" in note for note in report.notes)
    assert all(report.questions_by_split.values())


def test_contexts_that_are_no_texts_are_named(tmp_path: Path) -> None:
    source = pubmedqa(tmp_path / "set", {**ROWS, "200": {**row(20, "yes"), "CONTEXTS": [1]}}, TEST)
    with pytest.raises(DataError, match=r"ori_pqal\.json, '200': 'CONTEXTS' must be a list of texts"):
        import_dataset(source, tmp_path / "out")
