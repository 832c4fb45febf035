"""Retrieval of an experiment: what each arm's search finds, asked once, stored before anything is generated."""

from collections.abc import Mapping, Sequence

from ragvsft.config.experiment import Lab
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Hit, Passage, Stage, WaveQuestion
from ragvsft.lab.arms.arm import Arm
from ragvsft.lab.meter import Meter
from ragvsft.lab.workbench import WaveMaterial, Workbench
from ragvsft.runs.taking_over import find_reusable, take_over_retrieval

DEPTH = 10
"""Ranking metrics look at ten passages, whatever k an arm shows to its model."""


def depth(bench: Workbench) -> int:
    """How many passages a search brings: the same for every arm, so that arms share searches."""
    return search_depth(bench.experiment.lab)


def search_depth(lab: Lab) -> int:
    """The same, of an experiment's `lab`."""
    ks = [getattr(arm, "k", 0) for arm in lab.arms.values()]
    return max(DEPTH, *ks, *lab.search.k)


def retrieval_key(bench: Workbench, arm: Arm) -> str | None:
    """Names what an arm's search finds at any wave; None for an arm that does not search."""
    if not arm.searches or arm.index is None:
        return None
    return json_hash([bench.indexes[arm.index].key, arm.alpha, depth(bench)])


def retrieve(
    bench: Workbench, material: WaveMaterial, arm: Arm, questions: Sequence[WaveQuestion]
) -> Mapping[str, Sequence[Hit]]:
    """The hits of an arm's search by question id: from the run folder, or asked now and stored there.

    Raises:
        ServiceError: the store does not answer.
    """
    key = retrieval_key(bench, arm)
    if key is None or arm.index is None or arm.alpha is None:
        return {}
    stored = bench.run.hits(key, material.wave)
    missing = [q for q in questions if q.question_id not in stored]
    if missing:
        for other in find_reusable(bench.run, retrievals=[(key, material.wave)]):
            take_over_retrieval(bench.run, other.folder, key, material.wave)
        stored = bench.run.hits(key, material.wave)
        missing = [q for q in questions if q.question_id not in stored]
    if not missing:
        return stored
    with (
        bench.run.stage(Stage.RETRIEVE, resource=arm.index, wave=material.wave, unit_key=key),
        Meter(Stage.RETRIEVE, resource=arm.index, wave=material.wave, unit_key=key) as meter,
    ):
        found = bench.indexes[arm.index].index.search(
            [q.question for q in missing], depth=depth(bench), alpha=arm.alpha
        )
        meter.add(n_items=len(missing))
    hits = {q.question_id: tuple(row) for q, row in zip(missing, found, strict=True)}
    bench.run.record_retrieval(
        key,
        {"index": arm.index, "alpha": arm.alpha, "depth": depth(bench)},
        material.wave,
        hits,
        meter.reading,
    )
    return {**stored, **hits}


def passages_for(
    bench: Workbench, material: WaveMaterial, arm: Arm, questions: Sequence[WaveQuestion], *, stored: bool = False
) -> dict[str, tuple[Passage, ...]]:
    """What an arm shows the model, by question id.

    Args:
        stored: keep the hits in the run folder (test questions), instead of searching and forgetting (dev).
    """
    hits: Mapping[str, Sequence[Hit]] = {}
    if stored:
        hits = retrieve(bench, material, arm, questions)
    elif arm.index is not None and arm.alpha is not None:
        found = bench.indexes[arm.index].index.search(
            [q.question for q in questions], depth=depth(bench), alpha=arm.alpha
        )
        hits = {q.question_id: row for q, row in zip(questions, found, strict=True)}
    return {
        q.question_id: arm.passages(
            hits.get(q.question_id, ()),
            material.one_gold_a_document(arm.index, q) if arm.kind == "oracle" and arm.index else (),
        )
        for q in questions
    }
