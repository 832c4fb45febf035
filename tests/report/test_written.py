"""Files and the terminal: what is written where, and what a reader of a half-finished run is told."""

import io
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from ragvsft.core.errors import DataError, RagvsftError, UsageError
from ragvsft.core.values import Split
from ragvsft.report.markdown import report_markdown
from ragvsft.report.terminal import print_table
from ragvsft.report.writing import write_report
from ragvsft.runs.database import DATABASE_FILE
from ragvsft.verdict.inputs import read_inputs
from ragvsft.verdict.judging import judge, read_verdict
from ragvsft.verdict.verdict import Verdict


def printed(verdict: Verdict, width: int = 200) -> str:
    out = io.StringIO()
    print_table(verdict, Console(file=out, force_terminal=True, width=width, color_system="truecolor"))
    return out.getvalue()


def test_endings_decide_the_form(verdict: Verdict, tmp_path: Path) -> None:
    write_report(verdict, tmp_path / "a.md")
    write_report(verdict, tmp_path / "a.json")
    assert (tmp_path / "a.md").read_text(encoding="utf-8").startswith("# handbook\n")
    assert (tmp_path / "a.json").read_text(encoding="utf-8").endswith("}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.md"]
    with pytest.raises(UsageError, match="is no form of a report"):
        write_report(verdict, tmp_path / "a.html5")
    with pytest.raises(RagvsftError, match="cannot be written"):
        write_report(verdict, tmp_path / "missing" / "a.md")


def test_terminal_says_the_answer_first_and_runs_no_text(verdict: Verdict) -> None:
    text = printed(verdict)
    assert "rag leads: 73.3 %" in text.splitlines()[0]
    assert "73.3 (54.9–87.5)" in text
    hostile = replace(verdict, notes=("[bold]x[/bold] [link=http://evil.example]y[/link] \x1b]0;owned\x07\x1b[2J",))
    shown = printed(hostile)
    assert "[bold]x[/bold] [link=http://evil.example]y[/link]" in shown
    assert "\x1b]" not in shown
    assert "\x1b[2J" not in shown


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_a_narrow_terminal_gets_fewer_columns_and_never_cut_ones(verdict: Verdict, width: int) -> None:
    text = printed(verdict, width=width)
    assert "73.3 (54.9–87.5)" in text
    assert "…" not in text
    assert ("A wider terminal also shows" in text) == (width < 160)


def test_only_tested_facts_are_planned(run_folder: Path) -> None:
    inputs = read_inputs(run_folder)
    assert {question.fact_id for question in inputs.waves[0].planned} == {f"f{n:02}" for n in range(30)}
    assert all(question.split is Split.TEST for question in inputs.waves[0].planned)
    assert inputs.waves[0].covered == {"knows": frozenset(f"f{n:02}" for n in range(20))}
    assert inputs.depths == {"retrieval-of-pages": 10}


def test_a_run_that_stopped_half_way_is_read_as_a_fair_half(run_folder: Path, tmp_path: Path) -> None:
    half = tmp_path / run_folder.name
    shutil.copytree(run_folder, half)
    with sqlite3.connect(half / DATABASE_FILE) as connection:
        connection.execute("DELETE FROM outcomes WHERE wave = '2024-07-01' AND arm = 'rag' AND question_id >= 'q10'")
        connection.execute("DELETE FROM outcomes WHERE wave = '2024-07-01' AND arm = 'oracle'")
    edited = report_markdown(read_verdict(half)).split("\n\n")[1]
    assert "No verdict: answers of 2 batches of questions were changed after the lab had written them" in edited
    verdict = judge(replace(read_inputs(half), n_edited_units=0))
    last = verdict.waves[-1]
    assert (last.n_questions, last.n_planned, last.not_asked) == (10, 30, ("oracle",))
    assert {arm.scores["exact_match"].n for arm in last.arms} == {10}
    assert not verdict.complete
    text = report_markdown(verdict)
    assert "So far, on 10 of 30 questions" in text.split("\n\n")[1]


def test_a_broken_fairness_check_takes_the_verdict_from_the_report(run_folder: Path) -> None:
    inputs = read_inputs(run_folder)
    broken = replace(inputs.fairness[0], ok=False)
    text = report_markdown(judge(replace(inputs, fairness=(broken, *inputs.fairness[1:]))))
    assert text.split("\n\n")[1].startswith("**No verdict: the fairness check")
    assert "leads" not in text.split("## Fairness")[0].split("\n\n")[1]
    assert "- **broken**: same examples" in text


def test_no_run_no_verdict(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_verdict(tmp_path)


@pytest.mark.parametrize(
    ("policy", "manifest", "at_first", "at_second"),
    [
        ("every_wave", '{"trained_fact_ids": ["f01"]}', {"f01"}, {"f02"}),
        ("continue", '{"trained_fact_ids": ["f01"]}', {"f01"}, {"f01", "f02"}),
        ("every_wave", "{}", {f"f{n:02}" for n in range(30)}, {"f02"}),
    ],
)
def test_facts_that_an_adapter_was_trained_on(
    run_folder: Path, tmp_path: Path, policy: str, manifest: str, at_first: set[str], at_second: set[str]
) -> None:
    run = tmp_path / run_folder.name
    shutil.copytree(run_folder, run)
    with sqlite3.connect(run / DATABASE_FILE) as connection:
        connection.execute("UPDATE adapters SET manifest = ?", (manifest,))
        connection.execute(
            "INSERT INTO adapters SELECT name, '2024-07-01', seed, 'later', folder, ?, reused_from FROM adapters",
            ('{"trained_fact_ids": ["f02"]}',),
        )
    text = (run / "manifest.json").read_text(encoding="utf-8")
    (run / "manifest.json").write_text(
        text.replace('"facts": "tested"', f'"facts": "tested", "policy": "{policy}"'), encoding="utf-8"
    )
    first, second = read_inputs(run).waves
    assert set(first.covered["knows"]) == at_first
    assert set(second.covered["knows"]) == at_second
