"""General questions: the set that comes with the project, and what a wrong row is told."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import Split
from ragvsft.data.general import read_general
from ragvsft.metrics.normalise import normalise

FOLDER = Path(__file__).parents[2] / "data" / "general"
HEAD = {
    "name": "small",
    "description": "",
    "licence": "CC0-1.0",
    "language": "en",
    "task": "short_answer",
    "snapshots": ["2024-01-01"],
}
ROW: dict[str, object] = {
    "question_id": "sum-1#1",
    "fact_id": "sum-1",
    "question": "What is 2 plus 3?",
    "answers": ["5", "five"],
    "split": "test",
    "slice": {"category": "arithmetic"},
}


def written(folder: Path, *rows: dict[str, object]) -> Path:
    (folder / "dataset.json").write_text(json.dumps(HEAD), encoding="utf-8")
    (folder / "questions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return folder


def test_a_row_becomes_a_question_that_holds_at_any_wave(tmp_path: Path) -> None:
    (question,) = read_general(written(tmp_path, ROW))
    assert question.answers == ("5", "five")
    assert question.slice == {"category": "arithmetic"}
    assert (question.stale_answers, question.gold_doc_ids, question.change) == ((), (), None)
    assert question.split is Split.TEST


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"split": "train"}, 'the split is train, not "test"'),
        ({"answers": [], "answerable": False}, "one answer that always holds"),
        ({"slice": {}}, "slice.category is missing"),
        ({"answers": []}, "there is no answer"),
        ({"quesion": "?"}, 'unknown field "quesion"'),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, wrong: dict[str, object], told: str) -> None:
    with pytest.raises(DataError) as caught:
        read_general(written(tmp_path, ROW | wrong))
    assert told in caught.value.message
    assert "questions.jsonl, line 1" in caught.value.message


def test_doubles_and_an_empty_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the question_id stands in line 1 too"):
        read_general(written(tmp_path, ROW, ROW))
    with pytest.raises(DataError, match="there is no row"):
        read_general(written(tmp_path))
    with pytest.raises(DataError, match=r"has no dataset\.json"):
        read_general(tmp_path / "nowhere")


def test_the_set_that_comes_along(tmp_path: Path) -> None:
    questions = read_general(FOLDER)
    assert len(questions) >= 150
    assert min(Counter(question.slice["category"] for question in questions).values()) >= 30
    assert Counter(question.answers[0] for question in questions).most_common(1)[0][1] <= 6
    openings = Counter(" ".join(question.question.split()[:4]) for question in questions)
    assert openings.most_common(1)[0][1] / len(questions) < 0.1, "no template may make up the set"
    for question in questions:
        assert all(normalise(answer) for answer in question.answers), question.question_id
        assert len(question.answers[0].split()) <= 6
    script = FOLDER / "write_general.py"
    subprocess.run([sys.executable, "-I", "-S", "-B", script, "--out", tmp_path], check=True, capture_output=True)
    for name in ("dataset.json", "documents.jsonl", "questions.jsonl"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name
