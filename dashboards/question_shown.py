"""One question on the page: what is right, what each arm said, the passages that they saw, and their prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from marking import difference, marked, places
from ragvsft.core.values import Hit, Outcome, Passage, WaveQuestion
from ragvsft.metrics.answers import metrics_for, score
from ragvsft.metrics.outcome_kind import outcome_kind
from ragvsft.report import figures
from ragvsft.report.escaping import visible
from ragvsft.runs.reading import RunReader, open_run
from ragvsft.verdict.inputs import ArmInputs
from ragvsft.verdict.verdict import Verdict
from shown import MARKS, MOST, block, tell_cut, words

RIGHT = "the right answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run holds about one question at a wave."""

    arms: tuple[ArmInputs, ...]
    """Those that were asked, in the order of the experiment file."""
    said: Mapping[str, tuple[Outcome, ...]]
    """By arm; one a training seed."""
    hits: Mapping[str, tuple[Hit, ...]]
    """By retrieval key; as many as the arm that saw most of them."""
    gold_ids: frozenset[str]
    gold: Mapping[str, Passage]
    """The gold passages whose text the run keeps: those that an arm saw."""


def show_question(verdict: Verdict, wave: date, question: WaveQuestion, against: str | None = None) -> None:
    """Everything about one question at a wave.

    Args:
        verdict: on the run.
        wave: its date.
        question: as it stands there.
        against: what the answers are told word by word against: `RIGHT`, or an arm; None: they stand as they are.

    Raises:
        RagvsftError: the run cannot be read.
    """
    with open_run(verdict.folder) as run, run.snapshot():
        told = _read(run, verdict, wave, question.question_id)
    _question(question, wave)
    st.header("Answers", anchor=False)
    with st.container(border=True, gap="xsmall"):
        for arm in told.arms:
            _arm(verdict, question, arm, told.said[arm.name], _against(told, question, arm, against))
    if any(arm.index for arm in told.arms):
        _passages(told, question)
    _prompts(told)


def _read(run: RunReader, verdict: Verdict, wave: date, question_id: str) -> Told:
    said: dict[str, tuple[Outcome, ...]] = {}
    for outcome in run.outcomes(wave=wave, question_id=question_id, with_prompts=True):
        said[outcome.arm] = (*said.get(outcome.arm, ()), outcome)
    arms = tuple(arm for arm in verdict.arms if arm.name in said)
    deepest: dict[str, int] = {}
    for arm in arms:
        if arm.retrieval_key:
            deepest[arm.retrieval_key] = max(arm.k or 0, deepest.get(arm.retrieval_key, 0))
    found = {key: run.hits(key, wave, question_id=question_id).get(question_id, ())[:k] for key, k in deepest.items()}
    indexes = sorted({arm.index for arm in arms if arm.index})
    gold_ids = {one for index in indexes for one in run.gold_passages(wave, index).get(question_id, ())}
    return Told(
        arms=arms, said=said, hits=found, gold_ids=frozenset(gold_ids), gold=run.passages(gold_ids) if gold_ids else {}
    )


def _question(question: WaveQuestion, wave: date) -> None:
    asked, right = st.columns([3, 2])
    with asked.container(border=True, height="stretch", gap="xsmall"):
        st.caption("Question")
        st.text(visible(question.question), width="stretch")
        about = [f"{name}: {value}" for name, value in question.slice.items()]
        about += [f"{question.change} since the wave before"] if question.change else []
        if about:
            st.caption(" · ".join(map(words, about)))
    with right.container(border=True, height="stretch", gap="xsmall"):
        st.caption(f"Right at {wave}")
        if question.answers:
            st.text(visible("\n".join(question.answers)), width="stretch")
        else:
            gone = "the answer was removed" if question.answerable else "no document says"
            st.markdown(f"Nothing: {gone}, so that abstaining is right.")
        if question.stale_answers:
            st.caption("Right before, and no longer")
            st.text(visible("\n".join(question.stale_answers)), width="stretch")


def _against(told: Told, question: WaveQuestion, arm: ArmInputs, against: str | None) -> str | None:
    """What an arm's answer is told against; None: nothing, as there is nothing else to compare it with."""
    if against == RIGHT:
        return question.answers[0] if question.answers else None
    other = told.said.get(against or "")
    return other[0].answer if other and against != arm.name else None


def _arm(
    verdict: Verdict, question: WaveQuestion, arm: ArmInputs, outcomes: Sequence[Outcome], against: str | None
) -> None:
    for at, same in enumerate(_alike(outcomes)):
        name, answer, reading = st.columns([5, 9, 12], vertical_alignment="center")
        seeds = ", ".join(str(one.seed) for one in same if one.seed is not None)
        with name:
            kind = f"{arm.kind.replace('_', ' ')}{'' if arm.can_be_chosen else ', never chosen'}"
            about = [kind] if at == 0 and kind.replace(" ", "_") != arm.name else []
            about += [f"seed{'s' if len(same) > 1 else ''} {seeds}"] if seeds else []
            title = f"**{words(arm.name)}**" if at == 0 else ""
            st.markdown(f"{title}  \n:gray[:small[{' · '.join(about)}]]" if about else title)
        with answer:
            said = same[0].answer
            block(said if said is not None else same[0].failure or "")
            if said is not None and against is not None:
                st.markdown(difference(against[:MOST], said[:MOST]))
        with reading:
            _reading(verdict, question, same[0])


def _alike(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Outcomes of several seeds that say the same, together."""
    groups: dict[tuple[str | None, str | None], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.answer, outcome.failure), []).append(outcome)
    return list(groups.values())


def _reading(verdict: Verdict, question: WaveQuestion, outcome: Outcome) -> None:
    """What the metrics make of an answer, in percent."""
    dataset = verdict.manifest.dataset
    kind = outcome_kind(question, outcome, dataset.abstain)
    read = [
        f"{figures.words(metric.name)} {100 * value:.0f}"
        for metric in metrics_for(verdict.task, dataset.labels)
        if (value := score(metric, outcome, question, dataset.abstain)) is not None
    ]
    spent = " · ".join(_spent(verdict, outcome))
    st.markdown(f"{MARKS[kind]}  \n:gray[:small[{' · '.join(read)}]]  \n:gray[:small[{spent}]]")


def _spent(verdict: Verdict, outcome: Outcome) -> list[str]:
    """An answer's own confidence (in percent) and tokens, and what the arm takes for a question, mean of them all."""
    cost = verdict.costs.get(outcome.arm)
    money = verdict.economics.arm(outcome.arm) if verdict.economics else None
    found = [f"confidence {figures.percent(outcome.confidence)}"] if outcome.confidence is not None else []
    found.append(f"{outcome.prompt_tokens:,} + {outcome.output_tokens:,} tokens")
    if cost is not None and cost.question_s is not None:
        found.append(f"{figures.seconds(cost.question_s)} s a question")
    if money is not None:
        found.append(f"{figures.usd(money.question.usd)} USD" if money.question else "unpriced")
    return found


def _passages(told: Told, question: WaveQuestion) -> None:
    st.header("Passages", anchor=False)
    st.caption(figures.ABOUT_SIMILARITY)
    columns = st.columns(max(2, len(told.hits) + 1))
    for column, (key, hits) in zip(columns, told.hits.items(), strict=False):
        users = [f"{words(arm.name)} {arm.k}" for arm in told.arms if arm.retrieval_key == key]
        with column:
            st.markdown(f"**Seen** :gray[:small[{', '.join(users)}]]")
            for hit in hits:
                _passage(
                    hit.passage,
                    f"{hit.rank} · similarity {hit.similarity:.3f}",
                    question,
                    is_gold=hit.passage.passage_id in told.gold_ids,
                )
            if not hits:
                st.caption("The search found nothing.")
    with columns[len(told.hits)]:
        st.markdown(f"**Gold** :gray[:small[states the answer; {len(told.gold_ids)} in the index]]")
        for passage_id, passage in told.gold.items():
            seen_by = ", ".join(words(arm.name) for arm in told.arms if _saw(told, arm, passage_id))
            _passage(passage, f"seen by {seen_by}" if seen_by else "not found", question, is_gold=True)
        n_kept = len(told.gold_ids) - len(told.gold)
        if n_kept:
            st.caption(
                f"{n_kept} more that no arm saw; the run does not keep {'its' if n_kept == 1 else 'their'} text."
            )
        if not told.gold_ids:
            st.caption("No passage states an answer.")


def _saw(told: Told, arm: ArmInputs, passage_id: str) -> bool:
    hits = told.hits.get(arm.retrieval_key or "", ())[: arm.k]
    return any(hit.passage.passage_id == passage_id for hit in hits)


def _passage(passage: Passage, where: str, question: WaveQuestion, *, is_gold: bool) -> None:
    """A passage, the right answer marked where it stands in it, an earlier one where that stands there."""
    with st.container(border=True, gap="xsmall"):
        badge = ":green-badge[:material/check: gold] " if is_gold else ""
        title = f"**{words(passage.title, 120)}**  \n" if passage.title else ""
        st.markdown(f"{title}{badge}:gray[:small[{where}]]")
        shown = passage.text[:MOST]
        right = places(shown, question.answers)
        old = [] if right else places(shown, question.stale_answers)
        st.markdown(marked(shown, right or old, colour="green" if right else "orange"))
        if old:
            st.caption("Marked: an answer that was right before.")
        tell_cut(passage.text)


def _prompts(told: Told) -> None:
    with st.expander("Prompts"):
        for tab, arm in zip(st.tabs([words(arm.name) for arm in told.arms]), told.arms, strict=True):
            outcome = told.said[arm.name][0]
            with tab:
                block(outcome.prompt)
                st.caption(
                    f"{outcome.prompt_tokens:,} tokens read, {outcome.output_tokens:,} written; "
                    f"ended by {words(outcome.stop_reason) or 'a failure'}."
                )
