"""Charts of confidence: how often an arm is right where it is so sure, and how wrong its surest answers are."""

from typing import Any

from ragvsft.report import figures
from ragvsft.report.chart_marks import CONFIG, LINE, SCHEMA, chart, dashes, kept_apart, legend, named
from ragvsft.verdict.verdict import Verdict, WaveVerdict

_SIDE = 200
"""Pixels of one arm's square."""
_COLUMNS = 3
_HEIGHT = 340
_LABEL = 17
_ROOM = 1.2
"""Where the axis of coverage ends, so that a line that reaches 1 has room for its name."""
_TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1]


def reliability_chart(verdict: Verdict, wave: WaveVerdict) -> dict[str, Any] | None:
    """A square an arm: the score of each confidence bin on its 95 % interval, by the bin's mean confidence.

    Points on the dashed diagonal are as often right as they are sure; below it they are too sure. None where no answer
    has a confidence.
    """
    kinds = _kinds(verdict, wave)
    if not kinds:
        return None
    rows = [
        {"arm": one.arm, "kind": named(kinds[one.arm]), "confidence": bin.confidence, "mean": bin.score.mean}
        | {"low": bin.score.low, "high": bin.score.high, "n": bin.score.n, "told": figures.interval(bin.score)}
        | {"bin": figures.span(bin.low, bin.high), "from": 0, "to": 1}
        for one in wave.calibrations
        for bin in one.bins
    ]
    score = figures.words(verdict.primary)
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}}
    x = {**share, "axis": {"format": "%", "title": "confidence", "values": [0, 0.5, 1], "grid": False}}
    y = {**share, "axis": {"format": "%", "title": score, "values": [0, 0.5, 1]}}
    at = {"x": {"field": "confidence", **x}}
    colour, shape = legend(list(dict.fromkeys(kinds.values())))
    tooltip = [
        {"field": "arm", "title": "arm"},
        {"field": "bin", "title": "confidence"},
        {"field": "told", "title": score},
        {"field": "n", "title": "answers"},
    ]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "strokeDash": [3, 4], "color": LINE},
            "encoding": {
                "x": {"field": "from", **x},
                "y": {"field": "from", **y},
                "x2": {"field": "to"},
                "y2": {"field": "to"},
            },
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.45},
            "encoding": {**at, "y": {"field": "low", **y}, "y2": {"field": "high"}, "color": colour},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {**at, "y": {"field": "mean", **y}, "color": colour, "shape": shape, "tooltip": tooltip},
        },
    ]
    told = "; ".join(
        f"{one.arm} is {figures.percent(one.confidence)} sure and {figures.percent(one.score)} right, ECE "
        f"{figures.percent(one.ece)}, of {one.n_answers:,} answers"
        for one in wave.calibrations
    )
    return {
        "$schema": SCHEMA,
        "description": f"Confidence against {score} in percent by arm at {wave.wave}: {told}",
        "data": {"values": rows},
        "facet": {"field": "arm", "type": "nominal", "sort": list(kinds), "header": {"title": None}},
        "columns": _COLUMNS,
        "spec": {"width": _SIDE, "height": _SIDE, "layer": layers},
        "config": CONFIG,
    }


def risk_chart(verdict: Verdict, wave: WaveVerdict) -> dict[str, Any] | None:
    """A line an arm: the risk of giving only its most confident answers, by their share.

    None where no answer has a confidence.
    """
    kinds = _kinds(verdict, wave)
    if not kinds:
        return None
    rows = [
        {"arm": one.arm, "kind": named(kinds[one.arm]), "coverage": point.coverage, "risk": point.risk}
        | {"confidence": point.confidence}
        for one in wave.calibrations
        for point in one.curve
    ]
    ends = [one.curve[-1] for one in wave.calibrations]
    heights = kept_apart([end.risk for end in ends], _LABEL / (_HEIGHT - 80))
    labels = [
        {"arm": one.arm, "coverage": end.coverage, "risk": height}
        for one, end, height in zip(wave.calibrations, ends, heights, strict=True)
    ]
    x = {"field": "coverage", "type": "quantitative", "scale": {"domain": [0, _ROOM], "nice": False}}
    x["axis"] = {"format": "%", "title": "coverage, the most confident first", "values": _TICKS, "grid": False}
    y = {"field": "risk", "type": "quantitative", "scale": {"domain": [0, 1]}}
    y["axis"] = {"format": "%", "title": "risk", "values": _TICKS}
    colour, _ = legend(list(dict.fromkeys(kinds.values())))
    place = {"x": x, "y": y, "color": colour}
    tooltip = [
        {"field": "arm", "title": "arm"},
        {"field": "coverage", "title": "coverage", "format": ".1%"},
        {"field": "risk", "title": "risk", "format": ".1%"},
        {"field": "confidence", "title": "confidence at least", "format": ".1%"},
    ]
    layers = [
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**place, "strokeDash": dashes(kinds)}},
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0},
            "encoding": {**place, "detail": {"field": "arm"}, "tooltip": tooltip},
        },
        {
            "data": {"values": labels},
            "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 13},
            "encoding": {"x": x, "y": y, "text": {"field": "arm"}},
        },
    ]
    told = "; ".join(
        f"{one.arm} {figures.percent(one.curve[-1].risk)} at coverage {figures.percent(one.curve[-1].coverage)}, "
        f"AURC {figures.percent(one.aurc)}"
        for one in wave.calibrations
    )
    return chart(f"Risk by coverage in percent at {wave.wave}: {told}", rows, _HEIGHT, layers)


def _kinds(verdict: Verdict, wave: WaveVerdict) -> dict[str, str]:
    """The arms whose answers have a confidence, in their order."""
    told = {one.arm for one in wave.calibrations}
    return {arm.name: arm.kind for arm in verdict.arms if arm.name in told}
