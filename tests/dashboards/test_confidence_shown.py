"""The Accuracy page shows how arms abstain, and calibration where answers have a confidence, as the verdict has it."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from pages_read import table
from ragvsft.report import figures
from ragvsft.report.charts_calibration import reliability_chart, risk_chart
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import WaveVerdict


@pytest.fixture(scope="module")
def wave(sure) -> WaveVerdict:
    return read_verdict(sure.folder).waves[0]


def charts(app: AppTest) -> list[dict]:
    return [json.loads(one.proto.spec) for one in app.get("vega_lite_chart")]


def test_values_are_the_verdicts(open_app, sure, wave: WaveVerdict) -> None:
    app = open_app(sure.root).switch_page("views/accuracy.py").run()
    verdict = read_verdict(sure.folder)

    assert not app.exception
    told = table(app, "AURC", "ECE")
    assert list(told.index) == list(sure.arms) == [one.arm for one in wave.calibrations]
    for one in wave.calibrations:
        row = told.loc[one.arm]
        assert row["ECE"] == figures.percent(one.ece)
        assert row["AURC"] == figures.percent(one.aurc)
        assert (row["confidence"], row["exact match"]) == (figures.percent(one.confidence), figures.percent(one.score))
        assert row["coverage"] == figures.percent((one.n_answers + one.n_failed) / one.n)
    abstaining = table(app, "abstained", "false answers")
    for found in wave.abstaining:
        assert abstaining.loc[found.arm, "abstained"].replace("\\", "") == figures.interval(found.abstained)
        assert abstaining.loc[found.arm, "false answers"].replace("\\", "") == figures.interval(found.false_answers)
    bins = table(app, "mean", "right")
    assert len(bins) == sum(len(one.bins) for one in wave.calibrations)
    drawn = [spec["description"] for spec in charts(app)]
    for chart in (reliability_chart(verdict, wave), risk_chart(verdict, wave)):
        assert chart is not None
        assert chart["description"] in drawn


def test_an_older_run_shows_how_its_arms_abstain_and_no_more(open_app, short) -> None:
    verdict = read_verdict(short.folder)
    app = open_app(short.root).switch_page("views/accuracy.py").run()

    assert not app.exception
    assert list(table(app, "abstained").index) == [one.arm for one in verdict.waves[0].abstaining]
    assert not any("AURC" in one.value.columns for one in app.table)
    assert len(charts(app)) == 1
    assert reliability_chart(verdict, verdict.waves[0]) is None
    assert risk_chart(verdict, verdict.waves[0]) is None


def test_an_answer_on_examples_tells_its_confidence(open_app, sure, short) -> None:
    texts = {}
    for run in (sure, short):
        app = open_app(run.root, question="q03").switch_page("views/examples.py")
        app.query_params["question"] = "q03"
        texts[run] = "\n".join(one.value for one in app.run().markdown)

    assert "confidence 90.0" in texts[sure]
    assert "confidence" not in texts[short]
