"""A command called in this process, and one small run that the tests of several commands read."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from calling import VARIABLES, Call, Said, SmallRun, call_process, hold_at_checkpoint, in_training
from ragvsft.cli.ending import run_cli
from ragvsft.data.read import read_dataset
from ragvsft.data.write import write_dataset
from ragvsft.runs.folder import list_runs
from small_experiment import ROOT, save_tiny_model, write_small_experiment


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """`ragvsft …` in this process."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    def called(*arguments: object) -> Said:
        capfd.readouterr()
        code = run_cli([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Said(code, said.out, said.err)

    yield called
    os.environ.pop("RAGVSFT_DEBUG", None)


@pytest.fixture(scope="session")
def small_experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the demo's documents, and a training that is long enough to be interrupted."""
    folder = tmp_path_factory.mktemp("small")
    whole = read_dataset(ROOT / "data" / "demo")
    kept = set(sorted({document.doc_id for document in whole.documents})[::6])
    part = replace(
        whole,
        documents=tuple(document for document in whole.documents if document.doc_id in kept),
        questions=tuple(q for q in whole.questions if q.gold_doc_ids and kept.issuperset(q.gold_doc_ids)),
    )
    write_dataset(part, folder / "data")
    path = write_small_experiment(folder, save_tiny_model(folder / "model"), store="exact")
    text = path.read_text(encoding="utf-8")
    text = text.replace(f"dataset: {ROOT / 'data' / 'demo'}", "dataset: data").replace("epochs: 3,", "epochs: 15,")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_run(small_experiment: Path) -> SmallRun:
    """`train`, interrupted while it trains; a `run` that comes too early; and the `run` that goes on."""
    runs, store = small_experiment.parent / "runs", small_experiment.parent / "store"
    arguments = [str(small_experiment), "--runs", str(runs), "--store", str(store)]
    process, seen = in_training("train", *arguments)
    # It stands still while the other one starts, however long that takes.
    hold_at_checkpoint(process, runs)
    refused = call_process("run", *arguments)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=60)
    (entry,) = list_runs(runs)
    return SmallRun(
        experiment=small_experiment,
        runs=runs,
        store=store,
        interrupted=Said(process.returncode, out, seen + err),
        refused=refused,
        pid=process.pid,
        state=entry.state,
        said=call_process("run", *arguments, "--json"),
    )
