"""A user without a checkout: the wheel in a fresh environment and an empty folder, from `init` to the dashboard.

The large packages are those of this environment, so that nothing is downloaded.
"""

import json
import os
import shutil
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from calling import Said, run_command
from serving import fetch, served

ROOT = Path(__file__).parents[2]
SMALL = (
    "split.tested_facts=6",
    "lab.waves=[2024-01-01]",
    "split.training_only_facts=8",
    "lab.base.max_new_tokens=6",
    "lab.latency_requests=1",
    "lab.store=exact",
    "lab.adapters={knows: {recipe: closed_book, epochs: 4, batch_size: 3, dev_questions: 2, dev_checks: 1}}",
    "lab.arms={rag: {kind: rag, index: pages, k: 1}, fine_tuned: {kind: fine_tuned, adapter: knows}}",
)
"""The demo with the real model, made small enough to be asked in seconds."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what the build reads, so that the checkout is left alone."""
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    source = tmp_path_factory.mktemp("source") / "ragvsft"
    ignore = shutil.ignore_patterns("__pycache__", ".store")
    for name in ("src", "dashboards", "data", "experiments", "indexes", "schema", "prices"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    out = source.parent / "dist"
    built = run_command([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)])
    assert built.code == 0, built.out + built.err
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `ragvsft` of a fresh environment into which the wheel alone was installed."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    done = run_command([str(python), *install, str(wheel)])
    assert done.code == 0, done.err
    asked = run_command([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    packages = Path(asked.out.strip())
    # As plain entries of sys.path: the editable checkout of this environment is a .pth file, which is not read there.
    (packages / "large-packages.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.with_name("ragvsft")


def test_only_what_is_used_travels(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    shipped = {name.removeprefix("ragvsft/shipped/") for name in names if name.startswith("ragvsft/shipped/")}
    assert {"dashboards/app.py", "experiments/demo.yaml", "schema/report.schema.json"} < shipped
    assert "prices/cloud-2026-11.yaml" in shipped
    assert {name for name in shipped if name.startswith("data/")} == {
        f"data/{folder}/{part}"
        for folder in ("demo", "general")
        for part in ("dataset.json", "documents.jsonl", "questions.jsonl")
    }
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc") or "tests/" in name]
    assert wheel.stat().st_size < 2_000_000


@pytest.mark.model
def test_from_an_empty_folder_to_a_report_and_a_dashboard(installed: Path, tmp_path: Path) -> None:
    def call(*arguments: str) -> Said:
        said = run_command(
            [str(installed), *arguments], cwd=tmp_path, timeout_s=400, PYTHONPATH="", RAGVSFT_WEAVIATE_BIN=""
        )
        assert said.code == 0, said.err
        return said

    where = run_command(
        [str(installed.with_name("python")), "-c", "import ragvsft; print(ragvsft.__file__)"],
        cwd=tmp_path,
        PYTHONPATH="",
    )
    assert Path(where.out.strip()).is_relative_to(installed.parents[1]), "the wheel's own code is what runs"

    call("init", "--demo")
    changes = [part for change in SMALL for part in ("--set", change)]
    planned = json.loads(call("plan", "experiments/demo.yaml", *changes, "--json").out)
    assert planned["n_test_questions"] == 6
    assert 0 < planned["seconds"] < 600

    told = json.loads(call("run", "experiments/demo.yaml", *changes, "--json").out)
    assert Path(told["run"]).name == planned["run"]
    assert "fine_tuned" in call("report").out

    with served([str(installed), "dashboard", "--port", "0"], cwd=tmp_path, PYTHONPATH="") as (_, url):
        assert fetch(f"{url}/_stcore/health") == (200, "ok")
        assert fetch(f"{url}/")[0] == 200
