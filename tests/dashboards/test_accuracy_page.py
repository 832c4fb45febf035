"""The Accuracy page shows the verdict's values, whichever wave, baseline and slice are asked for."""

import json
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from pages_read import table, texts
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.charts import accuracy_chart
from ragvsft.verdict.verdict import Verdict

LAST = "2025-01-01"


@pytest.fixture
def accuracy(open_app, written):
    def opened(**address: str) -> AppTest:
        app = open_app(written.root, **address)
        app.switch_page("views/accuracy.py")
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return opened


@pytest.mark.parametrize("date", ["2024-01-01", "2024-07-01", LAST])
def test_every_wave_shows_its_scores(accuracy, verdict: Verdict, date: str) -> None:
    app = accuracy(wave=date)
    wave = next(wave for wave in verdict.waves if wave.wave.isoformat() == date)

    scores = table(app, "exact match", "n")
    assert list(scores.index) == [arm.arm for arm in wave.arms]
    for arm in wave.arms:
        for metric in wave.metrics:
            assert scores.loc[arm.arm, figures.words(metric)] == figures.interval(arm.scores[metric])
        assert scores.loc[arm.arm, "failed"] == str(arm.n_failed)
    assert scores.loc["rag", "recall@k"] == figures.interval(wave.arms[1].retrieval["recall@3"])
    assert scores.loc["hybrid_reader", "recall@k"] == figures.interval(wave.arms[5].retrieval["recall@2"])
    assert scores.loc["closed_book", "recall@k"] == figures.NOTHING


def test_kinds_of_outcomes_are_the_verdicts(accuracy, verdict: Verdict) -> None:
    kinds = table(accuracy(), "old and new")

    for arm in verdict.waves[-1].arms:
        assert kinds.loc[arm.arm, "stale"] == str(arm.outcomes[OutcomeKind.STALE])
        assert kinds.loc[arm.arm, "right"] == str(arm.outcomes[OutcomeKind.CURRENT])
        assert kinds.loc[arm.arm, "unanswerable"] == f"{arm.n_unanswerable_abstained} of {arm.n_unanswerable}"


def test_a_win_opens_as_many_questions_as_it_counts(accuracy, open_app, written) -> None:
    wins = table(accuracy(), "closed_book", "oracle")

    assert wins.loc["rag", "rag"] == figures.NOTHING
    told, _, address = wins.loc["rag", "hybrid_reader"].removesuffix(")").partition("](/examples?")
    app = open_app(written.root)
    app.switch_page("views/examples.py")
    for name, value in parse_qsl(address):
        app.query_params[name] = value
    app.run()
    assert app.selectbox(key="picked").label == f"Question 1 of {told.removeprefix('[')}"
    assert app.multiselect(key="right").value == ["rag"]


def test_slices_are_the_verdicts_and_small_ones_say_so(accuracy, verdict: Verdict) -> None:
    app = accuracy(slice="topic")
    parts = {part.value: part for part in verdict.waves[-1].parts if part.by == "topic"}

    slices = table(app, "facts", "questions", "rag")
    assert set(slices.index) == set(parts) == {"prices", "rates"}
    for value, part in parts.items():
        assert slices.loc[value, "facts"] == f"{part.n_facts}*"
        told = figures.interval(part.scores["rag"][verdict.primary])
        assert slices.loc[value, "rag"].replace("\\", "") == told
    assert "Fewer than 20 facts: chance may explain" in texts(app)


def test_differences_turn_round_with_the_baseline(accuracy, verdict: Verdict) -> None:
    app = accuracy(baseline="rag")
    found = next(one for one in verdict.waves[-1].comparisons if {one.arm, one.other} == {"closed_book", "rag"})

    assert found.other == "rag"
    row = table(app, "difference", "reads").loc["closed_book"]
    assert row["difference"] == figures.difference(found.difference, found.low, found.high)
    assert row["p"] == figures.p_value(found.p_adjusted)
    assert row["reads"] == "worse"
    assert (row["better on"], row["worse on"]) == (str(found.wins), str(found.losses))

    app.selectbox(key="baseline").select("closed_book").run()
    differences = table(app, "difference", "reads")
    assert differences.loc["rag", "difference"] == figures.difference(-found.difference, -found.high, -found.low)
    assert differences.loc["rag", "reads"] == "better"
    assert differences.loc["oracle", "reads"] == "not tested"


def test_the_chart_is_the_verdicts(accuracy, verdict: Verdict) -> None:
    drawn = json.loads(accuracy().get("vega_lite_chart")[0].proto.spec)
    meant = accuracy_chart(verdict, verdict.waves[-1])

    # Streamlit takes the data out and sends it as Arrow.
    assert drawn["description"] == meant["description"]
    assert drawn["layer"][1:] == meant["layer"][1:]


def test_another_run_is_compared_by_the_rules_of_compare(open_app, new_run) -> None:
    other = type(new_run)(new_run.root, name="other", number=1)
    for run in (new_run, other):
        run.write(waves=new_run.waves[:1])

    app = open_app(new_run.root, run=new_run.folder.name, other=other.folder.name)
    app.switch_page("views/accuracy.py").run()

    against = table(app, "other run", "this run")
    assert list(against.index) == list(new_run.arms)
    assert set(against["told apart"]) == {"no"}
    assert against.loc["rag", "this run"] == against.loc["rag", "other run"]
    app.selectbox(key="other").set_value(None).run()
    assert not any("other run" in one.value.columns for one in app.table)


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
