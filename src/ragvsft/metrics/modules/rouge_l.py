"""ROUGE-L for `evaluate.load`."""

from collections.abc import Sequence

from ragvsft.metrics.answers import ROUGE_L
from ragvsft.metrics.modules import wrapper


class RougeL(wrapper.AnswersModule):
    """The mean ROUGE-L F1 against the best accepted answer."""

    description = "The mean ROUGE-L F1 against the best accepted answer."

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        abstain: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, float]:
        return {"rouge_l": wrapper.mean(ROUGE_L, predictions, references, abstain)}
