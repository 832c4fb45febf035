"""The charts of all pages: valid, told in words, true to the verdict, their labels kept apart."""

import itertools
import re
from dataclasses import replace
from datetime import date

import altair
import pytest

from ragvsft.core.values import Change
from ragvsft.report.chart_files import svg
from ragvsft.report.chart_marks import kept_apart
from ragvsft.report.charts_cost import month_parts, total_chart
from ragvsft.report.charts_decision import about_pareto, pareto_chart
from ragvsft.report.charts_freshness import outcomes_chart, over_time_chart
from ragvsft.report.charts_lab import ranks_chart, recall_chart, training_chart
from ragvsft.report.html_charts import charts_of
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict


@pytest.fixture(scope="module")
def weighed(priced) -> Verdict:
    return read_verdict(priced.folder)


def test_every_chart_is_valid_and_told(weighed: Verdict, sure) -> None:
    specs = [spec for some in charts_of(weighed).values() for _, spec in some]
    specs += [spec for _, spec in charts_of(read_verdict(sure.folder))["confidence"]]
    specs += [training_chart("a", [(1, 2.0), (2, 1.0)], [(2, 0.5)]), ranks_chart({1: 3, None: 1})]
    specs += [training_chart("a", [(1, 2.0)], []), training_chart("a", [], [(2, 0.5)])]

    for spec in specs:
        assert spec is not None
        altair.Chart.from_dict(spec, validate=True)
        assert len(spec["description"]) > 30


def test_the_front_is_told_and_holds_no_oracle(weighed: Verdict) -> None:
    chart = pareto_chart(weighed, weighed.waves[-1], weighed.economics)

    assert chart is not None
    front = chart["description"].rpartition(": ")[2].split(", ")
    assert "closed_book" in front or "fine_tuned" in front
    assert "oracle" not in front
    assert {row["arm"] for row in chart["data"]["values"]} == {arm.name for arm in weighed.arms}


def test_without_prices_seconds_are_the_cost(verdict: Verdict) -> None:
    chart = pareto_chart(verdict, verdict.waves[-1], verdict.economics)

    assert chart is not None
    assert "against seconds a question" in chart["description"]
    title, told = about_pareto(verdict, verdict.waves[-1], verdict.economics)
    assert title == "Accuracy against time"
    assert "share of batched work" in told


def test_a_front_of_one_arm_has_no_line_to_tell_of(weighed: Verdict) -> None:
    """One arm, cheap and right beyond all others, stands alone on the front."""
    last, money = weighed.waves[-1], weighed.economics
    assert money is not None
    best = max((one for one in last.arms if one.arm != "oracle"), key=lambda one: one.scores[weighed.primary].mean)
    month = money.arm(best.arm).month
    assert month is not None
    cheap = [
        replace(one, month=replace(month, usd=0.001, low=None, high=None)) if one.arm == best.arm else one
        for one in money.arms
    ]

    assert "The dashed line joins" in about_pareto(weighed, last, money)[1]
    title, told = about_pareto(weighed, last, replace(money, arms=tuple(cheap)))
    assert title == "Accuracy against cost"
    assert told == f"No arm that may be chosen beats {best.arm} in either."


def test_the_recall_of_a_depth_stands_over_its_name() -> None:
    """Offsets begin at the left end of a band and about the middle of a point."""
    arms = {"rag": "rag", "hybrid": "hybrid"}
    chart = recall_chart({arm: {1: INTERVAL, 3: INTERVAL} for arm in arms}, arms)

    assert chart is not None
    drawn = svg(chart)
    axis = dict(map(reversed, re.findall(r'"translate\(([0-9.]+),[0-9.]+\)"[^>]*>([13])</text>', drawn)))
    points = re.findall(r'translate\(([0-9.]+),[0-9.]+\)"', drawn.partition("mark-symbol role-mark layer_2")[2])[:4]
    places = sorted(map(float, points))
    for depth, left, right in zip("13", places[::2], places[1::2], strict=True):
        assert (left + right) / 2 == pytest.approx(float(axis[depth]), abs=1)


def test_a_month_is_the_sum_of_its_parts(weighed: Verdict) -> None:
    money = weighed.economics
    assert money is not None
    for one in money.arms:
        assert one.month is not None
        assert sum(month_parts(one, money).values()) == pytest.approx(one.month.usd)


def test_lines_cross_where_arms_break_even(weighed: Verdict) -> None:
    money = weighed.economics
    assert money is not None
    chart = total_chart(money, {arm.name: arm.kind for arm in weighed.arms}, ["closed_book", "fine_tuned"])
    assert chart is not None
    lines = {
        arm: {row["n"]: row["usd"] for row in chart["data"]["values"] if row["arm"] == arm}
        for arm in ("closed_book", "fine_tuned")
    }
    (pair,) = (one for one in money.break_evens if {one.arm, one.other} == set(lines))
    for n in lines["closed_book"]:
        cheaper = lines[pair.arm][n] < lines[pair.other][n]
        assert cheaper == (pair.n_questions is not None and n > pair.n_questions)


def test_what_there_is_nothing_of_is_no_chart(verdict: Verdict) -> None:
    assert over_time_chart("x", {"rag": {date(2024, 1, 1): INTERVAL}}, {"rag": "rag"}) is None
    assert outcomes_chart(verdict.waves[-1].freshness, Change.NEW) is None
    assert recall_chart({}, {}) is None
    assert ranks_chart({}) is None
    assert training_chart("a", [], []) is None


INTERVAL = Interval(mean=0.5, low=0.4, high=0.6, n=10, n_failed=0, n_facts=10, method="wilson")


@pytest.mark.parametrize("heights", [[0.5, 0.5, 0.5], [0.0, 1.0], [0.31, 0.3, 0.29, 0.9], []])
def test_labels_keep_their_order_and_a_gap(heights: list[float]) -> None:
    placed = kept_apart(heights, 0.05)

    order = sorted(range(len(heights)), key=lambda at: heights[at])
    for lower, upper in itertools.pairwise(order):
        assert placed[upper] - placed[lower] > 0.05 - 1e-3
    assert sum(placed) == pytest.approx(sum(heights))
