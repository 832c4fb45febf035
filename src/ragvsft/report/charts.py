"""The chart of the arms' scores as a Vega-Lite specification, as every chart: for dashboard and report, no library."""

import json
from typing import Any

from ragvsft.report import figures
from ragvsft.report.chart_marks import CONFIG, SCHEMA, legend, named
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.verdict import Verdict, WaveVerdict

ROW_HEIGHT = 34
"""Pixels of an arm."""


def accuracy_chart(verdict: Verdict, wave: WaveVerdict) -> dict[str, Any]:
    """Every scored arm's primary score as a mark on its 95 % interval, in the order of the experiment file.

    The figures stand at the right, and a dashed line at the baseline's mean. No colour of text is set, so that a
    light and a dark page can each set its own.
    """
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    scored = _scored(verdict, wave)
    rows = [
        {"row": at, "arm": arm, "kind": named(kinds[arm]), "told": figures.interval(score)}
        | {"mean": score.mean, "low": score.low, "high": score.high}
        for at, (arm, score) in enumerate(scored.items())
    ]
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "title": f"{figures.words(verdict.primary)}, with 95 % interval", "tickCount": 10},
    }
    y = {"field": "arm", "type": "nominal", "sort": None, "axis": {"title": None, "labelLimit": 260, "grid": True}}
    colour, shape = legend(list(dict.fromkeys(kinds[arm] for arm in scored)))
    tooltip = [{"field": "arm", "title": "arm"}, {"field": "told", "title": "percent"}]
    # Figures and digits alone enter the expression, never a name.
    told = f"{json.dumps([row['told'] for row in rows])}[datum.value]"
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "strokeWidth": 3, "strokeCap": "round"},
            "encoding": {"y": y, "x": {"field": "low", **x}, "x2": {"field": "high"}, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 160, "opacity": 1},
            "encoding": {
                "y": {
                    "field": "row",
                    "type": "ordinal",
                    "axis": {"title": None, "orient": "right", "labelExpr": told, "labelLimit": 260, "domain": False},
                },
                "x": {"field": "mean", **x},
                "color": colour,
                "shape": shape,
                "tooltip": tooltip,
            },
        },
    ]
    if verdict.baseline in scored:
        at = {"values": [{"mean": scored[verdict.baseline].mean}]}
        line = {"type": "rule", "strokeDash": [3, 4], "color": "#808793"}
        layers.insert(0, {"data": at, "mark": line, "encoding": {"x": {"field": "mean", **x}}})
    return {
        "$schema": SCHEMA,
        "description": accuracy_words(verdict, wave),
        "data": {"values": rows},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "height": ROW_HEIGHT * len(rows),
        "layer": layers,
        "resolve": {"scale": {"y": "independent"}},
        "config": CONFIG,
    }


def accuracy_words(verdict: Verdict, wave: WaveVerdict) -> str:
    """What the accuracy chart shows, for readers who cannot see it."""
    told = "; ".join(f"{arm} {figures.interval(score)}" for arm, score in _scored(verdict, wave).items())
    return f"{figures.words(verdict.primary)} in percent with 95 % interval at {wave.wave}: {told}"


def _scored(verdict: Verdict, wave: WaveVerdict) -> dict[str, Interval]:
    return {arm.arm: arm.scores[verdict.primary] for arm in wave.arms if verdict.primary in arm.scores}
