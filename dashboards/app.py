"""The dashboard: chooses a run in the sidebar and shows its pages. Reads run folders through the verdict alone."""

import sys
from pathlib import Path

import streamlit as st

PAGES = Path(__file__).parent / "pages"


def main() -> None:
    """Lay out the sidebar and run the chosen page."""
    st.set_page_config(page_title="ragvsft", page_icon="⚖️", layout="wide")
    st.session_state["runs_root"] = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs")
    page = st.navigation(
        [
            st.Page(PAGES / "arms.py", title="Arms", icon=":material/bar_chart:", default=True),
            st.Page(PAGES / "examples.py", title="Examples", icon=":material/manage_search:", url_path="examples"),
        ]
    )
    page.run()


main()
