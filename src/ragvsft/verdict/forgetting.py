"""What training made a model forget: general questions, asked of the base model and of every adapter."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ragvsft.runs.records import GeneralAnswer
from ragvsft.verdict.comparisons import mcnemar
from ragvsft.verdict.intervals import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An adapter's share of right answers minus the base model's, on the questions that both were asked."""

    difference: float
    low: float
    """Of Newcombe's 95 % interval."""
    high: float
    n: int

    @property
    def told(self) -> Literal["lost", "gained", "none"]:
        """Whether the interval leaves zero out, and on which side; none: the change cannot be told from none."""
        return "lost" if self.high < 0.0 else "gained" if self.low > 0.0 else "none"


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
    change: Change | None = None
    """None for the base model itself."""


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
        change=paired_change(sum(now and was for now, was in both), gained, lost, len(both)) if is_compared else None,
    )


def paired_change(n_both: int, n_gained: int, n_lost: int, n: int) -> Change:
    """The difference of two paired shares with Newcombe's score interval (1998, paired data, method 10).

    Args:
        n_both: right in both.
        n_gained: right now, wrong before.
        n_lost: wrong now, right before.
        n: pairs, at least one.
    """
    n_now, n_was, n_neither = n_both + n_gained, n_both + n_lost, n - n_both - n_gained - n_lost
    now, was = n_now / n, n_was / n
    now_low, now_high = wilson(n_now, n)
    was_low, was_high = wilson(n_was, n)
    product = n_both * n_neither - n_gained * n_lost
    margins = n_now * (n - n_now) * n_was * (n - n_was)
    corrected = max(product - n / 2, 0.0) if product > 0 else product
    phi = corrected / math.sqrt(margins) if margins else 0.0
    difference = now - was
    return Change(
        difference=difference,
        low=max(-1.0, difference - _side(now - now_low, was_high - was, phi)),
        high=min(1.0, difference + _side(now_high - now, was - was_low, phi)),
        n=n,
    )


def _side(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2.0 * phi * one * other + other**2))
