"""Charts of what time does: a share of every arm by wave, and what became of the facts that changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ragvsft.core.values import Change
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.chart_lines import arm_lines
from ragvsft.report.chart_marks import OUTCOME_MARKS, chart, kept_apart, named
from ragvsft.verdict.freshness import Freshness
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.verdict import Verdict, WaveVerdict

HEIGHT = 340
_LABEL = 17


def over_time_chart(
    title: str, readings: Mapping[str, Mapping[date, Interval]], kinds: Mapping[str, str]
) -> dict[str, Any] | None:
    """A line an arm over the waves, with 95 % intervals; None where fewer than two waves have a reading.

    Args:
        title: what is read, as the axis says it.
        readings: by arm and wave.
        kinds: of the arms.
    """
    waves = sorted({wave for some in readings.values() for wave in some})
    if len(waves) < 2:
        return None
    arms = [arm for arm, some in readings.items() if some]
    lasts = [readings[arm][max(readings[arm])].mean for arm in arms]
    labels = dict(zip(arms, kept_apart(lasts, _LABEL / (HEIGHT - 80)), strict=True))
    rows = [
        {"arm": arm, "kind": named(kinds[arm]), "wave": wave.isoformat(), "mean": one.mean}
        | {"low": one.low, "high": one.high, "told": figures.interval(one), "n": one.n}
        for arm in arms
        for wave, one in sorted(readings[arm].items())
    ]
    ends = [
        {"arm": arm, "kind": named(kinds[arm]), "wave": max(readings[arm]).isoformat(), "label": labels[arm]}
        for arm in arms
    ]
    x = {
        "field": "wave",
        "type": "ordinal",
        "scale": {"type": "point", "padding": 0.3},
        "axis": {"title": None, "labelAngle": 0, "grid": False},
    }
    y = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": "%", "title": title}}
    layers = [
        *arm_lines(
            x,
            y,
            {arm: kinds[arm] for arm in arms},
            spread=14,
            dash_legend=None,
            tooltip=[
                {"field": "wave", "title": "wave"},
                {"field": "told", "title": "percent"},
                {"field": "n", "title": "n"},
            ],
        ),
        {
            "data": {"values": ends},
            "mark": {"type": "text", "align": "left", "dx": 26, "fontSize": 13},
            "encoding": {"x": x, "y": {"field": "label", **y}, "text": {"field": "arm"}},
        },
    ]
    told = "; ".join(
        f"{arm} {', '.join(f'{figures.interval(one)} at {wave}' for wave, one in sorted(readings[arm].items()))}"
        for arm in arms
    )
    return chart(f"{title} in percent with 95 % interval by wave: {told}", rows, HEIGHT, layers)


def primary_by_wave(verdict: Verdict, waves: Sequence[WaveVerdict]) -> dict[str, dict[date, Interval]]:
    """Arm -> wave -> the primary metric; an arm without a reading has none."""
    return {
        arm.name: {
            wave.wave: one.scores[verdict.primary]
            for wave in waves
            for one in wave.arms
            if one.arm == arm.name and verdict.primary in one.scores
        }
        for arm in verdict.arms
    }


def kept_by_wave(verdict: Verdict) -> dict[str, dict[date, Interval]]:
    """Arm -> wave -> what it still had right of what it had right at the first wave, where that is all of it."""
    first = verdict.waves[0].wave if verdict.waves else None
    return {
        one.arm: {first: replace(one.kept[0][1], mean=1.0, low=1.0, high=1.0, caution=None), **dict(one.kept)}
        for one in verdict.decays
        if one.arm is not None and first is not None
    }


def outcomes_chart(readings: Sequence[Freshness], change: Change) -> dict[str, Any] | None:
    """What became of the facts of one kind of change, a bar an arm; None where there is no such fact."""
    mine = {one.arm: one.kinds[change] for one in readings if change in one.kinds}
    if not mine:
        return None
    order = list(OUTCOME_MARKS)
    rows = [
        {"arm": arm, "kind": OUTCOME_MARKS[kind][0], "n": counts[kind], "of": sum(counts.values())}
        | {"share": counts[kind] / sum(counts.values()), "at": order.index(kind)}
        for arm, counts in mine.items()
        for kind in order
        if counts[kind]
    ]
    words = [OUTCOME_MARKS[kind][0] for kind in order]
    layer = {
        "mark": {"type": "bar", "height": {"band": 0.72}},
        "encoding": {
            "y": {
                "field": "arm",
                "type": "nominal",
                "sort": list(mine),
                "axis": {"title": None, "labelLimit": 220},
            },
            "x": {
                "field": "share",
                "type": "quantitative",
                "stack": "zero",
                "scale": {"domain": [0, 1]},
                "axis": {"format": "%", "title": f"of {_n(mine)} outcomes on {change.value} facts", "tickCount": 5},
            },
            "order": {"field": "at"},
            "color": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": words, "range": [OUTCOME_MARKS[kind][1] for kind in order]},
                "legend": {"title": None, "orient": "top", "symbolType": "square"},
            },
            "tooltip": [
                {"field": "arm", "title": "arm"},
                {"field": "kind", "title": "outcome"},
                {"field": "n", "title": "n"},
                {"field": "of", "title": "of"},
            ],
        },
    }
    told = "; ".join(f"{arm}: {_told(counts)}" for arm, counts in mine.items())
    description = f"What became of the questions on {change.value} facts: {told}"
    return chart(description, rows, 26 * len(mine) + 90, [layer])


def _n(mine: Mapping[str, Mapping[OutcomeKind, int]]) -> str:
    """How many outcomes an arm has: 17, or 17 to 34 where arms have training seeds."""
    sizes = sorted({sum(counts.values()) for counts in mine.values()})
    return f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"


def _told(counts: Mapping[OutcomeKind, int]) -> str:
    return ", ".join(f"{counts[kind]} {OUTCOME_MARKS[kind][0]}" for kind in OUTCOME_MARKS if counts[kind])
