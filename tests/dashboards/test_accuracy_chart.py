"""The chart of arms: a valid specification, true to the verdict, told in words, and readable in every colour vision."""

import itertools
import tomllib
from pathlib import Path

import altair
import numpy as np
import pytest
from numpy.typing import NDArray

from ragvsft.report.chart_marks import KIND_MARKS, OUTCOME_MARKS
from ragvsft.report.charts import accuracy_chart, accuracy_words
from ragvsft.report.charts_cost import PARTS
from ragvsft.verdict.verdict import Verdict

THEME = tomllib.loads((Path(__file__).parents[2] / "dashboards" / ".streamlit" / "config.toml").read_text())["theme"]
COLOURS = {kind: colour for kind, (colour, _) in KIND_MARKS.items()}

# Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB.
VISIONS = {
    "common": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour: str) -> NDArray[np.float64]:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    """WCAG 2.2."""
    dark, light = sorted(float(linear(one) @ [0.2126, 0.7152, 0.0722]) for one in (a, b))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE 1976 L*a*b* of linear sRGB, white D65."""
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    x, y, z = np.cbrt(to_xyz @ np.clip(rgb, 0, 1) / [0.95047, 1.0, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_the_specification_is_valid_vega_lite(verdict: Verdict) -> None:
    spec = accuracy_chart(verdict, verdict.waves[-1])

    altair.Chart.from_dict(spec, validate=True)


def test_rows_are_the_verdicts_in_their_order(verdict: Verdict) -> None:
    wave = verdict.waves[-1]
    rows = accuracy_chart(verdict, wave)["data"]["values"]

    assert [row["arm"] for row in rows] == [arm.arm for arm in wave.arms]
    for row, arm in zip(rows, wave.arms, strict=True):
        score = arm.scores[verdict.primary]
        assert (row["mean"], row["low"], row["high"]) == (score.mean, score.low, score.high)


def test_words_tell_every_arm_with_its_interval(verdict: Verdict) -> None:
    told = accuracy_words(verdict, verdict.waves[-1])

    assert told.startswith("exact match in percent with 95 % interval at 2025-01-01: closed_book 0.0 (0.0–")
    assert "; rag 75.0 (54.2–90.3); fine_tuned 33.3 (" in told
    assert told == accuracy_chart(verdict, verdict.waves[-1])["description"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_and_texts_stand_out_from_the_page(theme: str) -> None:
    page = THEME[theme]["backgroundColor"]

    for colour in COLOURS.values():
        assert contrast(colour, page) >= 3.0
    for text in ("textColor", "redTextColor", "orangeTextColor", "greenTextColor", "grayTextColor", "primaryColor"):
        for ground in (page, THEME[theme]["secondaryBackgroundColor"]):
            assert contrast(THEME[theme][text], ground) >= 4.5


@pytest.mark.parametrize("vision", VISIONS)
def test_kinds_are_told_apart_in_every_vision(vision: str) -> None:
    seen = {kind: lab(np.array(VISIONS[vision]) @ linear(colour)) for kind, colour in COLOURS.items()}

    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 8.0, (a, b)
    assert len({shape for _, shape in KIND_MARKS.values()}) == len(KIND_MARKS)


@pytest.mark.parametrize("colours", [[colour for _, colour in OUTCOME_MARKS.values()], list(PARTS.values())])
def test_colours_of_stacked_bars_are_told_apart_and_stand_out(colours: list[str]) -> None:
    for vision in VISIONS.values():
        seen = [lab(np.array(vision) @ linear(colour)) for colour in colours]
        for a, b in itertools.combinations(range(len(colours)), 2):
            assert np.linalg.norm(seen[a] - seen[b]) > 8.0, (colours[a], colours[b])
    for theme in ("light", "dark"):
        for colour in colours:
            assert contrast(colour, THEME[theme]["backgroundColor"]) >= 3.0
