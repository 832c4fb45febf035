"""The sidebar: which run and wave the pages show, kept in the address, and where the lab stands."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from lab_state import show_lab_state, tell_broken_off
from last_read import LastRead, last_read
from ragvsft.core.errors import RagvsftError
from ragvsft.runs.folder import RunSummary, list_runs
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from shown import words

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the pages show."""

    verdict: Verdict
    wave: WaveVerdict | None
    """None: nothing was answered yet."""
    other: Path | None = None
    """A run to compare with."""


def chosen() -> Chosen:
    """What is chosen, for a page."""
    found: Chosen = st.session_state["chosen"]
    return found


def other_run() -> Path | None:
    """The run that is chosen to compare with."""
    return chosen().other


def choose(root: Path) -> Chosen | None:
    """Draw the sidebar; None: there is nothing to show, and the page says why."""
    entries = {entry.folder.name: entry for entry in _runs(str(root))}
    if not entries:
        _tell_no_run(root)
        return None
    tell_unknown("run", list(entries))
    with st.sidebar:
        name = st.selectbox("Run", list(entries), key="run", bind="query-params")
    read = _read(entries[name])
    if read is None:
        return None
    wave = _choose_wave(read.verdict)
    other = _choose_other(name, entries)
    show_lab_state(read)
    _show_origin(read.verdict)
    tell_broken_off(read.progress)
    return Chosen(verdict=read.verdict, wave=wave, other=other)


def tell_unknown(parameter: str, known: Sequence[str]) -> None:
    """Say so where the address asks for what is not there; the widget goes to its first choice."""
    asked = st.query_params.get(parameter)
    if asked is not None and asked not in known:
        st.warning(f"The address asks for the {parameter} “{words(asked, 80)}”, which is not here.")


@st.cache_data(ttl=1, max_entries=4, show_spinner=False)
def _runs(root: str) -> tuple[RunSummary, ...]:
    """Newest first; what cannot be read comes last, so that it is never what opens."""
    return tuple(sorted(list_runs(Path(root)), key=lambda entry: entry.problem is not None))


def _read(entry: RunSummary) -> LastRead | None:
    problem, hint = entry.problem, None
    try:
        with st.spinner("Reading the run …"):
            return last_read(entry.folder)
    except RagvsftError as error:
        problem, hint = error.message, error.hint
    except Exception:
        # A manifest that somebody edited may break the reading anywhere; the terminal gets the traceback.
        _log.exception("the run in %s cannot be read", entry.folder)
        problem, hint = "its files are not as ragvsft writes them", "The terminal shows where reading stopped."
    st.title("This run cannot be read")
    st.error(words(problem or ""))
    if hint:
        st.markdown(words(f"{hint[0].upper()}{hint[1:]}."))
    return None


def _choose_wave(verdict: Verdict) -> WaveVerdict | None:
    asked = {wave.wave.isoformat(): wave for wave in verdict.waves if wave.arms}
    if not asked:
        return None
    dates = list(asked)
    tell_unknown("wave", dates)
    with st.sidebar:
        name = st.selectbox("Wave", dates, index=len(dates) - 1, key="wave", bind="query-params")
    return asked[name]


def _choose_other(name: str, entries: Mapping[str, RunSummary]) -> Path | None:
    others = [other for other, entry in entries.items() if other != name and entry.problem is None]
    if not others:
        return None
    tell_unknown("other", others)
    with st.sidebar:
        other = st.selectbox(
            "Compare with", others, index=None, key="other", bind="query-params", placeholder="no other run"
        )
    return entries[other].folder if other is not None else None


def _show_origin(verdict: Verdict) -> None:
    manifest = verdict.manifest
    rows = {
        "Dataset": manifest.dataset.name,
        "Model": manifest.model.name,
        "Passages from": verdict.store or "no index",
        "Begun": f"{manifest.created_at:%Y-%m-%d %H:%M} UTC",
    }
    with st.sidebar:
        st.caption("  \n".join(f"{name}: {words(value, 60)}" for name, value in rows.items()))


def _tell_no_run(root: Path) -> None:
    st.title("No run yet")
    st.markdown("This folder holds no run:")
    st.code(str(root), language=None, wrap_lines=True)
    st.markdown("Make one, then reload this page:")
    st.code("ragvsft run experiments/demo.yaml", language=None)
