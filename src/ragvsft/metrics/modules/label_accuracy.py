"""Label accuracy for `evaluate.load`."""

from collections.abc import Sequence

from ragvsft.metrics.answers import label_accuracy
from ragvsft.metrics.modules import wrapper


class LabelAccuracy(wrapper.AnswersModule):
    """The share of answers whose label is an accepted one."""

    description = "The share of answers whose label is an accepted one."

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        abstain: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, float]:
        metric = label_accuracy(wrapper.known_labels(labels, references))
        return {"label_accuracy": wrapper.mean(metric, predictions, references, abstain)}
