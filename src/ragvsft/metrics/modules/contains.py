"""Containment for `evaluate.load`."""

from collections.abc import Sequence

from ragvsft.metrics.answers import CONTAINS
from ragvsft.metrics.modules import wrapper


class Contains(wrapper.AnswersModule):
    """The share of answers in which an accepted one stands as a span of tokens."""

    description = "The share of answers in which an accepted one stands as a span of tokens."

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        abstain: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, float]:
        return {"contains": wrapper.mean(CONTAINS, predictions, references, abstain)}
