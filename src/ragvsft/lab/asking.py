"""Asking: every arm the same questions, in units that are fixed before the first one runs.

A unit is one padded batch of one arm, wave and seed. Units run shard by shard of questions over all arms, so that a
half-finished run is a fair, paired half. A unit's key covers everything that decides its answers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Outcome, Passage, Reading, Stage, WaveQuestion
from ragvsft.data.recorded_formats import RecordedRow
from ragvsft.lab.arms.arm import Arm
from ragvsft.lab.generation.base import Generation
from ragvsft.lab.generation.batching import plan_batches
from ragvsft.lab.meter import Meter
from ragvsft.lab.prompts import Prompt
from ragvsft.lab.recorded_arms import recorded_outcome, recorded_readings, shown
from ragvsft.lab.workbench import Workbench
from ragvsft.runs.taking_over import find_reusable, take_over_units


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAtWave:
    """An arm with all it needs to be asked at a wave, for one training seed."""

    arm: Arm
    seed: int | None
    adapter_folder: Path | None
    key: str
    """Hash of the weights, the adapter and the decoding."""
    passages: Mapping[str, Sequence[Passage]]
    """By question id; a question without passages may be missing."""
    recorded: Mapping[str, RecordedRow] | None = None
    """Answers from a file by question id; None: the arm is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One batch of one arm, wave and seed."""

    key: str
    arm: str
    seed: int | None
    adapter_folder: Path | None
    shard: int
    rows: tuple[tuple[WaveQuestion, Prompt], ...]
    recorded: Mapping[str, RecordedRow] | None = None
    """Answers from a file by question id; None: the arm is asked."""


def arm_key(bench: Workbench, arm: Arm, adapter_key: str | None) -> str:
    """Hash of what decides an arm's answers besides its prompts."""
    base = bench.experiment.lab.base
    return json_hash([bench.model_hash, adapter_key, base.max_new_tokens, base.batch_tokens, base.max_rows, arm.kind])


def plan_units(
    bench: Workbench, wave: date, arms: Sequence[ArmAtWave], questions: Sequence[WaveQuestion]
) -> list[Unit]:
    """All units of a wave, in the order in which they run."""
    return [
        unit
        for shard, chunk in enumerate(shards(questions, bench.experiment.lab.shard_questions))
        for prepared in arms
        for unit in _units_of(bench, wave, prepared, shard, chunk)
    ]


def shards(questions: Sequence[WaveQuestion], size: int) -> Iterator[Sequence[WaveQuestion]]:
    """The questions in pieces of `size`; the last may be smaller."""
    for start in range(0, len(questions), size):
        yield questions[start : start + size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a call of `ask` came to."""

    n_units: int
    """That ran."""
    n_left: int = 0
    """Answers that were not asked for, because there was enough."""


def ask(bench: Workbench, wave: date, units: Sequence[Unit], enough: Callable[[], bool] | None = None) -> Asked:
    """Run the units that are not finished here or in another run of this name.

    Args:
        bench: what the run works with.
        wave: its date.
        units: in the order in which they run.
        enough: looked at before each shard of questions; True leaves the rest unasked. None: all are asked.

    Raises:
        ServiceError: the model cannot be run; finished units stay finished.
    """
    for other in find_reusable(bench.run, unit_keys=[unit.key for unit in units]):
        take_over_units(bench.run, other.folder, other.unit_keys)
    done = bench.run.done_units()
    open_units = [unit for unit in units if unit.key not in done]
    total = sum(len(unit.rows) for unit in units)
    n_answered = total - sum(len(unit.rows) for unit in open_units)
    bench.progress("ask", n_answered, total)
    shard = None
    for at, unit in enumerate(open_units):
        if enough is not None and unit.shard != shard and enough():
            return Asked(n_units=at, n_left=total - n_answered)
        shard = unit.shard
        _run_unit(bench, wave, unit)
        n_answered += len(unit.rows)
        bench.progress("ask", n_answered, total, unit.arm)
    return Asked(n_units=len(open_units))


def answer(bench: Workbench, prompts: Sequence[Prompt], adapter_folder: Path | None) -> list[Generation]:
    """One generation a prompt, in order, batched as units are; nothing is recorded."""
    base = bench.experiment.lab.base
    lengths = bench.generator.count_tokens([prompt.text for prompt in prompts])
    found: dict[int, Generation] = {}
    for batch in plan_batches(lengths, batch_tokens=base.batch_tokens, max_rows=base.max_rows):
        generations = bench.generator.generate(
            [prompts[i] for i in batch], max_new_tokens=base.max_new_tokens, adapter=adapter_folder
        )
        found.update(zip(batch, generations, strict=True))
    return [found[i] for i in range(len(prompts))]


def _units_of(
    bench: Workbench, wave: date, prepared: ArmAtWave, shard: int, questions: Sequence[WaveQuestion]
) -> Iterator[Unit]:
    if prepared.recorded is not None:
        yield _recorded_unit(wave, prepared, prepared.recorded, shard, questions)
        return
    base = bench.experiment.lab.base
    builder = bench.builder(prepared.arm.style)
    prompts = [builder.build(q.question, prepared.passages.get(q.question_id, ())) for q in questions]
    lengths = bench.generator.count_tokens([prompt.text for prompt in prompts])
    for batch in plan_batches(lengths, batch_tokens=base.batch_tokens, max_rows=base.max_rows):
        rows = tuple((questions[i], prompts[i]) for i in batch)
        asked = [[q.question_id, prompt.text, list(prompt.stop), *prompt.choices] for q, prompt in rows]
        yield Unit(
            key=json_hash([prepared.arm.name, prepared.key, wave.isoformat(), prepared.seed, asked]),
            arm=prepared.arm.name,
            seed=prepared.seed,
            adapter_folder=prepared.adapter_folder,
            shard=shard,
            rows=rows,
        )


def _recorded_unit(
    wave: date,
    prepared: ArmAtWave,
    recorded: Mapping[str, RecordedRow],
    shard: int,
    questions: Sequence[WaveQuestion],
) -> Unit:
    """A shard's answers from a file, as one unit."""
    rows = [(question, recorded.get(question.question_id)) for question in questions]
    said = [[question.question_id, row.answer if row else None, row.failure if row else None] for question, row in rows]
    return Unit(
        key=json_hash([prepared.arm.name, prepared.key, wave.isoformat(), prepared.seed, said]),
        arm=prepared.arm.name,
        seed=prepared.seed,
        adapter_folder=None,
        shard=shard,
        rows=tuple((question, Prompt(text=shown(row))) for question, row in rows),
        recorded=recorded,
    )


def _run_unit(bench: Workbench, wave: date, unit: Unit) -> None:
    outcomes, readings = _generated(bench, wave, unit) if unit.recorded is None else _taken(wave, unit, unit.recorded)
    bench.run.finish_unit(
        unit.key,
        arm=unit.arm,
        wave=wave,
        seed=unit.seed,
        shard=unit.shard,
        outcomes=outcomes,
        readings=readings,
    )


def _generated(bench: Workbench, wave: date, unit: Unit) -> tuple[Sequence[Outcome], Sequence[Reading]]:
    with (
        bench.run.stage(Stage.GENERATE, arm=unit.arm, wave=wave, seed=unit.seed, unit_key=unit.key),
        Meter(Stage.GENERATE, arm=unit.arm, wave=wave, seed=unit.seed, unit_key=unit.key) as meter,
    ):
        generations = bench.generator.generate(
            [prompt for _, prompt in unit.rows],
            max_new_tokens=bench.experiment.lab.base.max_new_tokens,
            adapter=unit.adapter_folder,
        )
        meter.add(
            n_items=len(generations),
            prompt_tokens=sum(g.prompt_tokens for g in generations),
            output_tokens=sum(g.output_tokens for g in generations),
        )
    outcomes = [
        _outcome(unit, wave, q, prompt, generation)
        for (q, prompt), generation in zip(unit.rows, generations, strict=True)
    ]
    return outcomes, [meter.reading]


def _taken(wave: date, unit: Unit, recorded: Mapping[str, RecordedRow]) -> tuple[Sequence[Outcome], Sequence[Reading]]:
    """A unit's answers from a file."""
    rows = [(question, recorded.get(question.question_id)) for question, _ in unit.rows]
    outcomes = [recorded_outcome(unit.arm, wave, question, row, unit_key=unit.key) for question, row in rows]
    said = [row for _, row in rows if row is not None]
    return outcomes, recorded_readings(unit.arm, wave, said, unit_key=unit.key)


def _outcome(unit: Unit, wave: date, question: WaveQuestion, prompt: Prompt, generation: Generation) -> Outcome:
    return Outcome(
        arm=unit.arm,
        wave=wave,
        question_id=question.question_id,
        seed=unit.seed,
        answer=generation.answer,
        failure=generation.failure,
        prompt=prompt.text,
        prompt_tokens=generation.prompt_tokens,
        output_tokens=generation.output_tokens,
        stop_reason=generation.stop_reason,
        unit_key=unit.key,
        confidence=generation.confidence,
    )
