"""The parts of `report.json` about confidence and abstaining, as types."""

from pydantic import Field

from ragvsft.report.model_part import Count, Fraction, Part, Score


class BinPart(Part):
    """The answers whose confidence is over `low` and at most `high`."""

    low: Fraction
    high: Fraction
    confidence: Fraction = Field(description="mean")
    score: Score = Field(description="primary metric")


class RiskPart(Part):
    """What comes of giving only the most confident answers."""

    coverage: Fraction = Field(description="share of all outcomes that is given")
    risk: Fraction = Field(description="one minus the mean score of those")
    confidence: Fraction = Field(description="of the least confident one")


class CalibrationPart(Part):
    """Confidence against being right, over answers that are no abstentions."""

    n: Count = Field(description="outcomes")
    n_abstained: Count
    n_failed: Count
    confidence: Fraction = Field(description="mean over answers")
    score: Fraction = Field(description="mean over answers")
    ece: Fraction = Field(description="expected calibration error over bins of equal width, empty ones among them")
    n_bins: Count
    bins: list[BinPart] = Field(description="ascending; an empty one is absent")
    aurc: Fraction = Field(description="area under the risk-coverage curve by the coverage that it reaches")
    curve: list[RiskPart] = Field(description="ascending; failures come first, and are wrong")


class AbstainingPart(Part):
    """How an arm abstains, told beside a confidence."""

    abstained: Score | None = Field(default=None, description="share of outcomes on questions with a right answer")
    false_answers: Score | None = Field(
        default=None, description="share of outcomes on unanswerable questions that do not abstain; failures count"
    )
