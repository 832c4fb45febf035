"""How charts look: a colour and a shape for every kind of arm and of outcome, letters, and labels that keep apart."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ragvsft.metrics.outcome_kind import OutcomeKind

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
KIND_MARKS = {
    "closed_book": ("#6b7280", "circle"),
    "rag": ("#0072b2", "square"),
    "fine_tuned": ("#d55e00", "triangle-up"),
    "hybrid": ("#009e73", "diamond"),
    "oracle": ("#8a8f98", "triangle-right"),
    "router": ("#c05ad0", "triangle-down"),
    "recorded": ("#8c6d31", "cross"),
}
"""Colour and shape of a kind of arm. The hues are Okabe's and Ito's (2008) where theirs will do: told apart with every
common colour vision, with a contrast of at least 3:1 on a white and on a near-black page. The shape says the same."""
UNKNOWN_KIND = ("#6b7280", "stroke")
DASHES: tuple[list[int], ...] = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3])
"""Of the first, second, … arm of a kind, where lines of a kind share a colour."""
OUTCOME_MARKS = {
    OutcomeKind.CURRENT: ("right", "#0072b2"),
    OutcomeKind.CONFLATED: ("old and new", "#c05ad0"),
    OutcomeKind.STALE: ("stale", "#cf7b00"),
    OutcomeKind.ABSTAINED: ("abstained", "#8a8f98"),
    OutcomeKind.WRONG: ("wrong", "#c2362d"),
    OutcomeKind.FAILED: ("failed", "#636b7a"),
}
"""The word and the colour of a kind of outcome, in the order in which bars stack them."""
LINE = "#808793"
"""A line that belongs to no arm."""

CONFIG: dict[str, Any] = {
    "axis": {
        "domain": False,
        "ticks": False,
        "labelFontSize": 13,
        "titleFontSize": 13,
        "labelPadding": 8,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    },
    "legend": {"labelFontSize": 13, "symbolSize": 120, "titleFontSize": 13, "titleFontWeight": "normal"},
    "header": {"labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal"},
    "text": {"color": "currentColor"},
    "view": {"stroke": None},
}
"""No colour of text is set but the page's own, so that it can be light or dark."""


def chart(description: str, rows: Sequence[Mapping[str, Any]], height: int, layers: Sequence[Any]) -> dict[str, Any]:
    """A layered chart as wide as its place."""
    return {
        "$schema": SCHEMA,
        "description": description,
        "data": {"values": list(rows)},
        "autosize": {"type": "fit", "contains": "padding"},
        "height": height,
        "layer": list(layers),
        "config": CONFIG,
    }


def legend(kinds: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Colour and shape of the kinds of arms that are there, in one legend."""
    marks = [KIND_MARKS.get(kind, UNKNOWN_KIND) for kind in kinds]
    names = [named(kind) for kind in kinds]
    field = {"field": "kind", "type": "nominal", "legend": {"title": None, "orient": "top", "symbolOpacity": 1}}
    return (
        {**field, "scale": {"domain": names, "range": [colour for colour, _ in marks]}},
        {**field, "scale": {"domain": names, "range": [shape for _, shape in marks]}},
    )


def named(kind: str) -> str:
    """A kind of arm as a person reads it."""
    return kind.replace("_", " ")


def dashes(kinds: Mapping[str, str], dash_legend: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """How each arm's line is broken, so that arms of one kind and colour are told apart, as an encoding.

    Args:
        kinds: arm -> kind, of the arms that are drawn.
        dash_legend: of the ways in which lines are broken; None: there is none.
    """
    seen: dict[str, int] = {}
    found = []
    for kind in kinds.values():
        at = seen.get(kind, 0)
        seen[kind] = at + 1
        found.append(DASHES[at % len(DASHES)])
    scale = {"domain": list(kinds), "range": found}
    return {"field": "arm", "type": "nominal", "scale": scale, "legend": dash_legend}


def kept_apart(heights: Sequence[float], gap: float) -> list[float]:
    """Where labels go that belong at these heights: in their order, no two nearer than the gap."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    placed = list(heights)
    for _ in range(100):
        moved = False
        for lower, upper in pairwise(order):
            overlap = gap - (placed[upper] - placed[lower])
            if overlap > 1e-9:
                placed[lower] -= overlap / 2
                placed[upper] += overlap / 2
                moved = True
        if not moved:
            break
    return placed
