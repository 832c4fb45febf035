"""A label task and a task of long answers, each from its rows to its report, with a tiny model."""

import json
from pathlib import Path
from typing import Any

import pytest

from calling import Call
from ragvsft.runs.reading import open_run
from small_experiment import ROOT, save_tiny_model

LABELS = ("yes", "no", "maybe")
EXPERIMENT = """\
name: {task}
dataset: data
split: {{tested_facts: 12, training_only_facts: 12, dev_facts: 4, seed: 3}}
lab:
  base: {{model: model, max_new_tokens: 8, dtype: float32, threads: 1}}
  store: exact
  latency_requests: 1
  search: {{tries: 2, questions: 4, styles: [chat, completion], k: [1, 2], alpha: [0.5]}}
  indexes:
    pages: {{file: {index}}}
  adapters:
    reader: {{recipe: raft, facts: disjoint, epochs: 1, batch_size: 4, rank: 4, context_rows: 8, dev_questions: 4}}
  arms:
    closed_book: {{kind: closed_book, style: completion}}
    rag: {{kind: rag, index: pages, k: 2}}
    hybrid: {{kind: hybrid, adapter: reader, index: pages, k: 2}}
    oracle: {{kind: oracle, index: pages}}
"""


def write_dataset(folder: Path, task: str) -> None:
    """28 facts with one question and one page each."""
    folder.mkdir()
    splits = ["test"] * 12 + ["train"] * 12 + ["dev"] * 4
    documents, questions = [], []
    for at, split in enumerate(splits):
        text = f"Trial {at} measured group {at} for {at + 2} weeks. It came to {at * 7} points in the end."
        answer = LABELS[at % 2] if task == "label" else f"The trial lasted {at + 2} weeks and came to {at * 7} points."
        documents.append({"doc_id": f"d{at}", "title": f"Trial {at}", "text": text, "valid_from": "2024-01-01"})
        questions.append(
            {
                "question_id": f"q{at}",
                "fact_id": f"q{at}",
                "question": f"Did trial {at} help?" if task == "label" else f"What became of trial {at}?",
                "answers": [answer],
                "gold_doc_ids": [f"d{at}"],
                "split": split,
                "answerable": True,
            }
        )
    described: dict[str, Any] = {
        "name": task,
        "description": "trials",
        "licence": "CC0",
        "language": "en",
        "task": task,
        "snapshots": ["2024-01-01"],
    }
    if task == "label":
        described["labels"] = list(LABELS)
    (folder / "dataset.json").write_text(json.dumps(described))
    for name, rows in (("documents", documents), ("questions", questions)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def run(call: Call, folder: Path, task: str, *, arms: str = "") -> tuple[Path, dict[str, Any]]:
    write_dataset(folder / "data", task)
    save_tiny_model(folder / "model")
    path = folder / "experiment.yaml"
    path.write_text(EXPERIMENT.format(task=task, index=ROOT / "indexes" / "handbook.yaml") + arms)
    said = call("run", path, "--runs", folder / "runs", "--store", folder / "store", "--json")
    assert said.code == 0, said.err
    run_folder = Path(json.loads(said.out)["run"])
    told = call("report", run_folder, "--json")
    assert told.code == 0, told.err
    return run_folder, json.loads(told.out)


def test_every_answer_of_a_label_task_is_a_label(call: Call, tmp_path: Path) -> None:
    folder, told = run(call, tmp_path, "label")
    with open_run(folder) as reader:
        outcomes = list(reader.outcomes())
    assert len(outcomes) == 4 * 12
    assert {outcome.answer for outcome in outcomes} <= set(LABELS), "a random model writes no label by itself"
    (wave,) = told["waves"].values()
    assert all({"label_accuracy", "macro_f1"} <= arm["scores"].keys() for arm in wave["arms"].values())
    assert wave["label_baselines"] == {
        "always yes": {"accuracy": 0.5, "macro_f1": pytest.approx(1 / 3, abs=1e-4)},
        "at random": {"accuracy": pytest.approx(1 / 3, abs=1e-4), "macro_f1": pytest.approx(0.4, abs=1e-4)},
    }
    page = call("report", folder).out
    assert "always yes" in page
    assert "at random" in page


def test_long_answers_have_their_own_metrics_and_instruction(call: Call, tmp_path: Path) -> None:
    """Of two systems whose answers are at hand, one says the same in other words, the other with other numbers."""
    for name, wrong in (("right", 0), ("wrong", 1)):
        rows = (
            {
                "question": f"What became of trial {at}?",
                "answer": f"Trial {at} lasted for {at + 2 + wrong} weeks and came to {at * 7 + wrong} points in all.",
            }
            for at in range(12)
        )
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    arms = "".join(f"    {name}: {{kind: recorded, file: {name}.jsonl}}\n" for name in ("right", "wrong"))
    folder, told = run(call, tmp_path, "long_form", arms=arms)
    (wave,) = told["waves"].values()
    assert told["run"]["primary_metric"] == "rouge_l"
    assert "label_baselines" not in wave
    scores = {name: arm["scores"] for name, arm in wave["arms"].items()}
    assert all({"rouge_l", "embedding_similarity", "claims_covered"} <= found.keys() for found in scores.values())
    assert scores["right"]["claims_covered"]["mean"] == 1.0
    assert scores["wrong"]["claims_covered"]["mean"] == 0.0
    assert scores["wrong"]["embedding_similarity"]["mean"] > 0.8, "an embedding hardly sees a number"
    assert scores["oracle"]["claims_covered"]["mean"] < 0.2, "a random model claims nothing"
    page = call("report", folder).out
    assert "claims covered" in page
    assert "embedding similarity" in page
    with open_run(folder) as reader:
        prompts = [outcome.prompt for outcome in reader.outcomes(with_prompts=True) if outcome.prompt]
        annotated = {row.name for row in reader.annotations()}
    assert annotated == {"embedding_similarity", "claims_covered"}
    assert [prompt for prompt in prompts if "one to three sentences" not in prompt] == []
    log = (folder / "lab.log").read_text("utf-8")
    assert all(stage in log for stage in ("versions: ", "sync 0/1", "ask ", "annotate 72/72 (claims_covered)"))
