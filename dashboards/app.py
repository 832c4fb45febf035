"""The dashboard: a run and a wave, chosen in the sidebar, and a page for each question that one has about them."""

import sys
from pathlib import Path

import streamlit as st

from choosing import choose
from shown import in_own_direction

HERE = Path(__file__).parent


def main() -> None:
    """Lay out the sidebar and run the page that is open."""
    st.set_page_config(page_title="ragvsft", page_icon=str(HERE / "icon.svg"), layout="wide")
    in_own_direction()
    page = st.navigation(
        [
            st.Page(HERE / "views" / "decision.py", title="Decision", icon=":material/balance:", default=True),
            st.Page(HERE / "views" / "accuracy.py", title="Accuracy", icon=":material/bar_chart:"),
            st.Page(HERE / "views" / "freshness.py", title="Freshness", icon=":material/event_repeat:"),
            st.Page(HERE / "views" / "cost.py", title="Cost", icon=":material/payments:"),
            st.Page(HERE / "views" / "examples.py", title="Examples", icon=":material/quiz:"),
            st.Page(HERE / "views" / "lab.py", title="Lab", icon=":material/science:"),
            st.Page(HERE / "views" / "ask.py", title="Ask", icon=":material/forum:"),
        ]
    )
    chosen = choose(Path(sys.argv[1] if len(sys.argv) > 1 else "runs"))
    if chosen is not None:
        st.session_state["chosen"] = chosen
        page.run()


main()
