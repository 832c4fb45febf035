import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.check import check_dataset
from ragvsft.data.summary import summary

JAN, JUL = date(2024, 1, 1), date(2024, 7, 1)
HISTORY = (
    AnswerInterval(answers=("25",), valid_from=JAN, valid_to=JUL),
    AnswerInterval(answers=("28",), valid_from=JUL),
)
TEST = Question(
    question_id="q-test",
    fact_id="leave",
    question="How many days of leave are there?",
    answers=("28",),
    split=Split.TEST,
    answer_history=HISTORY,
    gold_doc_ids=("leave",),
    slice={"change": "changed"},
)
TRAIN = replace(TEST, question_id="q-train", question="Days of leave?", split=Split.TRAIN)
NOBODY_KNOWS = Question(
    question_id="q-none", fact_id="none", question="Why?", answers=(), split=Split.DEV, answerable=False
)
DOCUMENTS = (
    Document(doc_id="leave", title="Leave", text="There are 25 days of leave.", valid_from=JAN, valid_to=JUL),
    Document(doc_id="leave", title="Leave", text="There are 28 days of leave.", valid_from=JUL),
)
GOOD = Dataset(
    name="handbook",
    description="",
    licence="CC0",
    language="en",
    task=Task.SHORT_ANSWER,
    snapshots=(JAN, JUL),
    documents=DOCUMENTS,
    questions=(TEST, TRAIN, NOBODY_KNOWS),
)


def kinds(dataset: Dataset) -> Mapping[str, tuple[str, int, int]]:
    return {f.kind: (f.level, f.n, f.of) for f in check_dataset(dataset).findings}


def test_a_good_dataset_has_no_findings() -> None:
    report = check_dataset(GOOD)
    assert report.findings == ()
    assert json.loads(json.dumps(report.to_json()))["n_errors"] == 0


def test_an_answer_that_the_document_of_the_date_does_not_state_is_found() -> None:
    late = (DOCUMENTS[0], replace(DOCUMENTS[1], text="There are 25 days of leave, still."))
    (found,) = check_dataset(replace(GOOD, documents=late)).warnings
    assert (found.kind, found.n, found.of) == ("answer_not_in_gold", 1, 2)
    assert found.examples == ("q-test at 2024-07-01: '28' not in 'leave'",)


def test_labels_need_not_be_stated() -> None:
    label = replace(TEST, answers=("yes",), answer_history=())
    assert kinds(replace(GOOD, task=Task.LABEL, labels=("yes",), questions=(label,))) == {}


def test_gold_that_is_not_valid_at_the_date_is_found() -> None:
    assert kinds(replace(GOOD, documents=DOCUMENTS[:1])) == {"no_gold_at_date": ("warning", 1, 2)}


def test_a_test_question_that_is_trained_on_is_an_error() -> None:
    copied = replace(TRAIN, question="How many days of  leave are there?")
    report = check_dataset(replace(GOOD, questions=(TEST, copied)))
    assert [(f.kind, f.n) for f in report.errors] == [("question_in_two_splits", 1)]
    assert report.to_json()["n_errors"] == 1


def test_phrasings_that_disagree_are_found_once_a_fact() -> None:
    other = replace(TRAIN, answers=("30",), answer_history=())
    third = replace(other, question_id="q3", question="Leave?")
    assert kinds(replace(GOOD, questions=(TEST, other, third)))["phrasings_disagree"] == ("warning", 1, 1)


def test_answers_that_are_not_those_of_the_last_snapshot_are_found() -> None:
    outdated = replace(TEST, answers=("25",))
    assert kinds(replace(GOOD, questions=(outdated,))) == {"answers_not_of_last_snapshot": ("warning", 1, 1)}


def test_one_text_for_two_facts_is_found() -> None:
    other = replace(TEST, question_id="q2", fact_id="other")
    assert kinds(replace(GOOD, questions=(TEST, other))) == {"same_text_two_facts": ("warning", 1, 2)}


def test_documents_that_are_never_used_or_of_a_strange_length_are_found() -> None:
    more = (
        *DOCUMENTS,
        Document(doc_id="short", title="", text="Hm.", valid_from=JAN),
        Document(doc_id="long", title="", text="word " * 50_000, valid_from=JAN),
        Document(doc_id="between", title="", text="Valid in spring alone.", valid_from=date(2024, 3, 1), valid_to=JUL),
    )
    assert kinds(replace(GOOD, documents=more)) == {
        "never_valid": ("warning", 1, 5),
        "short_document": ("warning", 1, 5),
        "long_document": ("warning", 1, 5),
    }


def test_mostly_unanswerable_and_no_test_questions_are_found() -> None:
    more = replace(NOBODY_KNOWS, question_id="q-none-2", question="Why not?")
    assert kinds(replace(GOOD, questions=(TRAIN, NOBODY_KNOWS, more))) == {
        "no_test_question": ("error", 1, 1),
        "many_unanswerable": ("warning", 2, 3),
    }


def test_summary_counts() -> None:
    found = summary(GOOD)
    assert json.loads(json.dumps(found)) == found
    expected = {
        "n_documents": 1,
        "n_versions": 2,
        "n_questions": 3,
        "n_facts": 2,
        "n_unanswerable": 1,
        "questions_by_split": {"train": 1, "dev": 1, "test": 1},
        "facts_by_change": {"changed": 1},
        "facts_by_phrasings": {"1": 1, "2": 1},
        "version_characters": {"min": 27, "median": 27, "max": 27},
        "first_valid_from": "2024-01-01",
    }
    assert {name: found[name] for name in expected} == expected
    assert found["snapshots"] == [
        {"date": "2024-01-01", "n_versions": 1, "n_questions": 3, "n_left_out": 0, "facts_by_change": {}},
        {"date": "2024-07-01", "n_versions": 1, "n_questions": 3, "n_left_out": 0, "facts_by_change": {"changed": 1}},
    ]
    examples = found["examples"]
    assert isinstance(examples, list)
    assert [row["question_id"] for row in examples] == ["q-none", "q-test"]
