"""Which Weaviate server serves a store: found, started, left running, stopped; and the client that speaks to it.

One server a store: who starts one holds the store's lock until the server is gone, or until it is left running and its
process id and ports stand in the store's folder.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psutil

from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.lab.retrieval.install import installed_server
from ragvsft.lab.retrieval.server_address import ServerAddress, address_of_url, checked
from ragvsft.lab.retrieval.server_process import end_process, start
from ragvsft.lab.retrieval.server_record import (
    RECORD_FILE,
    Record,
    living_process,
    only_starter,
    read_record,
    write_record,
)
from ragvsft.lab.retrieval.server_settings import HOST, store_key
from ragvsft.runs.owner import this_process

if TYPE_CHECKING:
    import weaviate

__all__ = [
    "ServerAddress",
    "ServerBinary",
    "ServerStatus",
    "connect",
    "find_binary",
    "find_server",
    "leave_running",
    "running_server",
    "server_status",
    "stop_left_running",
]

LEFT_RUNNING = "left running"
BINARY_NAME = "weaviate-server"

_NO_SERVER = "no Weaviate server can be had"
_NO_SERVER_HINT = (
    "`ragvsft weaviate install` gets one; or name one by WEAVIATE_URL, or a program by RAGVSFT_WEAVIATE_BIN"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerBinary:
    """A server's program, not yet started."""

    path: Path
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """How a store's own server stands."""

    state: Literal["stopped", "running", "silent"]
    """`silent`: the process lives and does not answer, or not yet."""
    left_running: bool
    pid: int | None = None
    owner_pid: int | None = None
    """The process that it stops with; None: none."""
    url: str | None = None
    grpc_port: int | None = None
    version: str | None = None
    binary: str | None = None
    started_at: str | None = None
    memory_bytes: int | None = None


def find_server(*, url: str | None, store_folder: Path) -> ServerAddress | ServerBinary | None:
    """The first of: the URL or WEAVIATE_URL, one left running, RAGVSFT_WEAVIATE_BIN, PATH, an installed one.

    Raises:
        UsageError: the URL is none, or RAGVSFT_WEAVIATE_BIN names no program.
    """
    if url:
        return address_of_url(url, origin="url")
    if from_environment := os.environ.get("WEAVIATE_URL"):
        return address_of_url(from_environment, origin="WEAVIATE_URL")
    return _left_running(store_folder) or find_binary()


def find_binary() -> ServerBinary | None:
    """The first of: RAGVSFT_WEAVIATE_BIN, `weaviate-server` on PATH, the installed one.

    Raises:
        UsageError: RAGVSFT_WEAVIATE_BIN names no program.
    """
    if named := os.environ.get("RAGVSFT_WEAVIATE_BIN"):
        path = Path(named).expanduser()
        if not path.is_file() or not os.access(path, os.X_OK):
            raise UsageError(
                f"RAGVSFT_WEAVIATE_BIN names {path}, which is no program", hint="unset it, or name a Weaviate server"
            )
        return ServerBinary(path=path.resolve(), origin="RAGVSFT_WEAVIATE_BIN")
    if on_path := shutil.which(BINARY_NAME):
        return ServerBinary(path=Path(on_path).resolve(), origin="binary on PATH")
    if installed := installed_server():
        return ServerBinary(path=installed, origin="installed")
    return None


@contextmanager
def running_server(*, url: str | None, store_folder: Path) -> Iterator[ServerAddress]:
    """A server that answers, for the length of the block; a server of our own stops with the block.

    Raises:
        ServiceError: none can be had, it does not answer, or it does not start.
        UsageError: a setting names no server, or another process works with the store's own server.
    """
    found = find_server(url=url, store_folder=store_folder)
    if found is None:
        raise ServiceError(_NO_SERVER, hint=_NO_SERVER_HINT)
    if isinstance(found, ServerAddress):
        yield _checked_left(found, store_folder) if found.origin == LEFT_RUNNING else checked(found)
        return
    with ExitStack() as stack:
        stack.enter_context(only_starter(store_folder))
        if left := _left_running(store_folder):
            stack.close()
            yield _checked_left(left, store_folder)
            return
        yield stack.enter_context(_embedded(found, store_folder))


def leave_running(store_folder: Path) -> ServerAddress:
    """Start a server that outlives this process; the one that was left running before, where there is one.

    Raises:
        ServiceError: none can be had, or it does not start.
        UsageError: another process works with the store's own server.
    """
    if left := _left_running(store_folder):
        return _checked_left(left, store_folder)
    found = find_binary()
    if found is None:
        raise ServiceError(_NO_SERVER, hint=_NO_SERVER_HINT)
    with only_starter(store_folder):
        if left := _left_running(store_folder):
            return _checked_left(left, store_folder)
        process = start(
            found.path,
            store_folder,
            origin=LEFT_RUNNING,
            detached=True,
            # Ours until it is ready: were this process killed before that, the next one would end the server.
            on_start=_noting_owner(store_folder),
        )
        try:
            address = checked(process.address)
            write_record(store_folder, process.pid, address, owner=None)
        except BaseException:
            end_process(psutil.Process(process.pid))
            raise
        return address


def stop_left_running(store_folder: Path) -> int | None:
    """Stop the server that was left running; its process id, or None where there is none.

    Raises:
        UsageError: the server belongs to a living process and stops with that.
    """
    if not store_folder.is_dir():
        return None
    with only_starter(store_folder):
        record = read_record(store_folder)
        process = living_process(record)
        if process is not None:
            end_process(process)
        (store_folder / RECORD_FILE).unlink(missing_ok=True)
        return None if process is None else process.pid


def server_status(store_folder: Path) -> ServerStatus:
    """How the store's own server stands; a WEAVIATE_URL is not looked at."""
    record = read_record(store_folder)
    process = living_process(record)
    if record is None or process is None:
        return ServerStatus(state="stopped", left_running=False)
    address = _address(record, store_folder)
    version = None
    with suppress(ServiceError):
        version = checked(address).version
    try:
        memory_bytes = process.memory_info().rss
    except psutil.Error:
        return ServerStatus(state="stopped", left_running=False)
    return ServerStatus(
        state="silent" if version is None else "running",
        left_running=record.left_running,
        pid=process.pid,
        owner_pid=record.owner.pid if record.owner else None,
        url=address.url,
        grpc_port=address.grpc_port,
        version=version,
        binary=record.program,
        started_at=record.started_at,
        memory_bytes=memory_bytes,
    )


def connect(address: ServerAddress) -> "weaviate.WeaviateClient":
    """A connected client; the caller closes it. Init takes 5 s at most, a query 30 s, an insert 60 s.

    Raises:
        ServiceError: the server does not answer, or refuses the key.
    """
    # Read when the client is imported; its default waits 34 minutes for one unavailable server.
    os.environ.setdefault("WEAVIATE_BATCH_MAX_RETRIES", "2")
    import weaviate
    from weaviate.classes.init import AdditionalConfig, Auth, Timeout
    from weaviate.exceptions import WeaviateBaseError

    client = weaviate.WeaviateClient(
        connection_params=weaviate.connect.ConnectionParams.from_params(
            http_host=address.host,
            http_port=address.http_port,
            http_secure=address.secure,
            grpc_host=address.grpc_host or address.host,
            grpc_port=address.grpc_port,
            grpc_secure=address.secure,
        ),
        auth_client_secret=Auth.api_key(address.api_key) if address.api_key else None,
        additional_config=AdditionalConfig(timeout=Timeout(init=5, query=30, insert=60)),
        # The checks ask a package index for the client's newest version; `checked` looked at the server.
        skip_init_checks=True,
    )
    try:
        client.connect()
    except WeaviateBaseError as error:
        client.close()
        raise ServiceError(
            f"the Weaviate server at {address.url} cannot be used: {error}",
            hint="check that it runs and that WEAVIATE_API_KEY is its key",
        ) from error
    return client


@contextmanager
def _embedded(binary: ServerBinary, store_folder: Path) -> Iterator[ServerAddress]:
    process = start(binary.path, store_folder, origin=binary.origin, on_start=_noting_owner(store_folder))
    try:
        yield checked(process.address)
    finally:
        process.stop()
        (store_folder / RECORD_FILE).unlink(missing_ok=True)


def _noting_owner(store_folder: Path) -> Callable[[int, ServerAddress], None]:
    owner = this_process()
    return lambda pid, address: write_record(store_folder, pid, address, owner=owner)


def _left_running(store_folder: Path) -> ServerAddress | None:
    record = read_record(store_folder)
    if record is None or not record.left_running or living_process(record) is None:
        return None
    return _address(record, store_folder)


def _checked_left(left: ServerAddress, store_folder: Path) -> ServerAddress:
    try:
        return checked(left)
    except ServiceError as error:
        raise ServiceError(
            f"the Weaviate server that was left running for {store_folder} does not answer: {error.message}",
            hint="`ragvsft weaviate down` ends it, `ragvsft weaviate up` starts it again",
        ) from error


def _address(record: Record, store_folder: Path) -> ServerAddress:
    return ServerAddress(
        host=HOST,
        http_port=record.http_port,
        grpc_port=record.grpc_port,
        secure=False,
        api_key=store_key(store_folder),
        origin=LEFT_RUNNING if record.left_running else record.origin,
        version=None,
    )
