"""How well each arm's search found the passages that state the answer."""

from collections.abc import Mapping, Sequence

import numpy as np

from ragvsft.metrics.ranking import DEPTHS, ranking_scores
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.inputs import ArmInputs, RunInputs, WaveInputs
from ragvsft.verdict.intervals import Interval, mean_intervals

_NDCG = "ndcg@10"
_NDCG_DEPTH = 10


def retrieval_intervals(
    inputs: RunInputs, wave: WaveInputs, table: ScoreTable, arms: Sequence[ArmInputs]
) -> dict[str, dict[str, Interval]]:
    """Arm -> measure -> mean over the questions with a gold passage; arms that do not search are left out.

    A measure that looks deeper than the search went is absent. What the model was shown is `recall@k` at the arm's k.
    """
    found: dict[str, dict[str, Interval]] = {}
    read: dict[tuple[str, str, int | None], dict[str, Interval]] = {}
    for arm in arms:
        if arm.name in table.arms and arm.retrieval_key is not None and arm.index is not None:
            ranked = wave.ranked.get(arm.retrieval_key, {})
            depth = inputs.depths.get(arm.retrieval_key, max((len(hits) for hits in ranked.values()), default=0))
            search = (arm.retrieval_key, arm.index, arm.k)
            if search not in read:
                read[search] = _measures(table, wave.gold.get(arm.index, {}), ranked, arm.k, depth)
            if read[search]:
                found[arm.name] = read[search]
    return found


def _measures(
    table: ScoreTable,
    gold: Mapping[str, Sequence[str]],
    ranked: Mapping[str, Sequence[str]],
    k: int | None,
    depth: int,
) -> dict[str, Interval]:
    asked = [question.question_id for question in table.questions]
    cuts = sorted({*DEPTHS, *([k] if k else [])})
    scores = ranking_scores(
        {question: gold.get(question, ()) for question in asked}, ranked, [cut for cut in cuts if cut <= depth]
    )
    if depth < _NDCG_DEPTH:
        del scores[_NDCG]
    names = list(scores)
    read = np.array([[scores[name][question] for name in names] for question in asked], dtype=np.float64)
    defined = ~np.isnan(read.reshape(len(asked), len(names)))
    values = np.where(defined, read.reshape(defined.shape), 0.0)
    n_defined = [int(n) for n in defined.sum(axis=0)]
    intervals = mean_intervals(values, defined, table.facts, n_outcomes=n_defined, n_failed=[0] * len(names))
    return {name: interval for name, interval in zip(names, intervals, strict=True) if interval is not None}
