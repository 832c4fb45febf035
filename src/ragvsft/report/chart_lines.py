"""Lines of arms with their intervals, as layers of a chart."""

from collections.abc import Mapping, Sequence
from typing import Any

from ragvsft.report.chart_marks import dashes, legend

Encoding = Mapping[str, Any]


def arm_lines(
    x: Encoding,
    y: Encoding,
    kinds: Mapping[str, str],
    *,
    spread: int,
    dash_legend: Encoding | None,
    tooltip: Sequence[Encoding],
) -> list[dict[str, Any]]:
    """A line, the intervals and the points of every arm, over rows with `arm`, `kind`, `mean`, `low` and `high`.

    Args:
        x: the axis along which the lines run.
        y: the axis of the shares, without its field.
        kinds: arm -> kind, of the arms that are drawn.
        spread: pixels by which arms stand apart at one place, to either side.
        dash_legend: of the ways in which lines are broken; None: there is none.
        tooltip: of the points, after the arm.
    """
    colour, shape = legend(list(dict.fromkeys(kinds.values())))
    place = {
        "x": x,
        "color": colour,
        "xOffset": {"field": "arm", "type": "nominal", "sort": None, "scale": {"range": [-spread, spread]}},
    }
    mean = {"field": "mean", **y}
    told = [{"field": "arm", "title": "arm"}, *tooltip]
    return [
        {
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": {**place, "y": mean, "detail": {"field": "arm"}, "strokeDash": dashes(kinds, dash_legend)},
        },
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.45},
            "encoding": {**place, "y": {"field": "low", **y}, "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {**place, "y": mean, "shape": shape, "tooltip": told},
        },
    ]
