"""From how many questions on one arm is cheaper than another."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ragvsft.verdict.cost_draws import CostDraws, ends
from ragvsft.verdict.intervals import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Two arms' total costs by the number of questions, updates and months as in the workload."""

    arm: str
    """Costs more before the first question, or the same."""
    other: str
    fixed_difference_usd: float
    """`arm` minus `other`, all but the questions; at least 0."""
    question_difference_usd: float
    n_questions: float | None
    """From here on `arm` is cheaper; None: never."""
    low: float | None
    high: float | None
    """95 % interval of the resampled readings; None: the upper end is never."""
    n_correct: float | None
    """The same counted in correct answers, where an arm that is seldom right pays more for each."""
    correct_low: float | None
    correct_high: float | None
    has_interval: bool


def break_evens(draws: Mapping[str, CostDraws]) -> tuple[BreakEven, ...]:
    """Every two arms, the one that costs more before the first question named first."""
    names = sorted(draws)
    pairs = []
    for at, first in enumerate(names):
        for second in names[at + 1 :]:
            swap = draws[first].fixed[0] < draws[second].fixed[0]
            pairs.append(_break_even(*((second, first) if swap else (first, second)), draws))
    return tuple(one for one in pairs if one is not None)


def _break_even(arm: str, other: str, draws: Mapping[str, CostDraws]) -> BreakEven | None:
    mine, theirs = draws[arm], draws[other]
    if not (np.isfinite(mine.question[0]) and np.isfinite(theirs.question[0])):
        return None
    fixed = mine.fixed - theirs.fixed
    repeated = mine.repeated and theirs.repeated
    n_questions, low, high = _crossing(fixed, mine.question, theirs.question, repeated)
    n_correct, correct_low, correct_high = _crossing(fixed, mine.correct, theirs.correct, repeated)
    return BreakEven(
        arm=arm,
        other=other,
        fixed_difference_usd=float(fixed[0]),
        question_difference_usd=float(mine.question[0] - theirs.question[0]),
        n_questions=n_questions,
        low=low,
        high=high,
        n_correct=n_correct,
        correct_low=correct_low,
        correct_high=correct_high,
        has_interval=repeated,
    )


def _crossing(
    fixed: Floats, mine: Floats, theirs: Floats, repeated: bool
) -> tuple[float | None, float | None, float | None]:
    """From how many units on the saving pays for the difference, with the ends of its interval; None: never."""
    pays = mine < theirs
    crossing = np.full(fixed.shape, np.inf)
    crossing[pays] = np.maximum(fixed[pays], 0.0) / (theirs[pays] - mine[pays])
    point = float(crossing[0])
    if not repeated:
        return _or_never(point), None, None
    low, high = ends(crossing)
    return _or_never(point), _or_never(low), _or_never(high)


def _or_never(number: float) -> float | None:
    return number if np.isfinite(number) else None
