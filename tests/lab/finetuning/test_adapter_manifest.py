"""Manifests: what is written is read, and files that are not the trained ones are refused with what to do."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import files_hash
from ragvsft.lab.finetuning.adapter import MANIFEST_FILE, AdapterManifest, verify_adapter

BASE = "b" * 64
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
MANIFEST = AdapterManifest(
    base_name="bundled/tiny",
    base_hash=BASE,
    data_hash="d" * 64,
    identity="i" * 64,
    adapter={"recipe": "raft", "rank": 4},
    seed=0,
    init_seed=1,
    started_from=None,
    versions={"torch": "2.13"},
    device="cpu",
    threads=2,
    number_format="bfloat16",
    attention="eager",
    packed=True,
    part_tokens=1024,
    n_rows=10,
    n_rows_too_long=1,
    n_tokens=400,
    n_supervised_tokens=40,
    n_computed_tokens=300,
    n_steps=4,
    stopped_step=3,
    best_step=2,
    wall_s=1.5,
    cpu_s=2.5,
    wasted_wall_s=0.0,
    n_resumed=0,
    peak_memory_bytes=10**9,
    loss_curve=((1, 5.0), (2, 4.0), (3, 3.5)),
    dev_curve=((2, 0.5), (3, 0.25)),
    trained_fact_ids=("f1", "f2"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / WEIGHTS).write_bytes(bytes(range(256)) * 8)
    (tmp_path / CONFIG).write_text("{}")
    replace(MANIFEST, files=files_hash(tmp_path, [WEIGHTS, CONFIG])).write(tmp_path)
    return tmp_path


def test_what_is_written_is_read(folder: Path) -> None:
    read = AdapterManifest.read(folder)
    assert read == verify_adapter(folder, BASE)
    assert replace(read, files={}) == MANIFEST
    assert AdapterManifest.from_json(json.loads(json.dumps(read.to_json()))) == read


@pytest.mark.parametrize("place", [0, 1000, 2047])
def test_one_flipped_bit_is_found(folder: Path, place: int) -> None:
    raw = bytearray((folder / WEIGHTS).read_bytes())
    raw[place] ^= 1
    (folder / WEIGHTS).write_bytes(raw)
    with pytest.raises(DataError, match=r"adapter_model\.safetensors is not the file that was trained") as caught:
        verify_adapter(folder, BASE)
    assert "copy the folder again" in str(caught.value.hint)


def test_a_cut_off_file_is_found(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-1])
    with pytest.raises(DataError, match="is not the file"):
        verify_adapter(folder, BASE)


def test_a_git_lfs_pointer_is_told_as_one(folder: Path) -> None:
    (folder / WEIGHTS).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(DataError) as caught:
        verify_adapter(folder, BASE)
    assert "git lfs pull" in str(caught.value.hint)


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / CONFIG).unlink()
    with pytest.raises(DataError, match=r"adapter_config\.json is missing"):
        verify_adapter(folder, BASE)


def test_another_base_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="trained on other base weights: bundled/tiny, sha256 bbbbbbbbbbbb, here cccc"):
        verify_adapter(folder, "c" * 64)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 99}', '{"schema_version": 1, "seed": 3}'])
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST_FILE).write_text(text)
    with pytest.raises(DataError, match=r"adapter_manifest\.json cannot be read"):
        verify_adapter(folder, BASE)


def test_a_folder_without_a_manifest_is_refused(folder: Path) -> None:
    (folder / MANIFEST_FILE).unlink()
    with pytest.raises(DataError, match=r"adapter_manifest\.json is missing"):
        AdapterManifest.read(folder)


def test_a_manifest_that_names_no_weights_is_refused(folder: Path) -> None:
    MANIFEST.write(folder)
    with pytest.raises(DataError, match="does not name the adapter's weights"):
        verify_adapter(folder, BASE)
