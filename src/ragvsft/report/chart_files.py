"""A chart as a picture, drawn here and now by vl-convert: no browser, no network, no script in what comes out."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ragvsft.core.errors import ServiceError

WIDTH = 900
"""Pixels of a chart that has no width of its own."""
TEXT = "#1c2129"
GRID = "#d5dae1"
WHITE = "#ffffff"


def svg(spec: Mapping[str, Any], *, text: str = TEXT, grid: str = GRID, background: str | None = WHITE) -> str:
    """A chart as SVG.

    Args:
        spec: Vega-Lite, its data in it.
        text: colour of all writing; `currentColor` takes that of the page around it.
        grid: colour of the lines behind the marks.
        background: None is see-through.

    Raises:
        ServiceError: vl-convert is not installed.
    """
    drawn: str = _converter().vegalite_to_svg(_dressed(spec, text, grid, background), allowed_base_urls=[])
    return drawn


def png(spec: Mapping[str, Any]) -> bytes:
    """A chart as PNG, on white, at twice its size.

    Raises:
        ServiceError: vl-convert is not installed.
    """
    dressed = _dressed(spec, TEXT, GRID, WHITE)
    drawn: bytes = _converter().vegalite_to_png(dressed, scale=2.0, allowed_base_urls=[])
    return drawn


def _dressed(spec: Mapping[str, Any], text: str, grid: str, background: str | None) -> dict[str, Any]:
    config = dict(spec.get("config", {}))
    writing = {"labelColor": text, "titleColor": text}
    config["axis"] = {"gridColor": grid, "domainColor": grid, "tickColor": grid} | writing | config.get("axis", {})
    config["legend"] = writing | config.get("legend", {})
    config["header"] = writing | config.get("header", {})
    config["text"] = config.get("text", {}) | {"color": text}
    config["title"] = {"color": text} | config.get("title", {})
    dressed = {"width": WIDTH, **spec, "config": config | {"background": background, "font": "sans-serif"}}
    if dressed["width"] == "container":
        dressed["width"] = WIDTH
    return dressed


@lru_cache(maxsize=1)
def _converter() -> Any:  # noqa: ANN401 - it has no types
    try:
        import vl_convert
    except ImportError:
        raise ServiceError(
            "charts as pictures need vl-convert, which is not installed", hint="pip install 'ragvsft[dashboard]'"
        ) from None
    return vl_convert
