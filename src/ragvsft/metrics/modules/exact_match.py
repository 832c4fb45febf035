"""Exact match for `evaluate.load`."""

from collections.abc import Sequence

from ragvsft.metrics.answers import EXACT_MATCH
from ragvsft.metrics.modules import wrapper


class ExactMatch(wrapper.AnswersModule):
    """The share of answers that equal an accepted one after SQuAD normalisation."""

    description = "The share of answers that equal an accepted one after SQuAD normalisation."

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        abstain: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, float]:
        return {"exact_match": wrapper.mean(EXACT_MATCH, predictions, references, abstain)}
