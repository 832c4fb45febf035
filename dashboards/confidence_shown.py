"""Confidence on the Accuracy page: how arms abstain, whether they are as sure as right, and risk by coverage."""

import streamlit as st

from cells import Row, interval, number, share, text
from drawn import show_chart
from ragvsft.report import figures
from ragvsft.report.charts_calibration import reliability_chart, risk_chart
from ragvsft.verdict.calibration import N_BINS
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from tables import show_table


def show_confidence(verdict: Verdict, wave: WaveVerdict) -> None:
    """The tables and charts; abstaining alone where no answer has a confidence."""
    show_table(
        "Abstaining",
        _abstaining(wave),
        "In percent, with the 95 % interval. Abstained is on questions that have a right answer; false answers are on "
        "those that no date answers, where anything but abstaining counts, a failure too.",
    )
    reliability, risk = reliability_chart(verdict, wave), risk_chart(verdict, wave)
    if reliability is None or risk is None:
        return
    score = figures.words(verdict.primary)
    show_chart(
        "Right by confidence",
        reliability,
        f"Each point is the answers of one of {N_BINS} bins of confidence. On the dashed line an arm is as often right "
        "as it is sure, below it too sure. Intervals are 95 %, over facts.",
    )
    show_table(
        "Confidence",
        _confidence(wave, score),
        f"In percent. Confidence and {score} are means over answers, abstentions left out; ECE is how far they lie "
        f"apart in the bins, on average. Risk is one minus the mean {score} of answers and failures, coverage their "
        "share of all outcomes. AURC is the mean risk when only the most confident are given; below risk, confidence "
        "tells right from wrong.",
    )
    show_chart(
        "Risk by coverage",
        risk,
        "From the most confident answer at the left to all of them. A line that rises has its wrong answers where it "
        "is not sure; on a flat one confidence says nothing. Abstentions are not covered; a failure stands first, and "
        "wrong.",
    )
    with st.expander("Bins of confidence", key="bins"):
        show_table("Bins", _bins(wave), f"{score} in percent.", level=3, alt="Bins, one row an arm and bin")


def _abstaining(wave: WaveVerdict) -> list[Row]:
    asked = any(one.false_answers is not None for one in wave.abstaining)
    return [
        {"arm": text(one.arm), "abstained": interval(one.abstained)}
        | ({"false answers": interval(one.false_answers)} if asked else {})
        for one in wave.abstaining
    ]


def _confidence(wave: WaveVerdict, score: str) -> list[Row]:
    return [
        {
            "arm": text(one.arm),
            "confidence": share(one.confidence),
            score: share(one.score),
            "ECE": share(one.ece),
            "risk": share(one.curve[-1].risk),
            "AURC": share(one.aurc),
            "coverage": share(one.curve[-1].coverage),
            "answers": number(one.n_answers),
        }
        for one in wave.calibrations
    ]


def _bins(wave: WaveVerdict) -> list[Row]:
    return [
        {
            "arm": text(one.arm),
            "confidence": text(figures.span(bin.low, bin.high)),
            "mean": share(bin.confidence),
            "right": interval(bin.score),
            "answers": number(bin.score.n),
        }
        for one in wave.calibrations
        for bin in one.bins
    ]
