"""A finished run, small and real, for asking it live: the bundled model, a real Weaviate, six arms."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ragvsft.config.loading import load_experiment
from ragvsft.data.read import read_dataset
from ragvsft.data.write import write_dataset
from ragvsft.lab.experiment import plan_experiment, run_experiment
from ragvsft.lab.retrieval.server import leave_running, stop_left_running

ROOT = Path(__file__).parents[1]
WAVE, LATER = date(2024, 1, 1), date(2024, 7, 1)
"""The run's one wave, and a date at which its index does not stand."""
EXPERIMENT = """\
name: asked
dataset: data
split: {{tested_facts: 3, training_only_facts: 4, test_questions_per_fact: 1, seed: 3}}
lab:
  base: {{model: bundled/smollm2-135m-instruct, max_new_tokens: 12, dtype: float32, threads: 2}}
  waves: [{wave}]
  store: weaviate
  latency_requests: 0
  training_seeds: [0, 1]
  search: {{tries: 2, questions: 1, styles: [few_shot_completion, few_shot_chat], k: [1], alpha: [0.5]}}
  indexes:
    pages: {{file: {root}/indexes/handbook.yaml}}
  adapters:
    knows: {{recipe: closed_book, policy: never, epochs: 1, batch_size: 4, dev_questions: 0}}
  arms:
    closed_book: {{kind: closed_book}}
    rag:         {{kind: rag, index: pages, k: 2}}
    fine_tuned:  {{kind: fine_tuned, adapter: knows}}
    hybrid:      {{kind: hybrid, adapter: knows, index: pages, k: 1}}
    oracle:      {{kind: oracle, index: pages}}
    bought:      {{kind: recorded, file: bought.jsonl}}
verdict: {{prices: {root}/prices/cloud-2026-11.yaml}}
"""
SEEDS = (0, 1)
"""Of training; the first is the one that answers unless another is asked for."""
ASKABLE = ("closed_book", "rag", "fine_tuned", "hybrid")


@dataclass(frozen=True)
class AskedRun:
    """A finished run, and the store that serves it from a server that was left running."""

    folder: Path
    store: Path
    experiment: Path


@contextmanager
def asked_run_in(folder: Path) -> Iterator[AskedRun]:
    """Make the run; its server is gone when the block ends."""
    whole = read_dataset(ROOT / "data" / "demo")
    kept = set(sorted({document.doc_id for document in whole.documents})[::10])
    questions = tuple(q for q in whole.questions if q.gold_doc_ids and kept.issuperset(q.gold_doc_ids))
    documents = tuple(document for document in whole.documents if document.doc_id in kept)
    write_dataset(replace(whole, documents=documents, questions=questions), folder / "data")
    bought = (json.dumps({"question_id": q.question_id, "answer": "Gent"}) for q in questions)
    (folder / "bought.jsonl").write_text("\n".join(bought) + "\n", encoding="utf-8")
    experiment = folder / "asked.yaml"
    experiment.write_text(EXPERIMENT.format(wave=WAVE, root=ROOT), encoding="utf-8")
    store = folder / "store"
    leave_running(store)
    try:
        plan = plan_experiment(load_experiment(experiment))
        summary = run_experiment(plan, runs_root=folder / "runs", store_folder=store, progress=lambda *_: None)
        yield AskedRun(folder=summary.folder, store=store, experiment=experiment)
    finally:
        stop_left_running(store)
