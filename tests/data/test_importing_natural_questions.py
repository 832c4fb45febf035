import json
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.data.importing import detect_format, import_dataset
from ragvsft.data.read import read_dataset

TEXT = "<H1> Emma </H1> <P> Emma is a novel by Jane Austen . </P> <P> It appeared in 1815 . </P>"
TOKENS = TEXT.split(" ")
AUSTEN = {"start_token": TOKENS.index("Jane"), "end_token": TOKENS.index("Austen") + 1}
URL = "https://en.wikipedia.org//w/index.php?title=Emma_(novel)&oldid=1"


def annotation(*short: dict[str, int], verdict: str = "NONE", long: int = -1) -> dict[str, object]:
    return {
        "short_answers": list(short),
        "yes_no_answer": verdict,
        "long_answer": {"start_token": long, "end_token": long + 3},
    }


def row(n: int, *annotations: dict[str, object]) -> dict[str, object]:
    return {
        "example_id": n,
        "question_text": f"question {n}",
        "document_text": TEXT,
        "document_url": URL,
        "annotations": list(annotations),
    }


def write(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


def test_short_answers_verdicts_and_pages_without_an_answer(tmp_path: Path) -> None:
    nothing = annotation()
    source = write(
        tmp_path / "nq.jsonl",
        row(1, annotation(AUSTEN, long=3)),
        row(2, annotation(verdict="YES", long=3)),
        row(3, nothing),
        row(4, annotation(long=3)),
        # Of five annotators one is not enough.
        row(5, annotation(AUSTEN, long=3), nothing, nothing, nothing, nothing),
        row(6, annotation(AUSTEN, long=3), annotation(AUSTEN, long=3), nothing, nothing, nothing),
    )
    assert detect_format(source) == "natural_questions"
    report = import_dataset(source, tmp_path / "out")
    dataset = read_dataset(tmp_path / "out")
    assert {q.question_id: (q.answers, q.answerable) for q in dataset.questions} == {
        "1": (("Jane Austen",), True),
        "2": (("yes",), True),
        "3": ((), False),
        "5": ((), False),
        "6": (("Jane Austen",), True),
    }
    (page,) = dataset.documents
    assert (page.doc_id, page.title) == (URL, "Emma (novel)")
    assert page.text == "Emma\n\nEmma is a novel by Jane Austen .\n\nIt appeared in 1815 ."
    assert report.left_out == {"question with a long answer alone": 1}


def test_the_whole_format_has_its_tokens_in_a_list(tmp_path: Path) -> None:
    whole = row(1, annotation(AUSTEN, long=3))
    del whole["document_text"]
    whole["document_tokens"] = [{"token": token, "html_token": token.startswith("<")} for token in TOKENS]
    import_dataset(write(tmp_path / "nq.jsonl", whole), tmp_path / "out")
    assert read_dataset(tmp_path / "out").questions[0].answers == ("Jane Austen",)


def test_rows_with_positive_contexts(tmp_path: Path) -> None:
    source = tmp_path / "dpr.json"
    context = {"title": "Emma", "text": "By Jane Austen.", "passage_id": "11"}
    rows = [
        {
            "question": f"who wrote emma {n}",
            "answers": ["Jane Austen"],
            "positive_ctxs": [context],
            "hard_negative_ctxs": [{"title": "Ulysses", "text": "By Joyce.", "passage_id": "12"}],
        }
        for n in range(3)
    ]
    source.write_text(json.dumps(rows))
    assert detect_format(source) == "natural_questions"
    import_dataset(source, tmp_path / "out")
    dataset = read_dataset(tmp_path / "out")
    assert [document.doc_id for document in dataset.documents] == ["11", "12"]
    assert {question.gold_doc_ids for question in dataset.questions} == {("11",)}


def test_a_span_outside_of_the_page_is_named(tmp_path: Path) -> None:
    source = write(tmp_path / "nq.jsonl", row(1, annotation({"start_token": 3, "end_token": 99})))
    with pytest.raises(DataError, match=r"nq\.jsonl, line 1: a short answer lies outside of the page's 20 tokens"):
        import_dataset(source, tmp_path / "out")
