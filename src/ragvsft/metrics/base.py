"""What a metric is: a value with a name, a direction and a pure function of one answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMetric:
    """A reading of one answer against the accepted ones, a fraction 0-1, or None where it is undefined.

    A failure never reaches `compute`: it takes the metric's worst value (0 where higher is better, else 1).
    """

    name: str
    higher_is_better: bool
    compute: Callable[[str, Sequence[str]], float | None]
    """(answer, accepted answers) -> fraction. No accepted answers: the question cannot be answered."""

    @property
    def worst(self) -> float:
        """What a failure scores."""
        return 0.0 if self.higher_is_better else 1.0
