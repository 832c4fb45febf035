"""The Decision page tells the verdict, and what it would be under other weights, workload and prices."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from pages_read import table, texts
from ragvsft.report import figures
from ragvsft.verdict.inputs import read_inputs
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict
from ragvsft.verdict.what_if import basis, decide_anew


@pytest.fixture(scope="module")
def weighed(priced) -> Verdict:
    return read_verdict(priced.folder)


def boxes(app: AppTest) -> list[str]:
    return [box.value.replace("\\", "").replace("\u2060", "") for box in (*app.success, *app.info, *app.error)]


def test_the_decision_and_its_reservations_are_told(open_app, written, verdict: Verdict) -> None:
    app = open_app(written.root)

    assert boxes(app) == [verdict.decision.sentence]
    for note in verdict.notes:
        assert note.split(":")[0] in texts(app)
    assert app.caption[0].value.startswith("24 of 24 questions on 24 facts at 2025-01-01, 3 waves; 2 of 2 fairness")


def test_a_broken_fairness_check_is_seen_first(open_app, new_run) -> None:
    new_run.write(waves=(), fair=False)
    with new_run.open() as run:
        new_run.wave(run, new_run.waves[0])
        new_run.shard(run, new_run.waves[0], 0)

    app = open_app(new_run.root)

    assert "No verdict: the fairness check “same prompt” is broken" in app.error[0].value
    assert next(one for one in app.expander if one.label == "Fairness checks").proto.expanded


def test_objectives_and_chances_are_the_verdicts(open_app, priced, weighed: Verdict) -> None:
    app = open_app(priced.root)
    found = weighed.decision.weighed
    assert found is not None

    rows = table(app, "utility", "best, %")
    assert list(rows.index) == list(found.values)
    for arm, values in found.values.items():
        assert rows.loc[arm, "utility"] == f"{found.utilities[arm]:.3f}"
        assert rows.loc[arm, "best, %"] == figures.percent(found.probability_at_weights[arm])
        assert rows.loc[arm, "accuracy"] == figures.percent(values["accuracy"])
        assert rows.loc[arm, "USD a month"] == figures.usd(values["cost"])
    drawn = [json.loads(chart.proto.spec)["description"] for chart in app.get("vega_lite_chart")]
    assert drawn[0].startswith("exact match in percent against USD a month at 2025-01-01: closed_book")
    assert drawn[1].startswith("How often each arm is best in the resamples: ")
    assert boxes(app) == [weighed.decision.sentence]


def test_other_weights_decide_anew(open_app, priced, weighed: Verdict) -> None:
    app = open_app(priced.root)
    app.slider(key="accuracy").set_value(10)
    app.slider(key="freshness").set_value(0)
    app.slider(key="cost").set_value(90)
    app.number_input(key="questions").set_value(5000)
    app.run()

    inputs = read_inputs(priced.folder)
    settings = inputs.settings.model_copy(
        update={
            "weights": {"accuracy": 0.1, "cost": 0.9},
            "workload": inputs.settings.workload.model_copy(update={"questions_per_month": 5000}),
        }
    )
    rests_on = basis(inputs, weighed)
    assert rests_on is not None
    meant = decide_anew(rests_on, settings).decision
    assert meant.sentence != weighed.decision.sentence
    assert set(boxes(app)) == {weighed.decision.sentence, meant.sentence}
    assert meant.weighed is not None
    assert table(app, "utility").loc["rag", "utility"] == f"{meant.weighed.utilities['rag']:.3f}"
    assert not app.exception


def test_the_address_sets_weights_and_prices(open_app, priced) -> None:
    app = open_app(priced.root, cost="80", questions="77", usd_core_hour="9.5")

    assert app.slider(key="cost").value == 80
    assert app.number_input(key="questions").value == 77
    assert app.number_input(key="usd_core_hour").value == 9.5
    assert len(boxes(app)) == 2


def test_sliders_weigh_where_the_experiment_weighs_nothing(open_app, written) -> None:
    app = open_app(written.root)
    assert "Accuracy alone decided, by exact match" in texts(app)

    app.slider(key="freshness").set_value(100).run()

    assert "utility" in table(app, "utility")
    assert not app.exception
