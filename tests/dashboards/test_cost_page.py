"""The Cost page shows the verdict's money and seconds; other prices change it, and what is unpriced is never 0."""

import pytest
from streamlit.testing.v1 import AppTest

from pages_read import table, texts
from ragvsft.report import figures
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict


@pytest.fixture
def cost(open_app):
    def opened(run, **address: str) -> AppTest:
        app = open_app(run.root, **address)
        app.switch_page("views/cost.py")
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return opened


def test_money_is_the_verdicts(cost, priced) -> None:
    app, money = cost(priced), read_verdict(priced.folder).economics
    assert money is not None

    rows = table(app, "1,000 questions", "in all")
    for one in money.arms:
        assert rows.loc[one.arm, "set-up"] == figures.usd(one.setup_usd)
        assert rows.loc[one.arm, "an update"] == figures.usd(one.refresh_usd)
        assert rows.loc[one.arm, "a month in all"] == figures.estimate(one.month)
    pairs = table(app, "cheaper from questions")
    assert len(pairs) == len(money.break_evens)
    first = money.break_evens[0]
    told = "never" if first.n_questions is None else figures.count(first.n_questions)
    assert pairs["cheaper from questions"].iloc[0].startswith(("they cost the same", told))
    assert len(app.get("vega_lite_chart")) == 2


def test_a_price_by_hand_changes_the_costs(cost, priced) -> None:
    app = cost(priced)
    before = table(app, "1,000 questions").loc["closed_book", "1,000 questions"]
    app.number_input(key="usd_core_hour").set_value(0.72).run()
    after = table(app, "1,000 questions").loc["closed_book", "1,000 questions"]

    assert float(after.split()[0]) == pytest.approx(2 * float(before.split()[0]), rel=0.1)
    assert "entered by hand on the dashboard" in table(app, "source")["source"].to_list()


def test_what_the_sheet_does_not_price_stays_unpriced_until_somebody_does(cost, priced) -> None:
    app = cost(priced)

    assert app.number_input(key="usd_label").value is None
    assert table(app, "index", "labels").loc["fine_tuned", "labels"] == ":gray[unpriced]"
    app.number_input(key="usd_label").set_value(0.5).run()
    assert table(app, "index", "labels").loc["fine_tuned", "labels"] == "0.00"
    assert not app.exception


def test_without_a_sheet_seconds_remain(cost, written, verdict: Verdict) -> None:
    app = cost(written)

    assert "Nothing is priced" in texts(app)
    assert not app.number_input  # a workload would change nothing
    costs = table(app, "p95 s", "set-up s")
    for arm in verdict.waves[-1].arms:
        assert costs.loc[arm.arm, "p95 s"] == figures.seconds(verdict.latency[arm.arm].p95_s)
        assert costs.loc[arm.arm, "set-up s"] == figures.seconds(verdict.costs[arm.arm].setup_s)
    assert costs.loc["fine_tuned", "refresh s"] == "120"
    first = table(cost(written, wave="2024-01-01"), "p95 s", "set-up s")
    assert list(first["p95 s"]) == [figures.NOTHING] * 7
    assert "refresh s" not in first
