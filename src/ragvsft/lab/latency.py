"""The latency stage: single requests, one at a time, retrieval included; never read from sorted batches."""

import time
from collections.abc import Sequence
from pathlib import Path

from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Stage, WaveQuestion
from ragvsft.lab.asking import ArmAtWave
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.meter import Meter
from ragvsft.lab.retrieving import depth
from ragvsft.lab.workbench import WaveMaterial, Workbench
from ragvsft.runs.records import LatencyRequest


def time_single_requests(
    bench: Workbench, material: WaveMaterial, arms: Sequence[ArmAtWave], questions: Sequence[WaveQuestion]
) -> None:
    """Ask each arm the same few questions one by one; skips arms that are timed.

    An arm with an adapter is timed twice: merged into the base's weights, as it gives all its answers, and beside them.
    """
    n = bench.experiment.lab.latency_requests
    asked = sorted(questions, key=lambda q: text_hash("latency", q.question_id))[:n]
    timed = {row.arm for row in bench.run.reader.latency()}
    waiting = [
        prepared
        for prepared in _one_seed(arms)
        if asked and not prepared.arm.is_recorded and prepared.arm.name not in timed
    ]
    for number, prepared in enumerate(waiting):
        bench.progress("latency", number, len(waiting), prepared.arm.name)
        with (
            bench.run.stage(Stage.LATENCY, arm=prepared.arm.name, wave=material.wave),
            Meter(Stage.LATENCY, arm=prepared.arm.name, wave=material.wave) as meter,
        ):
            rows = _requests(bench, prepared, prepared.adapter_folder, asked)
            meter.add(n_items=len(asked) + 1)
            unmerged: list[LatencyRequest] = []
            if prepared.adapter_folder is not None and isinstance(bench.generator, TransformersGenerator):
                with bench.generator.unmerged(prepared.adapter_folder):
                    unmerged = _requests(bench, prepared, None, asked)
                meter.add(n_items=len(asked) + 1)
        bench.run.record_latency(rows, [meter.reading], unmerged=unmerged)
    if waiting:
        bench.progress("latency", len(waiting), len(waiting))


def _one_seed(arms: Sequence[ArmAtWave]) -> list[ArmAtWave]:
    first: dict[str, ArmAtWave] = {}
    for prepared in arms:
        first.setdefault(prepared.arm.name, prepared)
    return list(first.values())


def _requests(
    bench: Workbench, prepared: ArmAtWave, adapter: Path | None, asked: Sequence[WaveQuestion]
) -> list[LatencyRequest]:
    """Timed requests, after one that is not counted."""
    _request(bench, prepared, adapter, asked[0], 0)
    rows = [_request(bench, prepared, adapter, question, i) for i, question in enumerate(asked, start=1)]
    return [row for row in rows if row is not None]


def _request(
    bench: Workbench, prepared: ArmAtWave, adapter: Path | None, question: WaveQuestion, number: int
) -> LatencyRequest | None:
    """A timed request; None: it failed, and a failure has no latency."""
    arm = prepared.arm
    begin = time.perf_counter()
    if arm.index is not None and arm.alpha is not None:
        hits = bench.indexes[arm.index].index.search([question.question], depth=depth(bench), alpha=arm.alpha)[0]
        passages = arm.passages(hits, ())
    else:
        passages = tuple(prepared.passages.get(question.question_id, ()))
    retrieved = time.perf_counter()
    prompt = bench.builder(arm.style).build(question.question, passages)
    (generation,) = bench.generator.generate(
        [prompt], max_new_tokens=bench.experiment.lab.base.max_new_tokens, adapter=adapter
    )
    end = time.perf_counter()
    if generation.failure is not None:
        return None
    return LatencyRequest(
        arm=arm.name,
        number=number,
        question_id=question.question_id,
        retrieve_s=retrieved - begin if arm.searches else 0.0,
        generate_s=end - retrieved,
        total_s=end - begin,
        prompt_tokens=generation.prompt_tokens,
        output_tokens=generation.output_tokens,
    )
