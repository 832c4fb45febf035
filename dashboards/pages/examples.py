"""Examples: one question, what every arm answered to it, and the passages that each arm saw."""

from datetime import date
from pathlib import Path

import streamlit as st

from chosen_run import chosen_verdict
from ragvsft.core.values import Hit, Outcome, WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.report.escaping import plain
from ragvsft.runs.reading import open_run
from ragvsft.verdict.verdict import Verdict

MARKS = {
    OutcomeKind.CURRENT: ":green[✓ right]",
    OutcomeKind.STALE: ":orange[↺ stale]",
    OutcomeKind.CONFLATED: ":orange[± old and new]",
    OutcomeKind.ABSTAINED: ":gray[– abstained]",
    OutcomeKind.WRONG: ":red[✗ wrong]",
    OutcomeKind.FAILED: ":red[! failed]",
}


def main() -> None:
    """The page."""
    verdict = chosen_verdict()
    st.title("One question, every arm")
    waves = [wave.wave for wave in verdict.waves if wave.arms]
    if not waves:
        st.info("Nothing was answered yet. This page fills while the run goes on: reload it.")
        return
    wave = waves[-1]
    questions = _questions(verdict.folder, wave)
    text = st.text_input("Search", key="search", bind="query-params", placeholder="words of a question or an answer")
    matching = [q for q in questions if _matches(q, text)]
    if not matching:
        st.info("No question matches.")
        return
    ids = [question.question_id for question in matching]
    chosen = st.selectbox(
        f"Question ({len(ids):,} of {len(questions):,})",
        ids,
        key="question",
        bind="query-params",
        format_func={question.question_id: question.question for question in matching}.__getitem__,
    )
    question = matching[ids.index(chosen)] if chosen in ids else matching[0]
    _show(verdict, wave, question)


@st.cache_data(max_entries=8)
def _questions(folder: Path, wave: date) -> tuple[WaveQuestion, ...]:
    with open_run(folder) as run:
        return run.questions(wave)


def _matches(question: WaveQuestion, text: str) -> bool:
    haystack = " ".join((question.question, *question.answers, *question.stale_answers)).lower()
    return all(word in haystack for word in text.lower().split())


def _show(verdict: Verdict, wave: date, question: WaveQuestion) -> None:
    with open_run(verdict.folder) as run, run.snapshot():
        outcomes = run.outcomes(wave=wave, question_id=question.question_id, with_prompts=True)
        hits: dict[str, tuple[Hit, ...]] = {}
        for arm in verdict.arms:
            if arm.retrieval_key:
                found = run.hits(arm.retrieval_key, wave, question_id=question.question_id)
                hits[arm.name] = found.get(question.question_id, ())[: arm.k]
        gold = {
            arm.index: run.gold_passages(wave, arm.index).get(question.question_id, ())
            for arm in verdict.arms
            if arm.index
        }
    st.subheader(plain(question.question))
    right = " · ".join(question.answers) or "nothing: the handbook does not say, so abstaining is right"
    st.markdown(f"Right at {wave}: **{plain(right)}**")
    if question.stale_answers:
        st.markdown(f"Right before, and no longer: {plain(' · '.join(question.stale_answers))}")
    columns = st.columns(2)
    for number, outcome in enumerate(outcomes):
        arm = next(one for one in verdict.arms if one.name == outcome.arm)
        with columns[number % 2].container(border=True):
            _answer(verdict, question, outcome)
            _passages(hits.get(outcome.arm, ()), frozenset(gold.get(arm.index, ())) if arm.index else frozenset())
            with st.expander("Prompt"):
                st.code(outcome.prompt, language=None, wrap_lines=True)


def _answer(verdict: Verdict, question: WaveQuestion, outcome: Outcome) -> None:
    kind = outcome_kind(question, outcome, verdict.manifest.dataset.abstain)
    right = not question.answers and kind is OutcomeKind.ABSTAINED
    seed = f", seed {outcome.seed}" if outcome.seed is not None else ""
    st.markdown(f"**{plain(outcome.arm)}**{seed} – {MARKS[OutcomeKind.CURRENT if right else kind]}")
    st.code(outcome.answer if outcome.answer is not None else f"failed: {outcome.failure}", language=None)
    st.caption(
        f"{outcome.prompt_tokens:,} tokens read, {outcome.output_tokens:,} written; ended by {outcome.stop_reason}"
    )


def _passages(hits: tuple[Hit, ...], gold: frozenset[str]) -> None:
    if not hits:
        return
    n_gold = sum(hit.passage.passage_id in gold for hit in hits)
    with st.expander(f"{len(hits)} passages, {n_gold} of them gold"):
        for hit in hits:
            mark = " – **gold**" if hit.passage.passage_id in gold else ""
            st.markdown(f"{hit.rank}. {plain(hit.passage.title)} ({hit.similarity:.3f}){mark}")
            st.code(hit.passage.text, language=None, wrap_lines=True)


main()
