"""Token F1 for `evaluate.load`."""

from collections.abc import Sequence

from ragvsft.metrics.answers import TOKEN_F1
from ragvsft.metrics.modules import wrapper


class TokenF1(wrapper.AnswersModule):
    """The mean F1 of the answers' tokens against the best accepted answer."""

    description = "The mean F1 of the answers' tokens against the best accepted answer."

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        abstain: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, float]:
        return {"token_f1": wrapper.mean(TOKEN_F1, predictions, references, abstain)}
