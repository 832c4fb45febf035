"""How far the arms' confidence can be believed, as a section of `report.md`."""

from ragvsft.report import figures
from ragvsft.report.markdown_wave import metric, table
from ragvsft.verdict.calibration import N_BINS
from ragvsft.verdict.verdict import Verdict, WaveVerdict


def calibration(verdict: Verdict) -> str:
    """The last wave's arms whose answers have a confidence; empty without any."""
    wave = verdict.last_asked
    if wave is None or not wave.calibrations:
        return ""
    score = metric(verdict.primary)
    head = ["arm", "confidence", score, "ECE", "risk", "AURC", "coverage", "abstained (95 %)", "false answers (95 %)"]
    return "\n\n".join(
        [
            f"## Confidence at {wave.wave}",
            "An answer's confidence is the geometric mean of its tokens' probabilities; a label's is its probability "
            f"among the labels. Confidence and {score} are means over answers, abstentions left out; ECE is how far "
            f"they lie apart in {N_BINS} bins of equal width, on average (Guo et al. 2017).",
            f"Risk is one minus the mean {score} of answers and failures, coverage their share of all outcomes. AURC "
            "is the mean risk when only the most confident answers are given, over all smaller coverages (Geifman and "
            "El-Yaniv 2017): below risk, confidence tells right from wrong. Abstained is on questions that have an "
            "answer, false answers are on those that no date answers.",
            table([*head, "answers"], _arms(wave)),
            f"<details><summary>Bins of confidence</summary>\n\n{_bins(verdict, wave)}\n\n</details>",
        ]
    )


def _arms(wave: WaveVerdict) -> list[list[str]]:
    abstaining = {one.arm: one for one in wave.abstaining}
    return [
        [
            one.arm,
            figures.percent(one.confidence),
            figures.percent(one.score),
            figures.percent(one.ece),
            figures.percent(one.curve[-1].risk),
            figures.percent(one.aurc),
            figures.percent(one.curve[-1].coverage),
            figures.interval(abstaining[one.arm].abstained),
            figures.interval(abstaining[one.arm].false_answers),
            figures.count(one.n_answers),
        ]
        for one in wave.calibrations
    ]


def _bins(verdict: Verdict, wave: WaveVerdict) -> str:
    rows = [
        [
            one.arm,
            figures.span(bin.low, bin.high),
            figures.percent(bin.confidence),
            figures.interval(bin.score),
            figures.count(bin.score.n),
        ]
        for one in wave.calibrations
        for bin in one.bins
    ]
    return table(["arm", "confidence", "mean", f"{metric(verdict.primary)} (95 %)", "answers"], rows, texts=2)
