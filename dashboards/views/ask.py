"""Ask: every arm of the run answers a new question, with other settings if one likes."""

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ask_shown import Told, follow, show, show_behind, waiting
from choosing import chosen, tell_unknown
from engine import Engine, running_engine, start_engine, stop_engine
from last_read import progress_of
from ragvsft.core.live import NOT_ASKED, Ask, Refused
from ragvsft.verdict.pricing import pricing_of
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from shown import words

T = TypeVar("T")

KS = (1, 2, 3, 5, 10)
ALPHAS = ("0", "0.25", "0.5", "0.75", "1")
AS_IT_WAS = "as in the run"


def main() -> None:
    """The page."""
    verdict, wave = chosen().verdict, chosen().wave
    st.title("What would they say?", anchor=False)
    why_not = _why_not(verdict, wave)
    if why_not or wave is None:
        st.info(why_not)
        return
    asked = _form(verdict, wave)
    pricing = pricing_of(verdict.manifest)
    place = f"{verdict.folder} {wave.wave}"
    if asked is not None:
        told = Told(question=asked.question)
        st.session_state["told"] = (place, told)
        _ask(verdict, asked, told)
    else:
        before, told = st.session_state.get("told", ("", Told(question="")))
        if before != place or not told.question:
            _tell_engine(verdict)
            return
        show(told, pricing)
    show_behind(told)
    _tell_engine(verdict)


def _why_not(verdict: Verdict, wave: WaveVerdict | None) -> str:
    """Why this run cannot be asked; empty: it can."""
    if progress_of(verdict.folder).state == "running":
        return "This run is going on. It can be asked when it has finished."
    if wave is None:
        return "Nothing was answered yet, so that nothing can be asked."
    if verdict.manifest.asking is None:
        return (
            "This run was made by a ragvsft whose runs could not be asked. `ragvsft run` with its experiment file adds "
            "what is missing; nothing is run again."
        )
    if all(arm.kind in NOT_ASKED for arm in verdict.arms):
        return f"No arm of this run can be asked. {_not_asked(verdict)}"
    return ""


def _form(verdict: Verdict, wave: WaveVerdict) -> Ask | None:
    """Question and settings; None: nothing is asked now."""
    arms = [arm.name for arm in verdict.arms if arm.kind not in NOT_ASKED]
    adapters = list(dict.fromkeys(arm.adapter for arm in verdict.arms if arm.adapter))
    seeds = verdict.training_seeds
    offered: dict[str, Sequence[object]] = {"adapter": adapters, "seed": seeds, "k": KS, "alpha": ALPHAS}
    for setting, known in offered.items():
        tell_unknown(setting, [str(one) for one in known])
    searching = any(arm.retrieval_key for arm in verdict.arms)
    with st.form("asking"):
        question = st.text_area(
            "Question", key="ask", bind="query-params", height=80, placeholder="in any words, in any language"
        )
        columns = iter(st.columns([5, 2, 2, 2, 2] if len(seeds) > 1 else [5, 2, 2, 2]))
        names = next(columns).multiselect("Arms", arms, key="arms", bind="query-params", placeholder="all")
        adapter = _otherwise(
            next(columns),
            "adapter",
            "Adapter",
            adapters,
            "Of the arms that have one; it brings the prompt style in which it was trained.",
            enabled=bool(adapters),
        )
        seed = _otherwise_seed(next(columns), seeds) if len(seeds) > 1 else None
        k = _otherwise(next(columns), "k", "Passages (k)", KS, "Of the arms that search.", enabled=searching)
        alpha = _otherwise(
            next(columns),
            "alpha",
            "Alpha",
            ALPHAS,
            "0 searches by words alone, 1 by meaning alone; of the arms that search.",
            enabled=searching,
        )
        submitted = st.form_submit_button("Ask", icon=":material/send:")
    st.caption(f"Adapters and index stand as at {wave.wave}, the wave in the sidebar. {_not_asked(verdict)}")
    if not submitted:
        return None
    if not question.strip():
        st.warning("The question is empty.")
        return None
    return Ask(
        question=question,
        arms=tuple(names),
        adapter=adapter,
        seed=seed,
        k=k,
        alpha=None if alpha is None else float(alpha),
        at=wave.wave,
    )


def _not_asked(verdict: Verdict) -> str:
    """The arms that cannot be asked, and why; empty: there are none."""
    return " ".join(
        f"Not asked: {words(one.name)}, as {NOT_ASKED[one.kind]}." for one in verdict.arms if one.kind in NOT_ASKED
    )


def _otherwise(
    place: DeltaGenerator, key: str, title: str, options: Sequence[T], about: str, *, enabled: bool
) -> T | None:
    """A setting that may be otherwise than in the run; None: it is not."""
    return place.selectbox(
        title,
        options,
        index=None,
        key=key,
        bind="query-params",
        placeholder=AS_IT_WAS,
        disabled=not enabled,
        help=about,
    )


def _otherwise_seed(place: DeltaGenerator, seeds: Sequence[int]) -> int | None:
    about = f"Of the adapters, which the run trained several times; else {seeds[0]}, the run's first."
    return _otherwise(place, "seed", "Training seed", seeds, about, enabled=True)


def _ask(verdict: Verdict, asked: Ask, told: Told) -> None:
    store = Path(sys.argv[2] if len(sys.argv) > 2 else "indexes/.store")
    engine = _ready_engine(verdict.folder, store)
    if isinstance(engine, Refused):
        told.refused = engine
        return
    with closing(engine.ask(asked)) as events:
        follow(told, events, pricing_of(verdict.manifest))


def _ready_engine(folder: Path, store: Path) -> Engine | Refused:
    """The run's engine once it is ready; says meanwhile what it waits for."""
    engine = start_engine(folder, store)
    place, shown = st.empty(), ""
    for state in engine.starting():
        if isinstance(state, Refused):
            place.empty()
            return state
        if waiting(state) != shown:
            shown = waiting(state)
            place.status(shown)
    place.empty()
    return engine


def _tell_engine(verdict: Verdict) -> None:
    """Whether the engine runs, and how to be rid of it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if running_engine(verdict.folder) is None:
            st.caption(
                "The first question starts an engine, a process of its own that loads the model; that takes half a "
                "minute. It ends with the dashboard, or ten minutes after the last question."
            )
        else:
            st.caption("The engine runs, and keeps the run's model in memory and its store in use.", width="content")
            st.button("Stop the engine", on_click=stop_engine, type="tertiary")


main()
