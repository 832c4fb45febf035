"""The dashboard: a run and a wave, chosen in the sidebar, and two pages that show them."""

import sys
from pathlib import Path

import streamlit as st

from choosing import choose

HERE = Path(__file__).parent


def main() -> None:
    """Lay out the sidebar and run the page that is open."""
    st.set_page_config(page_title="ragvsft", page_icon=str(HERE / "icon.svg"), layout="wide")
    page = st.navigation(
        [
            st.Page(HERE / "views" / "arms.py", title="Arms", icon=":material/bar_chart:", default=True),
            st.Page(HERE / "views" / "examples.py", title="Examples", icon=":material/quiz:"),
        ]
    )
    chosen = choose(Path(sys.argv[1] if len(sys.argv) > 1 else "runs"))
    if chosen is not None:
        st.session_state["chosen"] = chosen
        page.run()


main()
