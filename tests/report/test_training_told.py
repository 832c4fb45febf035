"""How training went and tokens that nobody counted, as the reports tell them."""

from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from ragvsft.report.json import report_model
from ragvsft.report.markdown import report_markdown
from ragvsft.report.terminal import print_table
from ragvsft.verdict.fitting import Curve, fitting
from ragvsft.verdict.verdict import Verdict


@pytest.mark.parametrize(
    ("dev", "told"),
    [
        ([(1, 0.1), (2, 0.4)], "still improving at the end, 40.0 at step 2"),
        ([(1, 0.4), (2, 0.1)], "the dev score fell while the loss fell; best at step 1 (40.0), 10.0 at the last"),
        ([(1, 0.4), (2, 0.4)], "no longer improving at the end, 40.0 at step 2"),
        ([(1, 0.0), (2, 0.0)], "never above 0"),
        ([(2, 0.4)], "fewer than two dev checks"),
    ],
)
def test_training_is_told(verdict: Verdict, dev: Curve, told: str) -> None:
    found = fitting("knows", date(2024, 1, 1), 0, loss=[(1, 2.0), (2, 1.0)], dev=dev)
    with_training = replace(verdict, trainings=(found,))
    assert told in report_markdown(with_training)
    (part,) = report_model(with_training).trainings or ()
    assert part.state == found.state


def test_no_tokens_are_a_dash(verdict: Verdict) -> None:
    waves = tuple(
        replace(wave, arms=tuple(replace(arm, prompt_tokens=0.0, output_tokens=0.0) for arm in wave.arms))
        for wave in verdict.waves
    )
    uncounted = replace(verdict, waves=waves)
    lines = report_markdown(uncounted).splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("| arm | kind |"))
    column = [cell.strip() for cell in lines[head].split("|")].index("tokens")
    assert lines[head + 2].split("|")[column].strip() == "–"
    out = Console(width=300, record=True, file=StringIO())
    print_table(uncounted, out)
    shown = out.export_text()
    assert "The report also has exact match by answerable, topic" in shown
    table = shown.splitlines()
    row = next(at for at, line in enumerate(table) if "tokens" in line and "p95 s" in line)
    at = table[row].index("tokens")
    rag = next(line for line in table[row:] if line.strip().startswith("rag "))
    assert rag[at : at + len("tokens")].strip() == "–"
