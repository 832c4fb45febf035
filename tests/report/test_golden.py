"""The report of a small run, letter by letter. After a wanted change: RAGVSFT_UPDATE_GOLDEN=1 pytest tests/report."""

import os
from pathlib import Path

import pytest

from ragvsft.report.json import report_json
from ragvsft.report.markdown import report_markdown
from ragvsft.verdict.verdict import Verdict

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(("name", "written"), [("report.md", report_markdown), ("report.json", report_json)])
def test_golden(verdict: Verdict, name: str, written: object) -> None:
    assert callable(written)
    text = f"{written(verdict)}\n"
    golden = GOLDEN / name
    if os.environ.get("RAGVSFT_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
