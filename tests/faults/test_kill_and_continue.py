"""`kill -9` at random moments over index, training and answers: the continued run equals the unbroken one."""

import json
import random
import signal
import subprocess
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from ragvsft.core.errors import RagvsftError
from ragvsft.core.values import Stage
from ragvsft.runs.reading import open_run
from small_experiment import POLICIES, save_tiny_model, servers_of, start, write_small_experiment

Answers = dict[tuple[str, date, str, int | None], tuple[str | None, str]]
ORPHANS_GONE_S = 10.0


def answers_of(folder: Path) -> Answers:
    with open_run(folder) as run:
        outcomes = run.outcomes(with_prompts=True)
    found = {(o.arm, o.wave, o.question_id, o.seed): (o.answer, o.prompt) for o in outcomes}
    assert len(found) == len(outcomes)
    return found


def finish(experiment: Path, runs: Path, store: Path) -> tuple[Path, float]:
    began = time.monotonic()
    process = start(experiment, runs, store)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return Path(json.loads(out)["run"]), time.monotonic() - began


def kill_and_compare(tmp_path: Path, *, store: str, n_kills: int, seed: int) -> None:
    experiment = write_small_experiment(tmp_path, save_tiny_model(tmp_path / "model"), store=store)
    unbroken, seconds = finish(experiment, tmp_path / "unbroken", tmp_path / "store-unbroken")
    draw = random.Random(seed)
    n_killed = 0
    for _ in range(n_kills):
        process = start(experiment, tmp_path / "broken", tmp_path / "store-broken")
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=draw.uniform(0.15, 0.95) * seconds)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            n_killed += 1
        process.communicate()
    deadline = time.monotonic() + ORPHANS_GONE_S
    while servers_of(tmp_path / "store-broken") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not servers_of(tmp_path / "store-broken")
    continued, _ = finish(experiment, tmp_path / "broken", tmp_path / "store-broken")
    assert n_killed
    assert answers_of(continued) == answers_of(unbroken)
    with open_run(continued) as run:
        assert not run.edited_units()
        assert run.progress().state == "finished"


def test_four_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    kill_and_compare(tmp_path, store="exact", n_kills=4, seed=1)


def kill_in_the_second_wave(experiment: Path, runs: Path, store: Path, stage: str) -> None:
    """Kill a run once it is at a stage of its second wave."""
    process = start(experiment, runs, store)
    while process.poll() is None and not at_second_wave(runs, stage):
        time.sleep(0.005)
    assert process.poll() is None, "the run went by the stage"
    process.send_signal(signal.SIGKILL)
    process.communicate()


def at_second_wave(runs: Path, stage: str) -> bool:
    for file in runs.glob("*/run.db"):
        with suppress(RagvsftError), open_run(file.parent) as run:
            return len(run.waves()) == 2 and run.progress().stage.startswith(stage)
    return False


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("store", ["exact", pytest.param("weaviate", marks=pytest.mark.weaviate)])
def test_a_second_wave_killed_in_sync_training_and_asking_goes_on_to_the_same_answers(
    tmp_path: Path, store: str
) -> None:
    model = save_tiny_model(tmp_path / "model")
    experiment = write_small_experiment(tmp_path, model, store=store, text=POLICIES)
    unbroken, _ = finish(experiment, tmp_path / "unbroken", tmp_path / "store-unbroken")
    for stage in ("sync", "train", "ask"):
        kill_in_the_second_wave(experiment, tmp_path / "broken", tmp_path / "store-broken", stage)
    continued, _ = finish(experiment, tmp_path / "broken", tmp_path / "store-broken")
    assert answers_of(continued) == answers_of(unbroken)
    assert {wave for _, wave, *_ in answers_of(continued)} == {date(2024, 1, 1), date(2024, 7, 1)}
    with open_run(continued) as run:
        assert not run.edited_units()
        assert run.progress().state == "finished"


@pytest.mark.long
@pytest.mark.weaviate
@pytest.mark.timeout(3000)
def test_twenty_kills_with_a_real_server(tmp_path: Path) -> None:
    kill_and_compare(tmp_path, store="weaviate", n_kills=20, seed=2)


def test_a_finished_run_is_left_alone(tmp_path: Path) -> None:
    experiment = write_small_experiment(tmp_path, save_tiny_model(tmp_path / "model"), store="exact")
    folder, _ = finish(experiment, tmp_path / "runs", tmp_path / "store")
    before = (folder / "run.db").stat().st_mtime_ns
    process = start(experiment, tmp_path / "runs", tmp_path / "store")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert json.loads(out)["nothing_left"]
    assert "Nothing was left to do" in err
    assert (folder / "run.db").stat().st_mtime_ns == before


def test_another_arm_takes_over_what_the_other_run_has(tmp_path: Path) -> None:
    experiment = write_small_experiment(tmp_path, save_tiny_model(tmp_path / "model"), store="exact")
    first, _ = finish(experiment, tmp_path / "runs", tmp_path / "store")
    text = experiment.read_text(encoding="utf-8")
    more = text.replace("    oracle:", "    rag_one: {kind: rag, index: pages, k: 1}\n    oracle:")
    more = more.replace("latency_requests: 1", "latency_requests: 0")
    experiment.write_text(more, encoding="utf-8")
    second, _ = finish(experiment, tmp_path / "runs", tmp_path / "store")
    assert second != first
    with open_run(second) as run:
        taken = {unit.arm for unit in run.units() if unit.taken_from}
        answered = {unit.arm for unit in run.units() if not unit.taken_from}
        assert {record.reused_from for record in run.adapters()} == {first.name}
    spent = []
    for folder in (first, second):
        with open_run(folder) as run:
            spent.append(run.readings())
    assert taken == {"closed_book", "rag", "fine_tuned", "hybrid", "oracle"}
    assert answered == {"rag_one"}
    # What was consumed once is not consumed again: the same readings to the last digit.
    kept = (Stage.SEARCH, Stage.RETRIEVE, Stage.TRAIN)
    before, after = ({(r.stage, r.arm, r.unit_key, r.wall_s) for r in run if r.stage in kept} for run in spent)
    assert {stage for stage, *_ in before} == set(kept)
    assert before <= after
    assert {arm for stage, arm, *_ in after - before if stage is Stage.SEARCH} == {"rag_one"}
