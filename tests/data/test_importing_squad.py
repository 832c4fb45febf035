import json
import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.config.experiment import SplitPlan
from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import Split
from ragvsft.data.importing import ImportOptions, import_dataset
from ragvsft.data.importing.options import Shares
from ragvsft.data.importing.squad import deal
from ragvsft.data.read import read_dataset
from ragvsft.data.splitting import draw_split

Json = dict[str, object]


def qa(question_id: str, question: str, *answers: str, **fields: object) -> Json:
    return {
        "id": question_id,
        "question": question,
        "answers": [{"text": text, "answer_start": 0} for text in answers],
        **fields,
    }


def article(title: str, *paragraphs: tuple[str, list[Json]]) -> Json:
    return {"title": title, "paragraphs": [{"context": context, "qas": rows} for context, rows in paragraphs]}


def squad(folder: Path, *articles: Json) -> Path:
    path = folder / "squad dev-v2.0.json"
    path.write_text(json.dumps({"version": "v2.0", "data": list(articles)}), encoding="utf-8")
    return path


SAMPLE = [
    article(
        "Blue_Whale",
        (
            "The blue whale is up to 30 metres long.",
            [
                qa("w1", "How long is the blue whale?", "30 metres", " 30 metres", "30"),
                qa("w2", "How fast is the blue whale?", is_impossible=True, plausible_answers=[{"text": "30"}]),
            ],
        ),
        ("It eats krill.", [qa("w3", "What does the blue whale eat?", "krill", is_impossible=False)]),
    ),
    article("Tea", ("Tea is a drink.", [qa("t1", "What is tea?", "a drink")])),
    article("Oslo", ("Oslo is in Norway.", [qa("o1", "Where is Oslo?", "Norway")])),
]


def test_a_paragraph_becomes_a_document_and_a_question_a_fact(tmp_path: Path) -> None:
    options = ImportOptions(licence="CC BY-SA 4.0", snapshot=date(2016, 6, 16))
    report = import_dataset(squad(tmp_path, *SAMPLE), tmp_path / "out", options=options)
    dataset = read_dataset(tmp_path / "out")
    assert [(d.doc_id, d.title, d.text) for d in dataset.documents[:2]] == [
        ("Blue_Whale#1", "Blue Whale", "The blue whale is up to 30 metres long."),
        ("Blue_Whale#2", "Blue Whale", "It eats krill."),
    ]
    assert {d.valid_from for d in dataset.documents} == set(dataset.snapshots) == {date(2016, 6, 16)}
    first, impossible, third = dataset.questions[:3]
    assert (first.question_id, first.fact_id, first.answers) == ("w1", "w1", ("30 metres", "30"))
    assert (first.gold_doc_ids, third.gold_doc_ids) == (("Blue_Whale#1",), ("Blue_Whale#2",))
    assert (impossible.answerable, impossible.answers, impossible.gold_doc_ids) == (False, (), ())
    assert (dataset.name, dataset.licence) == ("squad-dev-v2.0", "CC BY-SA 4.0")
    assert (report.n_documents, report.n_questions, report.left_out, report.notes) == (4, 5, {}, ())
    assert draw_split(dataset, SplitPlan(training_only_facts=1), ()).dev_only


def test_every_split_gets_an_article_and_an_article_one_split(tmp_path: Path) -> None:
    report = import_dataset(squad(tmp_path, *SAMPLE), tmp_path / "out")
    splits = {(q.question_id[0], q.split) for q in read_dataset(tmp_path / "out").questions}
    assert len(splits) == 3
    assert all(report.questions_by_split.values())
    assert any("licence" in note for note in report.notes)


def test_too_few_articles_leave_splits_empty_and_say_so(tmp_path: Path) -> None:
    report = import_dataset(squad(tmp_path, SAMPLE[0]), tmp_path / "out", options=ImportOptions(licence="MIT"))
    assert report.questions_by_split == {"train": 0, "dev": 0, "test": 3}
    assert report.notes == ("no question is in train or dev: the source has too few articles for every split",)


def test_what_cannot_be_used_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = [
        qa("b1", "Unanswered?"),
        qa("b2", "Blank answer?", " "),
        qa("b3", " ", "x"),
        qa("b4", "Kept?", "x"),
        qa("b4", "Kept?", "x"),
        qa("b5", "What is tea?", "x"),
    ]
    source = squad(tmp_path, *SAMPLE, article("Bad", ("Text x.", rows), (" ", [qa("b6", "Of nothing?", "y")])))
    report = import_dataset(source, tmp_path / "out")
    kept = {q.question_id for q in read_dataset(tmp_path / "out").questions}
    assert kept >= {"w1", "w2", "w3", "o1", "b4"}
    expected = {
        "question without an answer": 2,
        "question without text": 1,
        "row that repeats a question": 1,
        "paragraph without text": 1,
        "question of a paragraph without text": 1,
    }
    in_two = report.left_out.get("question text that is in two splits", 0)
    assert in_two == (0 if {"t1", "b5"} <= kept else 2)
    assert {k: n for k, n in report.left_out.items() if "two splits" not in k} == expected
    assert report.examples["question without an answer"][0].endswith("data[3].paragraphs[0]: b1")


def test_an_id_of_two_questions_is_refused_with_both_places(tmp_path: Path) -> None:
    source = squad(tmp_path, *SAMPLE, article("More", ("Text x.", [qa("w1", "Doubled id?", "x")])))
    with pytest.raises(
        DataError, match=r"the question_id 'w1' stands in squad dev-v2\.0\.json, data\[0\]\.paragraphs\[0\] too"
    ):
        import_dataset(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_text_in_two_splits_is_left_out_of_both(tmp_path: Path) -> None:
    articles = [
        article(
            f"A{n}", (f"Born in {n}.", [qa(f"{n}a", "When was he  born?", str(n)), qa(f"{n}b", f"Own {n}?", str(n))])
        )
        for n in range(9)
    ]
    report = import_dataset(squad(tmp_path, *articles), tmp_path / "out")
    assert report.left_out == {"question text that is in two splits": 9}
    assert len(report.examples["question text that is in two splits"]) == 3
    assert report.n_questions == 9


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"data": [{"title": "T", "paragraphs": [{"qas": []}]}]}', "data[0].paragraphs[0]: 'context' is missing"),
        (
            '{"data": [{"title": "T", "paragraphs": [{"context": "x", "qas": [{"id": "1"}]}]}]}',
            "qas[0]: 'answers' is missing",
        ),
        ('{"data": [{"title": "T", "paragraphs": {}}]}', "'paragraphs' has another type"),
        ('{"data": [{"title": "T", "paragraphs": []}]}', "no question that can be used"),
        ('{"data": []}', "of no known format"),
        ('{"data": [', "not valid JSON"),
        ("[]", "of no known format"),
    ],
)
def test_a_file_that_is_not_squad_leaves_nothing_behind(tmp_path: Path, content: str, told: str) -> None:
    source = tmp_path / "broken.json"
    source.write_text(content)
    with pytest.raises(DataError) as caught:
        import_dataset(source, tmp_path / "deep" / "out")
    assert told in caught.value.message
    assert caught.value.hint
    assert [entry.name for entry in tmp_path.iterdir()] == ["broken.json"]


def test_wrong_options_are_usage_errors(tmp_path: Path) -> None:
    source = squad(tmp_path, *SAMPLE)
    with pytest.raises(UsageError, match="cannot be a dataset's name"):
        import_dataset(source, tmp_path / "out", options=ImportOptions(name="../x"))
    with pytest.raises(UsageError, match="format 'csv' is unknown"):
        import_dataset(source, tmp_path / "out", format="csv")
    with pytest.raises(UsageError, match="shares of train, dev and test"):
        Shares(train=0.5, dev=0.1, test=0.1)
    with pytest.raises(UsageError, match="share of test is 0"):
        Shares(train=0.9, dev=0.1, test=0.0)
    assert not (tmp_path / "out").exists()


@given(st.integers(3, 60), st.integers(0, 5), st.randoms(use_true_random=False))
def test_articles_are_dealt_in_the_shares_whatever_their_order(n: int, seed: int, order: random.Random) -> None:
    titles = [f"article {number}" for number in range(n)]
    dealt = deal(titles, Shares(), seed)
    counts = Counter(dealt.values())
    assert set(dealt) == set(titles)
    for split, share in Shares().items():
        assert counts[split] >= 1
        assert abs(counts[split] - share * n) < 1 or n < 10
    order.shuffle(titles)
    assert deal(titles, Shares(), seed) == dealt


def test_a_share_of_nothing_gets_nothing() -> None:
    dealt = deal([str(n) for n in range(10)], Shares(train=0.5, dev=0.0, test=0.5), 0)
    assert Counter(dealt.values()) == {Split.TRAIN: 5, Split.TEST: 5}
