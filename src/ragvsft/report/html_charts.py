"""The charts of the one-file report, by the part that they belong to: the same specifications as on the dashboard."""

from collections.abc import Iterator
from typing import Any

from ragvsft.core.values import Change
from ragvsft.report import figures
from ragvsft.report.charts import accuracy_chart
from ragvsft.report.charts_calibration import reliability_chart, risk_chart
from ragvsft.report.charts_cost import month_chart, total_chart
from ragvsft.report.charts_decision import about_pareto, pareto_chart, probability_chart
from ragvsft.report.charts_freshness import kept_by_wave, outcomes_chart, over_time_chart, primary_by_wave
from ragvsft.report.charts_lab import recall_chart
from ragvsft.verdict.verdict import Verdict, WaveVerdict

Chart = tuple[str, dict[str, Any]]
"""Its title and its specification."""


def charts_of(verdict: Verdict) -> dict[str, list[Chart]]:
    """Part of the report -> its charts; a part without one is absent."""
    asked = [wave for wave in verdict.waves if wave.n_questions]
    if not asked:
        return {}
    last = asked[-1]
    found: dict[str, list[tuple[str, dict[str, Any] | None]]] = {
        "answer": [
            (f"{figures.words(verdict.primary)} at {last.wave}", accuracy_chart(verdict, last)),
            (about_pareto(verdict, last, verdict.economics)[0], pareto_chart(verdict, last, verdict.economics)),
        ],
        "choice": [("How often each arm is best", probability_chart(verdict.decision.weighed))]
        if verdict.decision.weighed
        else [],
        "freshness": list(_freshness(verdict, asked, last)),
        "confidence": [
            (f"Right by confidence at {last.wave}", reliability_chart(verdict, last)),
            (f"Risk by coverage at {last.wave}", risk_chart(verdict, last)),
        ],
        "waves": [(f"Recall at {last.wave}", _recall(verdict, last))],
    }
    if verdict.economics is not None:
        kinds = {arm.name: arm.kind for arm in verdict.arms}
        choosable = [arm.name for arm in verdict.arms if arm.can_be_chosen]
        found["costs"] = [
            ("What a month costs", month_chart(verdict.economics)),
            ("In all, by the number of questions", total_chart(verdict.economics, kinds, choosable)),
        ]
    drawn = {part: [(title, spec) for title, spec in some if spec is not None] for part, some in found.items()}
    return {part: some for part, some in drawn.items() if some}


def _freshness(
    verdict: Verdict, asked: list[WaveVerdict], last: WaveVerdict
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    readings = primary_by_wave(verdict, asked)
    title = figures.words(verdict.primary)
    yield f"{title} by wave", over_time_chart(title, readings, kinds)
    yield "What is kept of what was right at first", over_time_chart("kept", kept_by_wave(verdict), kinds)
    for change in (Change.CHANGED, Change.NEW, Change.REMOVED):
        yield f"What came of {change.value} facts at {last.wave}", outcomes_chart(last.freshness, change)


def _recall(verdict: Verdict, wave: WaveVerdict) -> dict[str, Any] | None:
    at = {
        arm.arm: {int(name.partition("@")[2]): one for name, one in arm.retrieval.items() if name.startswith("recall@")}
        for arm in wave.arms
        if arm.retrieval
    }
    return recall_chart(at, {arm.name: arm.kind for arm in verdict.arms})
