"""A Weaviate server as a child process: its start and its end. Who may start one, and when, is `server.py`'s."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from ragvsft.core.errors import ServiceError
from ragvsft.lab.retrieval import server_watchdog
from ragvsft.lab.retrieval.server_address import ServerAddress, ask, listens
from ragvsft.lab.retrieval.server_settings import HOST, Ports, environment, free_ports, store_key

READY_WITHIN_S = 90.0
GRACE_S = 10.0
"""Between asking a server to stop and killing it; it needs 0.3 s when idle."""
LOG_FILE = "server.log"

_ATTEMPTS = 3
_PORT_TAKEN = b"address already in use"
_POLL_S = 0.05


@dataclass(slots=True, kw_only=True)
class ServerProcess:
    """A running server that this process started."""

    pid: int
    address: ServerAddress
    popen: "subprocess.Popen[bytes]"
    """Of the watchdog, or of the server itself when it was left running."""

    def stop(self) -> None:
        """Ask the server to stop, kill it after the grace period, and return when it is gone."""
        _stop_watchdog(self.popen, self.pid)


def start(
    binary: Path,
    store_folder: Path,
    *,
    origin: str,
    detached: bool = False,
    ready_within_s: float = READY_WITHIN_S,
    choose_ports: Callable[[], Ports] | None = None,
    on_start: Callable[[int, ServerAddress], None] = lambda _pid, _address: None,
) -> ServerProcess:
    """Start a server on free ports of 127.0.0.1 and wait until it is ready; other ports are tried where one is taken.

    Args:
        binary: the server's program.
        store_folder: where it keeps its files, key and log; made if missing.
        origin: how the program was found.
        detached: it outlives this process; otherwise a watchdog ends it with this process.
        ready_within_s: seconds until it has to be ready.
        choose_ports: how ports are chosen; none: free ones.
        on_start: told the process id and the address as soon as the server runs, before it is ready.

    Raises:
        ServiceError: it cannot be started, ended while starting, or is not ready in time; with the end of its log.
    """
    store_folder = store_folder.resolve()
    key = store_key(store_folder)
    deadline = time.monotonic() + ready_within_s
    for attempt in range(1, _ATTEMPTS + 1):
        ports = (choose_ports or free_ports)()
        address = ServerAddress(
            host=HOST,
            http_port=ports.http,
            grpc_port=ports.grpc,
            secure=False,
            api_key=key,
            origin=origin,
            version=None,
        )
        process = _spawn(binary, store_folder, address, ports, detached=detached)
        try:
            on_start(process.pid, address)
            if _wait_until_ready(process, store_folder, deadline, ready_within_s, last=attempt == _ATTEMPTS):
                return process
        except BaseException:
            _end_at_once(process, detached=detached)
            raise
        _end_at_once(process, detached=detached)
    raise AssertionError("the last attempt returns or raises")


def end_process(process: psutil.Process, grace_s: float = GRACE_S) -> None:
    """Ask a process to stop, kill it after the grace period, and return when it is gone."""
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(grace_s)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(grace_s)


def log_tail(store_folder: Path, n_lines: int = 8) -> str:
    """The last lines that the server wrote, cut to 300 characters each."""
    try:
        with (store_folder / LOG_FILE).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(line[:300] for line in lines[-n_lines:])


def _spawn(binary: Path, store_folder: Path, address: ServerAddress, ports: Ports, *, detached: bool) -> ServerProcess:
    command = [str(binary), "--host", HOST, "--port", str(ports.http), "--scheme", "http"]
    command += ["--read-timeout", "600s", "--write-timeout", "600s"]
    if not detached:
        watchdog = [sys.executable, "-I", "-S", str(Path(server_watchdog.__file__)), str(os.getpid()), str(GRACE_S)]
        command = watchdog + command
    try:
        with _new_log(store_folder) as log:
            popen = subprocess.Popen(
                command,
                env=environment(store_folder, address.api_key or "", ports),
                # Weaviate reads ./weaviate.conf.json where there is one.
                cwd=store_folder,
                stdin=subprocess.DEVNULL if detached else subprocess.PIPE,
                stdout=log if detached else subprocess.PIPE,
                stderr=log,
                # A Ctrl-C in the terminal is for the owner, which still needs the server to finish.
                start_new_session=True,
            )
    except OSError as error:
        raise ServiceError(
            f"the Weaviate server {binary} cannot be started: {error}",
            hint="`ragvsft weaviate install` puts one into the user's cache folder",
        ) from error
    return ServerProcess(
        pid=popen.pid if detached else _pid_told(popen, binary, store_folder), address=address, popen=popen
    )


def _pid_told(watchdog: "subprocess.Popen[bytes]", binary: Path, store_folder: Path) -> int:
    assert watchdog.stdout is not None
    line = watchdog.stdout.readline().strip()
    if line.isdigit():
        return int(line)
    _stop_watchdog(watchdog, None)
    raise ServiceError(
        f"the Weaviate server {binary} cannot be started\n{log_tail(store_folder, 1)}",
        hint="check that the file is a program for this machine; `ragvsft weaviate install` gets one",
    )


def _wait_until_ready(
    process: ServerProcess, store_folder: Path, deadline: float, ready_within_s: float, *, last: bool
) -> bool:
    """True: ready. False: a port was taken, and another attempt is left."""
    log = store_folder / LOG_FILE
    hint = f"its whole log is {log}; RAGVSFT_WEAVIATE_BIN or WEAVIATE_URL name another server"
    while True:
        # A server that cannot have a port does not always end: without gRPC it says so and goes on.
        if _PORT_TAKEN in log.read_bytes():
            if last:
                raise ServiceError(
                    f"the Weaviate server found a port taken {_ATTEMPTS} times\n{log_tail(store_folder)}", hint=hint
                )
            return False
        if process.popen.poll() is not None:
            raise ServiceError(
                f"the Weaviate server ended while starting (status {process.popen.returncode})\n"
                f"{log_tail(store_folder)}",
                hint=hint,
            )
        if _ready(process.address):
            return True
        if time.monotonic() > deadline:
            raise ServiceError(
                f"the Weaviate server was not ready within {ready_within_s:g} s\n{log_tail(store_folder)}", hint=hint
            )
        time.sleep(_POLL_S)


def _ready(address: ServerAddress) -> bool:
    try:
        return ask(address, "/v1/.well-known/ready", with_key=False)[0] == 200 and listens(HOST, address.grpc_port)
    except ServiceError:
        return False


def _end_at_once(process: ServerProcess, *, detached: bool) -> None:
    if not detached:
        process.stop()
        return
    process.popen.kill()
    process.popen.wait()


def _stop_watchdog(watchdog: "subprocess.Popen[bytes]", server_pid: int | None) -> None:
    assert watchdog.stdin is not None
    assert watchdog.stdout is not None
    with suppress(OSError):
        watchdog.stdin.close()
    try:
        watchdog.wait(GRACE_S + 5)
    except subprocess.TimeoutExpired:
        if server_pid is not None:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(server_pid).kill()
        watchdog.kill()
        watchdog.wait()
    watchdog.stdout.close()


def _new_log(store_folder: Path) -> IO[bytes]:
    path = store_folder / LOG_FILE
    with suppress(FileNotFoundError):
        path.replace(path.with_suffix(".log.1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")
