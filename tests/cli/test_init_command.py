"""`ragvsft init`: the files to start from are valid, and nothing that is there is touched."""

from pathlib import Path

import pytest

from calling import Call
from ragvsft.cli.init import DATA_FILES
from ragvsft.config.loading import load_experiment
from ragvsft.data.check import check_dataset
from ragvsft.data.read import read_dataset


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_demo_is_whole(call: Call, tmp_path: Path) -> None:
    said = call("init", tmp_path / "new" / "demo", "--demo")
    assert said.code == 0, said.err
    folder = tmp_path / "new" / "demo"
    assert sorted(files_of(folder)) == sorted(
        [
            ".gitignore",
            *(f"data/{name}/{part}" for name in ("demo", "general") for part in DATA_FILES),
            "experiments/demo.yaml",
            "experiments/handbook.yaml",
            "indexes/handbook.yaml",
            "prices/aws-2026-11.yaml",
            "prices/cloud-2026-11.yaml",
            "schema/experiment.schema.json",
            "schema/index.schema.json",
            "schema/prices.schema.json",
        ]
    )  # fmt: skip
    assert set(said.out.splitlines()) == {str(folder / name) for name in files_of(folder) if name != ".gitignore"}
    assert f"cd {folder}" in said.err
    loaded = load_experiment(folder / "experiments" / "demo.yaml")
    dataset = read_dataset(loaded.beside(loaded.experiment.dataset))
    assert not check_dataset(dataset).errors
    assert load_experiment(folder / "experiments" / "handbook.yaml").experiment.lab.general is not None


def test_the_starter_loads_and_plan_asks_for_the_dataset(call: Call, tmp_path: Path) -> None:
    assert call("init", tmp_path).code == 0
    assert load_experiment(tmp_path / "experiments" / "mine.yaml").indexes["pages"].name == "pages"
    said = call("plan", tmp_path / "experiments" / "mine.yaml")
    assert said.code == 1
    assert "data/mine" in said.err
    assert "ragvsft data import" in said.err


def test_both_may_lie_in_one_folder_and_twice_does_nothing(call: Call, tmp_path: Path) -> None:
    assert call("init", tmp_path).code == 0
    assert call("init", tmp_path, "--demo").code == 0
    before = files_of(tmp_path)
    again = call("init", tmp_path, "--demo")
    assert (again.code, again.out) == (0, "")
    assert files_of(tmp_path) == before


def test_a_changed_file_is_not_overwritten_and_nothing_else_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "indexes").mkdir()
    (tmp_path / "indexes" / "pages.yaml").write_text("name: mine\n", encoding="utf-8")
    said = call("init", tmp_path)
    assert said.code == 2
    assert f"{tmp_path / 'indexes' / 'pages.yaml'} is there already" in said.err
    assert files_of(tmp_path) == {"indexes/pages.yaml": b"name: mine\n"}


@pytest.mark.parametrize("demo", [True, False])
def test_a_folder_that_cannot_be_made_is_told(call: Call, tmp_path: Path, demo: bool) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    said = call("init", tmp_path / "taken", *(["--demo"] if demo else []))
    assert said.code == 1
    assert "cannot be written" in said.err
    assert "→ Name a folder that may be" in said.err
