"""The report of a small run, letter by letter, as it is and with prices and weights.

After a wanted change: RAGVSFT_UPDATE_GOLDEN=1 pytest tests/report.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ragvsft.report.json import report_json
from ragvsft.report.markdown import report_markdown
from ragvsft.verdict.verdict import Verdict

GOLDEN = Path(__file__).parent / "golden"
FORMS = {".md": report_markdown, ".json": report_json}


@pytest.mark.parametrize("name", ["report.md", "report.json", "weighed.md", "weighed.json"])
def test_golden(verdict: Verdict, weighed: Verdict, name: str) -> None:
    written: Callable[[Verdict], str] = FORMS[Path(name).suffix]
    text = f"{written(weighed if name.startswith('weighed') else verdict)}\n"
    golden = GOLDEN / name
    if os.environ.get("RAGVSFT_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
