"""A chart on a page: drawn in the page's colours, told in words, and there to be taken away as a picture."""

import json
from functools import partial
from typing import Any

import streamlit as st

from ragvsft.report.chart_files import png, svg
from tables import export_menu_of, file_stem, heading


def show_chart(title: str, spec: dict[str, Any], caption: str = "", *, level: int = 2) -> None:
    """A chart under its heading; its description is what readers get who cannot see it."""
    with heading(title, level=level):
        stem = file_stem(title)
        export_menu_of(
            stem,
            {
                "PNG": (partial(png, spec), "png", "image/png"),
                "SVG": (partial(svg, spec), "svg", "image/svg+xml"),
                "Vega-Lite": (partial(_vega_lite, spec), "vl.json", "application/json"),
            },
        )
    # Streamlit's own chart theme writes grey on white, 3.7:1; without it the page's text colour serves.
    st.vega_lite_chart(spec, theme=None, width="stretch")
    if caption:
        st.caption(caption)


def _vega_lite(spec: dict[str, Any]) -> str:
    return json.dumps(spec, ensure_ascii=False, indent=1)
