"""A recorded arm beside one that is asked: taken in as outcomes, exempt, marked, never chosen. Over a served model."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from model_server import Asked, ModelServer, Told, model_server, said, wrong
from ragvsft.config.loading import load_experiment
from ragvsft.core.errors import DataError, ServiceError, UsageError
from ragvsft.core.values import Stage, WaveQuestion
from ragvsft.data.snapshots import questions_at
from ragvsft.lab.experiment import ExperimentPlan, plan_experiment, run_experiment
from ragvsft.lab.generation import server_requests
from ragvsft.lab.planning import forecast
from ragvsft.runs.reading import open_run
from ragvsft.verdict.judging import read_verdict

ROOT = Path(__file__).parents[2]
KEY = "sk-very-secret-0123456789"
FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
EXPERIMENT = """\
name: beside
dataset: {dataset}
split: {{tested_facts: 12, training_only_facts: 8, test_questions_per_fact: 1, seed: 3}}
lab:
  base: {{model: served, engine: openai, base_url: "{url}", api_key_env: BESIDE_KEY, max_new_tokens: 6, retries: 1}}
  waves: [2024-01-01, 2024-07-01]
  shard_questions: 5
  latency_requests: 2
  search: {{tries: 2, questions: 4, styles: [chat, completion]}}
  arms:
    closed_book: {{kind: closed_book}}
    ours: {{kind: recorded, file: answers.jsonl, map: {{answer: said}}}}
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setattr(server_requests, "FIRST_WAIT_S", 0.01)
    monkeypatch.setenv("BESIDE_KEY", KEY)
    with model_server() as server:
        server.answer = lambda asked: said(asked, "something", usage={"prompt_tokens": 9, "completion_tokens": 2})
        yield server


Make = Callable[..., ExperimentPlan]


@pytest.fixture
def make(tmp_path: Path, server: ModelServer) -> Make:
    """The plan of the experiment with such a file of answers."""

    def planned(rows: Sequence[Mapping[str, Any]], *overrides: str, name: str = "answers.jsonl") -> ExperimentPlan:
        file = tmp_path / name
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        path = tmp_path / "beside.yaml"
        path.write_text(EXPERIMENT.format(dataset=ROOT / "data" / "demo", url=server.url), encoding="utf-8")
        return plan_experiment(load_experiment(path, [f"lab.arms.ours.file={name}", *overrides]))

    return planned


def run(plan: ExperimentPlan, folder: Path) -> Any:
    return run_experiment(plan, runs_root=folder / "runs", store_folder=folder / "store", progress=lambda *_: None)


@cache
def questions(wave: date = FIRST) -> tuple[WaveQuestion, ...]:
    plan = plan_experiment(load_experiment(ROOT / "experiments" / "demo.yaml"))
    known, _ = questions_at(plan.dataset, wave, None)
    return tuple(question for question in known if question.split == "test")


def perfect(wave: date | None = None, **more: object) -> list[dict[str, Any]]:
    """A right answer to every test question: a row that no arm of ours could beat."""
    return [
        {"id": q.question_id, "said": q.answers[0] if q.answers else "I don't know", **more}
        | ({"wave": wave.isoformat()} if wave else {})
        for q in questions(wave or FIRST)
    ]


def costly_and_free() -> list[dict[str, Any]]:
    """Rows of the first wave with all that may be said of them, of the second with nothing."""
    costs = {"seconds": 0.5, "prompt_tokens": 40, "output_tokens": 4, "cost_usd": 0.001}
    return perfect(FIRST, **costs) + perfect(SECOND)


def test_perfect_answers_are_shown_and_never_chosen(tmp_path: Path, make: Make, server: ModelServer) -> None:
    plan = make(costly_and_free())
    summary = run(plan, tmp_path)
    verdict = read_verdict(summary.folder)
    assert verdict.complete
    assert verdict.fair
    for wave in verdict.waves:
        scores = {arm.arm: arm.scores[verdict.primary].mean for arm in wave.arms}
        assert scores["ours"] == 1.0 > scores["closed_book"]
        assert all(pair.p_adjusted is None for pair in wave.comparisons), "no family of one arm"
    assert verdict.decision.verdict == "only_one_arm"
    assert verdict.decision.arm == "closed_book"
    assert "ours" not in verdict.decision.candidates
    assert any("ours is read from a file" in note for note in verdict.notes)
    assert verdict.baseline == "closed_book"
    (exempt,) = [check for check in verdict.fairness if "recorded" in check.name]
    assert exempt.ok
    assert "ours" in exempt.detail
    assert "ours" not in "".join(check.detail for check in verdict.fairness if check is not exempt)
    assert "ours" not in verdict.latency
    assert "closed_book" in verdict.latency
    assert set(verdict.choices["ours"].settings) == set()


def test_what_the_file_says_of_its_costs_is_kept_and_nothing_else(tmp_path: Path, make: Make) -> None:
    plan = make(costly_and_free())
    summary = run(plan, tmp_path)
    with open_run(summary.folder) as reader:
        readings = [one for one in reader.readings() if one.arm == "ours"]
        outcomes = reader.outcomes(wave=FIRST, arm="ours")
        about = reader.arms()["ours"].config
    n = len(plan.split.tested)
    assert {(one.stage, one.resource, one.wave) for one in readings} == {(Stage.GENERATE, "recorded", FIRST)}
    assert sum(one.n_items for one in readings) == len(outcomes) == n == 12
    assert sum(one.wall_s for one in readings) == pytest.approx(0.5 * n)
    assert sum(one.prompt_tokens for one in readings) == 40 * n
    assert about["recorded"] == {
        "sha256": plan.recorded["ours"].sha256,
        "format": "table",
        "n_rows": len(perfect(FIRST)) + len(perfect(SECOND)),
        "cost_usd": pytest.approx(0.001 * len(perfect(FIRST))),
        "n_with_cost": len(perfect(FIRST)),
    }
    cost = read_verdict(summary.folder).costs["ours"]
    assert (cost.question_s, cost.question_tokens) == (pytest.approx(0.5), pytest.approx(44))
    assert cost.setup_s is None


def test_what_is_missing_has_failed_and_no_cost_is_made_up(tmp_path: Path, make: Make) -> None:
    rows = perfect()
    kept = [{"question": q.question.upper(), "said": "A", "passages": ["P1", "P2"]} for q in questions()]
    plan = make(rows[:1] + kept[1:], "lab.waves=[2024-01-01]", "split.tested_facts=100")
    folder = run(plan, tmp_path).folder
    with open_run(folder) as reader:
        found = {one.question_id: one for one in reader.outcomes(wave=FIRST, arm="ours", with_prompts=True)}
        assert [one for one in reader.readings() if one.arm == "ours"] == []
        assert "cost_usd" not in reader.arms()["ours"].config["recorded"]
    by_text = [one for one in found.values() if one.answer == "A"]
    assert len(by_text) >= 90
    assert by_text[0].prompt == "Passages:\n[1] P1\n\n[2] P2"
    partly = make(rows[::2], "lab.waves=[2024-01-01]", "split.tested_facts=100")
    assert partly.run_hash != plan.run_hash
    folder = run(partly, tmp_path).folder
    verdict = read_verdict(folder)
    (arm,) = [arm for arm in verdict.waves[0].arms if arm.arm == "ours"]
    given = {row["id"] for row in rows[::2]}
    with open_run(folder) as reader:
        outcomes = reader.outcomes(wave=FIRST, arm="ours")
    failed = [one for one in outcomes if one.answer is None]
    assert {one.question_id in given for one in failed} == {False}
    assert {one.failure for one in failed} == {"the recorded file has no answer to this question"}
    assert arm.n_failed == len(failed) > 20
    assert arm.scores[verdict.primary].mean < 0.8
    assert verdict.costs["ours"].question_s is None
    assert "ours" in verdict.arms_over_tolerance


def test_a_run_is_named_by_what_stands_in_the_file(tmp_path: Path, make: Make) -> None:
    rows = perfect()
    plan = make(rows)
    assert make(rows, name="moved.jsonl").run_hash == plan.run_hash
    assert make([*rows[:-1], rows[-1] | {"said": "other"}]).run_hash != plan.run_hash
    assert make(rows, "lab.base.concurrency=9", "lab.base.api_key_env=OTHER").run_hash == plan.run_hash
    assert make(rows, "lab.base.base_url=http://elsewhere.example/v1").run_hash != plan.run_hash


def test_another_file_redoes_the_recorded_arm_alone(tmp_path: Path, make: Make, server: ModelServer) -> None:
    rows = perfect()
    first = run(make(rows, "lab.latency_requests=0"), tmp_path)
    n_asked = len(server.asked)
    assert run(make(rows, "lab.latency_requests=0"), tmp_path).nothing_left
    changed = run(make([row | {"said": "no"} for row in rows], "lab.latency_requests=0"), tmp_path)
    assert changed.folder != first.folder
    assert len(server.asked) == n_asked
    with open_run(changed.folder) as reader:
        assert {one.answer for one in reader.outcomes(arm="ours")} == {"no"}


def test_the_key_stands_nowhere_in_the_run(tmp_path: Path, make: Make, server: ModelServer) -> None:
    bad: list[str] = []

    def answer(asked: Asked) -> Told:
        if not bad:
            bad.append(asked.text)
        return wrong(400, f"key {KEY} is bad") if asked.text in bad else said(asked, "x")

    server.answer = answer
    folder = run(make(perfect(), "lab.waves=[2024-01-01]", "lab.search.tries=0"), tmp_path).folder
    assert {asked.key for asked in server.asked} == {f"Bearer {KEY}"}
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"BESIDE_KEY" in kept
    assert KEY.encode() not in kept
    with open_run(folder) as reader:
        manifest = reader.manifest
        (failed,) = [one for one in reader.outcomes(arm="closed_book") if one.answer is None]
    assert failed.failure == "the server gave no answer (status 400): key *** is bad"
    assert manifest.model.revision == "served"
    assert manifest.model.weights_sha256.startswith("served-")
    assert (manifest.environment.dtype, manifest.environment.device) == (None, None)


def test_a_server_that_goes_away_leaves_a_run_that_goes_on(tmp_path: Path, make: Make, server: ModelServer) -> None:
    plan = make(perfect(), "lab.waves=[2024-01-01]", "lab.search.tries=0")
    server.answer = lambda asked: wrong(503, "down") if len(server.asked) > 6 else said(asked, "first")
    with pytest.raises(ServiceError, match="busy"):
        run(plan, tmp_path)
    server.answer = lambda asked: said(asked, "later")
    folder = run(plan, tmp_path).folder
    with open_run(folder) as reader:
        outcomes = reader.outcomes(arm="closed_book")
    assert len(outcomes) == 12
    assert {one.answer for one in outcomes} == {"first", "later"}
    assert all(one.failure is None for one in outcomes)


def test_the_plan_counts_and_leaves_out_what_nobody_knows(make: Make) -> None:
    told = forecast(make(perfect()))
    steps = {(step.stage, step.what): step for step in told.steps}
    recorded = steps["generate", "ours at 2024-01-01, from a file"]
    assert (recorded.n_items, recorded.tokens, recorded.seconds) == (12, 0, 0.0)
    asked = steps["generate", "closed_book at 2024-01-01"]
    assert asked.tokens > 0
    assert asked.seconds == 0.0
    assert {step.what for step in told.steps if step.stage == "latency"} == {"closed_book, one at a time"}
    assert any("is not known" in note for note in told.notes)


def test_wrong_files_and_settings_are_refused_before_anything_is_asked(make: Make, server: ModelServer) -> None:
    with pytest.raises(DataError, match="answers none of the dataset's"):
        make([{"id": "x", "said": "y"}])
    with pytest.raises(UsageError, match=r"lab\.arms\.ours\.map\.qestion.*did you mean question\?|none of the values"):
        make(perfect(), "lab.arms.ours.map={qestion: a}")
    with pytest.raises(UsageError, match="cannot be given our adapters"):
        make(perfect(), "lab.adapters={knows: {recipe: closed_book}}")
    with pytest.raises(UsageError, match="may stand in it"):
        make(perfect(), "lab.base.base_url=https://me:secret@example.org/v1")
    with pytest.raises(UsageError, match="needs a base_url"):
        make(perfect(), "lab.base.base_url=null")
    with pytest.raises(UsageError, match="only engine: openai has a server"):
        make(perfect(), "lab.base.engine=transformers")
    assert server.asked == []


def test_a_file_beside_the_experiment_is_found_from_anywhere(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(perfect())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert plan_experiment(load_experiment(tmp_path / "beside.yaml")).recorded["ours"].rows
