"""The manifest keeps what was known, whole, and never a secret."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.redaction import redact
from ragvsft.runs.environment import git_commit, package_versions
from ragvsft.runs.manifest import Environment, read_manifest, write_manifest
from runs.making import Maker


def test_a_manifest_comes_back_as_it_was(maker: Maker, tmp_path: Path) -> None:
    manifest = maker.manifest(split={"tested": ["\ud800 half", "\u2028"]}, git_commit="a" * 40)
    write_manifest(tmp_path, manifest)
    assert read_manifest(tmp_path) == manifest
    assert manifest.machine.cores >= 1
    assert manifest.machine.memory_bytes > 1 << 20
    assert manifest.machine.python.startswith("CPython 3")
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_versions_are_those_of_what_is_installed() -> None:
    versions = package_versions()
    assert versions["ragvsft"]
    assert versions["pydantic"].startswith("2.")
    assert "pytest" not in versions


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("http://user:pw@host:80/x", "http://***@host:80/x"),
        ("postgres://u:p@ss@host", "postgres://***@host"),
        (
            "at https://token@host?a=1&api_key=k#f and http://host/a@b",
            "at https://***@host?a=1&api_key=***#f and http://host/a@b",
        ),
        ("http://h/?access_token=t;password=p", "http://h/?access_token=***;password=***"),
        ("mail me@example.org: 1 // 2 @ 3", "mail me@example.org: 1 // 2 @ 3"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_credentials_are_taken_out_of_urls(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_no_secret_reaches_the_run_folder(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEAVIATE_API_KEY", "canary-env")
    manifest = maker.manifest(
        configuration={"lab": {"weaviate_url": "https://u:canary-a@host", "deep": [{"x": ("http://canary-b@h",)}]}},
        environment=Environment(store="weaviate 1.39 at https://u:canary-c@host"),
    )
    assert "canary" not in str(manifest)
    with maker.open(manifest=manifest) as run:
        run.record_environment(device="cuda at http://u:canary-d@host")
    written = b"".join(path.read_bytes() for path in maker.folder.rglob("*") if path.is_file())
    assert b"canary" not in written
    assert b"weaviate_url" in written


def test_a_git_remote_is_never_kept(maker: Maker, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    assert git_commit(tmp_path) is None
    git("init", "-q")
    git("remote", "add", "origin", "https://u:canary@host/x.git")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("-c", "user.name=n", "-c", "user.email=e@x", "commit", "-q", "-m", "m")
    commit = git_commit(tmp_path)
    assert commit is not None
    assert len(commit) == 40
    (tmp_path / "file").write_text("2")
    assert git_commit(tmp_path) == f"{commit}-dirty"
    assert git_commit(tmp_path / "missing") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "not as a manifest should be"),
        ("\xff", "damaged"),
        ('{"schema_version": 1}', "not as a manifest should be: name"),
        ('{"schema_version": 99, "anything": 1}', "version 99"),
    ],
)
def test_a_damaged_manifest_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=told) as raised:
        read_manifest(tmp_path)
    assert raised.value.hint


def test_an_unknown_key_is_refused(maker: Maker, tmp_path: Path) -> None:
    write_manifest(tmp_path, maker.manifest())
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"added": 1}))
    with pytest.raises(DataError, match="added"):
        read_manifest(tmp_path)


def test_a_write_that_fails_leaves_the_old_manifest(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(tmp_path, maker.manifest())
    before = (tmp_path / "manifest.json").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Exception, match="disk is full") as raised:
        write_manifest(tmp_path, maker.manifest(name="demo", git_commit="b" * 40))
    assert "free some space" in str(raised.value.hint)  # type: ignore[attr-defined]
    assert (tmp_path / "manifest.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_environments_differ_only_where_both_are_known() -> None:
    known = Environment(threads=2, store="exact")
    assert known.differences(Environment(device="cpu", store="exact")) == {}
    assert known.differences(Environment(threads=4)) == {"threads": (2, 4)}
    assert known.filled_from(Environment(threads=4, device="cpu")) == Environment(
        threads=2, store="exact", device="cpu"
    )
