"""Charts of the choice: accuracy against cost with the Pareto front, and how often each arm is the best."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

import numpy as np

from ragvsft.report import figures
from ragvsft.report.chart_marks import LINE, chart, kept_apart, legend, named
from ragvsft.verdict.decision import Weighed
from ragvsft.verdict.economics import Economics
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from ragvsft.verdict.weighing import front

Cost = tuple[float, float, float, str]
"""What an arm costs, the ends of its interval, the same in words."""
HEIGHT = 360
SECONDS = "seconds a question"
"""The unit where arms are not priced."""
_LABEL = 17
"""Pixels that a label takes."""


def pareto_chart(verdict: Verdict, wave: WaveVerdict, money: Economics | None) -> dict[str, Any] | None:
    """The primary metric over what an arm costs; None where fewer than two arms have both.

    USD a month, with its interval, where arms are priced; else seconds a question. The line joins the arms that no
    other one beats in both; the oracle is none of them.
    """
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    scores = _scores(verdict, wave)
    costs, unit = _costs(verdict, money, scores)
    arms = [arm for arm in scores if arm in costs]
    if len(arms) < 2:
        return None
    on_front = _front(verdict, scores, costs)
    low = floor(10 * min(scores[arm].low for arm in arms)) / 10
    high = max(ceil(10 * max(scores[arm].high for arm in arms)) / 10, low + 0.1)
    x_values = [costs[arm][0] for arm in arms]
    labels = kept_apart([scores[arm].mean for arm in arms], _LABEL * (high - low) / (HEIGHT - 90))
    rows = [
        {"arm": arm, "kind": named(kinds[arm]), "mean": scores[arm].mean, "low": scores[arm].low}
        | {"high": scores[arm].high, "cost": costs[arm][0], "cost_low": costs[arm][1], "cost_high": costs[arm][2]}
        | {
            "label": label,
            "side": "right" if _is_left(costs[arm][0], x_values) else "left",
            "score": figures.interval(scores[arm]),
            "told": costs[arm][3],
        }
        for arm, label in zip(arms, labels, strict=True)
    ]
    is_wide = min(x_values) > 0 and max(x_values) / min(x_values) > 30
    x = {
        "type": "quantitative",
        "scale": {"type": "log", "nice": False, "domain": [min(x_values) / 2, max(x_values) * 2]}
        if is_wide
        else {"type": "linear", "nice": False, "domain": [0, 1.15 * max(x_values) or 1]},
        "axis": {
            "title": unit + (" (logarithmic)" if is_wide else ""),
            "tickCount": 5,
            "format": ",.6~r",
            "grid": False,
        },
    }
    title = f"{figures.words(verdict.primary)}, with 95 % interval"
    y = {
        "type": "quantitative",
        "scale": {"domain": [low, high], "clamp": True},
        "axis": {"format": "%", "title": title},
    }
    colour, shape = legend(list(dict.fromkeys(kinds[arm] for arm in arms)))
    joined = [row for row in rows if row["arm"] in on_front]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": joined},
            "mark": {"type": "line", "strokeDash": [4, 4], "color": LINE, "strokeWidth": 2},
            "encoding": {"x": {"field": "cost", **x}, "y": {"field": "mean", **y}, "order": {"field": "cost"}},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                "x": {"field": "cost", **x},
                "y": {"field": "low", **y},
                "y2": {"field": "high"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                "x": {"field": "cost_low", **x},
                "x2": {"field": "cost_high"},
                "y": {"field": "mean", **y},
                "color": colour,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 170, "opacity": 1},
            "encoding": {
                "x": {"field": "cost", **x},
                "y": {"field": "mean", **y},
                "color": colour,
                "shape": shape,
                "tooltip": [
                    {"field": "arm", "title": "arm"},
                    {"field": "score", "title": "percent"},
                    {"field": "told", "title": unit},
                ],
            },
        },
        *(
            {
                "transform": [{"filter": {"field": "side", "equal": side}}],
                "mark": {"type": "text", "align": align, "dx": dx, "fontSize": 13},
                "encoding": {"x": {"field": "cost", **x}, "y": {"field": "label", **y}, "text": {"field": "arm"}},
            }
            for side, align, dx in (("right", "left", 13), ("left", "right", -13))
        ),
    ]
    told = "; ".join(f"{row['arm']} {row['score']} at {row['told']}" for row in rows)
    front_told = ", ".join(sorted(on_front, key=lambda arm: costs[arm][0]))
    description = (
        f"{figures.words(verdict.primary)} in percent against {unit} at {wave.wave}: {told}. "
        f"No arm beats these in both: {front_told or 'none'}"
    )
    return chart(description, rows, HEIGHT, layers)


def about_pareto(verdict: Verdict, wave: WaveVerdict, money: Economics | None) -> tuple[str, str]:
    """The title of `pareto_chart`, and how to read it."""
    scores = _scores(verdict, wave)
    costs, unit = _costs(verdict, money, scores)
    on_front = _front(verdict, scores, costs)
    told = "The dashed line joins the arms that no other beats in both."
    if len(on_front) == 1:
        told = f"No arm that may be chosen beats {on_front[0]} in either."
    if unit == SECONDS:
        return (
            "Accuracy against time",
            f"{told} Seconds are a question's share of batched work, not how long one waits.",
        )
    return "Accuracy against cost", told


def probability_chart(weighed: Weighed) -> dict[str, Any]:
    """How often each arm is best: a bar at the weights as they are, a tick where the weights vary as well."""
    order = sorted(weighed.probability_at_weights, key=lambda arm: (-weighed.probability_at_weights[arm], arm))
    rows = [
        {"arm": arm, "at_weights": weighed.probability_at_weights[arm], "varied": weighed.probability_best[arm]}
        | {"told": f"{figures.percent(weighed.probability_at_weights[arm])} %"}
        for arm in order
    ]
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, 1.2], "nice": False},  # room for 100.0 %
        "axis": {
            "format": "%",
            "title": "of the resamples, in which the arm is best",
            "values": [0, 0.25, 0.5, 0.75, 1],
        },
    }
    y = {"field": "arm", "type": "nominal", "sort": None, "axis": {"title": None, "labelLimit": 220}}
    layers = [
        {
            "mark": {"type": "bar", "color": "#0072b2", "height": 16},
            "encoding": {"y": y, "x": {"field": "at_weights", **x}, "tooltip": _tooltip()},
        },
        {
            "mark": {"type": "tick", "color": "#cf7b00", "thickness": 4, "size": 24},
            "encoding": {"y": y, "x": {"field": "varied", **x}, "tooltip": _tooltip()},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 13},
            "encoding": {"y": y, "x": {"field": "at_weights", **x}, "text": {"field": "told"}},
        },
    ]
    told = "; ".join(
        f"{arm} {figures.percent(weighed.probability_at_weights[arm])} %, "
        f"{figures.percent(weighed.probability_best[arm])} % with varied weights"
        for arm in order
    )
    return chart(f"How often each arm is best in the resamples: {told}", rows, 34 * len(rows) + 60, layers)


def _is_left(value: float, values: Sequence[float]) -> bool:
    """Whether a point stands in the left half, so that its name has room at its right."""
    return value <= (min(values) + max(values)) / 2


def _tooltip() -> list[dict[str, str]]:
    return [
        {"field": "arm", "title": "arm"},
        {"field": "at_weights", "title": "at these weights", "format": ".1%"},
        {"field": "varied", "title": "weights varied", "format": ".1%"},
    ]


def _scores(verdict: Verdict, wave: WaveVerdict) -> dict[str, Interval]:
    return {arm.arm: arm.scores[verdict.primary] for arm in wave.arms if verdict.primary in arm.scores}


def _costs(verdict: Verdict, money: Economics | None, scores: Mapping[str, Interval]) -> tuple[dict[str, Cost], str]:
    """Arm -> its cost, the ends of the interval, the same in words; and the unit."""
    found: dict[str, Cost] = {}
    for one in money.arms if money else ():
        if one.month is not None and one.arm in scores:
            usd = one.month.usd
            low = usd if one.month.low is None else one.month.low
            high = usd if one.month.high is None else one.month.high
            found[one.arm] = (usd, low, high, figures.estimate(one.month))
    if len(found) > 1:
        return found, "USD a month"
    seconds = {arm: verdict.costs[arm].question_s for arm in scores if arm in verdict.costs}
    return {
        arm: (value, value, value, figures.seconds(value)) for arm, value in seconds.items() if value is not None
    }, SECONDS


def _front(verdict: Verdict, scores: Mapping[str, Interval], costs: Mapping[str, Cost]) -> list[str]:
    """The arms that may be chosen and that no other of them beats in both."""
    arms = [arm.name for arm in verdict.arms if arm.name in scores and arm.name in costs and arm.can_be_chosen]
    if not arms:
        return []
    values = np.array([[scores[arm].mean, -costs[arm][0]] for arm in arms])
    return [arm for arm, is_on in zip(arms, front(values), strict=True) if is_on]
