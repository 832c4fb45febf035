"""Macro F1 of labels for `evaluate.load`."""

from collections.abc import Sequence

from ragvsft.metrics.labels import label_of, macro_f1
from ragvsft.metrics.modules import wrapper


class MacroF1(wrapper.AnswersModule):
    """The unweighted mean of the labels' F1."""

    description = "The unweighted mean of the labels' F1, over the questions that have an accepted label."

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        abstain: Sequence[str] | None = None,
        labels: Sequence[str] | None = None,
    ) -> dict[str, float | None]:
        known = wrapper.known_labels(labels, references)
        asked = [(answer, accepted) for answer, accepted in zip(predictions, references, strict=True) if accepted]
        guesses = [label_of(answer, known) for answer, _ in asked]
        return {"macro_f1": macro_f1(guesses, [accepted for _, accepted in asked], known)}
