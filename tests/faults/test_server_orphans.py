"""However its owner ends, a server ends too, and its store can be used again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ragvsft.lab.retrieval.server import connect, find_binary, running_server, server_status, stop_left_running
from ragvsft.lab.retrieval.server_watchdog import watch

OWNER = """
import os, signal, sys, time
from pathlib import Path
from ragvsft.lab.retrieval.server import connect, running_server, server_status
from weaviate.classes.config import DataType, Property
store = Path(sys.argv[1])
with running_server(url=None, store_folder=store) as address:
    client = connect(address)
    kept = client.collections.create("Kept", properties=[Property(name="number", data_type=DataType.INT)])
    for number in range(20):
        kept.data.insert({"number": number})
    client.close()
    # A worker that outlives its owner and holds what it inherited.
    worker = os.fork()
    if worker == 0:
        signal.alarm(120)
        signal.pause()
    print(server_status(store).pid, worker, flush=True)
    time.sleep(120)
"""
WATCHDOG = Path(sys.modules[watch.__module__].__file__ or "")


@pytest.fixture
def binary(monkeypatch: pytest.MonkeyPatch) -> Path:
    found = find_binary()
    if found is None:
        if os.environ.get("RAGVSFT_REQUIRE_WEAVIATE") == "1":
            pytest.fail("RAGVSFT_REQUIRE_WEAVIATE=1, and no Weaviate server can be had")
        pytest.skip("no Weaviate server can be had; `ragvsft weaviate install` gets one")
    monkeypatch.delenv("WEAVIATE_URL", raising=False)
    monkeypatch.setenv("RAGVSFT_WEAVIATE_BIN", str(found.path))
    return found.path


@pytest.fixture
def reaped() -> Iterator[Callable[[int], psutil.Process]]:
    """Processes that are ended after the test, whatever became of it."""
    seen: list[psutil.Process] = []

    def note(pid: int) -> psutil.Process:
        seen.append(psutil.Process(pid))
        return seen[-1]

    yield note
    for process in seen:
        if process.is_running():
            process.kill()


def gone_within(process: psutil.Process, seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.weaviate
def test_a_killed_owner_leaves_no_server_and_loses_nothing(
    binary: Path, tmp_path: Path, reaped: Callable[[int], psutil.Process]
) -> None:
    store = tmp_path / "store"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(store)], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        server, worker = (reaped(int(word)) for word in owner.stdout.readline().split())
        watchdog = reaped(server.ppid())
    finally:
        owner.kill()
        owner.wait()
    assert gone_within(server, 5)
    assert gone_within(watchdog, 5)
    assert worker.is_running()
    worker.kill()
    assert gone_within(worker, 5)

    with running_server(url=None, store_folder=store) as address:
        client = connect(address)
        assert client.collections.get("Kept").aggregate.over_all(total_count=True).total_count == 20
        client.close()
        if sys.platform == "linux":
            pid = server_status(store).pid
            assert pid is not None
            server = psutil.Process(pid)
            psutil.Process(server.ppid()).kill()
            assert gone_within(server, 5)


def test_an_up_that_is_killed_while_the_server_starts_leaves_one_that_the_next_command_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reaped: Callable[[int], psutil.Process]
) -> None:
    store = tmp_path / "store"
    starting = tmp_path / "starting"
    starting.write_text("#!/bin/sh\nwhile :; do sleep 0.1; done\n")
    starting.chmod(0o755)
    monkeypatch.setenv("RAGVSFT_WEAVIATE_BIN", str(starting))
    script = (
        f"from pathlib import Path; from ragvsft.lab.retrieval.server import *; leave_running(Path({str(store)!r}))"
    )
    up = subprocess.Popen([sys.executable, "-c", script])
    try:
        give_up = time.monotonic() + 20
        while (status := server_status(store)).pid is None:
            assert time.monotonic() < give_up
            time.sleep(0.05)
    finally:
        up.kill()
        up.wait()
    assert status.pid is not None
    server = reaped(status.pid)
    assert server.is_running()
    assert stop_left_running(store) is None
    assert gone_within(server, 1)


@pytest.mark.parametrize("how", ["owner's end closed", "owner gone", "asked to stop"])
def test_the_watchdog_ends_a_server_that_will_not_stop(how: str, reaped: Callable[[int], psutil.Process]) -> None:
    stubborn = ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]
    owner_pid = 1 if how == "owner gone" else os.getpid()
    watchdog = subprocess.Popen(
        [sys.executable, "-I", "-S", str(WATCHDOG), str(owner_pid), "0.3", *stubborn],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert watchdog.stdin is not None
    assert watchdog.stdout is not None
    server = reaped(int(watchdog.stdout.readline()))
    if how == "owner's end closed":
        watchdog.stdin.close()
    elif how == "asked to stop":
        watchdog.send_signal(signal.SIGTERM)
    assert watchdog.wait(5) != 0
    assert not psutil.pid_exists(server.pid)
    watchdog.stdin.close()
    watchdog.stdout.close()
