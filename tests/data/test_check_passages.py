"""What `data check` tells of the passages: sizes, answers cut in two, and what it says of a large dataset."""

import json
from dataclasses import replace
from datetime import date

import pytest

from ragvsft.config.experiment import Chunking
from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.check import CheckReport, Cutting, check_dataset
from ragvsft.data.checks import passages as module

JAN, JUL = date(2024, 1, 1), date(2024, 7, 1)
LONG = " ".join(f"w{n}" for n in range(30))


def asked(number: int, answer: str, *doc_ids: str, **more: object) -> Question:
    return replace(
        Question(
            question_id=f"q{number}",
            fact_id=f"f{number}",
            question=f"What is number {number}?",
            answers=(answer,),
            split=Split.TEST,
            gold_doc_ids=doc_ids,
        ),
        **more,  # type: ignore[arg-type]
    )


def dataset(documents: dict[str, str], *questions: Question, **more: object) -> Dataset:
    made = Dataset(
        name="made",
        description="",
        licence="CC0",
        language="en",
        task=Task.SHORT_ANSWER,
        snapshots=(JAN,),
        documents=tuple(Document(doc_id=i, title="", text=text, valid_from=JAN) for i, text in documents.items()),
        questions=questions,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def checked(made: Dataset, **chunking: int) -> CheckReport:
    cutting = Cutting(
        chunking=Chunking(**{"max_tokens": 16, **chunking}),  # type: ignore[arg-type]
        count_tokens=lambda texts: [len(text.split()) for text in texts],
        embedder="words",
    )
    return check_dataset(made, cutting=cutting)


def test_sizes_and_answers_that_the_border_of_two_passages_cuts() -> None:
    made = dataset(
        {"a": f"{LONG}.", "b": "Red wine. White."},
        asked(1, "w15 w16", "a"),
        asked(2, "w14 w15", "a"),
        asked(3, "red wine", "b"),
        asked(4, "beer", "b"),
    )
    report = checked(made)
    assert report.passages is not None
    told = report.to_json()["passages"]
    assert told == {
        "embedder": "words",
        "max_tokens": 16,
        "overlap_sentences": 0,
        "keep_whole": True,
        "n_versions": 2,
        "of_versions": 2,
        "n_passages": 3,
        "tokens_min": 3,
        "tokens_median": 14.0,
        "tokens_max": 16,
        "n_over_limit": 0,
        "n_answers": 3,
        "n_answers_cut": 1,
    }
    (note,) = [note for note in report.notes if note.kind == "answer_cut_in_two"]
    assert (note.level, note.n, note.of) == ("note", 1, 3)
    assert note.examples == ("q1 at 2024-01-01: 'w15 w16' in a",)
    json.dumps(report.to_json())


def test_an_answer_that_one_of_its_documents_states_whole_is_not_cut() -> None:
    made = dataset({"a": f"{LONG}.", "b": "It is w15 w16."}, asked(1, "w15 w16", "a", "b"))
    report = checked(made).passages
    assert report is not None
    assert (report.n_answers, report.n_answers_cut) == (1, 0)


def test_a_version_is_looked_at_for_the_snapshots_at_which_it_holds() -> None:
    history = (
        AnswerInterval(answers=("w15 w16",), valid_from=JAN, valid_to=JUL),
        AnswerInterval(answers=("w3 w4",), valid_from=JUL),
    )
    made = dataset({}, asked(1, "w3 w4", "a", answer_history=history), snapshots=(JAN, JUL))
    versions = (
        Document(doc_id="a", title="", text=f"{LONG}.", valid_from=JAN, valid_to=JUL),
        Document(doc_id="a", title="", text=f"New. {LONG}.", valid_from=JUL),
    )
    report = checked(replace(made, documents=versions))
    assert report.passages is not None
    assert (report.passages.n_answers, report.passages.n_answers_cut) == (2, 1)
    (note,) = [note for note in report.notes if note.kind == "answer_cut_in_two"]
    assert note.examples == ("q1 at 2024-01-01: 'w15 w16' in a",)


def test_a_passage_over_the_limit_is_a_word_that_is_too_long() -> None:
    made = dataset({"a": f"Short. {'x' * 40}."}, asked(1, "short", "a"))
    letters = Cutting(
        chunking=Chunking(max_tokens=16), count_tokens=lambda texts: [len(text) for text in texts], embedder="letters"
    )
    report = check_dataset(made, cutting=letters)
    assert report.passages is not None
    assert (report.passages.n_over_limit, report.passages.tokens_max) == (1, 41)
    (note,) = [note for note in report.notes if note.kind == "passage_over_limit"]
    assert note.examples == ("a, passage 2: 41",)


def test_labels_are_quoted_by_no_document() -> None:
    made = dataset({"a": f"{LONG}."}, asked(1, "yes", "a"), task=Task.LABEL, labels=("yes", "no"))
    report = checked(made).passages
    assert report is not None
    assert (report.n_passages, report.n_answers, report.n_answers_cut) == (2, None, None)


def test_of_a_large_dataset_a_part_is_cut_and_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VERSIONS", 10)
    documents = {f"d{n}": f"Number {n} stands here." for n in range(25)}
    questions = [asked(n, f"Number {n}", f"d{n}") for n in range(25)]
    report = checked(dataset(documents, *questions, asked(99, "number 3", "d3", "d4"))).passages
    assert report is not None
    assert (report.n_versions, report.of_versions, report.n_answers) == (9, 25, 9)


def test_every_step_is_told_to_its_end() -> None:
    told: list[tuple[str, int, int]] = []
    made = dataset({"a": "Red wine."}, asked(1, "red wine", "a"))
    cutting = Cutting(chunking=Chunking(), count_tokens=lambda texts: [1] * len(texts), embedder="none")
    check_dataset(made, cutting=cutting, progress=lambda step, done, total, _word: told.append((step, done, total)))
    for step in {step for step, _, _ in told}:
        seen = [(done, total) for one, done, total in told if one == step]
        assert seen[0][0] == 0
        assert seen[-1][0] == seen[-1][1] > 0
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_without_a_cutting_nothing_is_told_of_passages() -> None:
    report = check_dataset(dataset({"a": "Red wine."}, asked(1, "red wine", "a")))
    assert report.to_json()["passages"] is None
