"""Tables of a page by their columns, with headings and names as they were before they were escaped."""

import pandas as pd
from streamlit.testing.v1 import AppTest


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table that has these columns, its rows by the first column."""
    frames = [one.value.rename(columns=_unescaped) for one in app.table]
    frame = next(one for one in frames if set(columns) <= set(one.columns))
    first = frame.columns[0]
    frame[first] = frame[first].str.replace("\\", "")
    return frame.set_index(first).map(lambda cell: cell.replace("\u2060", ""))


def _unescaped(heading: str) -> str:
    return heading.replace("\\", "").replace("\u2060", "")


def texts(app: AppTest) -> str:
    """All that is said in Markdown, captions and boxes, unescaped."""
    parts = (*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.error)
    return "\n".join(part.value for part in parts).replace("\\", "").replace("\u2060", "")
