"""What a label task gives away for nothing: always the most frequent label, and a label at random."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ragvsft.core.values import WaveQuestion
from ragvsft.metrics.labels import macro_f1


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelBaseline:
    """Scores that an arm must beat before it has shown anything; fractions, expected over the draws of a guesser."""

    name: str
    """`always yes`, `at random`."""
    accuracy: float
    macro_f1: float


def label_baselines(questions: Sequence[WaveQuestion], labels: Sequence[str]) -> tuple[LabelBaseline, ...]:
    """Both baselines on these questions; nothing where no question has a label.

    The most frequent label is read from the questions themselves, so it is the best that any constant answer reaches.
    For a guesser who draws every label alike, a label's F1 is taken from expected counts: with share p of the
    questions and L labels it is 2 p / L / (p + 1 / L), which holds as the number of questions grows.

    Args:
        questions: as they were asked; those without an accepted label are left out.
        labels: the dataset's.
    """
    accepted = [question.answers for question in questions if question.answers]
    if not accepted or not labels:
        return ()
    n, n_labels = len(accepted), len(labels)
    counts = Counter(answers[0] for answers in accepted)
    most = max(labels, key=lambda label: counts[label])
    constant = macro_f1([most] * n, accepted, labels)
    shares = [counts[label] / n for label in labels if counts[label]]
    guessed = [2 * share / n_labels / (share + 1 / n_labels) for share in shares]
    return (
        LabelBaseline(
            name=f"always {most}",
            accuracy=sum(most in answers for answers in accepted) / n,
            macro_f1=constant if constant is not None else 0.0,
        ),
        LabelBaseline(
            name="at random",
            accuracy=sum(len(set(answers)) for answers in accepted) / n / n_labels,
            macro_f1=sum(guessed) / len(guessed) if guessed else 0.0,
        ),
    )
