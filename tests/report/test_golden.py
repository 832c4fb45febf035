"""The report of a small run, letter by letter, as it is, with prices and weights, and with confidence.

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


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stem", ["report", "weighed", "confident"])
def test_golden(verdict: Verdict, weighed: Verdict, confident: Verdict, stem: str, form: str) -> None:
    written: Callable[[Verdict], str] = FORMS[form]
    text = f"{written({'report': verdict, 'weighed': weighed, 'confident': confident}[stem])}\n"
    name = f"{stem}{form}"
    golden = GOLDEN / name
    if os.environ.get("RAGVSFT_UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
