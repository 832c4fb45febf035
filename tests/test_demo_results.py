"""The demo's results make sense: those recorded in docs/results, those of a run that lies here, and the README's table.

The recorded ones are of this experiment and this dataset: their run hash is the one that `ragvsft run` would give.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ragvsft.config.loading import load_experiment
from ragvsft.lab.experiment import is_finished, plan_experiment
from ragvsft.report.json import report_json
from ragvsft.verdict.judging import read_verdict

ROOT = Path(__file__).parents[1]
EXPERIMENT = ROOT / "experiments" / "demo.yaml"
RECORDED = ROOT / "docs" / "results" / "demo.json"
ARMS = {"closed_book", "rag", "fine_tuned", "hybrid_naive", "hybrid_mixed", "hybrid_reader", "oracle"}


def run_hash() -> str:
    return plan_experiment(load_experiment(EXPERIMENT)).run_hash


def assert_sensible(report: dict[str, Any]) -> None:
    wave, later = report["waves"].values()
    assert wave["n_questions"] >= 120
    assert set(wave["arms"]) == set(later["arms"]) == ARMS
    scores = {arm: told["scores"][report["run"]["primary_metric"]] for arm, told in wave["arms"].items()}
    for score in scores.values():
        assert score["low"] <= score["mean"] <= score["high"]
        assert (score["n"], score["n_failed"]) == (wave["n_questions"], 0)
    mean = {arm: score["mean"] for arm, score in scores.items()}
    assert mean["closed_book"] <= 0.1
    assert mean["oracle"] >= mean["rag"]
    assert mean["fine_tuned"] >= mean["closed_book"] + 0.5
    assert mean["hybrid_mixed"] > mean["rag"]
    assert mean["hybrid_reader"] > mean["rag"]
    # Not told apart on 120 questions, and told apart on the handbook's 300: docs/results says why.
    assert mean["hybrid_mixed"] >= mean["hybrid_naive"] - 0.05
    # Half a year later: the index was synced, and no adapter was trained again.
    fresh = {arm: told["freshness"] for arm, told in later["arms"].items()}
    assert fresh["fine_tuned"]["stale"]["mean"] > fresh["rag"]["stale"]["mean"]
    assert fresh["oracle"]["fresh"]["mean"] >= fresh["fine_tuned"]["fresh"]["mean"]
    assert fresh["fine_tuned"]["retention"]["mean"] >= 0.9, "nothing was trained, so nothing is forgotten"
    assert report["fairness"]["ok"]


def test_the_recorded_results_are_of_this_demo_and_make_sense() -> None:
    report = json.loads(RECORDED.read_text(encoding="utf-8"))
    assert report["run"]["run_hash"] == run_hash(), "the demo changed: run it again, and record what it said"
    assert not report["run"]["git_commit"].endswith("-dirty")
    assert_sensible(report)


def test_the_readme_shows_the_recorded_results() -> None:
    report = json.loads(RECORDED.read_text(encoding="utf-8"))
    primary = report["run"]["primary_metric"]
    wave, later = report["waves"].values()
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- result -->")[1].split("<!-- /result -->")[0]
    share = r" \| ([\d.]+) \(([\d.]+) to ([\d.]+)\)"
    rows = {row[0]: row[1:] for row in re.findall(rf"\| `(\w+)`{share}{share}{share}", table)}
    for arm, told in wave["arms"].items():
        after = later["arms"][arm]
        shown = (told["scores"][primary], after["scores"][primary], after["freshness"]["stale"])
        assert rows[arm] == tuple(f"{100 * one[key]:.1f}" for one in shown for key in ("mean", "low", "high"))
    assert f"{wave['n_questions']} questions" in table
    assert f"{later['n_questions']}" in table


def test_a_run_of_the_demo_that_lies_here_makes_sense() -> None:
    plan = plan_experiment(load_experiment(EXPERIMENT))
    folder = ROOT / "runs" / f"demo-{plan.run_hash[:12]}"
    if not is_finished(folder, plan.waves):
        pytest.skip("make demo was not run here")
    assert_sensible(json.loads(report_json(read_verdict(folder))))


@pytest.mark.long
@pytest.mark.model
@pytest.mark.weaviate
@pytest.mark.timeout(3600)
def test_the_demo_run_anew_makes_sense(tmp_path: Path) -> None:
    places = ["--runs", str(tmp_path / "runs"), "--store", str(tmp_path / "store")]
    command = [sys.executable, "-m", "ragvsft", "run", str(EXPERIMENT), *places, "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert_sensible(json.loads((Path(told["run"]) / "report.json").read_text(encoding="utf-8")))
