"""The chosen run against another one: the same arms, paired by question, by the same rules as `ragvsft compare`."""

from datetime import date
from pathlib import Path

import streamlit as st

from cells import Cell, Row, interval, number, text
from last_read import Stamp, stamp_of
from ragvsft.core.errors import RagvsftError
from ragvsft.report import comparison_rows, figures
from ragvsft.verdict.comparing_runs import ArmPair, RunComparison, compare_runs
from ragvsft.verdict.reading_runs import read_runs
from ragvsft.verdict.verdict import Verdict
from shown import words
from tables import show_table


def show_against(verdict: Verdict, other: Path, wave: date) -> None:
    """Every arm of the run minus its like in the other run; runs that must not be compared say why."""
    try:
        found = _compared(str(verdict.folder), str(other), wave, (stamp_of(verdict.folder), stamp_of(other)))
    except RagvsftError as error:
        st.header("Against the other run", anchor=False)
        st.warning(words(f"{figures.capital(error.message)}."))
        return
    show_table(
        "Against the other run",
        [_row(pair, found) for pair in found.pairs],
        f"{words(comparison_rows.title(found), 600)}. {words(comparison_rows.cautions(found), 600)} "
        + " ".join(words(note, 600) for note in found.notes),
        alt="Arms of this run against the other run, one row an arm",
    )


def _row(pair: ArmPair, found: RunComparison) -> Row:
    one = pair.comparison
    points = Cell(figures.NOTHING, {"": None})
    if one is not None:
        told = figures.difference(one.difference, one.low, one.high)
        points = Cell(told, {"": one.difference, "low": one.low, "high": one.high})
    return {
        "arm": text(comparison_rows.name_of(pair, found)),
        "other run": interval(pair.before.score),
        "this run": interval(pair.now.score),
        "difference": points,
        "adjusted p": Cell(figures.p_value(one.p_adjusted if one else None), {"": one.p_adjusted if one else None}),
        "told apart": text("yes" if one and one.distinguishable else "no"),
        "tokens": number(pair.usage.tokens),
        "p50 s": number(pair.usage.p50_s, figures.seconds),
    }


@st.cache_resource(max_entries=4, show_spinner="Comparing the runs …")
def _compared(folder: str, other: str, wave: date, stamps: tuple[Stamp, Stamp]) -> RunComparison:
    """`folder` against `other`, which is the one compared with.

    Raises:
        RagvsftError: one cannot be read, or they must not be compared.
    """
    del stamps  # only tells readings of different states apart
    return compare_runs(read_runs([Path(other), Path(folder)], wave=wave), wave=wave)
