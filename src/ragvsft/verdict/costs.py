"""What the stages consumed, in seconds and tokens, and what of it each arm needs. No prices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ragvsft.core.values import Reading, Stage
from ragvsft.verdict.inputs import ArmInputs, RunInputs


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
    kept = [one for one in inputs.readings if not one.wasted]
    return {arm.name: _arm_cost(arm, kept, inputs) for arm in inputs.arms}


def _added(some: Sequence[Reading]) -> StageCost:
    useful = [one for one in some if not one.wasted]
    on_gpu = [one.gpu_s for one in useful if one.gpu_s is not None]
    first = some[0]
    return StageCost(
        stage=first.stage,
        arm=first.arm,
        resource=first.resource,
        wave=first.wave,
        wall_s=sum(one.wall_s for one in useful),
        cpu_s=sum(one.cpu_s for one in useful),
        gpu_s=sum(on_gpu) if on_gpu else None,
        n_items=sum(one.n_items for one in useful),
        prompt_tokens=sum(one.prompt_tokens for one in useful),
        output_tokens=sum(one.output_tokens for one in useful),
        peak_memory_bytes=max(one.peak_memory_bytes for one in some),
        wasted_s=sum(one.wall_s for one in some if one.wasted),
    )


def _arm_cost(arm: ArmInputs, readings: Sequence[Reading], inputs: RunInputs) -> ArmCost:
    indexing = [one for one in readings if one.stage in (Stage.EMBED, Stage.SYNC) and one.resource == arm.index]
    training = [one for one in readings if one.stage is Stage.TRAIN and one.resource == arm.adapter]
    if arm.index is None:
        indexing = []
    if arm.adapter is None:
        training = []
    searching = [one for one in readings if one.stage is Stage.SEARCH and one.arm == arm.name]
    waves = [wave.wave for wave in inputs.waves]
    at_wave = {wave: _seconds(indexing, wave) + _training_seconds(training, wave) for wave in waves}
    is_metered = bool(indexing or training or searching)
    first = waves[0] if waves else None
    return ArmCost(
        setup_s=at_wave[first] + sum(one.wall_s for one in searching) if is_metered and first else None,
        refresh_s={wave: at_wave[wave] for wave in waves[1:]} if indexing or training else {},
        question_s=_question_seconds(arm, readings),
        question_tokens=_question_tokens(arm, readings),
    )


def _seconds(readings: Sequence[Reading], wave: date) -> float:
    return sum(one.wall_s for one in readings if one.wave == wave)


def _training_seconds(readings: Sequence[Reading], wave: date) -> float:
    """Of one adapter: seeds are repetitions of the same work."""
    here = [one for one in readings if one.wave == wave]
    return sum(one.wall_s for one in here) / max(1, len({one.seed for one in here}))


def _question_seconds(arm: ArmInputs, readings: Sequence[Reading]) -> float | None:
    asked = [one for one in readings if one.stage is Stage.GENERATE and one.arm == arm.name]
    n_asked = sum(one.n_items for one in asked)
    if not n_asked:
        return None
    seconds = sum(one.wall_s for one in asked) / n_asked
    if arm.retrieval_key is not None:
        searched = [
            one
            for one in readings
            if one.stage is Stage.RETRIEVE
            and (one.unit_key == arm.retrieval_key or (one.unit_key is None and one.resource == arm.index))
        ]
        n_searched = sum(one.n_items for one in searched)
        seconds += sum(one.wall_s for one in searched) / n_searched if n_searched else 0.0
    return seconds


def _question_tokens(arm: ArmInputs, readings: Sequence[Reading]) -> float | None:
    asked = [one for one in readings if one.stage is Stage.GENERATE and one.arm == arm.name]
    n_asked = sum(one.n_items for one in asked)
    tokens = sum(one.prompt_tokens + one.output_tokens for one in asked)
    return tokens / n_asked if n_asked and tokens else None
