"""Money and the weighed choice in the reports: valid, complete, told on the terminal, and free of live links."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rich.console import Console

from ragvsft.core.errors import DataError
from ragvsft.report import figures
from ragvsft.report.json import report_json, report_schema
from ragvsft.report.markdown import report_markdown
from ragvsft.report.terminal import print_table
from ragvsft.verdict.cost_draws import Estimate
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict

WriteRun = Callable[[Path, Mapping[str, object]], Path]


@pytest.fixture(scope="module")
def report(weighed: Verdict) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(report_json(weighed))
    return parsed


def test_the_json_is_valid_and_adds_up(report: dict[str, Any]) -> None:
    jsonschema.validate(report, report_schema())
    money = report["economics"]
    rag = money["arms"]["rag"]
    # 1.5 CPU seconds of indexing and 11 of searching, at 0.36 USD an hour; 45 USD a month are the index's.
    assert rag["setup_usd"] == pytest.approx(12.5 * 0.36 / 3600)
    assert rag["setup_parts_usd"] == pytest.approx({"index": 0.00015, "search": 0.0011})
    assert rag["standing_usd_month"] == 45.0
    # 34 CPU seconds for 60 questions, 1.8 for 60 searches, and 58 answers: one question failed at each wave.
    question = (34 / 60 + 1.8 / 60) * 0.0001 * 60 / 58
    assert rag["question"]["usd"] == pytest.approx(question, rel=1e-5)
    total = 12.5 * 0.0001 + 12 * 45 + 48 * 0.00015 + 120_000 * question
    assert rag["total"]["usd"] == pytest.approx(total, rel=1e-5)
    assert rag["month"]["usd"] == pytest.approx(total / 12, rel=1e-5)
    assert {one["source"] for one in money["prices"]} == {"[x](http://evil.example)", "a public page"}
    tuned = money["arms"]["fine_tuned"]
    assert (tuned["n_labels"], tuned["left_out"]) == (20, ["20 labels"])
    # A megabyte of adapter.
    assert tuned["standing_usd_month"] == pytest.approx(0.002)
    decision = report["decision"]
    assert (decision["verdict"], decision["arm"]) == ("choose", "rag")
    assert sum(decision["probability_best"].values()) == pytest.approx(1.0)
    assert set(decision["probability_best"]) == {"closed_book", "rag", "fine_tuned"}
    assert decision["objectives"]["rag"]["cost"] == pytest.approx(total / 12, rel=1e-5)
    assert "Freshness rests on 10 facts alone" in decision["sentence"]
    assert decision["broken"] == [{"arm": "closed_book", "constraint": "accuracy", "limit": 0.3, "value": 0.0}]


def test_the_existing_keys_are_as_without_prices(report: dict[str, Any], verdict: Verdict) -> None:
    before = json.loads(report_json(verdict))
    assert set(before) < set(report)
    for key in before.keys() - {"run", "decision", "times_to_fresh"}:
        assert report[key] == before[key]
    assert set(before["decision"]) - {"more_facts", "detectable"} <= set(report["decision"])


def test_the_markdown_tells_prices_and_choice_and_has_no_live_link(weighed: Verdict, verdict: Verdict) -> None:
    text = report_markdown(weighed)
    assert "## The choice" in text
    assert "fine_tuned would be ahead if cost weighed over 0.50 (now 0.20)." in text
    assert "## Costs in USD, by test &lt;b&gt; (2026-11-01)" in text
    assert "`[x](http://evil.example)`" in text
    assert "Not in the totals of fine_tuned: 20 labels." in text
    for section in ("## The choice", "## Costs"):
        assert section not in report_markdown(verdict)


def test_the_terminal_names_the_choice_and_a_month(weighed: Verdict) -> None:
    out = io.StringIO()
    print_table(weighed, Console(file=out, width=400))
    assert out.getvalue().startswith("Choose rag, with accuracy 73.3 %, freshness 70 %, cost 45.6")
    assert "A month with 10,000 questions, in USD by test <b>: closed_book 0.57, rag 45.6" in out.getvalue()


def test_prices_that_were_never_read_price_nothing(write: WriteRun, tmp_path: Path) -> None:
    found = read_verdict(write(tmp_path, {"prices": "../prices/gone.yaml"}))
    assert found.economics is None
    assert found.decision.weighed is None


def test_settings_that_nobody_can_read_are_told(write: WriteRun, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="verdict settings are not as they should be: constraints.latency") as caught:
        read_verdict(write(tmp_path, {"constraints": {"latency": 5}}))
    assert "writes them anew" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0.0, "0.00"), (1234.5, "1,234"), (41.2, "41.20"), (0.999, "1.00"), (0.0034, "0.0034"), (2.1e-6, "0.0000021")],
)
def test_amounts_are_as_fine_as_they_are_small(amount: float, shown: str) -> None:
    assert figures.usd(amount) == shown
    assert figures.usd(None) == figures.NOTHING
    assert figures.estimate(Estimate(usd=amount)) == shown
