"""Charts of money: what a month of each arm is made of, and what arms cost in all by the number of questions."""

from collections.abc import Mapping, Sequence
from typing import Any

from ragvsft.report import figures
from ragvsft.report.chart_marks import chart, dashes, kept_apart, legend, named
from ragvsft.verdict.economics import ArmEconomics, Economics

HEIGHT = 340
_LABEL = 17
_POINTS = 41
PARTS = {
    "set-up, over the months": "#636b7a",
    "standing": "#8c6d31",
    "updates": "#cf7b00",
    "questions": "#0072b2",
}
"""What a month is made of, and its colour."""


def month_chart(money: Economics) -> dict[str, Any] | None:
    """What a month costs, a bar an arm, by what it is made of; None where nothing is priced."""
    priced = [one for one in money.arms if one.month is not None]
    if not priced:
        return None
    rows = [
        {"arm": one.arm, "part": part, "usd": usd, "at": list(PARTS).index(part), "told": figures.usd(usd)}
        for one in priced
        for part, usd in month_parts(one, money).items()
    ]
    y = {"field": "arm", "type": "nominal", "sort": [one.arm for one in priced]}
    totals = [
        {"arm": one.arm, "usd": one.month.usd, "told": figures.estimate(one.month)} for one in priced if one.month
    ]
    most = max(float(one.month.usd) for one in priced if one.month)
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, 1.4 * most or 1], "nice": False},
        "axis": {"title": "USD a month", "tickCount": 6, "format": ",.6~r"},
    }
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "height": {"band": 0.72}},
            "encoding": {
                "y": {**y, "axis": {"title": None, "labelLimit": 220}},
                "x": {"field": "usd", "stack": "zero", **x},
                "order": {"field": "at"},
                "color": {
                    "field": "part",
                    "type": "nominal",
                    "scale": {"domain": list(PARTS), "range": list(PARTS.values())},
                    "legend": {"title": None, "orient": "top", "symbolType": "square"},
                },
                "tooltip": [
                    {"field": "arm", "title": "arm"},
                    {"field": "part", "title": "part"},
                    {"field": "told", "title": "USD a month"},
                ],
            },
        },
        {
            "data": {"values": totals},
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 13},
            "encoding": {"y": y, "x": {"field": "usd", **x}, "text": {"field": "told"}},
        },
    ]
    told = "; ".join(f"{row['arm']} {row['told']}" for row in totals)
    return chart(f"USD a month with 95 % interval: {told}", rows, 30 * len(priced) + 90, layers)


def month_parts(one: ArmEconomics, money: Economics) -> dict[str, float]:
    """A priced arm's month, in USD by part; together they are its month."""
    load = money.workload
    question = one.question.usd if one.question else 0.0
    return {
        "set-up, over the months": (one.setup_usd or 0.0) / load.months,
        "standing": one.standing_usd_month or 0.0,
        "updates": load.updates_per_month * (one.refresh_usd or 0.0),
        "questions": load.questions_per_month * question,
    }


def total_chart(money: Economics, kinds: Mapping[str, str], arms: Sequence[str]) -> dict[str, Any] | None:
    """What arms cost in all over the number of questions: where lines cross, the cheaper one changes.

    Args:
        money: the costs.
        kinds: of the arms.
        arms: those to draw, as far as they are priced.
    """
    fixed = {
        one.arm: sum(usd for part, usd in month_parts(one, money).items() if part != "questions")
        * money.workload.months
        for one in money.arms
        if one.month is not None and one.question is not None and one.arm in arms
    }
    if len(fixed) < 2:
        return None
    question = {one.arm: one.question.usd for one in money.arms if one.question is not None}
    most = _most(money, list(fixed))
    rows = [
        {"arm": arm, "kind": named(kinds[arm]), "n": most * step / (_POINTS - 1)}
        | {"usd": fixed[arm] + question[arm] * most * step / (_POINTS - 1)}
        for arm in fixed
        for step in range(_POINTS)
    ]
    ends = [fixed[arm] + question[arm] * most for arm in fixed]
    labels = kept_apart(ends, _LABEL * max(ends) / (HEIGHT - 90))
    named_ends = [{"arm": arm, "n": most, "label": label} for arm, label in zip(fixed, labels, strict=True)]
    planned = money.workload.questions_per_month * money.workload.months
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, most * 1.16], "nice": False},
        "axis": {"title": f"questions over {money.workload.months} months", "tickCount": 6, "format": "~s"},
    }
    y = {
        "type": "quantitative",
        "scale": {"domain": [0, 1.08 * max(*ends, *labels) or 1], "nice": False},
        "axis": {"title": "USD in all", "tickCount": 6, "format": ",.6~r"},
    }
    colour, _ = legend(list(dict.fromkeys(kinds[arm] for arm in fixed)))
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "strokeWidth": 2.5},
            "encoding": {
                "x": {"field": "n", **x},
                "y": {"field": "usd", **y},
                "color": colour,
                "strokeDash": dashes({arm: kinds[arm] for arm in fixed}),
            },
        },
        {
            "data": {"values": named_ends},
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 13},
            "encoding": {"x": {"field": "n", **x}, "y": {"field": "label", **y}, "text": {"field": "arm"}},
        },
        {
            "data": {"values": [{"n": planned, "told": "the workload"}]},
            "mark": {"type": "rule", "strokeDash": [3, 4], "color": "#808793"},
            "encoding": {"x": {"field": "n", **x}, "tooltip": [{"field": "told", "title": "at"}]},
        },
    ]
    told = "; ".join(
        f"{arm} {figures.usd(fixed[arm])} and {figures.usd(1000 * question[arm])} a thousand" for arm in fixed
    )
    return chart(
        f"USD in all by the number of questions, before the first and for each thousand: {told}", rows, HEIGHT, layers
    )


def _most(money: Economics, arms: Sequence[str]) -> float:
    """Questions at the right edge: the workload's twice, and further where a break-even lies not much beyond."""
    planned = max(1.0, float(money.workload.questions_per_month * money.workload.months))
    crossings = [
        one.n_questions
        for one in money.break_evens
        if one.n_questions is not None and one.arm in arms and one.other in arms and one.n_questions < 20 * planned
    ]
    return max(2.0 * planned, *(1.3 * one for one in crossings), 1.0)
