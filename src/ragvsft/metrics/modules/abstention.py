"""Abstaining for `evaluate.load`."""

from collections.abc import Sequence

from ragvsft.metrics.abstention import is_abstention
from ragvsft.metrics.modules import wrapper


class Abstention(wrapper.AnswersModule):
    """How often an answer abstains, and how often that choice was right."""

    description = "The share of answers that abstain, and of those that abstain exactly where nothing is accepted."

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        abstain: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, float]:
        abstained = [is_abstention(answer, abstain or wrapper.ABSTAIN) for answer in predictions]
        right = [was == (not accepted) for was, accepted in zip(abstained, references, strict=True)]
        return {"abstained": sum(abstained) / len(abstained), "abstention_accuracy": sum(right) / len(right)}
