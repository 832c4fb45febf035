import json
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.data.importing import detect_format, import_dataset
from ragvsft.data.read import read_dataset


def answer(text: str) -> dict[str, object]:
    return {"para": 1, "from": 0, "end": len(text), "answer": text}


def timeline(name: str, *questions: tuple[str, list[str]]) -> dict[str, object]:
    return {
        "index": f"/wiki/{name}#P39",
        "type": "P39",
        "link": f"/wiki/{name}",
        "questions": [[question, [answer(text) for text in texts]] for question, texts in questions],
        "paras": [name.replace("_", " "), f"{name} was mayor until 1999 .", "", "Later career ."],
    }


SAMPLE = [
    timeline("Ann_B%C3%B6ll", ("What was Ann until 1999?", ["mayor", "head"]), ("What was Ann in 1850?", [""])),
    timeline("Bo", ("What was Bo until 1999?", ["mayor"])),
    timeline("Cy", ("What was Cy until 1999?", ["mayor"])),
]


def write(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_questions_name_their_time_and_those_without_an_answer_are_kept(tmp_path: Path) -> None:
    source = write(tmp_path / "test.json", SAMPLE)
    assert detect_format(source) == "tsqa"
    report = import_dataset(source, tmp_path / "out")
    dataset = read_dataset(tmp_path / "out")
    assert len(dataset.snapshots) == 1
    first, without = dataset.questions[:2]
    assert (first.answers, first.gold_doc_ids, first.slice) == (
        ("mayor", "head"),
        ("Ann_B%C3%B6ll",),
        {"property": "P39"},
    )
    assert (without.answerable, without.answers, without.gold_doc_ids) == (False, (), ())
    assert dataset.documents[0].title == "Ann Böll"
    assert dataset.documents[1].text == "Bo was mayor until 1999 .\n\nLater career ."
    assert all(report.questions_by_split.values())
    assert report.left_out == {}
    assert any("1 questions are not answered by their own page" in note for note in report.notes)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([{**SAMPLE[0], "paras": "x"}], r"test\.json\[0\]: 'paras' must be a list of texts"),
        ([SAMPLE[0], {**SAMPLE[1], "questions": [["Who?"]]}], r"test\.json\[1\]\.questions\[0\]: a question and"),
        ([SAMPLE[0], {**SAMPLE[1], "questions": [["Who?", ["x"]]]}], "an answer is no object"),
        ([SAMPLE[0], 5], r"test\.json\[1\]: an object"),
        ([], "is not Time-Sensitive-QA"),
    ],
)
def test_a_row_that_is_not_of_the_format_is_named(tmp_path: Path, value: object, told: str) -> None:
    with pytest.raises(DataError, match=told):
        import_dataset(write(tmp_path / "test.json", value), tmp_path / "out", format="tsqa")
    assert not (tmp_path / "out").exists()
