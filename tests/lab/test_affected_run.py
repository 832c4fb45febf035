"""`ragvsft run --affected`: after a change only what it touched and a sample are asked, and the report says so."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from calling import call_process
from model_server import ModelServer, model_server, said
from ragvsft.config.loading import load_experiment
from ragvsft.data.affected import affected_facts, drawn_facts
from ragvsft.lab.experiment import plan_experiment
from ragvsft.lab.planning import forecast
from ragvsft.runs.reading import open_run
from ragvsft.verdict.judging import read_verdict

ROOT = Path(__file__).parents[2]
FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
SAMPLE = 12
EXPERIMENT = """\
name: touched
dataset: {dataset}
split: {{tested_facts: 60, training_only_facts: 8, test_questions_per_fact: 1, seed: 3}}
lab:
  base: {{model: served, engine: openai, base_url: "{url}", max_new_tokens: 6}}
  waves: [2024-01-01]
  latency_requests: 0
  arms:
    closed_book: {{kind: closed_book, style: completion}}
"""


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with model_server() as server:
        server.answer = lambda asked: said(asked, "something")
        yield server


def test_only_what_a_change_touched_and_a_sample_is_asked_and_told(tmp_path: Path, server: ModelServer) -> None:
    path = tmp_path / "touched.yaml"
    path.write_text(EXPERIMENT.format(dataset=ROOT / "data" / "demo", url=server.url), encoding="utf-8")
    folders = ("--runs", tmp_path / "runs", "--store", tmp_path / "store")
    assert call_process("run", path, *folders).code == 0
    n_first = len(server.asked)

    waves = "lab.waves=[2024-01-01, 2024-07-01]"
    done = call_process("run", path, "--set", waves, "--affected", SAMPLE, *folders, "--json")
    assert done.code == 0, done.err
    plan = plan_experiment(load_experiment(path, [waves, f"lab.affected={SAMPLE}"]))
    whole = plan_experiment(load_experiment(path, [waves]))
    assert plan.run_hash != whole.run_hash
    with open_run(Path(json.loads(done.out)["run"])) as run:
        asked = {wave: {one.question_id for one in run.questions(wave)} for wave in (FIRST, SECOND)}
        answered = {wave: {one.question_id for one in run.outcomes(wave=wave)} for wave in (FIRST, SECOND)}
        facts = {one.fact_id for one in run.questions(SECOND)}
        assert all(unit.taken_from for unit in run.units() if unit.wave == FIRST)
    assert answered == asked
    assert len(server.asked) == n_first + len(asked[SECOND]), "nothing of the first wave is asked again"
    drawn = drawn_facts(plan.split.tested, SAMPLE, plan.experiment.split.seed)
    affected = affected_facts(plan.dataset, plan.waves) & set(plan.split.tested)
    assert facts == drawn | affected
    assert SAMPLE < len(facts) < len(plan.split.tested)
    planned = [step.n_items for step in forecast(plan).steps if step.stage == "generate"]
    assert planned == [len(asked[FIRST]), len(asked[SECOND])]

    verdict = read_verdict(run.folder)
    later = verdict.waves[1]
    assert later.complete
    assert later.sample is not None
    assert later.sample.n_facts == SAMPLE
    report = (run.folder / "report.md").read_text(encoding="utf-8")
    assert f"a sample of {SAMPLE} facts, drawn by a hash of seed 3" in report
    assert json.loads((run.folder / "report.json").read_text())["waves"][str(SECOND)]["sample"]["n_facts"] == SAMPLE
