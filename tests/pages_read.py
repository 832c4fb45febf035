"""Tables of a page by their columns, with names as they were before they were escaped."""

import pandas as pd
from streamlit.testing.v1 import AppTest


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table that has these columns, its rows by the first column."""
    frame = next(one.value for one in app.table if set(columns) <= set(one.value.columns))
    first = frame.columns[0]
    frame[first] = frame[first].str.replace("\\", "")
    return frame.set_index(first)


def texts(app: AppTest) -> str:
    """All that is said in Markdown, captions and boxes, unescaped."""
    parts = (*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.error)
    return "\n".join(part.value for part in parts).replace("\\", "").replace("\u2060", "")
