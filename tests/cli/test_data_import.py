import json
from pathlib import Path

import pytest

from calling import Call


def table(folder: Path) -> Path:
    source = folder / "faq.csv"
    rows = [f"How is {n}?,It is {n}.,Page {n}: It is {n}." for n in range(10)]
    source.write_text("\n".join(["prompt,reply,page", *rows, "How is it?,,Page."]), encoding="utf-8")
    return source


MAP = ("--map", "question=prompt", "--map", "answers=reply", "--map", "documents=page")


def test_an_import_says_what_came_in_and_what_was_left_out(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "faq"
    said = call(
        "data", "import", table(tmp_path), target, *MAP, "--shares", "0.5,0.2,0.3", "--language", "de",
        "--snapshot", "2024-02-03", "--task", "long_form", "--licence", "MIT",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert said.out == ""
    assert "11 documents, 10 questions (5 train, 2 dev, 3 test)" in said.err
    assert "read as table" in said.err
    assert "left out: 1 (question without an answer)\n    faq.csv, line 12" in said.err
    head = json.loads((target / "dataset.json").read_text(encoding="utf-8"))
    assert (head["language"], head["snapshots"], head["task"]) == ("de", ["2024-02-03"], "long_form")
    assert call("data", "check", target).code == 0
    said = call("data", "import", table(tmp_path), target, *MAP, "--json")
    assert json.loads(said.out)["left_out"] == {"question without an answer": 1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--map", "question"), "is no FIELD=COLUMN"),
        (("--map", "frage=prompt"), "there is no field 'frage' to map"),
        (("--shares", "1,2"), "is not three fractions"),
        (("--shares", "0.5,0.1,0.1"), "shares of train, dev and test"),
        (("--snapshot", "yesterday"), "is no date"),
        (("--task", "essay"), "the task 'essay' is unknown"),
        (("--format", "squad", *MAP), "the format squad takes no --map"),
        ((*MAP, "--questions", "q.csv"), "the format table takes no --questions"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_written(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    said = call("data", "import", table(tmp_path), tmp_path / "out", *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert not (tmp_path / "out").exists()


def test_a_table_with_columns_that_nobody_knows_says_how_to_name_them(call: Call, tmp_path: Path) -> None:
    said = call("data", "import", table(tmp_path), tmp_path / "out")
    assert said.code == 1
    assert "its first row has prompt, reply, page" in said.err
    assert "--map question=COLUMN" in said.err
