"""Whether an adapter was trained too little or too much, from its curves of training loss and dev score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ragvsft.runs.records import AdapterRecord

Curve = Sequence[tuple[int, float]]
"""(step, value), steps ascending."""
State = Literal["not_measured", "still_improving", "settled", "best_before_end", "over_fitted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """How one training went. Dev scores are of few questions and carry no interval."""

    adapter: str
    wave: date
    seed: int
    state: State
    """`over_fitted`: after the best check the dev score fell while the training loss fell too."""
    best_step: int | None
    """The last of the best dev checks; None: fewer than two checks."""
    last_step: int | None
    best_score: float | None
    last_score: float | None
    best_loss: float | None
    """Training loss around the best step; None without a curve."""
    last_loss: float | None


def fittings(records: Sequence[AdapterRecord]) -> tuple[Fitting, ...]:
    """Of every adapter whose manifest has curves, by name, wave and seed."""
    found = []
    for one in sorted(records, key=lambda one: (one.name, one.wave, one.seed)):
        loss, dev = _curve(one.manifest.get("loss_curve")), _curve(one.manifest.get("dev_curve"))
        if loss or dev:
            found.append(fitting(one.name, one.wave, one.seed, loss=loss, dev=dev))
    return tuple(found)


def fitting(adapter: str, wave: date, seed: int, *, loss: Curve, dev: Curve) -> Fitting:
    """What the curves of one training say."""
    if len(dev) < 2:
        return Fitting(
            adapter=adapter,
            wave=wave,
            seed=seed,
            state="not_measured",
            best_step=None,
            last_step=None,
            best_score=None,
            last_score=None,
            best_loss=None,
            last_loss=loss[-1][1] if loss else None,
        )
    best_score, best_step = max((score, step) for step, score in dev)
    last_step, last_score = dev[-1]
    best_loss, last_loss = _at(loss, best_step), _at(loss, last_step)
    fell = best_loss is not None and last_loss is not None and last_loss < best_loss
    if last_score < best_score:
        state: State = "over_fitted" if fell else "best_before_end"
    elif last_score < 1.0 and last_score > max(score for _, score in dev[:-1]):
        state = "still_improving"
    else:
        state = "settled"
    return Fitting(
        adapter=adapter,
        wave=wave,
        seed=seed,
        state=state,
        best_step=best_step,
        last_step=last_step,
        best_score=best_score,
        last_score=last_score,
        best_loss=best_loss,
        last_loss=last_loss,
    )


def _at(curve: Curve, step: int) -> float | None:
    """The value of the first point at or after a step, else of the last one."""
    return next((value for at, value in curve if at >= step), curve[-1][1] if curve else None)


def _curve(raw: object) -> list[tuple[int, float]]:
    return [(int(step), float(value)) for step, value in raw] if isinstance(raw, list | tuple) else []
