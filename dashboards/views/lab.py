"""Lab: what the numbers were made by: the searches, the trainings, the checks, the settings, the work itself."""

from collections.abc import Callable

import streamlit as st

from choosing import chosen
from lab_made import show_fairness, show_manifest, show_progress, show_search, show_stages
from lab_retrieval import show_retrieval
from lab_training import show_forgetting, show_training
from ragvsft.verdict.verdict import Verdict, WaveVerdict

PARTS: dict[str, Callable[[Verdict, WaveVerdict | None], None]] = {
    "Retrieval": show_retrieval,
    "Training": lambda verdict, wave: show_training(verdict),
    "Forgetting": lambda verdict, wave: show_forgetting(verdict),
    "Fairness": lambda verdict, wave: show_fairness(verdict),
    "Search": lambda verdict, wave: show_search(verdict),
    "Stages": lambda verdict, wave: show_stages(verdict),
    "Progress": lambda verdict, wave: show_progress(verdict),
    "Manifest": lambda verdict, wave: show_manifest(verdict),
}


def main() -> None:
    """The page."""
    found = chosen()
    st.title("How was it made?", anchor=False)
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="Retrieval",
        required=True,
        key="part",
        bind="query-params",
        label_visibility="collapsed",
    )
    PARTS[part or "Retrieval"](found.verdict, found.wave)


main()
