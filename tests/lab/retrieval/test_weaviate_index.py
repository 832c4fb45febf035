"""What only the Weaviate index can get wrong: lost rows, a dead server, restarts, its schema, odd dates."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
import psutil
import pytest
from weaviate import WeaviateClient

from ragvsft.config.experiment import IndexFile
from ragvsft.core.errors import DataError, ServiceError
from ragvsft.core.values import Hit, Passage
from ragvsft.lab.retrieval import weaviate_index
from ragvsft.lab.retrieval.base import Embedder, Policy
from ragvsft.lab.retrieval.exact_index import ExactIndex
from ragvsft.lab.retrieval.recall import recall_against_exact
from ragvsft.lab.retrieval.server import ServerAddress, connect, find_binary, running_server, server_status
from ragvsft.lab.retrieval.sync_plan import Window
from ragvsft.lab.retrieval.weaviate_index import WeaviateIndex
from ragvsft.lab.retrieval.weaviate_rows import read_rows, send_rows, windows_of

pytestmark = pytest.mark.weaviate

JAN, JUL = date(2024, 1, 1), date(2024, 7, 1)


class CountingEmbedder(Embedder, Protocol):
    """The fake of conftest.py."""

    seen: list[str]
    fail_at: int | None
    before_call: Callable[[], None]


@pytest.fixture(scope="module")
def client(weaviate_address: ServerAddress) -> Iterator[WeaviateClient]:
    client = connect(weaviate_address)
    yield client
    client.close()


@pytest.fixture
def name(client: WeaviateClient) -> Iterator[str]:
    name = f"T{uuid.uuid4().hex}"
    yield name
    client.collections.delete(collections_of(client, name))


def collections_of(client: WeaviateClient, name: str) -> list[str]:
    return [found for found in client.collections.list_all() if found.startswith(name)]


def open_index(
    client: WeaviateClient,
    name: str,
    embedder: Embedder,
    *,
    policy: Policy = "replace",
    definition: str = "d",
    vector_index: Any = "auto",
    begun: Path | None = None,
) -> WeaviateIndex:
    return WeaviateIndex(
        client,
        name=name,
        version="?",
        definition=definition,
        index_file=IndexFile(name="pages", vector_index=vector_index),
        policy=policy,
        embedder=embedder,
        begun=begun,
    )


def passages(n: int, what: str = "text", since: date = JAN) -> list[Passage]:
    return [
        Passage(
            passage_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{what} {i}")),
            doc_id=f"d{i}",
            title="Title",
            text=f"{what} number {i} of group g{i % 7} with words w{i % 5} w{i % 11} w{i % 13}" + " more" * (i % 9),
            position=i,
            valid_from=since,
        )
        for i in range(n)
    ]


def ids(found: Sequence[Passage]) -> set[str]:
    return {passage.passage_id for passage in found}


def served_ids(index: WeaviateIndex) -> set[str]:
    return {hit.passage.passage_id for hit in index.search(["text"], depth=900, alpha=1.0)[0]}


def interrupted(*args: object) -> None:
    raise KeyboardInterrupt


def losing(client: WeaviateClient, monkeypatch: pytest.MonkeyPatch, lost: Callable[[], bool]) -> None:
    """Make the client's batch drop every third object while `lost()`, and claim that all went well."""
    data = type(client.collections.use("Any").data)
    real = data.insert_many

    def insert_many(self: Any, objects: list[Any]) -> Any:
        if not lost():
            return real(self, objects)
        real(self, [o for i, o in enumerate(objects) if i % 3])
        return SimpleNamespace(uuids={i: o.uuid for i, o in enumerate(objects)}, errors={}, has_errors=False)

    monkeypatch.setattr(data, "insert_many", insert_many)


def test_rows_that_a_batch_lost_are_sent_once_more(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([True])
    losing(client, monkeypatch, lambda: next(answers, False))
    index = open_index(client, name, word_embedder)
    index.sync(passages(30), JAN)
    assert served_ids(index) == ids(passages(30))


def test_rows_that_stay_lost_stop_the_sync_and_the_old_snapshot_serves(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(client, name, word_embedder)
    index.sync(passages(30), JAN)
    with monkeypatch.context() as patched:
        losing(client, patched, lambda: True)
        with pytest.raises(ServiceError, match="took 42 passages .* without complaint, and .* of them are not there"):
            index.sync([*passages(30), *passages(12, "more", JUL)], JUL)
    assert (index.served, served_ids(index)) == (JAN, ids(passages(30)))
    index.sync([*passages(30), *passages(12, "more", JUL)], JUL)
    assert served_ids(index) == ids([*passages(30), *passages(12, "more")])


def test_refused_rows_are_told_with_the_reason(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(client, name, word_embedder)
    index.sync(passages(3), JAN)
    monkeypatch.setattr(word_embedder, "embed", lambda texts: np.ones((len(texts), 5), dtype=np.float32))
    with pytest.raises(ServiceError, match="Weaviate") as told:
        index.sync(passages(6), JUL)
    assert "length" in told.value.message or "dimension" in told.value.message


def test_a_crash_between_serving_and_tidying_leaves_the_new_snapshot(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(client, name, word_embedder)
    index.sync(passages(5), JAN)
    with monkeypatch.context() as patched:
        patched.setattr(client.collections, "delete", interrupted)
        with pytest.raises(KeyboardInterrupt):
            index.sync(passages(7), JUL)
    again = open_index(client, name, word_embedder)
    assert (again.served, served_ids(again)) == (JUL, ids(passages(7)))
    again.sync(passages(4), JUL)
    assert served_ids(again) == ids(passages(4))
    assert len(collections_of(client, name)) == 1


def test_what_was_begun_for_another_date_is_thrown_away(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index(client, name, word_embedder)
    index.sync(passages(5), JAN)
    with monkeypatch.context() as patched:
        patched.setattr(weaviate_index, "send_last_row", interrupted)
        with pytest.raises(KeyboardInterrupt):
            index.sync(passages(20, "later", JUL), JUL)
    assert served_ids(open_index(client, name, word_embedder)) == ids(passages(5))
    index.sync(passages(6), date(2024, 4, 1))
    assert served_ids(index) == ids(passages(6))


def assert_same_similarities(told: Sequence[Sequence[Hit]], right: Sequence[Sequence[Hit]]) -> None:
    """Of the passages that both answers hold, which are nearly all."""
    n_common = 0
    for hits, expected in zip(told, right, strict=True):
        known = {hit.passage.passage_id: hit.similarity for hit in expected}
        common = [hit for hit in hits if hit.passage.passage_id in known]
        n_common += len(common)
        for hit in common:
            assert hit.similarity == pytest.approx(known[hit.passage.passage_id], abs=1e-4)
    assert n_common >= 0.95 * sum(map(len, right))


def test_the_rows_of_a_snapshot_are_never_written_twice(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder
) -> None:
    """A row that is written again counts twice in the keyword statistics, until some later compaction."""
    index = open_index(client, name, word_embedder)
    # More than one message, so that a part of them written again would move the mean length.
    index.sync(passages(400), JAN)
    index.sync([*passages(300), *passages(60, "newer", JUL)], JUL)
    assert_same_similarities(
        index.search(ASKED, depth=9, alpha=0.0), index.exact_copy().search(ASKED, depth=9, alpha=0.0)
    )


def rows_of(client: WeaviateClient, index: WeaviateIndex) -> dict[str, tuple[Passage, Window, list[float]]]:
    assert index.collection is not None
    collection = client.collections.use(index.collection)
    found = read_rows(collection, list(windows_of(collection)))
    return {key: (row.passage, row.window, row.vector.tolist()) for key, row in found.items()}


@pytest.mark.parametrize("policy", ["replace", "keep_all", "time_filter"])
def test_an_incremental_sync_holds_what_an_index_made_anew_holds(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder, policy: Policy
) -> None:
    """Row for row: passage, window and vector. Under a policy that keeps old rows, beside those."""
    before, now = passages(400), [*passages(400)[:340], *passages(40, "changed", JUL), *passages(20, "new", JUL)]
    index = open_index(client, name, word_embedder, policy=policy)
    index.sync(before, JAN)
    n_embedded = len(word_embedder.seen)
    report = index.sync(now, JUL)
    assert (report.n_added, report.n_closed, report.n_unchanged) == (60, 60, 340)
    assert len(word_embedder.seen) == n_embedded + 60
    anew = open_index(client, f"{name}Anew", word_embedder, policy=policy)
    anew.sync(now, JUL)
    held = rows_of(client, index)
    current = {key: row for key, row in held.items() if row[1].closes is None}
    assert current == {
        key: (passage, replace(window, opens=passage.valid_from), vector)
        for key, (passage, window, vector) in rows_of(client, anew).items()
    }
    closed = held.keys() - current.keys()
    assert closed == (set() if policy == "replace" else ids(before) - ids(now))


@pytest.mark.parametrize("policy", ["replace", "keep_all", "time_filter"])
def test_a_sync_with_nothing_to_do_sends_the_server_nothing_to_write(
    client: WeaviateClient,
    name: str,
    word_embedder: CountingEmbedder,
    policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_index(client, name, word_embedder, policy=policy).sync(passages(40), JAN)
    again = open_index(client, name, word_embedder, policy=policy)
    written: list[str] = []
    connection = client._connection

    def noting(method: str) -> Callable[..., Any]:
        real = getattr(connection, method)

        def noted(*args: Any, **kwargs: Any) -> Any:
            written.append(method)
            return real(*args, **kwargs)

        return noted

    for method in ("post", "put", "patch", "delete", "grpc_batch_objects", "grpc_batch_delete"):
        monkeypatch.setattr(connection, method, noting(method))
    word_embedder.seen.clear()
    report = again.sync(passages(40), JAN)
    assert (report.n_added, report.n_closed, report.n_reopened, report.n_unchanged) == (0, 0, 0, 40)
    assert (written, word_embedder.seen) == ([], [])
    again.sync(passages(41), JAN)
    assert {"post", "put", "grpc_batch_objects", "delete"} <= set(written), "what is watched is what a sync writes by"


def test_dates_that_weaviate_cannot_hold_in_nanoseconds_are_served(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder
) -> None:
    ancient = passages(3, "ancient", date.min)
    index = open_index(client, name, word_embedder, policy="time_filter")
    index.sync(ancient, date(1500, 1, 1))
    assert served_ids(index) == ids(ancient)
    index.sync(ancient[:2], JAN)
    hits = index.search(["ancient"], depth=5, alpha=0.0)[0]
    assert {hit.passage.passage_id: hit.passage for hit in hits} == {p.passage_id: p for p in ancient[:2]}
    index.sync(ancient, date(2300, 1, 1))
    assert served_ids(index) == ids(ancient)


def test_a_collection_of_another_make_is_refused(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder
) -> None:
    open_index(client, name, word_embedder).sync(passages(2), JAN)
    with pytest.raises(DataError, match="another index definition"):
        open_index(client, name, word_embedder, definition="other")
    client.collections.use(f"{name}_0").config.update(description="mine")
    with pytest.raises(DataError, match="does not say what it holds"):
        open_index(client, name, word_embedder)


def test_nothing_of_the_collection_is_left_to_the_servers_defaults(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder
) -> None:
    open_index(client, name, word_embedder).sync(passages(2), JAN)
    told = client.collections.export_config(f"{name}_0").to_dict()
    vector = told["vectorConfig"]["default"]
    assert vector["vectorIndexType"] == "flat"
    assert vector["vectorIndexConfig"]["distanceMetric"] == "cosine"
    assert "quantizer" not in vector["vectorIndexConfig"]
    assert vector["vectorizer"] == {"none": {}}
    assert told["invertedIndexConfig"]["bm25"] == {"b": 0.75, "k1": 1.2}
    assert told["invertedIndexConfig"]["stopwords"]["preset"] == "en"
    searchable = [p["name"] for p in told["properties"] if p["indexSearchable"]]
    assert searchable == ["content"]


def test_an_hnsw_index_is_measured_against_the_exact_one(
    client: WeaviateClient, name: str, word_embedder: CountingEmbedder
) -> None:
    index = open_index(client, name, word_embedder, vector_index="hnsw")
    index.sync(passages(300), JAN)
    config = client.collections.export_config(f"{name}_0").to_dict()["vectorConfig"]["default"]
    assert (config["vectorIndexType"], config["vectorIndexConfig"]["ef"]) == ("hnsw", 128)
    queries = [f"group g{n} w{n}" for n in range(10)]
    n_embedded = len(word_embedder.seen)
    exact = index.exact_copy()
    assert len(word_embedder.seen) == n_embedded
    assert 0.95 <= recall_against_exact(index, exact, queries) <= 1.0


ASKED = [f"number {n} group g{n % 7} w{n % 11}" for n in range(0, 60, 3)]


def answers(index: WeaviateIndex | ExactIndex) -> list[list[list[Hit]]]:
    return [index.search(ASKED, depth=5, alpha=alpha) for alpha in (0.0, 0.5, 1.0)]


def test_a_killed_server_is_told_in_seconds_and_the_sync_goes_on(
    tmp_path: Path, word_embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while a sync sends, and again right after it: each restart serves what was served before, row for row."""
    if find_binary() is None:
        pytest.skip("no Weaviate server can be had")
    monkeypatch.delenv("WEAVIATE_URL", raising=False)
    old = passages(60)
    new = [*old[:40], *passages(50, "newer words", JUL)]

    def kill() -> None:
        process = psutil.Process(server_status(tmp_path).pid)
        process.kill()
        psutil.wait_procs([process], timeout=5)

    def serve(stack: ExitStack) -> WeaviateIndex:
        client = connect(stack.enter_context(running_server(url=None, store_folder=tmp_path)))
        stack.callback(client.close)
        return open_index(client, "Killed", word_embedder, begun=tmp_path / "begun")

    def told_within_10_s(match: str, call: Callable[[], object]) -> None:
        started = time.monotonic()
        with pytest.raises(ServiceError, match=match) as told:
            call()
        assert time.monotonic() - started < 10
        assert "goes on where it stopped" in str(told.value.hint)

    def killed_while_sending(collection: Any, rows: Sequence[Any]) -> None:
        send_rows(collection, rows[:10])
        kill()
        send_rows(collection, rows[10:])

    with ExitStack() as stack:
        index = serve(stack)
        index.sync(old, JAN)
        before = answers(index)
        with monkeypatch.context() as patched:
            patched.setattr(weaviate_index, "send_rows", killed_while_sending)
            told_within_10_s("Weaviate failed while syncing Killed", lambda: index.sync(new, JUL))
        told_within_10_s("Weaviate failed while searching", lambda: index.search(ASKED, depth=5, alpha=0.5))

    with ExitStack() as stack:
        index = serve(stack)
        assert (index.served, served_ids(index)) == (JAN, ids(old))
        assert answers(index) == before
        word_embedder.seen.clear()
        assert index.sync(new, JUL).n_added == 50
        assert word_embedder.seen == []
        after = answers(index)
        kill()

    with ExitStack() as stack:
        index = serve(stack)
        assert (index.served, served_ids(index)) == (JUL, ids(new))
        assert answers(index) == after
        exact = ExactIndex(None, definition="d", policy="replace", fusion="relative_score", embedder=word_embedder)
        exact.sync(new, JUL)
        for told, right in zip(after, answers(exact), strict=True):
            assert_same_similarities(told, right)
