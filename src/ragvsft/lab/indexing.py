"""Indexes at a wave: each synced to the wave's passages, and checked against exact search."""

import dataclasses
from datetime import date

from ragvsft.core.values import Reading, Split, Stage
from ragvsft.lab.meter import Meter
from ragvsft.lab.retrieval.recall import recall_against_exact
from ragvsft.lab.workbench import OpenIndex, WaveMaterial, Workbench
from ragvsft.runs.records import IndexRecord
from ragvsft.runs.taking_over import take_over_index

RECALL_DEPTH = 10
RECALL_QUESTIONS = 50


def sync_indexes(bench: Workbench, material: WaveMaterial, previous: date | None) -> None:
    """Make every index serve the wave; embedding and sending are metered apart.

    A sync that this run or another of its name has recorded is paid: what serving the date again takes is waste.

    Raises:
        ServiceError: the store does not answer, or does not hold what was sent.
    """
    recorded = {(one.name, one.wave) for one in bench.run.reader.indexes()}
    for number, (name, opened) in enumerate(bench.indexes.items()):
        bench.progress("sync", number, len(bench.indexes), name)
        passages = material.passages[name]
        again = (name, material.wave) in recorded or take_over_index(bench.run, name, material.wave, previous)
        with (
            bench.run.stage(Stage.SYNC, resource=name, wave=material.wave),
            Meter(Stage.SYNC, resource=name, wave=material.wave) as meter,
        ):
            report = opened.index.sync(passages, material.wave)
            meter.add(n_items=report.n_added)
        if again:
            bench.run.record_reading(dataclasses.replace(meter.reading, wasted=True))
            continue
        embedding, sending = _apart(meter.reading, report.embed_s)
        told = {**dataclasses.asdict(report), "at": report.at.isoformat(), "store": opened.index.store}
        bench.run.record_index(
            IndexRecord(name=name, wave=material.wave, report=told, recall=_recall(opened, material)),
            [embedding, sending] if report.n_added else [sending],
        )
    bench.progress("sync", len(bench.indexes), len(bench.indexes))


def _apart(whole: Reading, embed_s: float) -> tuple[Reading, Reading]:
    """A sync's reading as embedding and sending; processor and GPU time and energy are dealt as wall time is."""
    share = min(1.0, embed_s / whole.wall_s) if whole.wall_s else 0.0

    def part(stage: Stage, of: float) -> Reading:
        return dataclasses.replace(
            whole,
            stage=stage,
            wall_s=whole.wall_s * of,
            cpu_s=whole.cpu_s * of,
            gpu_s=None if whole.gpu_s is None else whole.gpu_s * of,
            energy_kwh=None if whole.energy_kwh is None else whole.energy_kwh * of,
        )

    return part(Stage.EMBED, share), part(Stage.SYNC, 1.0 - share)


def _recall(opened: OpenIndex, material: WaveMaterial) -> float | None:
    """Dense recall@10 of the store against exact search; None where the store is exact itself."""
    from ragvsft.lab.retrieval.weaviate_index import WeaviateIndex

    texts = [q.question for q in material.questions if q.split is not Split.TEST][:RECALL_QUESTIONS]
    if not texts or not isinstance(opened.index, WeaviateIndex):
        return None
    return recall_against_exact(opened.index, opened.index.exact_copy(), texts, depth=RECALL_DEPTH)
