"""A budget stops a run softly: what is finished is kept and reported, and the same command goes on to the same end."""

import json
from pathlib import Path

import pytest

from calling import Call
from ragvsft.cli.budget import Budget, BudgetSpent
from ragvsft.cli.console import Bar
from ragvsft.runs.reading import open_run
from small_experiment import save_tiny_model, write_small_experiment

PRICES = """\
name: test
date: 2026-11-01
core_hour: {usd: 3600.0, source: a public page, read: 2026-11-01}
"""


def test_the_clock_and_the_purse(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    by_time = Budget(Bar(), minutes=1, usd=None, spent_usd=lambda: None)
    by_time("ask", 0, 10)
    now[0] += 59
    by_time("ask", 1, 10)
    now[0] += 1
    with pytest.raises(BudgetSpent, match="1 minutes"):
        by_time("ask", 2, 10)
    spent: list[float | None] = [None]
    by_money = Budget(Bar(), minutes=None, usd=2.0, spent_usd=lambda: spent[0])
    by_money("ask", 0, 10)
    now[0] += 10
    spent[0] = 1.9
    by_money("ask", 1, 10)
    spent[0] = 2.0
    now[0] += 1
    by_money("ask", 2, 10)  # looked at every two seconds
    now[0] += 1
    with pytest.raises(BudgetSpent, match="2 USD"):
        by_money("ask", 3, 10)


def test_a_run_stops_is_reported_and_goes_on(call: Call, tmp_path: Path) -> None:
    experiment = write_small_experiment(tmp_path, save_tiny_model(tmp_path / "model"), store="exact")
    (tmp_path / "prices.yaml").write_text(PRICES)
    folders = ("--runs", tmp_path / "runs", "--store", tmp_path / "store")
    unpriced = call("run", experiment, *folders, "--budget-usd", "1")
    assert unpriced.code == 2
    assert "--budget-usd needs prices" in unpriced.err

    experiment.write_text(experiment.read_text() + "verdict: {prices: prices.yaml}\n")
    said = call("run", experiment, *folders, "--budget-usd", "0.5", "--json")
    assert said.code == 0, said.err
    assert "the budget of 0.5 USD is spent" in said.err
    told = json.loads(said.out)
    assert told["stopped_by_budget"] == "0.5 USD"
    assert (Path(told["run"]) / "report.md").exists()
    with open_run(Path(told["run"])) as run:
        assert run.progress().state == "interrupted"
    assert call("report", told["run"]).code == 0

    said = call("run", experiment, *folders, "--json", "--budget-minutes", "30")
    assert said.code == 0, said.err
    assert json.loads(said.out)["stopped_by_budget"] is None
    with open_run(Path(told["run"])) as run:
        assert run.progress().state == "finished"
        assert len(run.outcomes()) == 60
