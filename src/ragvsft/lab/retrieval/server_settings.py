"""The settings of a Weaviate server of our own: its key, its ports and its environment.

Weaviate binds REST to the host that it is told, but its gRPC and cluster data ports to every interface, so what keeps
strangers out is the key and the cluster's own password. Gossip and RAFT listen on 127.0.0.1 alone. RAFT's calls ask
for no password and have none to set: other users of the same machine could read and change the schema through them,
though read no passage. Where they are not trusted, name a server elsewhere by its URL.
"""

import os
import secrets
import socket
import sys
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from ragvsft.core.errors import ServiceError

HOST = "127.0.0.1"
KEY_FILE = "server.key"

_USER = "ragvsft"
_KEPT_VARIABLES = ("PATH", "HOME", "TMPDIR", "LANG", "TZ", "LD_LIBRARY_PATH")
_LEAST_MEMORY_BYTES = 512 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports of one server. Data follows gossip and the RAFT calls follow RAFT, because Weaviate assumes it."""

    http: int
    grpc: int
    gossip: int
    data: int
    raft: int
    raft_calls: int


def free_ports() -> Ports:
    """Six free ports, held together while they are chosen; another process may take one before the server does."""
    with ExitStack() as held:
        gossip = _hold_pair(held)
        raft = _hold_pair(held)
        return Ports(
            http=_hold(held, 0), grpc=_hold(held, 0), gossip=gossip, data=gossip + 1, raft=raft, raft_calls=raft + 1
        )


def store_key(store_folder: Path) -> str:
    """The store's API key; made at the first call, and anew where others could have read it.

    Raises:
        ServiceError: the folder cannot be written.
    """
    path = store_folder / KEY_FILE
    try:
        store_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            key = path.read_text(encoding="ascii").strip()
            if key and path.stat().st_mode & 0o077 == 0:
                return key
            path.unlink()
        key = secrets.token_urlsafe(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(key + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceError(
            f"the store's key cannot be kept in {path}: {error}", hint="check the folder's permissions and the disk"
        ) from error
    return key


def environment(store_folder: Path, key: str, ports: Ports) -> dict[str, str]:
    """The whole environment of a server; the key stands nowhere else, least of all in its arguments."""
    # Nothing else is inherited: a stray ENABLE_MODULES, CLUSTER_JOIN or key of the user's would reach the server.
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | {
        "PERSISTENCE_DATA_PATH": str(store_folder / "data"),
        "GRPC_PORT": str(ports.grpc),
        "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "false",
        "AUTHENTICATION_APIKEY_ENABLED": "true",
        "AUTHENTICATION_APIKEY_ALLOWED_KEYS": key,
        "AUTHENTICATION_APIKEY_USERS": _USER,
        "AUTHORIZATION_ADMINLIST_ENABLED": "true",
        "AUTHORIZATION_ADMINLIST_USERS": _USER,
        # One node, whose name must not change with the machine's: the shards carry it.
        "CLUSTERHOSTNAME": "node1",
        "CLUSTER_BIND_ADDR": HOST,
        "CLUSTER_ADVERTISE_ADDR": HOST,
        "CLUSTER_GOSSIP_BIND_PORT": str(ports.gossip),
        "CLUSTER_DATA_BIND_PORT": str(ports.data),
        "CLUSTER_BASIC_AUTH_USERNAME": _USER,
        "CLUSTER_BASIC_AUTH_PASSWORD": secrets.token_urlsafe(32),
        "RAFT_PORT": str(ports.raft),
        "RAFT_INTERNAL_RPC_PORT": str(ports.raft_calls),
        "RAFT_BOOTSTRAP_EXPECT": "1",
        # A single node has nobody to wait for: 2 s to an elected leader instead of 6.
        "RAFT_HEARTBEAT_TIMEOUT": "1",
        "RAFT_ELECTION_TIMEOUT": "1",
        "RAFT_LEADER_LEASE_TIMEOUT": "1",
        "RAFT_TIMEOUTS_MULTIPLIER": "1",
        "AUTOSCHEMA_ENABLED": "false",
        "DISABLE_TELEMETRY": "true",
        "GO_PROFILING_DISABLE": "true",
        "API_BASED_MODULES_DISABLED": "true",
        "DEFAULT_VECTORIZER_MODULE": "none",
        # The default of 90 turns a store on a well-filled disk read-only.
        "DISK_USE_WARNING_PERCENTAGE": "95",
        "DISK_USE_READONLY_PERCENTAGE": "98",
        "LOG_LEVEL": "warning",
        "LOG_FORMAT": "text",
        "GOMAXPROCS": str(max(1, min(8, _usable_cores()))),
        "GOMEMLIMIT": str(max(_LEAST_MEMORY_BYTES, _usable_memory_bytes() // 2)),
    }


def _hold(held: ExitStack, port: int) -> int:
    # Every interface, as Weaviate will.
    taken = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    taken.bind(("", port))
    return int(taken.getsockname()[1])


def _hold_pair(held: ExitStack) -> int:
    while True:
        first = _hold(held, 0)
        with suppress(OSError, OverflowError):
            _hold(held, first + 1)
            return first


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _usable_memory_bytes() -> int:
    total = int(psutil.virtual_memory().total)
    with suppress(OSError, ValueError):
        return min(total, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return total
