"""Which run the pages show: chosen in the sidebar, kept in the address, read once for as long as it does not change."""

from pathlib import Path

import streamlit as st

from ragvsft.core.errors import RagvsftError
from ragvsft.runs.folder import list_runs
from ragvsft.verdict.verdict import Verdict, read_verdict


def chosen_verdict() -> Verdict:
    """The verdict of the run that is chosen in the sidebar; a page without one stops with a word on why."""
    root: Path = st.session_state.get("runs_root", Path("runs"))
    found = [entry for entry in list_runs(root) if entry.problem is None]
    if not found:
        st.title("No run yet")
        st.write("This folder holds no run:")
        st.code(str(root), language=None)
        st.write("Make one, then reload this page:")
        st.code("ragvsft run experiments/demo.yaml", language="shell")
        st.stop()
    names = [entry.folder.name for entry in found]
    states = {entry.folder.name: entry.state for entry in found}
    with st.sidebar:
        name = st.selectbox("Run", names, key="run", bind="query-params")
    folder = root / name
    with st.sidebar:
        st.caption(f"State: {states[name]}")
    try:
        return _read(folder, _stamp(folder))
    except RagvsftError as error:
        st.error(f"This run cannot be read: {error.message}")
        if error.hint:
            st.write(error.hint)
        st.stop()


def _stamp(folder: Path) -> tuple[int, ...]:
    """Changes whenever the run does."""
    names = ("run.db", "run.db-wal", "manifest.json")
    return tuple((folder / name).stat().st_mtime_ns if (folder / name).exists() else 0 for name in names)


@st.cache_resource(max_entries=4, show_spinner="Reading the run …")
def _read(folder: Path, stamp: tuple[int, ...]) -> Verdict:
    del stamp
    return read_verdict(folder)
