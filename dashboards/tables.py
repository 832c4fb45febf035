"""A table on a page: its heading, the menu that writes it into a file, its rows, and how to read them."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from cells import Row, raw
from ragvsft.report.table_files import FORMS, Rows
from shown import words


def show_table(title: str, rows: Sequence[Row], caption: str = "", *, level: int = 2, alt: str = "") -> None:
    """A table that can be taken away as a file; nothing where there is no row."""
    if not rows:
        return
    with heading(title, level=level):
        export_menu(title, partial(_raw, rows))
    # A heading is Markdown too, and one of a slice is a text of the dataset's.
    frame = pd.DataFrame([{words(column, 80): cell.shown for column, cell in row.items()} for row in rows])
    st.table(frame, hide_index=True, border="horizontal", alt=alt or f"{title}, one row an arm")
    if caption:
        st.caption(caption)


def heading(title: str, *, level: int = 2) -> "st.delta_generator.DeltaGenerator":
    """A heading; what is drawn in it stands at its right."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small")
    with row:
        (st.header if level == 2 else st.subheader)(title, anchor=False, width="content")
    return row


def export_menu(name: str, rows: Callable[[], Rows]) -> None:
    """A menu of files with rows, which are put together when one is asked for."""
    files = {form: (partial(_written, write, rows), end, kind) for form, (write, end, kind) in FORMS.items()}
    export_menu_of(file_stem(name), files)


def export_menu_of(stem: str, files: Mapping[str, tuple[Callable[[], str | bytes], str, str]]) -> None:
    """A small menu of files, each by its title: how it is made, its ending, its media type."""
    with st.popover("Export", icon=":material/download:", type="tertiary", key=f"export-{stem}"):
        for title, (make, ending, media_type) in files.items():
            st.download_button(
                title,
                data=make,
                file_name=f"{stem}.{ending}",
                mime=media_type,
                key=f"export-{stem}-{ending}",
                on_click="ignore",
                type="tertiary",
            )


def file_stem(name: str) -> str:
    """A heading as a file's name: letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _written(write: Callable[[Rows], bytes], rows: Callable[[], Rows]) -> bytes:
    return write(rows())


def _raw(rows: Sequence[Row]) -> Rows:
    return [raw(row) for row in rows]
