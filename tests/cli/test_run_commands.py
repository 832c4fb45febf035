"""`run`, `report`, `runs`, `train` and `index` on a small experiment, as a user calls them one after the other."""

import json
import re
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from calling import Call, SmallRun, in_training, run_command, unprivileged
from ragvsft.config.loading import load_experiment
from ragvsft.core.values import Outcome
from ragvsft.lab.experiment import plan_experiment
from ragvsft.lab.planning import forecast
from ragvsft.runs.folder import list_runs
from ragvsft.runs.manifest import read_manifest
from ragvsft.runs.reading import open_run
from ragvsft.runs.writing import RunWriter

ARMS = {"closed_book", "rag", "fine_tuned", "hybrid", "oracle"}
ESCAPE = "\x1b"
COLOUR = re.compile(r"\x1b\[([0-9]+;)*[34][0-9]m")


def test_a_run_leaves_a_report_and_tells_where(small_run: SmallRun) -> None:
    said = small_run.said
    assert said.code == 0, said.err
    told = json.loads(said.out)
    folder = Path(told["run"])
    assert folder.parent == small_run.runs
    assert folder.name == f"small-{plan_experiment(load_experiment(small_run.experiment)).run_hash[:12]}"
    assert not told["nothing_left"]
    assert told["arms_over_failure_tolerance"] == []
    assert set(json.loads((folder / "report.json").read_text("utf-8"))["waves"]["2024-01-01"]["arms"]) == ARMS
    arms = json.loads((folder / "report.json").read_text("utf-8"))["waves"]["2024-01-01"]["arms"]
    assert {arm for arm, found in arms.items() if "latency_unmerged_s" in found} == {"fine_tuned", "hybrid"}
    assert all("latency_s" in found for found in arms.values())
    assert (folder / "report.md").read_text("utf-8").startswith("#")
    assert f"Next: ragvsft report {folder}" in said.err


def test_the_same_command_again_does_nothing(small_run: SmallRun, call: Call) -> None:
    said = call("run", small_run.experiment, *small_run.folders)
    assert said.code == 0
    assert "Nothing was left to do" in said.err
    assert all(arm in said.out for arm in ARMS)
    assert call("plan", small_run.experiment, "--runs", small_run.runs).err.count("is finished") == 1


def test_the_table_is_data_without_colour_where_nobody_looks(small_run: SmallRun, call: Call) -> None:
    for name in ("small", ""):
        said = call("report", *([name] if name else []), "--runs", small_run.runs)
        assert said.code == 0, said.err
        assert ESCAPE not in said.out + said.err
        assert all(arm in said.out for arm in ARMS)


def test_no_color_is_respected_and_force_color_obeyed(
    small_run: SmallRun, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("report", "small", "--runs", small_run.runs)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert COLOUR.search(call(*arguments).out)
    monkeypatch.setenv("NO_COLOR", "1")
    assert COLOUR.search(call(*arguments).out) is None


def test_a_report_goes_where_it_is_told(small_run: SmallRun, call: Call, tmp_path: Path) -> None:
    output = tmp_path / "told.md"
    said = call("report", "small", "--runs", small_run.runs, "-o", output)
    assert (said.code, said.out) == (0, "")
    assert output.read_text("utf-8").startswith("#")
    told = json.loads(call("report", "small", "--runs", small_run.runs, "--json").out)
    assert told["run"]["name"] == "small"
    wrong = call("report", "small", "--runs", small_run.runs, "-o", tmp_path / "told.docx")
    assert wrong.code == 2
    assert ".md, .json" in wrong.err
    lost = call("report", "small", "--runs", small_run.runs, "-o", tmp_path / "nowhere" / "told.md")
    assert lost.code == 1
    assert "cannot be written" in lost.err


def test_a_report_of_nothing_says_how_to_get_one(call: Call, tmp_path: Path) -> None:
    said = call("report", "--runs", tmp_path)
    assert said.code == 2
    assert "`ragvsft run experiments/demo.yaml` makes one." in said.err


def test_runs_are_listed_and_removed(small_run: SmallRun, call: Call, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    folder = next(small_run.runs.glob("small-*"))
    shutil.copytree(folder, runs / folder.name)
    said = call("runs", "list", "--runs", runs)
    assert said.out.split()[:2] == [folder.name, "finished"]
    (told,) = json.loads(call("runs", "list", "--runs", runs, "--json").out)
    assert (told["name"], told["state"], told["problem"]) == ("small", "finished", None)
    unasked = call("runs", "rm", "small", "--runs", runs)
    assert unasked.code == 2
    assert "--yes removes it" in unasked.err
    assert (runs / folder.name).is_dir()
    assert call("runs", "rm", "smal", "--runs", runs, "--yes").code == 0
    assert not list(runs.iterdir())
    assert call("runs", "list", "--runs", runs).out == ""
    gone = call("runs", "rm", "small", "--runs", runs, "--yes")
    assert gone.code == 2
    assert "has no run 'small'" in gone.err


def test_ctrl_c_interrupts_a_training_and_the_run_goes_on(small_run: SmallRun) -> None:
    said = small_run.interrupted
    assert (said.code, said.out) == (130, "")
    assert "Error: interrupted\n  → What is finished is kept." in said.err
    assert "Traceback" not in said.err
    assert small_run.state == "interrupted"
    (entry,) = list_runs(small_run.runs)
    assert entry.state == "finished"
    manifests = sorted(entry.folder.glob("adapters/*/adapter_manifest.json"))
    resumed = [json.loads(path.read_text("utf-8"))["n_resumed"] for path in manifests]
    assert len(resumed) == 2
    assert sum(resumed) == 1, "the training that was interrupted went on from its checkpoint"


def test_a_second_process_is_sent_away_before_it_loads_anything(small_run: SmallRun) -> None:
    assert small_run.refused.code == 2
    assert f"Error: process {small_run.pid} on" in small_run.refused.err
    assert "Loading the model" not in small_run.refused.err


def test_training_what_is_trained_does_nothing(small_run: SmallRun, call: Call) -> None:
    said = call("train", small_run.experiment, *small_run.folders, "--json")
    assert said.code == 0, said.err
    assert {each["adapter"] for each in json.loads(said.out)} == {"knows", "reader"}
    assert all((Path(each["folder"]) / "adapter_model.safetensors").is_file() for each in json.loads(said.out))
    (entry,) = list_runs(small_run.runs)
    assert entry.state == "finished"


def test_sigterm_is_an_interruption_as_well(small_run: SmallRun, tmp_path: Path) -> None:
    folders = ["--runs", str(tmp_path / "runs"), "--store", str(small_run.store)]
    process, _ = in_training("run", str(small_run.experiment), *folders)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Error: interrupted" in err
    (entry,) = list_runs(tmp_path / "runs")
    assert entry.state == "interrupted"


def test_an_index_alone_is_synced_to_a_date(small_run: SmallRun, call: Call, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.copytree(small_run.store, store)
    arguments = ("index", "sync", small_run.experiment, "--store", store)
    first = json.loads(call(*arguments, "--json").out)["pages"]
    assert first["at"] == "2024-01-01"
    assert first["n_unchanged"] == first["n_passages"] > 40, "the run had synced it"
    later = call(*arguments, "--at", "2024-07-01")
    assert later.code == 0, later.err
    assert "pages serves 2024-07-01" in later.err
    wrong = call(*arguments, "--at", "2024-02-01")
    assert wrong.code == 2
    assert "Its snapshots are: 2024-01-01" in wrong.err


def test_failures_over_tolerance_end_with_3(small_run: SmallRun, call: Call, tmp_path: Path) -> None:
    """The small run once more, its fine-tuned arm failing on a tenth of the questions."""
    folder = next(small_run.runs.glob("small-*"))
    manifest = read_manifest(folder)
    with (
        open_run(folder) as old,
        RunWriter.open(tmp_path, name="small", run_hash=manifest.run_hash, manifest=manifest) as new,
    ):
        (wave,) = old.waves()
        new.record_wave(wave.wave, wave.content_hash, old.questions(wave.wave), {"pages": {}}, 0)
        for arm in old.arms().values():
            new.record_arm(replace(arm, index=None, retrieval_key=None, k=None))
            answered: list[Outcome] = [
                replace(outcome, unit_key=arm.arm) for outcome in old.outcomes(arm=arm.arm, wave=wave.wave)
            ]
            if arm.arm == "fine_tuned":
                answered[0] = replace(answered[0], answer=None, failure="it broke", confidence=None)
            new.finish_unit(
                arm.arm,
                arm=arm.arm,
                wave=wave.wave,
                seed=answered[0].seed,
                shard=0,
                outcomes=answered,
                readings=[replace(next(iter(old.readings())), unit_key=arm.arm, arm=arm.arm)],
            )
    said = call("run", small_run.experiment, "--runs", tmp_path, "--store", small_run.store, "--json")
    assert said.code == 3, said.err
    assert json.loads(said.out)["arms_over_failure_tolerance"] == ["fine_tuned"]
    assert "Failures are over tolerance in: fine_tuned" in said.err
    tolerant = ("--set", "verdict.failure_tolerance=0.2")
    said = call("run", small_run.experiment, "--runs", tmp_path, "--store", small_run.store, *tolerant)
    assert said.code == 0, "how a run is read may change, and nothing is run for it"
    assert "read with the new verdict settings" in said.err
    assert call("report", "--runs", tmp_path, "--json").code == 0
    again = call("run", small_run.experiment, "--runs", tmp_path, "--store", small_run.store, *tolerant)
    assert "Nothing was left to do" in again.err


def test_the_plan_counted_what_the_run_did(small_run: SmallRun) -> None:
    """Items by arm or adapter, as planned and as metered."""
    plan = plan_experiment(load_experiment(small_run.experiment))
    planned: dict[tuple[str, str], int] = {}
    for step in forecast(plan).steps:
        if step.stage in ("generate", "search", "latency"):
            name = step.what.partition(" at ")[0].partition(",")[0]
            planned[step.stage, name] = step.n_items
        elif step.stage == "train":
            planned[step.stage, step.what.partition(" at ")[0]] = step.n_items
    done: dict[tuple[str, str], int] = {}
    with open_run(small_run.runs / Path(json.loads(small_run.said.out)["run"]).name) as run:
        for reading in run.readings():
            if reading.stage.value in ("generate", "search", "latency", "train"):
                key = (reading.stage.value, reading.arm or reading.resource or "")
                done[key] = done.get(key, 0) + reading.n_items
    assert planned == done


def test_a_folder_that_may_not_be_written_is_told_before_anything_is_loaded(
    small_run: SmallRun, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    runs.mkdir(mode=0o555)
    command = [*unprivileged(), sys.executable, "-m", "ragvsft", "run", str(small_run.experiment), "--runs", str(runs)]
    said = run_command(command, cwd=tmp_path)
    assert said.code == 2
    assert f"{runs}" in said.err
    assert "Permission denied\n  → give yourself permission" in said.err
    assert "Loading the model" not in said.err
    assert not list(runs.iterdir())
    said = run_command([*unprivileged(), sys.executable, "-m", "ragvsft", "init", str(runs / "new")], cwd=tmp_path)
    assert said.code == 1
    assert "cannot be written: Permission denied" in said.err
