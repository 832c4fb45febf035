"""Charts of the lab's work: training curves, what searches found at which depth, and where the gold passage stood."""

from collections.abc import Mapping, Sequence
from typing import Any

from ragvsft.report import figures
from ragvsft.report.chart_lines import arm_lines
from ragvsft.report.chart_marks import chart, named
from ragvsft.verdict.intervals import Interval

Curve = Sequence[tuple[int, float]]


def training_chart(name: str, loss: Curve, dev: Curve) -> dict[str, Any] | None:
    """The training loss and the dev score of one adapter by step; None without a curve."""
    if not loss and not dev:
        return None
    rows = [{"step": step, "loss": value} for step, value in loss]
    checks = [{"step": step, "dev": value, "told": f"{figures.percent(value)} %"} for step, value in dev]
    last = max(step for step, _ in (*loss, *dev))
    x = {
        "field": "step",
        "type": "quantitative",
        "scale": {"domain": [0, last or 1], "nice": False},
        "axis": {"title": "step", "tickCount": 6, "grid": False},
    }
    top = max((value for _, value in loss), default=1.0)
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "color": "#0072b2", "strokeWidth": 2},
            "encoding": {
                "x": x,
                "y": {
                    "field": "loss",
                    "type": "quantitative",
                    "scale": {"domain": [0, 1.05 * top or 1], "nice": False},
                    "axis": {"title": "training loss (line)", "tickCount": 4},
                },
            },
        },
        {
            "data": {"values": checks},
            "mark": {
                "type": "line",
                "color": "#cf7b00",
                "strokeWidth": 2,
                "strokeDash": [5, 4],
                "point": {"color": "#cf7b00", "size": 70, "filled": True},
            },
            "encoding": {
                "x": x,
                "y": {
                    "field": "dev",
                    "type": "quantitative",
                    "scale": {"domain": [0, 1]},
                    "axis": {"title": "dev score (points)", "format": "%", "tickCount": 4, "orient": "right"},
                },
                "tooltip": [{"field": "step", "title": "step"}, {"field": "told", "title": "dev score"}],
            },
        },
    ]
    told = [f"loss {loss[0][1]:.2f} to {loss[-1][1]:.2f} in {loss[-1][0]:,} steps"] if loss else []
    told += [f"dev score {', '.join(f'{one[1]:.2f} at {one[0]:,}' for one in dev)}"] if dev else []
    found = chart(f"Training of {name}: {'; '.join(told)}", rows, 220, layers if loss and dev else [layers[not loss]])
    return found | {"resolve": {"scale": {"y": "independent"}}}


def recall_chart(readings: Mapping[str, Mapping[int, Interval]], kinds: Mapping[str, str]) -> dict[str, Any] | None:
    """The share of a question's gold passages among the first so many, mean over questions; a line an arm.

    None without a reading.
    """
    arms = [arm for arm, some in readings.items() if some]
    if not arms:
        return None
    rows = [
        {"arm": arm, "kind": named(kinds[arm]), "k": k, "mean": one.mean, "low": one.low, "high": one.high}
        | {"told": figures.interval(one)}
        for arm in arms
        for k, one in sorted(readings[arm].items())
    ]
    depths = sorted({k for some in readings.values() for k in some})
    x = {
        "field": "k",
        "type": "ordinal",
        "sort": depths,
        "scale": {"type": "point", "padding": 0.3},  # of a band the offsets would begin at its left end
        "axis": {"title": "passages looked at", "labelAngle": 0, "grid": False},
    }
    y = {
        "type": "quantitative",
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "title": "recall, with 95 % interval"},
    }
    layers = arm_lines(
        x,
        y,
        {arm: kinds[arm] for arm in arms},
        spread=12,
        dash_legend={"title": None, "orient": "top", "symbolType": "stroke", "symbolSize": 400},
        tooltip=[{"field": "k", "title": "passages"}, {"field": "told", "title": "percent"}],
    )
    told = "; ".join(
        f"{arm} {', '.join(f'{figures.interval(one)} at {k}' for k, one in sorted(readings[arm].items()))}"
        for arm in arms
    )
    return chart(f"Recall in percent with 95 % interval by the passages looked at: {told}", rows, 300, layers)


def ranks_chart(counts: Mapping[int | None, int]) -> dict[str, Any] | None:
    """At which rank the first gold passage stood, a bar a rank; None: not found. No chart without a question."""
    n = sum(counts.values())
    if not n:
        return None
    ranks = sorted(rank for rank in counts if rank is not None)
    order = [*(str(rank) for rank in ranks), "not found"]
    rows = [
        {"rank": "not found" if rank is None else str(rank), "n": count, "share": count / n}
        for rank, count in counts.items()
    ]
    layer = {
        "mark": {"type": "bar", "color": "#0072b2", "width": {"band": 0.7}},
        "encoding": {
            "x": {
                "field": "rank",
                "type": "nominal",
                "sort": order,
                "scale": {"domain": order},
                "axis": {"title": "rank of the first gold passage", "labelAngle": 0},
            },
            "y": {
                "field": "share",
                "type": "quantitative",
                "scale": {"domain": [0, 1]},
                "axis": {"format": "%", "title": "of the questions", "tickCount": 4},
            },
            "tooltip": [{"field": "rank", "title": "rank"}, {"field": "n", "title": "questions"}],
        },
    }
    told = ", ".join(
        f"{row['rank']}: {row['n']}" for row in sorted(rows, key=lambda row: order.index(str(row["rank"])))
    )
    return chart(f"Rank of the first gold passage, questions at each: {told}", rows, 220, [layer])
