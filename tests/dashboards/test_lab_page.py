"""The Lab page: each of its parts shows what the run holds, and says so where it holds nothing."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from pages_read import table, texts
from ragvsft.report import figures
from ragvsft.verdict.verdict import Verdict


@pytest.fixture
def lab(open_app, written):
    def opened(part: str, **address: str) -> AppTest:
        app = open_app(written.root, **address)
        app.switch_page("views/lab.py")
        for name, value in (address | {"part": part}).items():
            app.query_params[name] = value
        app.run()
        assert not app.exception
        return app

    return opened


def test_retrieval_is_the_verdicts(lab, verdict: Verdict) -> None:
    app = lab("Retrieval")

    found = table(app, "k shown", "recall@1")
    for arm in verdict.waves[-1].arms:
        if arm.retrieval:
            assert found.loc[arm.arm, "recall@1"].replace("\\", "") == figures.interval(arm.retrieval["recall@1"])
    told = [json.loads(chart.proto.spec)["description"] for chart in app.get("vega_lite_chart")]
    assert told[0].startswith("Recall in percent with 95 % interval by the passages looked at: rag")
    # Every fourth search is led astray, of the 20 questions that have an answer; item 9 is found at rank 3.
    assert told[1] == "Rank of the first gold passage, questions at each: 1: 14, 3: 1, not found: 5"


def test_a_training_is_told_with_its_card(lab) -> None:
    app = lab("Training")

    told = [json.loads(chart.proto.spec)["description"] for chart in app.get("vega_lite_chart")]
    assert told[0] == (
        "Training of knows at 2024-01-01, seed 0: loss 3.00 to 0.16 in 19 steps; "
        "dev score 0.20 at 5, 0.50 at 10, 0.40 at 19"
    )
    assert "over-fitted after its best check" in texts(app)
    assert "<script>" in str(table(app, "value").loc["recipe", "value"]).replace("&lt;", "<").replace("&gt;", ">")


def test_checks_stages_and_progress_are_the_runs(lab, verdict: Verdict) -> None:
    assert list(table(lab("Fairness"), "holds").index) == [check.name for check in verdict.fairness]
    assert len(table(lab("Stages"), "wall s")) == len(verdict.stages)
    progress = table(lab("Progress"), "seed")
    assert progress.loc["rag", "2025-01-01"] == "24 of 24"
    assert list(progress.loc["fine_tuned", "seed"]) == ["0", "1"]


def test_what_was_not_done_is_said(lab) -> None:
    assert "Nothing was searched" in texts(lab("Search"))
    assert "No general questions were asked" in texts(lab("Forgetting"))


def test_the_manifest_is_shown_as_it_is(lab, written) -> None:
    app = lab("Manifest")

    assert table(app, "value").loc["run", "value"].replace("\\", "") == written.folder.name
    assert '"fine_tuned"' in app.code[0].value
