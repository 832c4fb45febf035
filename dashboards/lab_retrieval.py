"""What the searches found: how much of it states the answer, at which rank, and how often it was out of date."""

from datetime import date
from pathlib import Path

import streamlit as st

from cells import Row, interval, number, text
from drawn import show_chart
from last_read import Stamp, last_read
from ragvsft.report import figures
from ragvsft.report.charts_lab import ranks_chart, recall_chart
from ragvsft.runs.reading import open_run
from ragvsft.verdict.ranks import first_gold_ranks
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from shown import words
from tables import show_table

ABOUT_RECALL = (
    "Of a question's passages that state the answer, the share among those looked at; mean over the questions that "
    "have any. Where a question has several, the first alone cannot reach 100 %."
)


def show_retrieval(verdict: Verdict, wave: WaveVerdict | None) -> None:
    """The searches of a wave."""
    searching = [arm for arm in wave.arms if arm.retrieval] if wave else []
    if wave is None or not searching:
        st.info("No arm has searched yet." if verdict.store else "No arm of this run searches.")
        return
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    at = {
        arm.arm: {int(name.partition("@")[2]): one for name, one in arm.retrieval.items() if name.startswith("recall@")}
        for arm in searching
    }
    chart = recall_chart(at, kinds)
    if chart is not None:
        show_chart(f"Recall at {wave.wave}", chart, ABOUT_RECALL)
    _table(verdict, wave)
    keys = {arm.retrieval_key: arm for arm in verdict.arms if arm.retrieval_key and arm.index}
    stamp = last_read(verdict.folder).stamp
    for key, arm in keys.items():
        users = [one.name for one in verdict.arms if one.retrieval_key == key]
        ranks = ranks_chart(_ranks(str(verdict.folder), str(key), str(arm.index), wave.wave, stamp))
        if ranks is not None:
            show_chart(f"Where the answer stood: {', '.join(users)}", ranks, level=3)


def _table(verdict: Verdict, wave: WaveVerdict) -> None:
    searching = [arm for arm in wave.arms if arm.retrieval]
    ks = {arm.name: arm.k for arm in verdict.arms}
    names = sorted({name for arm in searching for name in arm.retrieval}, key=_order)
    fresh = {one.arm: one for one in wave.freshness}
    counts = {arm.arm: next(iter(arm.retrieval.values())).n for arm in searching}
    is_alike = len(set(counts.values())) == 1
    rows: list[Row] = []
    for arm in searching:
        row = {"arm": text(arm.arm), "k shown": number(ks[arm.arm])}
        row |= {figures.words(name): interval(arm.retrieval.get(name)) for name in names}
        if not is_alike:
            row["questions with gold"] = number(counts[arm.arm])
        if fresh:
            stale = fresh.get(arm.arm)
            row["old passage shown"] = interval(stale.stale_hits if stale else None)
        rows.append(row)
    exact = [
        f"{words(one.name)} {figures.percent(one.recall)} %"
        for one in verdict.indexes
        if one.wave == wave.wave and one.recall is not None
    ]
    told = "In percent. recall@n is among the first n that the search found; the model was shown the first k."
    if is_alike:
        told += f" Over {min(counts.values()):,} questions that some passage answers."
    if fresh:
        told += " Old passage shown: among changed and removed facts, a passage that states the old answer alone."
    if exact:
        told += f" Of the ten nearest passages that an exact search finds, the store found: {', '.join(exact)}."
    show_table("What the searches found", rows, told)


def _order(name: str) -> tuple[bool, str, int]:
    stem, _, depth = name.partition("@")
    return stem != "recall", stem, int(depth or 0)


@st.cache_data(max_entries=16, show_spinner="Reading what was found …")
def _ranks(folder: str, key: str, index: str, wave: date, stamp: Stamp) -> dict[int | None, int]:
    """Raises: RagvsftError, where the run cannot be read."""
    del stamp  # only tells readings of different states apart
    with open_run(Path(folder)) as run, run.snapshot():
        hits = run.hits(key, wave)
        ranked = {question: [one.passage.passage_id for one in some] for question, some in hits.items()}
        return first_gold_ranks(run.gold_passages(wave, index), ranked)
