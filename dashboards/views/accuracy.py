"""Accuracy: every arm's scores with intervals, the differences between arms, who wins where, and on which slices."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from asked import RIGHT_IS, Asked, asked_at
from cells import Cell, Row, interval, number, text
from choosing import chosen, other_run
from confidence_shown import show_confidence
from drawn import show_chart
from last_read import last_read
from ragvsft.report import figures
from ragvsft.report.chart_marks import OUTCOME_MARKS
from ragvsft.report.charts import accuracy_chart
from ragvsft.verdict.comparisons import Comparison, reversed_comparison
from ragvsft.verdict.intervals import FEW_CLUSTERS
from ragvsft.verdict.verdict import ArmAtWave, Verdict, WaveVerdict
from run_against_run import show_against
from shown import words
from tables import show_table


def main() -> None:
    """The page."""
    verdict, wave = chosen().verdict, chosen().wave
    st.title("How often is each arm right?", anchor=False)
    if wave is None:
        st.markdown("Nothing was answered yet. This page fills while the run goes on.")
        return
    if not wave.n_questions:
        st.markdown(f"No question was answered by every arm yet at {wave.wave}. This page fills while the run goes on.")
        return
    st.caption(
        f"{wave.n_questions:,} of {wave.n_planned:,} questions on {wave.n_facts:,} facts at {wave.wave}; "
        "only what every arm below answered is counted."
    )
    primary = figures.words(verdict.primary)
    show_chart(figures.capital(primary), accuracy_chart(verdict, wave))
    show_table("Scores", _scores(verdict, wave), _about_scores(wave))
    _differences(verdict, wave)
    _wins(verdict, wave)
    _slices(verdict, wave)
    _covered(verdict, wave)
    show_table(
        "What came of the questions",
        _kinds(wave),
        _about_kinds(wave),
    )
    show_confidence(verdict, wave)
    other = other_run()
    if other is not None:
        show_against(verdict, other, wave.wave)


def _scores(verdict: Verdict, wave: WaveVerdict) -> list[Row]:
    return [
        {
            "arm": text(arm.arm),
            **{figures.words(metric): interval(arm.scores.get(metric)) for metric in wave.metrics},
            **({"recall@k": _recall(verdict, arm)} if any(one.retrieval for one in wave.arms) else {}),
            "n": number(arm.n),
            "failed": number(arm.n_failed),
        }
        for arm in wave.arms
    ]


def _about_scores(wave: WaveVerdict) -> str:
    told = "In percent, with the 95 % interval. A failure scores the worst value."
    if any(arm.retrieval for arm in wave.arms):
        told += " recall@k: of a question's passages that state the answer, the share that was shown."
    cautions = {score.caution for arm in wave.arms for score in arm.scores.values() if score.caution}
    told = f"{told} \\* {words('; '.join(sorted(cautions)))}." if cautions else told
    return f"{told} {words(figures.label_baselines(wave.label_baselines))}".strip()


def _recall(verdict: Verdict, arm: ArmAtWave) -> Cell:
    k = next(one.k for one in verdict.arms if one.name == arm.arm)
    return interval(arm.retrieval.get(f"recall@{k}"))


def _differences(verdict: Verdict, wave: WaveVerdict) -> None:
    if len(wave.arms) < 2:
        return
    names = [arm.arm for arm in wave.arms]
    default = names.index(verdict.baseline) if verdict.baseline in names else 0
    baseline = st.selectbox("Differences from", names, index=default, key="baseline", bind="query-params", width=280)
    rows = []
    for found in wave.comparisons:
        if baseline in (found.arm, found.other):
            rows.append(_difference(found if found.other == baseline else reversed_comparison(found)))
    show_table(
        "Differences",
        rows,
        f"Paired differences of {figures.words(verdict.primary)} in percentage points, with the 95 % interval; p after "
        "Holm's correction over all pairs that may be chosen.",
        alt=f"Differences from {baseline}",
    )


def _difference(found: Comparison) -> Row:
    if found.p_adjusted is None:
        told = "not tested"
    elif found.distinguishable:
        told = "better" if found.difference > 0 else "worse"
    else:
        told = "cannot be told apart"
    points = figures.difference(found.difference, found.low, found.high)
    return {
        "arm": text(found.arm),
        "difference": Cell(points, {"": found.difference, "low": found.low, "high": found.high}),
        "p": Cell(figures.p_value(found.p_adjusted), {"": found.p_adjusted}),
        "reads": text(told),
        "better on": number(found.wins),
        "alike on": number(found.ties),
        "worse on": number(found.losses),
    }


def _wins(verdict: Verdict, wave: WaveVerdict) -> None:
    """On how many questions the arm of the row is right and that of the column is not; each number opens them."""
    names = [arm.arm for arm in wave.arms]
    if len(names) < 2:
        return
    asked = asked_at(str(verdict.folder), wave.wave, last_read(verdict.folder).stamp)
    rights = {arm: {one.number for one in asked if one.is_right(arm)} for arm in names}
    rows = [
        {"right ↓ not right →": text(row)}
        | {
            column: Cell(figures.NOTHING) if row == column else _flips(verdict, wave, asked, row, column, rights)
            for column in names
        }
        for row in names
    ]
    show_table(
        "Who is right where the other is not",
        rows,
        f"{RIGHT_IS} Questions on which the arm of the row is right, with every seed, and the arm of the column is "
        "not. A number opens these questions.",
        alt="Wins of the arm of a row over the arm of a column",
    )


def _flips(
    verdict: Verdict, wave: WaveVerdict, asked: Sequence[Asked], row: str, column: str, rights: dict[str, set[int]]
) -> Cell:
    n = len(rights[row] - rights[column])
    if not n:
        return Cell("0", {"": 0})
    address = {"run": verdict.folder.name, "wave": wave.wave.isoformat(), "right": row, "not_right": column}
    return Cell(f"[{n:,}](/examples?{urlencode(address)})", {"": n})


def _slices(verdict: Verdict, wave: WaveVerdict) -> None:
    by = list(dict.fromkeys(part.by for part in wave.parts))
    if not by:
        return
    asked = st.selectbox("Slices by", by, key="slice", bind="query-params", width=280, format_func=str)
    rows = [
        {
            str(asked): text(part.value, 60),
            "questions": number(part.n_questions),
            "facts": Cell(f"{part.n_facts:,}{'*' if part.caution else ''}", {"": part.n_facts}),
            **{arm.arm: interval(part.scores.get(arm.arm, {}).get(verdict.primary)) for arm in wave.arms},
        }
        for part in wave.parts
        if part.by == asked
    ]
    few = any(part.caution for part in wave.parts if part.by == asked)
    warning = f" \\* Fewer than {FEW_CLUSTERS} facts: chance may explain a difference there." if few else ""
    primary = figures.words(verdict.primary)
    show_table("Slices", rows, f"{figures.capital(primary)} in percent.{warning}", alt="Slices, one row a value")


def _covered(verdict: Verdict, wave: WaveVerdict) -> None:
    rows = [
        {
            "adapter": text(one.adapter),
            "arm": text(arm.arm + (" (uses it)" if arm.arm in one.arms else "")),
            "covered": interval(one.covered.get(arm.arm, {}).get(verdict.primary)),
            "covered facts": number(one.n_covered_facts),
            "not covered": interval(one.other.get(arm.arm, {}).get(verdict.primary)),
            "other facts": number(one.n_other_facts),
        }
        for one in wave.coverage
        for arm in wave.arms
    ]
    if rows:
        with st.expander("What the adapters were trained on", key="covered"):
            show_table(
                "Facts in the adapters' rows",
                rows,
                "Retrieval sees all documents, an adapter its rows alone: a difference between the two columns is not "
                "a difference between methods.",
                level=3,
                alt="Scores on covered and other facts, one row an adapter and arm",
            )


def _about_kinds(wave: WaveVerdict) -> str:
    told = f"{RIGHT_IS} Answerable questions; with several training seeds each counts."
    if any(one.n_unanswerable for one in wave.arms):
        told += " Unanswerable: how often the arm abstained there, which is right."
    return told


def _kinds(wave: WaveVerdict) -> list[Row]:
    rows: list[Row] = []
    for arm in wave.arms:
        row = {"arm": text(arm.arm)}
        row |= {title: number(arm.outcomes[kind]) for kind, (title, _) in OUTCOME_MARKS.items()}
        if any(one.n_unanswerable for one in wave.arms):
            told = f"{arm.n_unanswerable_abstained:,} of {arm.n_unanswerable:,}"
            row["unanswerable"] = Cell(told, {"abstained": arm.n_unanswerable_abstained, "n": arm.n_unanswerable})
        rows.append(row)
    return rows


main()
