"""Where the lab stands: told in the sidebar, followed while it works, and said on the page where it broke off."""

import streamlit as st

from last_read import LastRead, is_due, progress_of
from ragvsft.core.errors import RagvsftError
from ragvsft.runs.records import Progress
from shown import words

BADGES = {
    "running": ":blue-badge[:material/play_circle: running]",
    "finished": ":green-badge[:material/check_circle: finished]",
    "interrupted": ":orange-badge[:material/pause_circle: interrupted]",
    "failed": ":red-badge[:material/error: failed]",
    "stalled": ":orange-badge[:material/hourglass_disabled: stalled]",
}


def show_lab_state(read: LastRead) -> None:
    """In the sidebar; of a running run again and again, and the page is read anew when it has grown."""
    with st.sidebar:
        if read.progress.state in ("running", "stalled"):
            _follow(read)
        else:
            st.markdown(BADGES[read.progress.state])


def tell_broken_off(progress: Progress) -> None:
    """On the page: the run is not whole, why, and how it goes on."""
    goes_on = "What was answered is shown below; the same command goes on from there."
    match progress.state:
        case "interrupted":
            st.warning(f"This run was interrupted. {goes_on}", icon=":material/pause_circle:")
        case "stalled":
            silent = f"The lab says that it runs, and nothing was heard of it since {progress.heartbeat_at:%H:%M} UTC."
            st.warning(f"{silent} {goes_on}", icon=":material/hourglass_disabled:")
        case "failed":
            why = words(progress.message) or "no reason was recorded"
            st.error(f"This run failed: {why}. {goes_on}", icon=":material/error:")


@st.fragment(run_every="2s")
def _follow(read: LastRead) -> None:
    folder = read.verdict.folder
    try:
        now, due = progress_of(folder), is_due(folder, read)
    except RagvsftError:
        # The run went away under the open page; the whole page says so.
        st.rerun()
    if due:
        st.rerun()
    stage = now.stage.replace(":", " ")
    st.markdown(f"{BADGES[now.state]} {words(stage, 40)}")
    if now.total:
        told = f"{min(now.done, now.total):,} of {now.total:,}"
        st.progress(min(1.0, now.done / now.total), text=told)
    st.caption(f"Heard of at {now.heartbeat_at:%H:%M:%S} UTC; this page follows.")
