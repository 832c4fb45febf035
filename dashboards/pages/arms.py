"""Arms: the answer in words, every arm in a chart and a table, and what a reader must know before believing it."""

import streamlit as st

from chosen_run import chosen_verdict
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.report.charts import accuracy_chart
from ragvsft.report.escaping import plain
from ragvsft.verdict.verdict import Verdict, WaveVerdict


def main() -> None:
    """The page."""
    verdict = chosen_verdict()
    st.title("Which arm answers best?")
    st.subheader(plain(verdict.decision.sentence), divider="gray")
    asked = [wave for wave in verdict.waves if wave.arms]
    if not asked:
        st.info("Nothing was answered yet. This page fills while the run goes on: reload it.")
        return
    dates = [wave.wave.isoformat() for wave in asked]
    chosen = dates[-1]
    if len(dates) > 1:
        chosen = st.segmented_control("Wave", dates, default=dates[-1], key="wave", bind="query-params") or dates[-1]
    wave = asked[dates.index(chosen)]
    st.caption(
        f"{wave.n_questions:,} questions on {wave.n_facts:,} facts at {wave.wave}. "
        f"Passages came from: {plain(verdict.store or 'no index')}."
    )
    st.vega_lite_chart(accuracy_chart(verdict, wave), width="stretch")
    st.dataframe(_table(verdict, wave), hide_index=True, width="stretch")
    st.caption("Scores in percent; in brackets the 95 % interval. p50 and p95: seconds of single requests.")
    if verdict.notes:
        st.subheader("Before you believe it")
        for note in verdict.notes:
            st.markdown(f"- {plain(note)}")
    with st.expander("Fairness checks", expanded=not verdict.fair):
        for check in verdict.fairness:
            st.markdown(f"- **{plain(check.name)}**: {'holds' if check.ok else '**broken**'} – {plain(check.detail)}")


def _table(verdict: Verdict, wave: WaveVerdict) -> list[dict[str, str]]:
    rows = []
    for arm in wave.arms:
        latency = verdict.latency.get(arm.arm)
        cost = verdict.costs.get(arm.arm)
        k = next(one.k for one in verdict.arms if one.name == arm.arm)
        rows.append(
            {
                "arm": arm.arm,
                **{figures.words(metric): figures.interval(score) for metric, score in arm.scores.items()},
                "recall@k": figures.mean(arm.retrieval.get(f"recall@{k}")),
                "abstained": figures.count(arm.outcomes[OutcomeKind.ABSTAINED]),
                "failed": f"{arm.n_failed} of {arm.n}",
                "p50 s": figures.seconds(latency.p50_s if latency else None),
                "p95 s": figures.seconds(latency.p95_s if latency else None),
                "tokens": figures.count(arm.prompt_tokens + arm.output_tokens),
                "set-up s": figures.seconds(cost.setup_s if cost else None),
            }
        )
    return rows


main()
