"""Means with intervals as parts of `report.json`."""

from collections.abc import Mapping

from ragvsft.report.model_part import Score
from ragvsft.verdict.intervals import Interval


def scores(intervals: Mapping[str, Interval]) -> dict[str, Score]:
    """By name."""
    return {name: score(one) for name, one in intervals.items()}


def nested(intervals: Mapping[str, Mapping[str, Interval]]) -> dict[str, dict[str, Score]] | None:
    """By arm and name; None without any."""
    return {arm: scores(by_name) for arm, by_name in intervals.items()} or None


def score(one: Interval) -> Score:
    """One of them."""
    return Score(
        mean=one.mean,
        low=one.low,
        high=one.high,
        n=one.n,
        n_failed=one.n_failed,
        n_facts=one.n_facts,
        method=one.method,
        caution=one.caution,
    )
