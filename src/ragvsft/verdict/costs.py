"""What the stages consumed, in seconds and tokens, and what of it each arm needs. No prices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ragvsft.core.values import Reading, Stage
from ragvsft.verdict.arm_readings import ArmReadings, n_seeds, readings_of
from ragvsft.verdict.inputs import RunInputs, WaveInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCost:
    """All readings of one stage, arm, resource and wave."""

    stage: Stage
    arm: str | None
    resource: str | None
    wave: date | None
    wall_s: float
    cpu_s: float
    gpu_s: float | None
    """None: no GPU was there to be metered."""
    energy_kwh: float | None
    """None: it was not metered, or not for all."""
    n_items: int
    prompt_tokens: int
    output_tokens: int
    peak_memory_bytes: int
    wasted_s: float
    """Of work that an interruption threw away; not in `wall_s`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmCost:
    """What an arm needs. Stages that arms share are charged whole to each. None: nothing was metered."""

    setup_s: float | None
    """Before the first question at the first wave: index, training (mean of the seeds), search."""
    refresh_s: dict[date, float]
    """At each later wave: index and training again."""
    question_s: float | None
    """A question's share of batched work, retrieval included; what one request takes is the latency."""
    question_tokens: float | None
    """Prompt and output tokens of a question, mean."""


def stage_costs(readings: Iterable[Reading]) -> tuple[StageCost, ...]:
    """Readings added up, in the order of stage, wave, arm and resource; training seeds are added together."""
    groups: dict[tuple[int, str, str, str], list[Reading]] = {}
    order = list(Stage)
    for one in readings:
        wave = one.wave.isoformat() if one.wave else ""
        groups.setdefault((order.index(one.stage), wave, one.arm or "", one.resource or ""), []).append(one)
    return tuple(_added(groups[key]) for key in sorted(groups))


def arm_costs(inputs: RunInputs) -> dict[str, ArmCost]:
    """What each arm needs, from the readings that were not wasted."""
    return {arm.name: _arm_cost(readings_of(arm, inputs), inputs.waves) for arm in inputs.arms}


def _added(some: Sequence[Reading]) -> StageCost:
    useful = [one for one in some if not one.wasted]
    on_gpu = [one.gpu_s for one in useful if one.gpu_s is not None]
    metered = [one.energy_kwh for one in useful if one.energy_kwh is not None]
    first = some[0]
    return StageCost(
        stage=first.stage,
        arm=first.arm,
        resource=first.resource,
        wave=first.wave,
        wall_s=sum(one.wall_s for one in useful),
        cpu_s=sum(one.cpu_s for one in useful),
        gpu_s=sum(on_gpu) if on_gpu else None,
        energy_kwh=sum(metered) if metered and len(metered) == len(useful) else None,
        n_items=sum(one.n_items for one in useful),
        prompt_tokens=sum(one.prompt_tokens for one in useful),
        output_tokens=sum(one.output_tokens for one in useful),
        peak_memory_bytes=max(one.peak_memory_bytes for one in some),
        wasted_s=sum(one.wall_s for one in some if one.wasted),
    )


def _arm_cost(parts: ArmReadings, waves: Sequence[WaveInputs]) -> ArmCost:
    at_wave = {
        wave.wave: _seconds(parts.index.get(wave.wave, [])) + _training_seconds(parts.training.get(wave.wave, []))
        for wave in waves
    }
    is_made = any(parts.index.values()) or any(parts.training.values())
    first, later = next(iter(at_wave), None), list(at_wave)[1:]
    return ArmCost(
        setup_s=at_wave[first] + _seconds(parts.search) if first and (is_made or parts.search) else None,
        refresh_s={wave: at_wave[wave] for wave in later} if is_made else {},
        question_s=_question_seconds(parts),
        question_tokens=_question_tokens(parts),
    )


def _seconds(readings: Sequence[Reading]) -> float:
    return sum(one.wall_s for one in readings)


def _training_seconds(readings: Sequence[Reading]) -> float:
    return _seconds(readings) / n_seeds(readings)


def _question_seconds(parts: ArmReadings) -> float | None:
    n_asked = sum(one.n_items for one in parts.generate)
    if not n_asked:
        return None
    n_searched = sum(one.n_items for one in parts.retrieve)
    return _seconds(parts.generate) / n_asked + (_seconds(parts.retrieve) / n_searched if n_searched else 0.0)


def _question_tokens(parts: ArmReadings) -> float | None:
    n_asked = sum(one.n_items for one in parts.generate)
    tokens = sum(one.prompt_tokens + one.output_tokens for one in parts.generate)
    return tokens / n_asked if n_asked and tokens else None
