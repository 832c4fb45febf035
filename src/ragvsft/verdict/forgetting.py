"""What training made a model forget: general questions, asked of the base model and of every adapter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ragvsft.runs.records import GeneralAnswer
from ragvsft.verdict.comparisons import mcnemar
from ragvsft.verdict.intervals import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralScore:
    """The share of general questions that a model answers right, with Wilson's 95 % interval."""

    adapter: str | None
    """None: the base model."""
    wave: date | None
    seed: int | None
    mean: float
    low: float
    high: float
    n: int
    n_failed: int
    lost: int | None
    """Questions that the base model had right and this one has not; None for the base model itself."""
    gained: int | None
    p: float | None
    """McNemar's exact test against the base model."""


def general_scores(answers: Sequence[GeneralAnswer]) -> tuple[GeneralScore, ...]:
    """The base model's score first, then each adapter's."""
    models: dict[tuple[str, str, int], list[GeneralAnswer]] = {}
    for one in answers:
        key = (one.adapter or "", one.wave.isoformat() if one.wave else "", -1 if one.seed is None else one.seed)
        models.setdefault(key, []).append(one)
    base = {one.question_id: one.correct for one in answers if one.adapter is None}
    return tuple(_score(models[key], base) for key in sorted(models))


def _score(answers: Sequence[GeneralAnswer], base: dict[str, bool]) -> GeneralScore:
    first = answers[0]
    n_right = sum(one.correct for one in answers)
    low, high = wilson(n_right, len(answers))
    both = [(one.correct, base[one.question_id]) for one in answers if one.question_id in base]
    lost = sum(was and not now for now, was in both)
    gained = sum(now and not was for now, was in both)
    is_compared = first.adapter is not None and bool(both)
    return GeneralScore(
        adapter=first.adapter,
        wave=first.wave,
        seed=first.seed,
        mean=n_right / len(answers),
        low=low,
        high=high,
        n=len(answers),
        n_failed=sum(one.answer is None for one in answers),
        lost=lost if is_compared else None,
        gained=gained if is_compared else None,
        p=mcnemar(lost, gained) if is_compared else None,
    )
