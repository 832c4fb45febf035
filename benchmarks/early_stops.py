"""When `run --stop-when-decided` would have ended finished runs, read off their answers: nothing is asked again.

    python benchmarks/early_stops.py runs/demo-… runs/xquad-… [--shard 16]

The questions of a wave are taken in the order in which they were asked, and the leader is looked for after each shard.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ragvsft.lab.asking import shards
from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.answers import ScoreTable, score_table
from ragvsft.verdict.comparisons import Comparison, compare_all
from ragvsft.verdict.early import early_comparisons, settled_leader
from ragvsft.verdict.inputs import RunInputs, read_inputs

RESULTS = Path(__file__).parent / "results"


def looked_at(inputs: RunInputs, shard: int) -> Iterator[dict[str, object]]:
    """Each wave: who leads at its end, and after how many of its questions that is settled at the earliest."""
    primary = metrics_for(inputs.task, inputs.manifest.dataset.labels)[0]
    names = [arm.name for arm in inputs.arms]
    family = frozenset(arm.name for arm in inputs.arms if arm.can_be_chosen)
    for wave in inputs.waves:
        table = score_table(wave, names, [primary], inputs.manifest.dataset.abstain)
        row_of = {question.question_id: row for row, question in enumerate(table.questions)}
        asked = [row_of[question.question_id] for question in wave.planned if question.question_id in row_of]
        ends = np.cumsum([len(some) for some in shards(asked, shard)])
        settled = ((int(end), settled_leader(_pairs(table, asked[:end], family))) for end in ends)
        at, leader = next((found for found in settled if found[1] is not None), (len(asked), None))
        facts = [table.questions[row].fact_id for row in asked]
        whole = compare_all(table.of(primary.name)[asked], table.arms, facts, metric=primary.name, family=family)
        yield {
            "run": inputs.manifest.name,
            "commit": inputs.manifest.git_commit,
            "wave": wave.wave.isoformat(),
            "questions": len(asked),
            "leader_at_the_end": settled_leader(whole),
            "settled": leader,
            "after": at if leader else None,
        }


def _pairs(table: ScoreTable, rows: Sequence[int], family: frozenset[str]) -> tuple[Comparison, ...]:
    facts = [table.questions[row].fact_id for row in rows]
    metric = table.metrics[0]
    return early_comparisons(table.of(metric)[list(rows)], table.arms, facts, metric=metric, family=family)


def main() -> None:
    """Print a line a wave and write `results/early_stops.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--shard", type=int, default=16, help="questions between two looks")
    chosen = parser.parse_args()
    rows = [row for run in chosen.runs for row in looked_at(read_inputs(run), chosen.shard)]
    for row in rows:
        print(json.dumps(row))
    (RESULTS / "early_stops.json").write_text(json.dumps({"shard": chosen.shard, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
