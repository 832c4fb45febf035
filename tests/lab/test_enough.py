"""Stopping early: what is left unasked is asked by a later call, and the answers are those of a run in one go."""

from collections.abc import Callable
from pathlib import Path

from ragvsft.config.loading import load_experiment
from ragvsft.lab.experiment import RunSummary, plan_experiment, run_experiment
from ragvsft.runs.reading import open_run
from ragvsft.verdict.judging import read_verdict
from small_experiment import save_tiny_model, write_small_experiment


def quiet(stage: str, done: int, total: int, message: str = "") -> None:
    """Progress that nobody looks at."""


def test_what_is_left_unasked_is_asked_later(tmp_path: Path) -> None:
    file = write_small_experiment(tmp_path, save_tiny_model(tmp_path / "model"), store="exact")
    plan = plan_experiment(load_experiment(file, ("lab.search.tries=0",)))
    n_looks = 0

    def after_one_shard() -> bool:
        nonlocal n_looks
        n_looks += 1
        return n_looks > 1

    def run(runs: str, enough: Callable[[], bool] | None = None) -> RunSummary:
        return run_experiment(
            plan, runs_root=tmp_path / runs, store_folder=tmp_path / f"store-{runs}", progress=quiet, enough=enough
        )

    early = run("early", after_one_shard)
    n_arms = len(plan.experiment.lab.arms)
    n_questions = len(read_verdict(early.folder).waves[0].arms) and read_verdict(early.folder).waves[0].n_planned
    assert early.n_left == (n_questions - 5) * n_arms
    verdict = read_verdict(early.folder)
    assert verdict.waves[0].n_questions == 5
    assert not verdict.complete
    assert {one.test for one in verdict.waves[0].comparisons} == {"confidence_sequence"}
    assert verdict.latency, "what comes after asking is done"
    with open_run(early.folder) as opened:
        assert opened.progress().state == "interrupted"

    later = run("early")
    whole = run("whole")
    assert (later.n_left, whole.n_left) == (0, 0)
    found = []
    for folder in (later.folder, whole.folder):
        with open_run(folder) as opened:
            assert opened.progress().state == "finished"
            found.append({(one.arm, one.question_id): one.answer for one in opened.outcomes()})
    assert found[0] == found[1]
    assert run("early").nothing_left
