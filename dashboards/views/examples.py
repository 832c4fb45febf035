"""Examples: one question, what every arm answered to it, and the passages that each arm saw."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import streamlit as st

from asked import RIGHT_IS, SHOW, Asked, asked_at, matching, near
from choosing import chosen, tell_unknown
from examples_file import rows_of
from last_read import last_read
from question_shown import RIGHT, show_question
from ragvsft.report.escaping import isolated, shortened, visible
from ragvsft.verdict.verdict import Verdict
from tables import export_menu

NEXT, PREVIOUS, DIFFERENCE = "Alt+J", "Alt+K", "Alt+W"
"""Keys that no browser has for itself; Alt+← goes back in its history wherever there is no previous question."""


def main() -> None:
    """The page."""
    verdict, wave = chosen().verdict, chosen().wave
    st.title("One question, every arm", anchor=False)
    if wave is None:
        st.info("Nothing was answered yet. This page fills while the run goes on.")
        return
    _show(verdict, wave.wave)


@st.fragment
def _show(verdict: Verdict, wave: date) -> None:
    """Drawn alone at a click or a letter, so that the sidebar need not be."""
    asked = asked_at(str(verdict.folder), wave, last_read(verdict.folder).stamp)
    found = _filtered(verdict, asked)
    if not found:
        st.info(f"None of the {len(asked):,} questions passes these filters.")
        return
    picked = _picked(asked, found).question
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        against = _against(verdict)
        export_menu("examples", partial(rows_of, verdict, wave, [one.question for one in found]))
    show_question(verdict, wave, picked, against)


def _against(verdict: Verdict) -> str | None:
    """What answers are told against, word by word."""
    names = [RIGHT, *(arm.name for arm in verdict.arms)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        found = _choose_against(names)
        st.button(
            "Against the right answer" if found is None else "As they are",
            key="turn",
            type="tertiary",
            on_click=_tell_against,
            args=(RIGHT if found is None else None,),
            shortcut=DIFFERENCE,
        )
    return found


def _choose_against(names: Sequence[str]) -> str | None:
    found: str | None = st.selectbox(
        "Tell the answers word by word against",
        names,
        index=None,
        key="against",
        bind="query-params",
        placeholder="nothing: as they are",
        width=320,
    )
    return found


def _filtered(verdict: Verdict, asked: Sequence[Asked]) -> list[Asked]:
    arms = [arm.name for arm in verdict.arms if any(arm.name in one.kinds for one in asked)]
    searching, showing, being_right, not_being_right = st.columns([3, 2, 2, 2])
    search = searching.text_input(
        "Search",
        key="search",
        bind="query-params",
        type="search",
        live=True,
        placeholder="words of the question or of an answer",
    )
    show = showing.selectbox(
        "Show",
        SHOW,
        key="show",
        bind="query-params",
        help="Of the arms that may be chosen; the oracle does not count. With several training seeds an arm is right "
        "where every seed is.",
    )
    right = being_right.multiselect(
        "Right", arms, key="right", bind="query-params", placeholder="any arm", help=RIGHT_IS
    )
    not_right = not_being_right.multiselect(
        "Not right", arms, key="not_right", bind="query-params", placeholder="any arm", help=RIGHT_IS
    )
    choosable = [arm.name for arm in verdict.arms if arm.can_be_chosen]
    return matching(asked, search=search, show=show, right=right, not_right=not_right, choosable=choosable)


def _picked(asked: Sequence[Asked], found: Sequence[Asked]) -> Asked:
    """The question that is open, chosen in a list, by a button, or in the address."""
    ids = [one.question.question_id for one in found]
    _follow_address(ids, [one.question.question_id for one in asked])
    at = ids.index(st.session_state["question"])
    # The widget mirrors what is open, whoever opened it.
    st.session_state["picked"] = ids[at]
    labels = {one.question.question_id: _label(one) for one in near(found, at)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            f"Question {at + 1:,} of {len(ids):,}",
            list(labels),
            key="picked",
            format_func=labels.__getitem__,
            on_change=lambda: _open(st.session_state["picked"]),
            filter_mode="contains",
            help=None
            if len(labels) == len(ids)
            else "The list holds the nearest questions; a search finds the others.",
        )
        for title, to, key in (("Previous", at - 1, PREVIOUS), ("Next", at + 1, NEXT)):
            there = 0 <= to < len(ids)
            st.button(
                title,
                key=title.lower(),
                disabled=not there,
                on_click=_open,
                args=(ids[to] if there else "",),
                shortcut=key,
            )
        _tell_keys()
    return found[at]


def _follow_address(ids: Sequence[str], all_ids: Sequence[str]) -> None:
    """Let the address open a question where somebody changed it there; else it says which one is open."""
    state = st.session_state
    address = st.query_params.get("question")
    if address is not None and address != state.get("in_address"):
        tell_unknown("question", all_ids)
        state["question"] = address
    if state.get("question") not in ids:
        state["question"] = ids[0]
    state["in_address"] = state["question"]
    if address != state["question"]:
        st.query_params["question"] = state["question"]


def _open(question_id: str) -> None:
    st.session_state["question"] = question_id


def _tell_against(name: str | None) -> None:
    st.session_state["against"] = name


def _tell_keys() -> None:
    """What can be done without a mouse."""
    with st.popover("Keyboard", icon=":material/keyboard:", type="tertiary"):
        st.markdown(
            f"`{NEXT}` next question  \n"
            f"`{PREVIOUS}` previous question  \n"
            f"`{DIFFERENCE}` answers word by word against the right one, or as they are  \n"
            "`Tab` to the next field or button; in a list, letters search it, `↑` `↓` `Enter` choose  \n"
            "`Esc` closes a list or this note"
        )
        st.caption("Also while you type in a field. On a Mac Alt is ⌥.")


def _label(one: Asked) -> str:
    """Its number makes it unique, which Streamlit needs."""
    return f"{one.number}. {isolated(shortened(visible(' '.join(one.question.question.split())), 200))}"


main()
