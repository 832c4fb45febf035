"""Arms: the answer in words, every arm in a chart and in tables, and what a reader must know before believing it."""

import pandas as pd
import streamlit as st

from choosing import chosen
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.charts import accuracy_chart
from ragvsft.verdict.comparisons import Comparison, reversed_comparison
from ragvsft.verdict.verdict import ArmAtWave, Verdict, WaveVerdict
from shown import words

Row = dict[str, str]

KIND_TITLES = {
    OutcomeKind.CURRENT: "right",
    OutcomeKind.STALE: "stale",
    OutcomeKind.CONFLATED: "old and new",
    OutcomeKind.ABSTAINED: "abstained",
    OutcomeKind.WRONG: "wrong",
    OutcomeKind.FAILED: "failed",
}


def main() -> None:
    """The page."""
    verdict, wave = chosen().verdict, chosen().wave
    st.title("Which arm answers best?", anchor=False)
    found = verdict.decision.verdict
    good = ("leads", "only_one_arm", "choose", "combine")
    tell = st.success if found in good else st.error if found == "blocked" else st.info
    tell(words(verdict.decision.sentence, 2_000))
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
    # Streamlit's own chart theme writes grey on white, 3.7:1; without it the page's text colour serves.
    st.vega_lite_chart(accuracy_chart(verdict, wave), theme=None, width="stretch")
    _table("Scores", _scores(verdict, wave), _about_scores(wave))
    _differences(verdict, wave)
    _table(
        "What came of the questions",
        _kinds(wave),
        "Outcomes on answerable questions; with several training seeds each counts. Unanswerable: how often the arm "
        "abstained there, which is right.",
    )
    _table(
        "Speed and cost",
        _costs(verdict, wave),
        "p50 and p95 are of single requests, s a question is a share of batched work. Set-up is index, training and "
        "search; refresh, at a later wave, index and training again. What arms share is charged whole to each.",
    )
    _believe(verdict)


def _table(title: str, rows: list[Row], caption: str) -> None:
    st.header(title, anchor=False)
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal", alt=f"{title}, one row an arm")
    st.caption(caption)


def _scores(verdict: Verdict, wave: WaveVerdict) -> list[Row]:
    return [
        {
            "arm": words(arm.arm),
            **{figures.words(metric): figures.interval(arm.scores.get(metric)) for metric in wave.metrics},
            **({"recall@k": _recall(verdict, arm)} if any(one.retrieval for one in wave.arms) else {}),
            "n": figures.count(arm.n),
            "failed": figures.count(arm.n_failed),
        }
        for arm in wave.arms
    ]


def _about_scores(wave: WaveVerdict) -> str:
    told = "In percent, with the 95 % interval. A failure scores the worst value."
    cautions = {score.caution for arm in wave.arms for score in arm.scores.values() if score.caution}
    return f"{told} \\* {words('; '.join(sorted(cautions)))}." if cautions else told


def _recall(verdict: Verdict, arm: ArmAtWave) -> str:
    k = next(one.k for one in verdict.arms if one.name == arm.arm)
    return figures.interval(arm.retrieval.get(f"recall@{k}"))


def _differences(verdict: Verdict, wave: WaveVerdict) -> None:
    if len(wave.arms) < 2:
        return
    names = [arm.arm for arm in wave.arms]
    st.header("Differences", anchor=False)
    default = names.index(verdict.baseline) if verdict.baseline in names else 0
    baseline = st.selectbox("Against", names, index=default, key="baseline", bind="query-params", width=280)
    rows = []
    for found in wave.comparisons:
        if baseline in (found.arm, found.other):
            rows.append(_difference(found if found.other == baseline else reversed_comparison(found)))
    st.table(pd.DataFrame(rows), hide_index=True, border="horizontal", alt=f"Differences from {baseline}")
    st.caption(
        f"Paired differences of {figures.words(verdict.primary)} in percentage points, with the 95 % interval; p after "
        "Holm's correction over all pairs that may be chosen."
    )


def _difference(found: Comparison) -> Row:
    if found.p_adjusted is None:
        told = "not tested"
    elif found.distinguishable:
        told = "better" if found.difference > 0 else "worse"
    else:
        told = "cannot be told apart"
    return {
        "arm": words(found.arm),
        "difference": figures.difference(found.difference, found.low, found.high),
        "p": figures.p_value(found.p_adjusted),
        "reads": told,
        "better on": figures.count(found.wins),
        "alike on": figures.count(found.ties),
        "worse on": figures.count(found.losses),
    }


def _kinds(wave: WaveVerdict) -> list[Row]:
    rows = []
    for arm in wave.arms:
        row = {"arm": words(arm.arm)}
        row |= {title: figures.count(arm.outcomes[kind]) for kind, title in KIND_TITLES.items()}
        if any(one.n_unanswerable for one in wave.arms):
            row["unanswerable"] = f"{arm.n_unanswerable_abstained:,} of {arm.n_unanswerable:,}"
        rows.append(row)
    return rows


def _costs(verdict: Verdict, wave: WaveVerdict) -> list[Row]:
    rows = []
    is_later = wave.wave != verdict.waves[0].wave
    for arm in wave.arms:
        latency, cost = verdict.latency_of(arm.arm, wave.wave), verdict.costs.get(arm.arm)
        rows.append(
            {
                "arm": words(arm.arm),
                "p50 s": figures.seconds(latency.p50_s if latency else None),
                "p95 s": figures.seconds(latency.p95_s if latency else None),
                "tokens read": figures.count(arm.prompt_tokens),
                "tokens written": figures.count(arm.output_tokens),
                "s a question": figures.seconds(cost.question_s if cost else None),
                "set-up s": figures.seconds(cost.setup_s if cost else None),
            }
        )
        if is_later:
            rows[-1]["refresh s"] = figures.seconds(cost.refresh_s.get(wave.wave) if cost else None)
    return rows


def _believe(verdict: Verdict) -> None:
    if verdict.notes:
        st.header("Before you believe it", anchor=False)
        st.markdown("\n".join(f"- {words(note, 2_000)}" for note in verdict.notes))
    with st.expander("Fairness checks", expanded=not verdict.fair):
        for check in verdict.fairness:
            mark = ":green-badge[holds]" if check.ok else ":red-badge[broken]"
            st.markdown(f"{mark} **{words(check.name)}**: {words(check.detail)}")
        if not verdict.fairness:
            st.markdown("Fairness was not checked.")


main()
