"""The page of arms shows the verdict's values, whichever wave and baseline are asked for."""

import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.charts import accuracy_chart
from ragvsft.verdict.verdict import Verdict

LAST = "2025-01-01"


def table(app: AppTest, at: int) -> pd.DataFrame:
    """A table of the page with its arms as rows; names are escaped Markdown there."""
    frame = app.table[at].value
    frame["arm"] = frame["arm"].str.replace("\\", "")
    return frame.set_index("arm")


@pytest.mark.parametrize("date", ["2024-01-01", "2024-07-01", LAST])
def test_every_wave_shows_its_scores(open_app, written, verdict: Verdict, date: str) -> None:
    app = open_app(written.root, wave=date)
    wave = next(wave for wave in verdict.waves if wave.wave.isoformat() == date)

    scores = table(app, 0)
    assert list(scores.index) == [arm.arm for arm in wave.arms]
    for arm in wave.arms:
        for metric in wave.metrics:
            assert scores.loc[arm.arm, figures.words(metric)] == figures.interval(arm.scores[metric])
        assert scores.loc[arm.arm, "failed"] == str(arm.n_failed)
    assert scores.loc["rag", "recall@k"] == figures.interval(wave.arms[1].retrieval["recall@3"])
    assert scores.loc["hybrid_reader", "recall@k"] == figures.interval(wave.arms[5].retrieval["recall@2"])
    assert scores.loc["closed_book", "recall@k"] == figures.NOTHING


def test_kinds_of_outcomes_and_costs_are_the_verdicts(open_app, written, verdict: Verdict) -> None:
    app = open_app(written.root)
    kinds, costs = table(app, 2), table(app, 3)

    for arm in verdict.waves[-1].arms:
        assert kinds.loc[arm.arm, "stale"] == str(arm.outcomes[OutcomeKind.STALE])
        assert kinds.loc[arm.arm, "right"] == str(arm.outcomes[OutcomeKind.CURRENT])
        assert kinds.loc[arm.arm, "unanswerable"] == f"{arm.n_unanswerable_abstained} of {arm.n_unanswerable}"
        assert costs.loc[arm.arm, "p95 s"] == figures.seconds(verdict.latency[arm.arm].p95_s)
        assert costs.loc[arm.arm, "set-up s"] == figures.seconds(verdict.costs[arm.arm].setup_s)
    assert costs.loc["fine_tuned", "refresh s"] == "120"
    assert list(table(open_app(written.root, wave="2024-01-01"), 3)["p95 s"]) == [figures.NOTHING] * 7
    assert "refresh s" not in table(open_app(written.root, wave="2024-01-01"), 3)


def test_the_decision_and_its_reservations_are_told(open_app, written, verdict: Verdict) -> None:
    app = open_app(written.root)

    assert [box.value.replace("\\", "") for box in app.info] == [verdict.decision.sentence]
    told = " ".join(text.value for text in app.markdown).replace("\\", "")
    for note in verdict.notes:
        assert note.split(":")[0] in told


def test_a_broken_fairness_check_is_seen_first(open_app, new_run) -> None:
    new_run.write(waves=(), fair=False)
    with new_run.open() as run:
        new_run.wave(run, new_run.waves[0])
        new_run.shard(run, new_run.waves[0], 0)

    app = open_app(new_run.root)

    assert "No verdict: the fairness check “same prompt” is broken" in app.error[0].value
    assert app.expander[0].proto.expanded


def test_differences_turn_round_with_the_baseline(open_app, written, verdict: Verdict) -> None:
    app = open_app(written.root, baseline="rag")
    wave = verdict.waves[-1]
    found = next(one for one in wave.comparisons if {one.arm, one.other} == {"closed_book", "rag"})

    assert found.other == "rag"
    row = table(app, 1).loc["closed_book"]
    assert row["difference"] == figures.difference(found.difference, found.low, found.high)
    assert row["p"] == figures.p_value(found.p_adjusted)
    assert row["reads"] == "worse"
    assert (row["better on"], row["worse on"]) == (str(found.wins), str(found.losses))

    app.selectbox(key="baseline").select("closed_book").run()
    row = table(app, 1).loc["rag"]
    assert row["difference"] == figures.difference(-found.difference, -found.high, -found.low)
    assert row["reads"] == "better"
    assert table(app, 1).loc["oracle", "reads"] == "not tested"


def test_the_chart_is_the_verdicts(open_app, written, verdict: Verdict) -> None:
    app = open_app(written.root)
    drawn = json.loads(app.get("vega_lite_chart")[0].proto.spec)
    meant = accuracy_chart(verdict, verdict.waves[-1])

    # Streamlit takes the data out and sends it as Arrow.
    assert drawn["description"] == meant["description"]
    assert drawn["layer"][1:] == meant["layer"][1:]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ({"run": "../../etc"}, "the run “../../etc”"),
        ({"wave": "1999-01-01"}, "the wave “1999-01-01”"),
    ],
)
def test_an_address_of_what_is_not_there_is_told(open_app, written, address: dict[str, str], told: str) -> None:
    app = open_app(written.root, **address)

    assert told in app.warning[0].value.replace("\\", "")
    assert app.selectbox(key="wave").value == LAST
    assert not app.exception
    app.run()
    assert not app.warning
