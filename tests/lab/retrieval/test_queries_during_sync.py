"""Queries while a sync runs: none fails, and each is answered wholly from the old or wholly from the new snapshot."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from weaviate import WeaviateClient

from ragvsft.config.experiment import IndexFile
from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Embedder, Policy
from ragvsft.lab.retrieval.server import ServerAddress, connect
from ragvsft.lab.retrieval.weaviate_index import WeaviateIndex

pytestmark = pytest.mark.weaviate

Seen = frozenset[tuple[str, date | None]]
"""Every passage that a query was told, with the end of its validity."""
FIRST = date(2024, 1, 1)
WHOLE = 900
"""A depth that holds every passage."""


def passages_at(step: int, n: int) -> list[Passage]:
    """At each step a fifth of the texts is another one, a seventh is gone, and one comes that was never there."""

    def passage(key: str, text: str, since: int) -> Passage:
        return Passage(
            passage_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{key} {text}")),
            doc_id=key,
            title="Title",
            text=f"text {text}",
            position=0,
            valid_from=FIRST + timedelta(days=since),
        )

    there = [number for number in range(n) if number % 7 != step % 7]
    changed = {number: max((s for s in range(1, step + 1) if number % 5 == s % 5), default=0) for number in there}
    return [
        *(passage(f"d{number}", f"number {number} version {changed[number]}", changed[number]) for number in there),
        passage("new", f"of step {step}", step),
    ]


def asked(index: WeaviateIndex, alpha: float) -> Seen:
    """All that a query sees: by vectors every passage is ranked, by words every one that holds the word."""
    (hits,) = index.search(["text"], depth=WHOLE, alpha=alpha)
    return frozenset((hit.passage.passage_id, hit.passage.valid_to) for hit in hits)


@dataclass
class Reader:
    """A thread that asks without a pause."""

    index: WeaviateIndex
    alpha: float
    told: list[Seen] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self.read)

    def read(self) -> None:
        while not self.stop.is_set():
            try:
                seen = asked(self.index, self.alpha)
            except Exception as error:
                self.failed.append(error)
            else:
                if seen not in self.told[-1:]:
                    self.told.append(seen)


@pytest.fixture
def clients(weaviate_address: ServerAddress) -> Iterator[list[WeaviateClient]]:
    clients = [connect(weaviate_address), connect(weaviate_address)]
    yield clients
    for client in clients:
        client.close()


def query_while_syncing(
    clients: list[WeaviateClient], policy: Policy, new_embedder: Callable[[], Embedder], *, n_steps: int, n: int
) -> None:
    """Sync from step to step, while threads ask the index that syncs, and one that another process might have open."""
    name = f"T{uuid.uuid4().hex}"

    def opened(client: WeaviateClient) -> WeaviateIndex:
        return WeaviateIndex(
            client,
            name=name,
            version="?",
            definition="d",
            index_file=IndexFile(name="pages"),
            policy=policy,
            embedder=new_embedder(),
        )

    index = opened(clients[0])
    index.sync(passages_at(0, n), FIRST)
    whole = [asked(index, 1.0)]
    readers = [Reader(which, alpha) for which in (index, opened(clients[1])) for alpha in (1.0, 0.0, 0.5)]
    for reader in readers:
        reader.thread.start()
    try:
        for step in range(1, n_steps + 1):
            index.sync(passages_at(step, n), FIRST + timedelta(days=step))
            whole.append(asked(index, 1.0))
        time.sleep(0.3)
    finally:
        for reader in readers:
            reader.stop.set()
        for reader in readers:
            reader.thread.join()
        clients[0].collections.delete([c for c in clients[0].collections.list_all() if c.startswith(name)])
    assert len(set(whole)) == len(whole)
    for reader in readers:
        assert reader.failed == []
        # Fused search brings at most a hundred passages of each side.
        parts = [[at for at, snapshot in enumerate(whole) if seen <= snapshot] for seen in reader.told]
        if reader.alpha != 0.5:
            assert set(reader.told) <= set(whole), "an answer that is of no snapshot"
            order = [whole.index(seen) for seen in reader.told]
            assert order == sorted(order), "an answer of an older snapshot after one of a newer"
            assert order[-1] == n_steps
            assert len(order) > 1, "nothing was asked while the sync ran"
        assert all(parts), "an answer that mixes two snapshots"


@pytest.mark.parametrize("policy", ["replace", "keep_all", "time_filter"])
def test_queries_during_a_sync_see_one_snapshot_whole_and_never_fail(
    clients: list[WeaviateClient], policy: Policy, new_word_embedder: Callable[[], Embedder]
) -> None:
    query_while_syncing(clients, policy, new_word_embedder, n_steps=2, n=100)


@pytest.mark.long
@pytest.mark.parametrize("policy", ["replace", "keep_all", "time_filter"])
def test_queries_during_many_syncs_see_one_snapshot_whole_and_never_fail(
    clients: list[WeaviateClient], policy: Policy, new_word_embedder: Callable[[], Embedder]
) -> None:
    query_while_syncing(clients, policy, new_word_embedder, n_steps=12, n=300)
