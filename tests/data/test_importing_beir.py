import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import Split
from ragvsft.data.importing import ImportOptions, detect_format, import_dataset
from ragvsft.data.read import read_dataset

CORPUS = [{"_id": f"d{n}", "title": f"T{n}", "text": f"Text {n}.", "metadata": {"n": n}} for n in range(4)]


def beir(folder: Path, queries: Sequence[Mapping[str, object]], **qrels: str) -> Path:
    (folder / "qrels").mkdir(parents=True)
    for name, rows in {"corpus": CORPUS, "queries": queries}.items():
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    for name, lines in qrels.items():
        (folder / "qrels" / f"{name}.tsv").write_text(f"query-id\tcorpus-id\tscore\n{lines}", encoding="utf-8")
    return folder


def test_queries_with_answers_come_in_by_the_splits_of_the_judgements(tmp_path: Path) -> None:
    queries: list[Mapping[str, object]] = [
        {"_id": "q0", "text": "Zero?", "answers": ["0", "zero"]},
        {"_id": "q1", "text": "One?", "metadata": {"answer": "1"}},
        {"_id": "q2", "text": "Two?", "metadata": {}},
        {"_id": "q3", "text": "Three?", "answers": ["3"]},
        {"_id": "q4", "text": "Four?", "answers": ["4"]},
    ]
    source = beir(
        tmp_path / "set",
        queries,
        train="q1\td1\t1\nq2\td2\t1\n",
        dev="q4\td0\t1\n",
        test="q0\td0\t2\nq0\td3\t1\nq0\td1\t0\n",
    )
    assert detect_format(source) == "beir"
    report = import_dataset(source, tmp_path / "out")
    dataset = read_dataset(tmp_path / "out")
    assert {q.question_id: (q.answers, q.split, q.gold_doc_ids) for q in dataset.questions} == {
        "q0": (("0", "zero"), Split.TEST, ("d0", "d3")),
        "q1": (("1",), Split.TRAIN, ("d1",)),
        "q4": (("4",), Split.DEV, ("d0",)),
    }
    assert [(d.doc_id, d.title, d.text, d.metadata) for d in dataset.documents][1] == ("d1", "T1", "Text 1.", {"n": 1})
    assert report.left_out == {"question without an answer": 1, "query that no qrels file names": 1}
    assert report.examples["question without an answer"] == ("queries.jsonl, line 3: q2",)


def test_answers_are_found_by_a_mapping(tmp_path: Path) -> None:
    queries = [{"_id": f"q{n}", "text": f"Q{n}?", "metadata": {"gold": {"label": "yes"}}} for n in range(4)]
    source = beir(tmp_path / "set", queries, test="".join(f"q{n}\td{n}\t1\n" for n in range(4)))
    options = ImportOptions(mapping={"answers": "metadata.gold.label"})
    report = import_dataset(source, tmp_path / "out", options=options)
    # One split is no division: the questions are dealt.
    assert all(report.questions_by_split.values())
    assert any("every question of the source is in test" in note for note in report.notes)


def test_a_set_without_answers_says_what_is_missing(tmp_path: Path) -> None:
    source = beir(tmp_path / "set", [{"_id": "q0", "text": "Zero?"}], test="q0\td0\t1\n")
    with pytest.raises(
        DataError, match=r"no question that can be used \(left out: question without an answer: 1, such as"
    ) as e:
        import_dataset(source, tmp_path / "out")
    assert 'add "answers"' in (e.value.hint or "")


@pytest.mark.parametrize("line", ["q0\td0\n", "q0 d0 1\n", "q0\td0\tmuch\n"])
def test_a_broken_judgement_is_named(tmp_path: Path, line: str) -> None:
    source = beir(tmp_path / "set", [{"_id": "q0", "text": "Zero?"}], test=f"q0\td0\t1\n{line}")
    with pytest.raises(DataError, match=r"test\.tsv, line 3: a judgement is"):
        import_dataset(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()
