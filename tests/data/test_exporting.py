"""What another format can hold comes back from it as it was."""

import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.exporting import chat_rows, export_beir, export_chat, export_qrels
from ragvsft.data.importing import ImportOptions, import_dataset
from ragvsft.data.read import question_key, read_dataset
from ragvsft.data.snapshots import documents_at, questions_at
from ragvsft.metrics.trec import qrels_lines, run_lines, trec_id

DEMO = Path(__file__).parents[2] / "data" / "demo"
DAY = date(2000, 1, 1)
NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)
# Lone carriage returns and the like are for the importers' own tests.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60).map(
    lambda text: text.strip() or "x"
)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    doc_ids = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    documents = tuple(
        Document(
            doc_id=doc_id,
            title=draw(st.one_of(st.just(""), TEXTS)),
            text=f"{n} {draw(TEXTS)}",
            valid_from=DAY,
            source=draw(TEXTS),
            metadata=draw(st.dictionaries(NAMES, st.one_of(st.integers(-9, 9), TEXTS), max_size=2)),
        )
        for n, doc_id in enumerate(doc_ids)
    )
    ids = draw(st.lists(NAMES, min_size=3, max_size=5, unique=True))
    # Each text in one split: the format refuses anything else.
    texts = draw(st.lists(TEXTS, min_size=len(ids), max_size=len(ids), unique_by=question_key))
    # Each split has a question: an importer deals out of others what a source lacks.
    splits = [*Split, *(draw(st.sampled_from(Split)) for _ in ids[3:])]
    questions = tuple(
        Question(
            question_id=question_id,
            fact_id=draw(NAMES),
            question=text,
            answers=tuple(draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))),
            split=split,
            gold_doc_ids=tuple(draw(st.lists(st.sampled_from(doc_ids), min_size=1, max_size=2, unique=True))),
        )
        for question_id, text, split in zip(ids, texts, splits, strict=True)
    )
    return Dataset(
        name="made", description="", licence="CC0", language="en", task=Task.SHORT_ANSWER, snapshots=(DAY,),
        documents=documents, questions=questions,
    )  # fmt: skip


def held(dataset: Dataset) -> object:
    """What BEIR can hold of a dataset."""
    return (
        {(d.doc_id, d.title, d.text, json.dumps(d.metadata, sort_keys=True)) for d in dataset.documents},
        {(q.question_id, q.question, q.answers, q.split, frozenset(q.gold_doc_ids)) for q in dataset.questions},
    )


OPTIONS = ImportOptions(name="made", licence="CC0", task=Task.SHORT_ANSWER, snapshot=DAY)


@settings(max_examples=20, deadline=None)
@given(datasets())
def test_a_beir_folder_gives_back_documents_questions_answers_splits_and_gold(dataset: Dataset) -> None:
    with tempfile.TemporaryDirectory() as made:
        report = export_beir(dataset, Path(made) / "beir")
        assert not report.left_out
        imported = import_dataset(Path(made) / "beir", Path(made) / "back", format="beir", options=OPTIONS)
        assert not imported.left_out
        assert held(read_dataset(Path(made) / "back")) == held(dataset)


@settings(max_examples=20, deadline=None)
@given(datasets())
def test_a_chat_log_gives_back_questions_first_answers_facts_and_splits(dataset: Dataset) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        report = export_chat(dataset, folder / "chat", instruction="Answer briefly.")
        export_beir(dataset, folder / "beir")
        whole = folder / "all.jsonl"
        whole.write_text("".join(path.read_text(encoding="utf-8") for path in report.files), encoding="utf-8")
        options = replace(OPTIONS, documents=folder / "beir" / "corpus.jsonl")
        import_dataset(whole, folder / "back", format="chat", options=options)
        back = read_dataset(folder / "back")
        assert {(q.question_id, q.fact_id, q.question, q.answers, q.split) for q in back.questions} == {
            (q.question_id, q.fact_id, q.question, q.answers[:1], q.split) for q in dataset.questions
        }


def test_the_demo_survives_a_beir_folder(tmp_path: Path) -> None:
    dataset = read_dataset(DEMO)
    day = dataset.snapshots[0]
    report = export_beir(dataset, tmp_path / "beir", day)
    documents, (questions, n_not_known) = documents_at(dataset, day), questions_at(dataset, day, None)
    judged = [question for question in questions if question.gold_doc_ids]
    assert report.files[tmp_path / "beir" / "corpus.jsonl"] == len(documents)
    assert report.files[tmp_path / "beir" / "queries.jsonl"] == len(judged)
    assert sum(report.left_out.values()) == n_not_known + len(questions) - len(judged)
    import_dataset(tmp_path / "beir", tmp_path / "back", options=OPTIONS)
    back = read_dataset(tmp_path / "back")
    assert {d.doc_id: (d.title, d.text) for d in back.documents} == {d.doc_id: (d.title, d.text) for d in documents}
    assert {q.question_id: (q.question, q.answers, q.split, q.gold_doc_ids) for q in back.questions} == {
        q.question_id: (q.question, q.answers, q.split, q.gold_doc_ids) for q in judged if q.answers
    }


def test_nothing_of_the_future_is_exported(tmp_path: Path) -> None:
    first, second = date(2024, 1, 1), date(2024, 7, 1)
    history = (
        AnswerInterval(answers=("25",), valid_from=first, valid_to=second),
        AnswerInterval(answers=("28",), valid_from=second),
    )
    question = Question(
        question_id="q", fact_id="f", question="How many?", answers=("28",), split=Split.TEST, answer_history=history,
        gold_doc_ids=("leave",),
    )  # fmt: skip
    documents = (
        Document(doc_id="leave", title="Leave", text="There are 25 days.", valid_from=first, valid_to=second),
        Document(doc_id="leave", title="Leave", text="There are 28 days.", valid_from=second),
        Document(doc_id="late", title="Late", text="Not known in spring.", valid_from=second),
    )
    later = replace(question, question_id="q2", question="What is late?", answer_history=(), gold_doc_ids=("late",))
    dataset = Dataset(
        name="leave", description="", licence="CC0", language="en", task=Task.SHORT_ANSWER, snapshots=(first, second),
        documents=documents, questions=(question, later),
    )  # fmt: skip
    export_chat(dataset, tmp_path, first)
    report = export_beir(dataset, tmp_path, first)
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "25 days" in written
    assert "28" not in written
    assert "late" not in written.lower()
    assert "2024-07-01" not in written
    assert report.left_out == {"question not known on 2024-01-01": 1}
    assert report.to_json()["snapshot"] == "2024-01-01"
    export_beir(dataset, tmp_path)
    assert "28 days" in (tmp_path / "corpus.jsonl").read_text()
    with pytest.raises(UsageError, match="2024-02-01 is no snapshot of leave"):
        export_beir(dataset, tmp_path, date(2024, 2, 1))


def test_a_chat_row_is_a_conversation_that_abstains_where_there_is_no_answer() -> None:
    dataset = read_dataset(DEMO)
    questions, _ = questions_at(dataset, dataset.snapshots[0], None)
    rows = list(zip(questions, chat_rows(questions, abstain="I don't know", instruction="Be brief."), strict=True))
    assert any(not question.answers for question, _ in rows)
    for question, row in rows:
        assert row["messages"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": question.question},
            {"role": "assistant", "content": question.answers[0] if question.answers else "I don't know"},
        ]
        assert row["answerable"] is bool(question.answers)
    (row,) = chat_rows(questions[:1], abstain="No.")
    assert isinstance(row["messages"], list)
    assert len(row["messages"]) == 2


def test_qrels_are_read_by_ir_measures(tmp_path: Path) -> None:
    dataset = read_dataset(DEMO)
    report = export_qrels(dataset, tmp_path)
    questions, _ = questions_at(dataset, dataset.snapshots[-1], None)
    read = list(ir_measures.read_trec_qrels(str(tmp_path / "qrels.test.txt")))
    wanted = {(q.question_id, doc_id) for q in questions if q.split is Split.TEST for doc_id in q.gold_doc_ids}
    assert {(row.query_id, row.doc_id) for row in read if row.relevance == 1} == wanted
    assert report.files[tmp_path / "qrels.test.txt"] == len(read) == len(wanted)
    assert report.left_out["question without a gold document"] > 0


def test_ids_with_white_space_fit_into_a_trec_file(tmp_path: Path) -> None:
    assert trec_id("Alan Turing 100%") == "Alan%20Turing%20100%25"
    assert trec_id("a\u00a0b#c") == "a%C2%A0b#c"
    path = tmp_path / "run.txt"
    path.write_text("".join(run_lines("q 1", ["b", "a", "b", "c"], "my arm")), encoding="utf-8")
    read = [(row.query_id, row.doc_id, row.score) for row in ir_measures.read_trec_run(str(path))]
    assert read == [("q%201", "b", 1.0), ("q%201", "a", 0.5), ("q%201", "c", 0.333333)]
    assert path.read_text().splitlines()[1] == "q%201 Q0 a 2 0.500000 my%20arm"
    assert list(qrels_lines("q", ["d 1"])) == ["q 0 d%201 1\n"]


def test_an_id_that_a_table_cannot_hold_and_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    document = Document(doc_id="a\tb", title="", text="A text.", valid_from=DAY)
    question = Question(
        question_id="q", fact_id="f", question="Why?", answers=("x",), split=Split.TEST, gold_doc_ids=("a\tb",)
    )
    dataset = Dataset(
        name="odd", description="", licence="CC0", language="en", task=Task.SHORT_ANSWER, snapshots=(DAY,),
        documents=(document,), questions=(question,),
    )  # fmt: skip
    with pytest.raises(DataError, match="cannot stand in a table"):
        export_beir(dataset, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        export_chat(dataset, tmp_path / "file")
