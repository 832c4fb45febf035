"""A real server starts, keeps strangers out and stops; a server that dies, hangs or is not there is told in seconds."""

import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from ragvsft.core.errors import RunLockedError, ServiceError, UsageError
from ragvsft.lab.retrieval import server_process
from ragvsft.lab.retrieval.install import VERSION
from ragvsft.lab.retrieval.server import (
    ServerAddress,
    ServerBinary,
    connect,
    find_binary,
    find_server,
    leave_running,
    running_server,
    server_status,
    stop_left_running,
)
from ragvsft.lab.retrieval.server_address import address_of_url, checked
from ragvsft.lab.retrieval.server_process import start
from ragvsft.lab.retrieval.server_record import RECORD_FILE, write_record
from ragvsft.lab.retrieval.server_settings import Ports, free_ports, store_key

ELSEWHERE = "127.0.0.2"
"""Another address of this machine: what listens on 127.0.0.1 alone does not answer there."""
VARIABLES = ("WEAVIATE_URL", "WEAVIATE_API_KEY", "WEAVIATE_GRPC_PORT", "WEAVIATE_GRPC_HOST", "RAGVSFT_WEAVIATE_BIN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    address: ServerAddress
    store: Path
    start_s: float

    @property
    def process(self) -> psutil.Process:
        pid = server_status(self.store).pid
        assert pid is not None
        return psutil.Process(pid)


@pytest.fixture(scope="module")
def binary() -> Path:
    found = find_binary()
    if found is None:
        if os.environ.get("RAGVSFT_REQUIRE_WEAVIATE") == "1":
            pytest.fail("RAGVSFT_REQUIRE_WEAVIATE=1, and no Weaviate server can be had")
        pytest.skip("no Weaviate server can be had; `ragvsft weaviate install` gets one")
    return found.path


@pytest.fixture(scope="module")
def served(binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store = tmp_path_factory.mktemp("server") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WEAVIATE_URL", raising=False)
        patch.setenv("RAGVSFT_WEAVIATE_BIN", str(binary))
        began = time.monotonic()
        with running_server(url=None, store_folder=store) as address:
            yield Served(address=address, store=store, start_s=time.monotonic() - began)


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No server can be found: no variable, nothing on PATH, nothing installed."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    monkeypatch.setenv("RAGVSFT_CACHE", str(tmp_path / "cache"))
    return monkeypatch


def program(folder: Path, text: str, name: str = "weaviate-server") -> Path:
    """A stand-in for a server that does not get as far as serving."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def weaviate_command(*words: str) -> str:
    """What `ragvsft weaviate …` says on stdout, run as a process of its own that has ended."""
    script = "from ragvsft.cli.weaviate import app; app()"
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout


def get(host: str, port: int, path: str, *, key: str | None = None) -> int:
    """The status that a stranger gets who comes from another address."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    with closing(http.client.HTTPConnection(host, port, timeout=5, source_address=(ELSEWHERE, 0))) as connection:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status


def listening(process: psutil.Process) -> dict[int, str]:
    """Port to address of everything that takes TCP connections."""
    found = process.net_connections("tcp")
    return {connection.laddr.port: connection.laddr.ip for connection in found if connection.status == "LISTEN"}


@pytest.mark.weaviate
def test_a_server_is_ready_in_time_and_serves_the_client(served: Served) -> None:
    assert served.start_s < 30
    assert served.address.host == "127.0.0.1"
    assert served.address.version == VERSION
    from weaviate.classes.config import DataType, Property
    from weaviate.exceptions import UnexpectedStatusCodeError

    client = connect(served.address)
    try:
        secret = client.collections.create("Secret", properties=[Property(name="text", data_type=DataType.TEXT)])
        secret.data.insert({"text": "the word is heron"})
        with pytest.raises(UnexpectedStatusCodeError, match="no such prop"):
            secret.data.insert({"tekst": "no property is made of a slip of the pen"})
        assert secret.query.bm25("heron").objects[0].properties["text"] == "the word is heron"
    finally:
        client.close()


@pytest.mark.weaviate
@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address of Linux alone")
def test_no_port_gives_anything_to_a_stranger(served: Served) -> None:
    ports = listening(served.process)
    open_to_all = {port for port, ip in ports.items() if ip != "127.0.0.1"}
    assert served.address.http_port in ports.keys() - open_to_all
    assert served.address.grpc_port in open_to_all
    assert len(open_to_all) == 2, "beside gRPC and the cluster's data, nothing may listen on every interface"
    (data_port,) = open_to_all - {served.address.grpc_port}

    for path in ("/v1/meta", "/v1/schema", "/v1/objects", "/v1/nodes"):
        assert get("127.0.0.1", served.address.http_port, path) == 401
        assert get("127.0.0.1", served.address.http_port, path, key="wrong") == 401
    for path in (
        "/nodes/status",
        "/indices/Secret/shards/x/objects/y",
        "/replicas/indices/x",
        "/v1/cluster/statistics",
    ):
        assert get(ELSEWHERE, data_port, path) == 401
    for port in ports.keys() - open_to_all:
        with pytest.raises(OSError):
            socket.create_connection((ELSEWHERE, port), timeout=2)
        if port != served.address.http_port:
            with pytest.raises((OSError, http.client.HTTPException)):
                get("127.0.0.1", port, "/v1/schema")


@pytest.mark.weaviate
@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address of Linux alone")
@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_search_over_grpc_without_the_key_is_refused(served: Served, key: str | None) -> None:
    import grpc  # type: ignore[import-untyped]
    from weaviate.proto.v1 import search_get_pb2, weaviate_pb2_grpc

    with grpc.insecure_channel(f"{ELSEWHERE}:{served.address.grpc_port}") as channel:
        stub = weaviate_pb2_grpc.WeaviateStub(channel)  # type: ignore[no-untyped-call]
        request = search_get_pb2.SearchRequest(collection="Secret", limit=1)
        metadata = [] if key is None else [("authorization", f"Bearer {key}")]
        with pytest.raises(grpc.RpcError) as refused:
            stub.Search(request, timeout=10, metadata=metadata)
    # Weaviate says so in words; its status is UNKNOWN.
    assert "unauthorized" in refused.value.details()


@pytest.mark.weaviate
def test_a_second_process_is_told_who_has_the_store(served: Served) -> None:
    script = f"""
from pathlib import Path
from ragvsft.core.errors import RagvsftError
from ragvsft.lab.retrieval.server import leave_running
try:
    leave_running(Path({str(served.store)!r}))
except RagvsftError as error:
    print(error.exit_code, error.message)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True).stdout
    assert told.startswith(f"2 process {os.getpid()} works with")
    with pytest.raises(RunLockedError, match=f"process {os.getpid()} "):
        stop_left_running(served.store)
    assert server_status(served.store).state == "running"


@pytest.mark.weaviate
def test_the_key_stands_in_its_file_and_nowhere_else(served: Served) -> None:
    key = served.address.api_key
    assert key is not None
    assert len(key) >= 32
    assert checked(served.address).version
    key_file = served.store / "server.key"
    assert key_file.read_text().strip() == key
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    for file in served.store.iterdir():
        if file.is_file() and file != key_file:
            assert key not in file.read_text(), file
    for process in (served.process, *psutil.Process().children(recursive=True)):
        assert key not in " ".join(process.cmdline())
    assert key not in repr(served.address)
    for words in (("status",), ("status", "--json")):
        told = weaviate_command(*words, "--store", str(served.store))
        assert str(served.address.http_port) in told
        assert key not in told


@pytest.mark.weaviate
def test_a_taken_port_is_tried_again_with_others_and_a_stop_leaves_nothing(binary: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        chosen: list[Ports] = []

        def choose() -> Ports:
            ports = free_ports()
            chosen.append(ports if chosen else replace(ports, gossip=taken.getsockname()[1]))
            return chosen[-1]

        process = start(binary, tmp_path / "store", origin="test", choose_ports=choose)
    assert len(chosen) == 2
    assert process.address.http_port == chosen[1].http
    ports = listening(psutil.Process(process.pid))
    assert ports
    watchdog_pid = process.popen.pid
    process.stop()
    assert not psutil.pid_exists(process.pid)
    assert not psutil.pid_exists(watchdog_pid)
    with ExitStack() as held:
        for port in ports:
            held.enter_context(socket.socket()).bind(("", port))


@pytest.mark.weaviate
def test_a_server_left_running_serves_others_until_it_is_stopped(
    binary: Path, tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    nothing_set.setenv("RAGVSFT_WEAVIATE_BIN", str(binary))
    store = tmp_path / "store"
    script = (
        f"from pathlib import Path; from ragvsft.lab.retrieval.server import *; leave_running(Path({str(store)!r}))"
    )
    subprocess.run([sys.executable, "-c", script], timeout=120, check=True)
    status = server_status(store)
    try:
        assert (status.state, status.left_running, status.owner_pid) == ("running", True, None)
        assert leave_running(store).http_port == find_server(url=None, store_folder=store).http_port  # type: ignore[union-attr]
        with running_server(url=None, store_folder=store) as address:
            assert (address.origin, address.url) == ("left running", status.url)
        assert server_status(store).pid == status.pid
    finally:
        told = json.loads(weaviate_command("down", "--store", str(store), "--json"))
        stopped = status.pid
    assert told == {"stopped": True, "pid": stopped}
    assert stopped is not None
    assert not psutil.pid_exists(stopped)
    assert server_status(store).state == "stopped"
    assert isinstance(find_server(url=None, store_folder=store), ServerBinary)
    assert stop_left_running(store) is None


def test_a_server_that_dies_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    dying = program(tmp_path, "echo the disk is on fire >&2; exit 3")
    with pytest.raises(ServiceError, match="the disk is on fire") as told:
        start(dying, tmp_path / "store", origin="test")
    assert "status 3" in told.value.message
    assert "server.log" in (told.value.hint or "")


@pytest.mark.parametrize("detached", [False, True])
def test_a_server_that_hangs_is_given_up_and_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detached: bool
) -> None:
    monkeypatch.setattr(server_process, "GRACE_S", 0.3)
    hanging = program(tmp_path, "trap '' TERM; echo electing a leader >&2; while :; do sleep 0.1; done")
    pids: list[int] = []
    began = time.monotonic()
    with pytest.raises(ServiceError, match="not ready within 1 s\nelecting a leader"):
        start(
            hanging,
            tmp_path / "store",
            origin="test",
            detached=detached,
            ready_within_s=1,
            on_start=lambda pid, _: pids.append(pid),
        )
    assert time.monotonic() - began < 5
    assert len(pids) == 1
    assert not psutil.pid_exists(pids[0])


def test_ports_that_are_always_taken_are_told_after_three_tries(tmp_path: Path) -> None:
    unlucky = program(tmp_path, f"echo x >> {tmp_path}/tries; echo 'bind: address already in use'; sleep 60")
    with pytest.raises(ServiceError, match="port taken 3 times"):
        start(unlucky, tmp_path / "store", origin="test")
    assert (tmp_path / "tries").read_text().count("x") == 3


@pytest.mark.parametrize("detached", [False, True])
def test_a_program_for_another_machine_is_told(tmp_path: Path, detached: bool) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"\x7fELFnot really")
    foreign.chmod(0o755)
    with pytest.raises(ServiceError, match="cannot be started"):
        start(foreign, tmp_path / "store", origin="test", detached=detached)


def test_a_key_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    first = store_key(tmp_path)
    assert store_key(tmp_path) == first
    (tmp_path / "server.key").chmod(0o644)
    second = store_key(tmp_path)
    assert second != first
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600


def test_servers_are_found_in_the_documented_order(tmp_path: Path, nothing_set: pytest.MonkeyPatch) -> None:
    store = tmp_path / "store"
    store.mkdir()

    def origin(url: str | None = None) -> str | None:
        found = find_server(url=url, store_folder=store)
        return None if found is None else found.origin

    assert origin() is None
    program(tmp_path / "cache" / "weaviate" / VERSION, "exit 0")
    assert origin() == "installed"
    program(tmp_path / "no-programs", "exit 0")
    assert origin() == "binary on PATH"
    nothing_set.setenv("RAGVSFT_WEAVIATE_BIN", str(program(tmp_path, "exit 0", "named")))
    assert origin() == "RAGVSFT_WEAVIATE_BIN"
    address = address_of_url("http://127.0.0.1:1", origin="left running")
    write_record(store, os.getpid(), address, owner=None)
    assert origin() == "left running"
    nothing_set.setenv("WEAVIATE_URL", "http://example.org:8080")
    assert origin() == "WEAVIATE_URL"
    assert origin("http://example.com:8080") == "url"


def test_without_any_server_the_error_says_how_to_get_one(tmp_path: Path, nothing_set: pytest.MonkeyPatch) -> None:
    with pytest.raises(ServiceError) as told:
        leave_running(tmp_path)
    assert "ragvsft weaviate install" in (told.value.hint or "")
    with pytest.raises(ServiceError) as told, running_server(url=None, store_folder=tmp_path):
        pass
    assert "ragvsft weaviate install" in (told.value.hint or "")
    nothing_set.setenv("RAGVSFT_WEAVIATE_BIN", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="nowhere"):
        find_server(url=None, store_folder=tmp_path)


def test_another_process_with_the_recorded_id_is_neither_trusted_nor_ended(
    tmp_path: Path, nothing_set: pytest.MonkeyPatch
) -> None:
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    try:
        write_record(tmp_path, bystander.pid, address_of_url("http://127.0.0.1:1", origin="left running"), owner=None)
        record = json.loads((tmp_path / RECORD_FILE).read_text())
        record["server"]["process_started_s"] -= 3600
        (tmp_path / RECORD_FILE).write_text(json.dumps(record))
        assert find_server(url=None, store_folder=tmp_path) is None
        assert server_status(tmp_path).state == "stopped"
        assert stop_left_running(tmp_path) is None
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8080", ("localhost", 8080, None, 50051, False)),
        ("http://weaviate", ("weaviate", 80, None, 50051, False)),
        ("https://db.example.org/", ("db.example.org", 443, None, 50051, True)),
        ("http://[::1]:8080", ("::1", 8080, None, 50051, False)),
        ("https://x1.c0.europe-west3.gcp.weaviate.cloud", ("x1.c0.europe-west3.gcp.weaviate.cloud", 443, "grpc-x1.c0.europe-west3.gcp.weaviate.cloud", 443, True)),  # noqa: E501
        ("x1.weaviate.network", ("x1.weaviate.network", 443, "x1.grpc.weaviate.network", 443, True)),
    ],
)  # fmt: skip
def test_a_url_gives_every_part_of_an_address(
    url: str, expected: tuple[object, ...], nothing_set: pytest.MonkeyPatch
) -> None:
    found = address_of_url(url, origin="url")
    assert (found.host, found.http_port, found.grpc_host, found.grpc_port, found.secure) == expected
    nothing_set.setenv("WEAVIATE_GRPC_PORT", "1234")
    nothing_set.setenv("WEAVIATE_GRPC_HOST", "other")
    nothing_set.setenv("WEAVIATE_API_KEY", "k")
    found = address_of_url(url, origin="url")
    assert (found.grpc_host, found.grpc_port, found.api_key) == ("other", 1234, "k")


@pytest.mark.parametrize(
    "url",
    ["localhost:8080", "ftp://host", "http://", "http://host:99999", "http://host/behind", "http://me:hush@host:8080"],
)
def test_what_is_no_address_is_refused_without_showing_a_password(url: str, nothing_set: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as told:
        address_of_url(url, origin="WEAVIATE_URL")
    assert "WEAVIATE_URL" in told.value.message
    assert "hush" not in told.value.message + (told.value.hint or "")


@pytest.mark.parametrize("port", ["0", "65536", "many"])
def test_a_grpc_port_that_is_none_is_refused(port: str, nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setenv("WEAVIATE_GRPC_PORT", port)
    with pytest.raises(UsageError, match="WEAVIATE_GRPC_PORT"):
        address_of_url("http://localhost:8080", origin="url")


@contextmanager
def answering(status_of: dict[str, tuple[int, bytes]]) -> Iterator[int]:
    """An HTTP server that is not a whole Weaviate; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = status_of.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


READY = "/v1/.well-known/ready"
META = b'{"version": "1.39.2"}'


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({READY: (503, b"")}, "not ready"),
        ({READY: (200, b""), "/v1/meta": (401, b"")}, "asks for a key"),
        ({READY: (200, b""), "/v1/meta": (200, b"<html>")}, "no Weaviate server"),
        ({READY: (200, b""), "/v1/meta": (200, META)}, "nothing listens on its gRPC port"),
    ],
)
def test_a_server_that_does_not_serve_is_told(
    answers: dict[str, tuple[int, bytes]], words: str, nothing_set: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nothing_set.setenv("WEAVIATE_GRPC_PORT", str(unused.getsockname()[1]))
    with (
        answering(answers) as port,
        pytest.raises(ServiceError, match=words) as told,
        running_server(url=f"http://127.0.0.1:{port}", store_folder=tmp_path),
    ):
        pass
    assert told.value.hint


@pytest.mark.parametrize("hole", ["closed", "silent"])
def test_a_server_that_is_not_there_is_told_within_five_seconds(
    hole: str, nothing_set: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        if hole == "silent":
            unused.listen()
        began = time.monotonic()
        with pytest.raises(ServiceError, match="no Weaviate server answers") as told:
            checked(address_of_url(f"http://localhost:{unused.getsockname()[1]}", origin="url"))
        assert time.monotonic() - began < 5.5
    assert "ragvsft weaviate up" in (told.value.hint or "")


def test_the_client_does_not_wait_half_an_hour_for_a_server_that_is_gone() -> None:
    script = """
from ragvsft.core.errors import ServiceError
from ragvsft.lab.retrieval.server import connect
from ragvsft.lab.retrieval.server_address import address_of_url
try:
    connect(address_of_url("http://127.0.0.1:1", origin="url"))
except ServiceError as error:
    from weaviate.collections.batch.base import MAX_RETRIES
    print(MAX_RETRIES, error.message)
"""
    environment = {name: value for name, value in os.environ.items() if name != "WEAVIATE_BATCH_MAX_RETRIES"}
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert told.stdout.startswith("2.0 the Weaviate server at http://127.0.0.1:1"), told.stderr
