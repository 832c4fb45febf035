"""Freshness: what the waves did to every arm, what came of the facts that changed, and what caused stale answers.

A new figure of an arm at a wave is one line in `SHARES`; a new section is one line in `main`.
"""

from collections.abc import Callable

import streamlit as st

from cells import Cell, Row, interval, number, text
from choosing import chosen
from drawn import show_chart
from keeping_up import show_kept, show_times
from ragvsft.core.values import Change
from ragvsft.report import figures
from ragvsft.report.chart_marks import OUTCOME_MARKS
from ragvsft.report.charts_freshness import kept_by_wave, outcomes_chart, over_time_chart, primary_by_wave
from ragvsft.verdict.freshness import Freshness
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from shown import words
from tables import show_table

SHARES: dict[str, Callable[[Freshness], Cell]] = {
    "fresh": lambda one: interval(one.fresh),
    "stale": lambda one: interval(one.stale),
    "retention": lambda one: interval(one.retention),
    "FUAR": lambda one: number(one.fuar.ratio, lambda ratio: figures.NOTHING if ratio is None else f"{ratio:.2f}"),
    "old passage shown": lambda one: interval(one.stale_hits),
    "stale then": lambda one: interval(one.stale_when_shown),
}
"""Column -> what an arm has in it."""

CURVES: dict[str, Callable[[Freshness], Interval | None]] = {
    "fresh: current on new, changed and removed facts": lambda one: one.fresh,
    "stale: the old answer on changed and removed facts": lambda one: one.stale,
    "retention: still current on unchanged facts": lambda one: one.retention,
}
"""What can be drawn over the waves besides the primary metric."""

KEPT = "kept: still right, of what was right at the first date"


def main() -> None:
    """The page."""
    verdict, wave = chosen().verdict, chosen().wave
    st.title("Who keeps up when the facts change?", anchor=False)
    asked = [one for one in verdict.waves if one.arms]
    if not asked:
        st.markdown("Nothing was answered yet. This page fills while the run goes on.")
        return
    later = [one for one in asked if one.freshness]
    if not later:
        st.info(_one_wave(verdict), icon=":material/event_repeat:")
        return
    _over_time(verdict, asked)
    show_times(verdict)
    show_kept(verdict)
    if wave is None or not wave.freshness:
        st.info(
            f"{words(str(wave.wave) if wave else '')} is the first wave: nothing had changed yet. "
            f"Choose a later wave in the sidebar.",
            icon=":material/event_repeat:",
        )
        return
    _shares(wave)
    _outcomes(wave)
    _stale_answers(wave)


def _one_wave(verdict: Verdict) -> str:
    if len(verdict.planned_waves) > 1:
        return "Only the first wave was asked so far. What became of changed facts is told from the second one on."
    return (
        "This run has one wave, so nothing had time to change. A second date under `lab.waves` asks the same arms "
        "again at a later snapshot; only the new wave is worked."
    )


def _over_time(verdict: Verdict, asked: list[WaveVerdict]) -> None:
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    primary = f"{figures.words(verdict.primary)} on all questions"
    measure = st.selectbox("Over the waves", [primary, *CURVES, KEPT], key="curve", bind="query-params", width=420)
    if measure == KEPT:
        readings = kept_by_wave(verdict)
    elif measure in CURVES:
        read = CURVES[str(measure)]
        readings = {
            arm: {
                wave.wave: found for wave in asked for one in wave.freshness if one.arm == arm and (found := read(one))
            }
            for arm in kinds
        }
    else:
        readings = primary_by_wave(verdict, asked)
    title = str(measure).partition(":")[0]
    chart = over_time_chart(title, {arm: some for arm, some in readings.items() if some}, kinds)
    if chart is None:
        st.caption("A line needs two waves with this reading; the table below has the one.")
    else:
        show_chart("By wave", chart, "Bars at the points are 95 % intervals.")


def _shares(wave: WaveVerdict) -> None:
    rows: list[Row] = [
        {"arm": text(one.arm), **{name: read(one) for name, read in SHARES.items()}} for one in wave.freshness
    ]
    show_table(
        f"At {wave.wave}",
        rows,
        "In percent, with 95 % intervals. Fresh: the current answer on new, changed and removed facts. Stale: the old "
        "answer on changed and removed ones, alone or beside the new one. Retention: still right on unchanged facts "
        "that were right at the wave before. FUAR: unchanged facts forgotten for each one updated or acquired; the "
        "lower the better. Old passage shown: a passage that states the old answer and not the new one stood before "
        "the model; stale then: how often the old answer was given there.",
    )


def _outcomes(wave: WaveVerdict) -> None:
    for change in (Change.CHANGED, Change.NEW, Change.REMOVED, Change.UNCHANGED):
        chart = outcomes_chart(wave.freshness, change)
        if chart is not None:
            show_chart(f"What came of {change.value} facts", chart)
    rows: list[Row] = [
        {"arm": text(one.arm), "facts": text(change.value)}
        | {title: number(counts[kind]) for kind, (title, _) in OUTCOME_MARKS.items()}
        for one in wave.freshness
        for change, counts in one.kinds.items()
    ]
    with st.expander("The same in numbers", key="numbers"):
        show_table("Outcomes by change", rows, level=3, alt="Outcomes, one row an arm and kind of change")


def _stale_answers(wave: WaveVerdict) -> None:
    rows: list[Row] = [
        {
            "arm": text(one.arm),
            "question": text(stale.question, 200),
            "said": text(stale.said, 120),
            "right now": text(", ".join(stale.answers) or "nothing: the fact was removed", 120),
            "old passage before it": text(stale.passage.content if stale.passage else None, 280),
        }
        for one in wave.freshness
        for stale in one.stale_answers
    ]
    show_table(
        "Stale answers, and what caused them",
        rows,
        "The first few of each arm, those first that were shown an old passage. Without one the answer is from the "
        "weights, or from a passage that does not state it word for word. Examples, shown “stale”, has all of them.",
        alt="Stale answers, one row an answer",
    )
    if not rows:
        st.caption("No arm gave an old answer at this wave.")


main()
