"""Answers of other systems: read from every format, matched to our questions, and nothing made up."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import Split, WaveQuestion
from ragvsft.data.recorded import check_matches, match, read_recorded

WAVE, LATER = date(2024, 1, 1), date(2024, 7, 1)
Row = Mapping[str, Any]


def asked(*pairs: tuple[str, str]) -> list[WaveQuestion]:
    return [
        WaveQuestion(
            question_id=question_id,
            fact_id=question_id,
            question=text,
            answers=("x",),
            stale_answers=(),
            gold_doc_ids=(),
            split=Split.TEST,
        )
        for question_id, text in pairs
    ]


def jsonl(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def sample(question: str, answer: object, **more: object) -> Row:
    """As lm-eval writes it with --log_samples."""
    return {
        "doc_id": 0,
        "doc": {"id": f"nq-{question[:3]}", "question": question, "answer": ["gold"]},
        "target": "gold",
        "arguments": {"gen_args_0": {"arg_0": f"Q: {question}\nA:", "arg_1": {"until": ["\n"]}}},
        "resps": [[f" {answer}\nQ:"]],
        "filtered_resps": [answer],
        "filter": "none",
        "metrics": ["exact_match"],
        "doc_hash": "d",
        "prompt_hash": "p",
        "target_hash": "t",
        "exact_match": 1.0,
    } | more


def result(question: str, output: object, **more: object) -> Row:
    """As promptfoo writes it."""
    return {
        "cost": 0.0002,
        "error": None,
        "gradingResult": {"pass": True, "score": 1},
        "latencyMs": 812,
        "prompt": {"raw": f"Answer: {question}", "label": "Answer: {{question}}"},
        "promptIdx": 0,
        "provider": {"id": "openai:gpt-4o-mini", "label": ""},
        "response": {"output": output, "tokenUsage": {"prompt": 20, "completion": 3, "total": 23}, "cached": False},
        "score": 1,
        "success": True,
        "testCase": {"vars": {"question": question}, "metadata": {"question_id": "q7"}},
        "testIdx": 0,
        "vars": {"question": question, "context": "Some page."},
    } | more


def promptfoo(path: Path, rows: Sequence[Row]) -> Path:
    results = {"version": 3, "prompts": [], "results": list(rows), "stats": {}}
    summary = {"evalId": "e", "results": results, "config": {}, "shareableUrl": None}
    path.write_text(json.dumps(summary), encoding="utf-8")
    return path


def test_jsonl_with_all_that_may_stand_in_it(tmp_path: Path) -> None:
    row = {
        "question_id": "q1",
        "response": " Emma ",
        "answer": "the right one, not the system's",
        "contexts": ["First.", "Second."],
        "seconds": 1.5,
        "prompt_tokens": 30,
        "output_tokens": 2,
        "cost_usd": 0.01,
    }
    file = read_recorded(jsonl(tmp_path / "a.jsonl", [row, {"question": "Who?", "answer": "Bo"}]))
    full, short = file.rows
    assert (file.format, file.name, len(file.sha256)) == ("table", "a.jsonl", 64)
    assert (full.question_id, full.answer, full.passages) == ("q1", " Emma ", ("First.", "Second."))
    assert (full.seconds, full.prompt_tokens, full.output_tokens, full.cost_usd) == (1.5, 30, 2, 0.01)
    assert (short.question_id, short.question, short.answer, short.wave) == ("", "Who?", "Bo", None)
    assert (short.seconds, short.prompt_tokens, short.output_tokens, short.cost_usd) == (None, None, None, None)
    assert short.passages == ()


def test_a_table_with_columns_of_its_own_and_units_that_are_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["Frage", "Antwort", "latency_ms", "cost"])
        writer.writerows([["Who?", "Bo; or Al", "250", "3"], ["When?", "", "", ""]])
    first, second = read_recorded(path, mapping={"question": "Frage", "answer": "Antwort"}).rows
    assert (first.question, first.answer, first.seconds, first.cost_usd) == ("Who?", "Bo; or Al", 0.25, None)
    assert (second.answer, second.failure) == (None, "the file has a row for the question and no answer in it")
    mapped = read_recorded(path, mapping={"question": "Frage", "answer": "Antwort", "cost_usd": "cost"})
    assert mapped.rows[0].cost_usd == 3.0


def test_samples_of_lm_eval(tmp_path: Path) -> None:
    rows = [sample("Who?", "Bo"), sample("Who?", "[invalid]", filter="strict-match"), sample("When?", "1815")]
    path = jsonl(tmp_path / "samples_nq_2026-01-01.jsonl", rows)
    file = read_recorded(path, only={"filter": "none"})
    assert file.format == "lm_eval"
    assert [(r.question_id, r.question, r.answer) for r in file.rows] == [
        ("nq-Who", "Who?", "Bo"),
        ("nq-Whe", "When?", "1815"),
    ]
    assert file.rows[0].prompt == "Q: Who?\nA:"
    assert file.rows[0].seconds is None
    mapped = read_recorded(path, mapping={"question_id": "doc_hash", "answer": "resps.0.0"})
    assert (mapped.rows[0].question_id, mapped.rows[0].answer) == ("d", " Bo\nQ:")
    older = sample("Who?", "Bo", arguments=[["Q: Who?", {"until": []}]], filtered_resps=[["Bo", "Al"]])
    (row,) = read_recorded(jsonl(tmp_path / "older.jsonl", [older])).rows
    assert (row.prompt, row.answer) == ("Q: Who?", "Bo")


def test_likelihoods_are_no_answers(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "s.jsonl", [sample("Who?", "x", filtered_resps=[[-2.0, False], [-0.1, True]])])
    with pytest.raises(DataError, match=r"s\.jsonl, line 1: the row holds likelihoods and no text"):
        read_recorded(path)


def test_results_of_promptfoo(tmp_path: Path) -> None:
    rows = [
        result("Who?", "Bo"),
        result("When?", {"year": 1815}, provider={"id": "other", "label": ""}),
        result("Where?", None, error="Timed out", response={"error": "API error: 500"}, cost=None),
        result("Why?", None, response={"output": "So", "cached": True, "tokenUsage": {"total": 9}}, latencyMs=2),
    ]
    file = read_recorded(promptfoo(tmp_path / "out.json", rows))
    who, when, where, why = file.rows
    assert file.format == "promptfoo"
    assert (who.question_id, who.question, who.answer, who.failure) == ("q7", "Who?", "Bo", None)
    assert (who.seconds, who.prompt_tokens, who.output_tokens, who.cost_usd) == (0.812, 20, 3, 0.0002)
    assert (who.prompt, who.passages) == ("Answer: Who?", ("Some page.",))
    assert when.answer == '{"year": 1815}'
    assert (where.answer, where.failure, where.cost_usd) == (None, "API error: 500", None)
    assert (why.answer, why.seconds, why.prompt_tokens, why.cost_usd) == ("So", None, None, None), "cached"
    only = read_recorded(tmp_path / "out.json", only={"provider.id": "other"})
    assert [row.question for row in only.rows] == ["When?"]
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps({"results": rows[:1]}), encoding="utf-8")
    assert read_recorded(bare).rows[0].answer == "Bo"


def test_ids_go_before_texts_and_texts_are_normalised(tmp_path: Path) -> None:
    rows = [
        {"id": "q1", "question": "Who is Al?", "answer": "by id"},
        {"id": "theirs-2", "question": "  WHO is\n Al? ", "answer": "by text"},
        {"id": "theirs-3", "question": "Something else", "answer": "passed over"},
        {"id": "theirs-4", "question": "Nobody asks", "answer": "unused"},
    ]
    file = read_recorded(jsonl(tmp_path / "a.jsonl", rows))
    found = match(file, asked(("q1", "Something else"), ("q2", "Who is Al?"), ("q3", "Who is Bo?")), WAVE)
    assert {q: row.answer for q, row in found.rows.items()} == {"q1": "by id", "q2": "by text"}
    assert (found.n_by_id, found.n_by_text) == (1, 1)


def test_a_row_of_a_wave_counts_there_alone_and_goes_first(tmp_path: Path) -> None:
    rows = [
        {"id": "q1", "answer": "always"},
        {"id": "q1", "answer": "then", "wave": "2024-07-01"},
        {"id": "q2", "answer": "only then", "wave": "2024-07-01"},
    ]
    file = read_recorded(jsonl(tmp_path / "a.jsonl", rows))
    questions = asked(("q1", "A?"), ("q2", "B?"))
    assert {q: r.answer for q, r in match(file, questions, WAVE).rows.items()} == {"q1": "always"}
    assert {q: r.answer for q, r in match(file, questions, LATER).rows.items()} == {"q1": "then", "q2": "only then"}


def test_two_answers_to_one_question_are_refused(tmp_path: Path) -> None:
    rows = [{"question": text, "answer": "a"} for text in ("Who?", "When?", "who?")]
    file = read_recorded(jsonl(tmp_path / "a.jsonl", rows))
    with pytest.raises(DataError, match=r"a\.jsonl, line 1 and line 3 both answer question q1") as caught:
        match(file, asked(("q1", "Who?")), WAVE)
    assert "only:" in (caught.value.hint or "")


def test_a_file_about_other_questions_is_refused_early(tmp_path: Path) -> None:
    file = read_recorded(jsonl(tmp_path / "a.jsonl", [{"id": "x1", "question": "Who?", "answer": "a"}]))
    check_matches(file, [("x1", "Anything")])
    check_matches(file, [("q1", "WHO?")])
    with pytest.raises(DataError, match=r"none of the dataset's 1 questions.*'x1' 'Who\?'"):
        check_matches(file, [("q1", "Where?")])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.jsonl", '{"id": "1", "text": "b"}\n', "no column for answers"),
        ("a.jsonl", '{"answer": "1"}\n', "no column for questions"),
        ("a.jsonl", "", "has no row"),
        ("a.jsonl", '{"id": "1", "answer": "b", "seconds": "fast"}\n', "line 1: seconds is 'fast'"),
        ("a.jsonl", '{"id": "1", "answer": "b", "cost_usd": -1}\n', "line 1: cost_usd is -1"),
        ("a.jsonl", '{"id": "1", "answer": "b", "wave": "soon"}\n', "line 1: 'soon' is no date"),
        ("a.jsonl", '{"id": "1", "answer": "b", "contexts": true}\n', "line 1: the passages are neither"),
        ("a.jsonl", "{nonsense\n", "line 1: not valid JSON"),
        ("a.csv", "id,answer\n1\n", "1 cells"),
        ("a.json", '{"results": {"results": [1]}}', "no list of rows"),
        ("a.txt", "Bo", "no table"),
        ("a.zip", "PK", "archive"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_recorded(path)


def test_a_missing_file_a_folder_and_a_filter_that_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="missing"):
        read_recorded(tmp_path / "none.jsonl")
    with pytest.raises(DataError, match="is a folder"):
        read_recorded(tmp_path)
    path = jsonl(tmp_path / "a.jsonl", [{"id": "1", "answer": "b", "system": "x"}])
    with pytest.raises(DataError, match="no row with system = y"):
        read_recorded(path, only={"system": "y"})
    with pytest.raises(DataError, match=r"no promptfoo result"):
        read_recorded(path, format="promptfoo")
