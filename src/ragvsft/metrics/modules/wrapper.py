"""What the module files share: `evaluate.Metric` around our answer metrics. No arithmetic."""

from collections.abc import Sequence

import datasets
import evaluate

from ragvsft.metrics.answers import score_answer
from ragvsft.metrics.base import AnswerMetric

ABSTAIN = ("I don't know",)

_INPUTS = """
Args:
    predictions: one answer a question, text.
    references: the accepted answers of each question, a list of texts; empty: abstaining is right.
    abstain: phrases that say that the answer is not known.
    labels: the labels of a label task; without them, those of the references.
"""


class AnswersModule(evaluate.Metric):  # type: ignore[misc]
    """Texts against lists of accepted texts."""

    description = ""

    def _info(self) -> evaluate.MetricInfo:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=self.description,
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": text, "references": datasets.Sequence(text)}),
        )


def known_labels(labels: Sequence[str] | None, references: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The labels as given, else those of the references in the order of the alphabet."""
    return tuple(labels) if labels else tuple(sorted({label for accepted in references for label in accepted}))


def mean(
    metric: AnswerMetric,
    predictions: Sequence[str],
    references: Sequence[Sequence[str]],
    abstain: Sequence[str] | None,
) -> float:
    """The plain mean of a metric over questions, a fraction 0-1."""
    pairs = zip(predictions, references, strict=True)
    read = [score_answer(metric, answer, accepted, abstain or ABSTAIN) for answer, accepted in pairs]
    defined = [value for value in read if value is not None]
    return sum(defined) / len(defined)
