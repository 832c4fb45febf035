"""Charts as Vega-Lite specifications, written once for the dashboard and for reports. Plain values, no library."""

from typing import Any

from ragvsft.report import figures
from ragvsft.verdict.verdict import Verdict, WaveVerdict

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
KIND_COLOURS = {
    "closed_book": "#6b7280",
    "rag": "#0072b2",
    "fine_tuned": "#d55e00",
    "hybrid": "#009e73",
    "oracle": "#b3b3b3",
    "router": "#cc79a7",
    "recorded": "#8c6d31",
}
"""Okabe and Ito 2008, distinguishable with every common colour vision."""


def accuracy_chart(verdict: Verdict, wave: WaveVerdict) -> dict[str, Any]:
    """Every arm's primary score with its 95 % interval, as bars with whiskers, in the order of the experiment file."""
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    rows = [
        {
            "arm": arm.arm,
            "kind": kinds[arm.arm],
            "mean": arm.scores[verdict.primary].mean,
            "low": arm.scores[verdict.primary].low,
            "high": arm.scores[verdict.primary].high,
            "shown": figures.interval(arm.scores[verdict.primary]),
        }
        for arm in wave.arms
    ]
    present = list(dict.fromkeys(row["kind"] for row in rows))
    y = {"field": "arm", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 220}}
    title = f"{figures.words(verdict.primary)}, with 95 % interval"
    return {
        "$schema": SCHEMA,
        "description": accuracy_words(verdict, wave),
        "data": {"values": rows},
        "height": {"step": 34},
        "layer": [
            {
                "mark": {"type": "bar", "height": 18, "cornerRadiusEnd": 2},
                "encoding": {
                    "y": y,
                    "x": {
                        "field": "mean",
                        "type": "quantitative",
                        "scale": {"domain": [0, 1]},
                        "axis": {"format": "%", "title": title},
                    },
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "title": "kind of arm",
                        "scale": {"domain": present, "range": [KIND_COLOURS[kind] for kind in present]},
                    },
                    "tooltip": [{"field": "arm"}, {"field": "shown", "title": "percent"}],
                },
            },
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"y": y, "x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
            },
        ],
    }


def accuracy_words(verdict: Verdict, wave: WaveVerdict) -> str:
    """What the accuracy chart shows, for readers who cannot see it."""
    told = "; ".join(f"{arm.arm} {figures.interval(arm.scores[verdict.primary])}" for arm in wave.arms)
    return f"{figures.words(verdict.primary)} in percent with 95 % interval at {wave.wave}: {told}"
