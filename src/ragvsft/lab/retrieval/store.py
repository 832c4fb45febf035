"""Where the indexes of a run live: a Weaviate server where one can be had, else this process.

Opens the server and the client, names the collections and locks them while a run uses them.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_never

from filelock import FileLock, Timeout

from ragvsft.config.experiment import IndexFile
from ragvsft.core.errors import RunLockedError
from ragvsft.core.hashing import json_hash
from ragvsft.lab.retrieval.base import Embedder, Index, Policy
from ragvsft.lab.retrieval.exact_index import ExactIndex
from ragvsft.lab.retrieval.server import ServerAddress, connect, find_server, running_server

if TYPE_CHECKING:
    from weaviate import WeaviateClient

Kind = Literal["auto", "weaviate", "exact"]

NO_SERVER = "no Weaviate server could be had: `ragvsft weaviate install` gets one"


class Store:
    """An open store. Its indexes are locked for this process until it is closed."""

    def __init__(self, folder: Path, stack: ExitStack, *, why_exact: str = "") -> None:
        self._folder = folder
        self._stack = stack
        self._why_exact = why_exact
        self._client: WeaviateClient | None = None
        self._version = ""
        self._locked: set[str] = set()
        self._indexes: dict[tuple[str, str], Index] = {}

    @property
    def kind(self) -> Literal["weaviate", "exact"]:
        """Which store serves."""
        return "exact" if self._client is None else "weaviate"

    def describe(self) -> str:
        """Which store serves, with its version, or why it is the in-process one."""
        return f"exact (in-process; {self._why_exact})" if self._client is None else f"weaviate {self._version}"

    def index(self, *, collection: str, index_file: IndexFile, policy: Policy, embedder: Embedder) -> Index:
        """The index of a dataset, definition and policy; the same object when asked again.

        Args:
            collection: names the dataset.
            index_file: the index definition.
            policy: what happens to passages that are no longer valid.
            embedder: makes the vectors; another one has another collection.

        Raises:
            RunLockedError: another process uses the index.
            ServiceError: the server does not answer.
            DataError: what is kept under the name is damaged or of another make.
        """
        definition = _definition(index_file, policy, embedder)
        name = collection_name(collection, policy, definition)
        known = self._indexes.get((name, index_file.fusion))
        if known is not None:
            return known
        self._lock(name)
        index: Index
        if self._client is None:
            index = ExactIndex(
                self._folder / "exact" / f"{name}.npz",
                definition=definition,
                policy=policy,
                fusion=index_file.fusion,
                embedder=embedder,
            )
        else:
            from ragvsft.lab.retrieval.weaviate_index import WeaviateIndex

            index = WeaviateIndex(
                self._client,
                name=name,
                version=self._version,
                definition=definition,
                index_file=index_file,
                policy=policy,
                embedder=embedder,
                begun=self._folder / "begun" / name,
            )
        self._stack.callback(index.close)
        self._indexes[name, index_file.fusion] = index
        return index

    def use(self, address: ServerAddress) -> None:
        """Serve from a Weaviate server."""
        self._client = connect(address)
        self._stack.callback(self._client.close)
        self._version = address.version or str(self._client.get_meta()["version"])

    def _lock(self, name: str) -> None:
        if name in self._locked:
            return
        folder = self._folder / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise RunLockedError(
                f"Another process uses the index {name}.", hint="Wait until that run has ended, or stop it."
            ) from error
        self._stack.callback(lock.release)
        self._locked.add(name)


@contextmanager
def open_store(*, kind: Kind, url: str | None, store_folder: Path) -> Iterator[Store]:
    """A store for the length of the block; a server of our own starts and stops with it.

    `auto` takes Weaviate where a server or its program is found; one that is found and does not answer is an error,
    not a reason to serve from elsewhere.

    Raises:
        ServiceError: the server does not answer; or none can be had and `weaviate` was asked for.
        UsageError: a setting names no server, or another process owns the store's server.
    """
    with ExitStack() as stack:
        match kind:
            case "exact":
                store = Store(store_folder, stack, why_exact="as asked")
            case "auto" if find_server(url=url, store_folder=store_folder) is None:
                store = Store(store_folder, stack, why_exact=NO_SERVER)
            case "auto" | "weaviate":
                address = stack.enter_context(running_server(url=url, store_folder=store_folder))
                store = Store(store_folder, stack)
                store.use(address)
            case _:
                assert_never(kind)
        yield store


def collection_name(collection: str, policy: Policy, definition: str) -> str:
    """A name that Weaviate takes as a collection's: readable, and another for anything that makes other rows."""
    readable = re.sub(r"\W+", "_", collection, flags=re.ASCII).strip("_")[:40]
    return f"Ragvsft_{readable}_{policy}_{json_hash([collection, definition])[:16]}"


def _definition(index_file: IndexFile, policy: Policy, embedder: Embedder) -> str:
    # How rankings are fused is a matter of the query.
    return json_hash([index_file.model_dump(mode="json", exclude={"fusion"}), policy, embedder.name])
