"""The lab records a confidence with every answer of its own engine, another run takes it over, a server has none."""

from collections.abc import Sequence
from pathlib import Path

from model_server import model_server, said
from ragvsft.config.loading import load_experiment
from ragvsft.core.values import Outcome
from ragvsft.lab.experiment import plan_experiment, run_experiment
from ragvsft.runs.reading import open_run
from ragvsft.verdict.judging import read_verdict
from small_experiment import ROOT, save_tiny_model

EXPERIMENT = """\
name: confident
dataset: {dataset}
split: {{tested_facts: 12, training_only_facts: 8, test_questions_per_fact: 1, seed: 3}}
lab:
  base: {base}
  waves: [2024-01-01]
  latency_requests: 0
  arms:
    closed_book: {{kind: closed_book, style: completion}}
"""


def outcomes_of(path: Path, settings: Sequence[str] = ()) -> tuple[Path, dict[tuple[object, ...], Outcome]]:
    done = run_experiment(
        plan_experiment(load_experiment(path, settings)),
        runs_root=path.parent / "runs",
        store_folder=path.parent / "store",
        progress=lambda *_: None,
    )
    with open_run(done.folder) as run:
        return done.folder, {(one.wave, one.question_id): one for one in run.outcomes()}


def test_every_answer_has_one_and_another_run_takes_it_over(tmp_path: Path) -> None:
    path = tmp_path / "confident.yaml"
    base = f"{{model: {save_tiny_model(tmp_path / 'model')}, max_new_tokens: 4, dtype: float32, threads: 1}}"
    path.write_text(EXPERIMENT.format(dataset=ROOT / "data" / "demo", base=base), encoding="utf-8")
    folder, first = outcomes_of(path)

    assert first
    assert all(one.confidence is not None and 0 < one.confidence < 1 for one in first.values())
    assert len({one.confidence for one in first.values()}) > 1
    (told,) = read_verdict(folder).waves[0].calibrations
    assert told.confidence > 0
    assert told.n == len(first)

    other, again = outcomes_of(path, ["lab.general=null", "lab.shard_questions=499"])
    assert other != folder
    assert {key: one.confidence for key, one in again.items()} == {key: one.confidence for key, one in first.items()}
    with open_run(other) as run:
        assert {unit.taken_from for unit in run.units()} == {folder.name}


def test_a_served_model_has_none(tmp_path: Path) -> None:
    path = tmp_path / "served.yaml"
    with model_server() as server:
        server.answer = lambda asked: said(asked, "something")
        base = f'{{model: served, engine: openai, base_url: "{server.url}", max_new_tokens: 4}}'
        path.write_text(EXPERIMENT.format(dataset=ROOT / "data" / "demo", base=base), encoding="utf-8")
        folder, found = outcomes_of(path)

    assert found
    assert {one.confidence for one in found.values()} == {None}
    (wave,) = read_verdict(folder).waves
    assert wave.calibrations == ()
    assert len(wave.abstaining) == 1
