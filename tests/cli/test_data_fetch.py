"""`ragvsft data fetch`, `ragvsft data export` and `ragvsft data diff`, as a user calls them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from calling import Call
from ragvsft.core.hashing import file_hash
from ragvsft.data import catalogue as module
from ragvsft.data.catalogue import CatalogueEntry, CatalogueFile
from ragvsft.data.read import FILES, is_dataset
from small_experiment import ROOT

DEMO = ROOT / "data" / "demo"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror that holds the demo as an entry of the catalogue."""
    files = tuple(
        CatalogueFile(path=name, n_bytes=(DEMO / name).stat().st_size, sha256=file_hash(DEMO / name)) for name in FILES
    )
    entry = CatalogueEntry(
        name="handbook", description="Invented.", home="https://example.com/handbook", licence="CC0-1.0",
        licence_asks="Nothing at all.", attribution="Nobody.", importer="dataset", source=".", files=files,
    )  # fmt: skip
    monkeypatch.setattr(module, "catalogue", lambda: {"handbook": entry})
    monkeypatch.setenv("RAGVSFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RAGVSFT_DATA_MIRROR", raising=False)
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "handbook").symlink_to(DEMO)
    return tmp_path / "mirror"


def test_fetch_says_what_the_licence_asks_and_prints_the_folder(call: Call, mirror: Path, tmp_path: Path) -> None:
    said = call("data", "fetch", "handbook", tmp_path / "here", "--mirror", mirror)
    assert (said.code, said.out) == (0, f"{tmp_path / 'here'}\n")
    assert is_dataset(tmp_path / "here")
    assert "Licence: CC0-1.0. Nothing at all." in said.err
    assert "Attribution: Nobody." in said.err
    assert f"Next: ragvsft data check {tmp_path / 'here'}" in said.err


def test_fetch_without_a_place_is_for_experiments(
    call: Call, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGVSFT_DATA_MIRROR", str(mirror))
    said = call("data", "fetch", "handbook", "--json")
    told = json.loads(said.out)
    assert told["folder"] == str(tmp_path / "cache" / "datasets" / "handbook")
    assert told["imported"]["format"] == "dataset"
    (listed,) = json.loads(call("data", "fetch", "--json").out)
    assert (listed["name"], listed["fetched"], listed["can_be_downloaded"]) == ("handbook", True, False)
    assert "from a mirror only; fetched" in call("data", "fetch").out


def test_fetch_without_a_source_exits_4_and_of_a_wrong_file_1(
    call: Call, mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = call("data", "fetch", "handbook")
    assert said.code == 4
    assert "--mirror" in said.err
    assert call("data", "fetch", "handbok").code == 2
    entry = module.catalogue()["handbook"]
    wrong = replace(entry, files=(replace(entry.files[0], sha256="0" * 64), *entry.files[1:]))
    monkeypatch.setattr(module, "catalogue", lambda: {"handbook": wrong})
    said = call("data", "fetch", "handbook", tmp_path / "here", "--mirror", mirror)
    assert said.code == 1
    assert "not the file that the catalogue knows" in said.err
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    ("name", "file"), [("beir", "qrels/test.tsv"), ("trec", "qrels.test.txt"), ("chat", "train.jsonl")]
)
def test_export_writes_a_format_and_prints_the_folder(call: Call, tmp_path: Path, name: str, file: str) -> None:
    said = call("data", "export", DEMO, tmp_path / "out", "--format", name)
    assert (said.code, said.out) == (0, f"{tmp_path / 'out'}\n")
    assert (tmp_path / "out" / file).stat().st_size > 0
    assert f"{tmp_path / 'out' / file}: " in said.err


def test_export_at_a_date_that_is_none_is_a_usage_error(call: Call, tmp_path: Path) -> None:
    for at in ("yesterday", "1999-01-01"):
        said = call("data", "export", DEMO, tmp_path / "out", "--format", "chat", "--at", at)
        assert said.code == 2
        assert at in said.err
    assert not (tmp_path / "out").exists()


def test_check_tells_notes_that_strict_does_not_mind(call: Call) -> None:
    said = call("data", "check", DEMO, "--strict")
    assert said.code == 0
    assert said.out.startswith("note: test questions whose answer stands word for word in a training row")
    assert "0 errors, 0 warnings" in said.err


def test_a_difference_is_told_between_two_dates(call: Call) -> None:
    said = call("data", "diff", DEMO, DEMO, "--old-at", "2024-01-01", "--new-at", "2024-07-01")
    assert said.code == 0, said.err
    assert "documents: 95 changed, 4 added, 1 removed, 94 as they were" in said.out
    assert "only the new wave is done" in said.err
    told = json.loads(call("data", "diff", DEMO, DEMO, "--old-at", "2024-01-01", "--json").out)
    assert told["old_at"] == "2024-01-01"
    assert {fact["change"] for fact in told["facts"]} == {"new", "changed", "removed"}
    same = call("data", "diff", DEMO, DEMO)
    assert "Nothing changed" in same.err
    wrong = call("data", "diff", DEMO, DEMO, "--old-at", "January")
    assert wrong.code == 2
    assert "--old-at 'January' is no date" in wrong.err
