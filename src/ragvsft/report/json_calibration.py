"""Confidence and abstaining as parts of `report.json`."""

from ragvsft.report.json_scores import score
from ragvsft.report.model_calibration import AbstainingPart, BinPart, CalibrationPart, RiskPart
from ragvsft.verdict.calibration import N_BINS, Abstaining, Calibration


def calibration_part(found: Calibration) -> CalibrationPart:
    """An arm's calibration at a wave."""
    return CalibrationPart(
        n=found.n,
        n_abstained=found.n_abstained,
        n_failed=found.n_failed,
        confidence=found.confidence,
        score=found.score,
        ece=found.ece,
        n_bins=N_BINS,
        bins=[
            BinPart(low=one.low, high=one.high, confidence=one.confidence, score=score(one.score)) for one in found.bins
        ],
        aurc=found.aurc,
        curve=[RiskPart(coverage=one.coverage, risk=one.risk, confidence=one.confidence) for one in found.curve],
    )


def abstaining_part(found: Abstaining) -> AbstainingPart:
    """How an arm abstained at a wave."""
    return AbstainingPart(
        abstained=score(found.abstained) if found.abstained else None,
        false_answers=score(found.false_answers) if found.false_answers else None,
    )
