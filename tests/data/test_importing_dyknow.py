import json
from datetime import date
from pathlib import Path

import pytest

from ragvsft.config.experiment import SplitPlan
from ragvsft.core.errors import DataError
from ragvsft.core.values import Split
from ragvsft.data.importing import ImportOptions, detect_format, import_dataset
from ragvsft.data.importing.dyknow import history_of
from ragvsft.data.read import read_dataset
from ragvsft.data.snapshots import questions_at
from ragvsft.data.splitting import draw_split

BOSS = [
    "Cy Old |S: +1999-01-01T00:00:00Z |E: +2010-05-00T00:00:00Z",
    "Di Mid |S: +2010-05-10T00:00:00Z |E: +2020-01-01T00:00:00Z",
    "Ed New of Acme |S: +2020-02-01T00:00:00Z",
    "No One |E: +1999-01-01T00:00:00Z",
]
PLAYER = ["FC Home |S: +2015-00-00T00:00:00Z", "National team |S: +2018-03-04T00:00:00Z"]


def paragraph(text: str, matched: object) -> dict[str, object]:
    return {"paragraph": {"text": text, "header_name": "History", "header_level": "2"}, "matched": matched}


def dyknow(folder: Path, *, sentences: bool = True) -> Path:
    folder.mkdir()
    files: dict[str, object] = {
        "qa_generated.json": {
            "companies": {"Acme": {"questions": ["Who leads Acme?"], "answers": BOSS}},
            "countries": {
                "Oz": {
                    "King": {"questions": ["Who is king of Oz?"], "answers": ["Al |S: +1990-01-01 |E: +1995-01-01"]},
                    "Wizard": {"questions": ["Who is wizard of Oz?"], "answers": PLAYER},
                }
            },
        },
        "passages.json": {
            "companies": {
                "Acme": {
                    "matches": {
                        "full": [paragraph("Ed New leads Acme.", ["boss", "Ed New of Acme"])],
                        "head": [paragraph("Ed New came.", "Ed New"), paragraph("A New day.", "New")],
                    },
                    "page_url": "https://en.wikipedia.org/wiki/Acme_Ltd",
                    "no_match": False,
                }
            }
        },
    }
    if sentences:
        texts = {"generic": "Acme is led by", "rephrased_1": "The head of Acme is", "rephrased_2": "At Acme rules"}
        files["grc_generated.json"] = {"companies": {"Acme": {"questions": texts, "answers": BOSS}}}
    for name, value in files.items():
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    return folder


def test_holders_are_histories_and_sentences_are_train_questions(tmp_path: Path) -> None:
    source = dyknow(tmp_path / "set")
    assert detect_format(source) == "dyknow"
    report = import_dataset(source, tmp_path / "out")
    dataset = read_dataset(tmp_path / "out")
    assert dataset.snapshots == (date(2020, 2, 1),)
    acme = [question for question in dataset.questions if question.fact_id == "companies/Acme"]
    assert [(q.question, q.split) for q in acme] == [
        ("Who leads Acme?", Split.TEST),
        ("Acme is led by", Split.TRAIN),
        ("The head of Acme is", Split.TRAIN),
        ("At Acme rules", Split.DEV),
    ]
    assert [(i.answers, i.valid_from, i.valid_to) for i in acme[0].answer_history] == [
        (("Cy Old",), date(1999, 1, 1), date(2010, 5, 10)),
        # Someone left in May, nobody knows on which day: until June both are accepted.
        (("Di Mid", "Cy Old"), date(2010, 5, 10), date(2010, 6, 1)),
        (("Di Mid",), date(2010, 6, 1), date(2020, 1, 1)),
        (("Ed New of Acme", "Ed New"), date(2020, 2, 1), None),
    ]
    assert next((d.doc_id, d.title) for d in dataset.documents) == ("Acme_Ltd#1", "Acme Ltd: History")
    assert acme[0].gold_doc_ids == ("Acme_Ltd#1", "Acme_Ltd#2", "Acme_Ltd#3")
    assert report.left_out == {"holder since an unknown date": 1, "fact that nobody holds on 2020-02-01": 1}
    assert any("know only the present" in note for note in report.notes)
    asked = {q.question: q for q in questions_at(dataset, dataset.snapshots[0], None)[0]}
    assert asked["Who leads Acme?"].answers == ("Ed New of Acme", "Ed New")
    assert set(asked["Who leads Acme?"].stale_answers) == {"Cy Old", "Di Mid"}
    assert asked["Who is wizard of Oz?"].answers == ("National team", "FC Home")
    assert draw_split(dataset, SplitPlan(tested_facts=2), ()).tested == ("companies/Acme", "countries/Oz/Wizard")


def test_without_sentences_each_fact_has_one_question(tmp_path: Path) -> None:
    report = import_dataset(dyknow(tmp_path / "set", sentences=False), tmp_path / "out")
    assert report.n_questions == 2
    assert any("each fact has one question" in note for note in report.notes)


def test_a_snapshot_in_the_past_asks_for_the_holder_of_then(tmp_path: Path) -> None:
    options = ImportOptions(snapshot=date(2012, 1, 1))
    import_dataset(dyknow(tmp_path / "set"), tmp_path / "out", options=options)
    dataset = read_dataset(tmp_path / "out")
    assert dataset.questions[0].answers == ("Di Mid",)
    assert dataset.documents[0].valid_from == date(2012, 1, 1)


def test_neighbouring_terms_of_one_holder_are_one_interval() -> None:
    first, second, third = date(2000, 1, 1), date(2004, 1, 1), date(2008, 1, 1)
    assert [
        (i.answers, i.valid_from, i.valid_to)
        for i in history_of([("A", second, third), ("A", first, second), ("B", third, None)])
    ] == [(("A",), first, third), (("B",), third, None)]
    assert history_of([]) == ()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    source = dyknow(tmp_path / "set")
    (source / "passages.json").unlink()
    with pytest.raises(DataError, match=r"has no passages\.json"):
        import_dataset(source, tmp_path / "out", format="dyknow")
    assert not (tmp_path / "out").exists()
