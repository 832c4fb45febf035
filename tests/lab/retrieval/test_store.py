"""Which store serves, how its collections are named, and that one process at a time uses an index."""

import subprocess
import sys
import textwrap
import uuid
from datetime import date
from pathlib import Path

import pytest

from ragvsft.config.experiment import Chunking, IndexFile
from ragvsft.core.errors import RunLockedError, ServiceError
from ragvsft.core.values import Passage
from ragvsft.lab.retrieval import server, store
from ragvsft.lab.retrieval.base import Embedder
from ragvsft.lab.retrieval.server import ServerAddress
from ragvsft.lab.retrieval.store import open_store

PAGES = IndexFile(name="pages")
PASSAGE = Passage(
    passage_id=str(uuid.UUID(int=1)), doc_id="d", title="", text="a text", position=0, valid_from=date(2024, 1, 1)
)


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEAVIATE_URL", raising=False)
    monkeypatch.setattr(server, "find_binary", lambda: None)


@pytest.mark.usefixtures("no_server")
def test_without_a_server_the_exact_store_serves_and_says_why(tmp_path: Path, word_embedder: Embedder) -> None:
    with open_store(kind="auto", url=None, store_folder=tmp_path) as opened:
        assert opened.kind == "exact"
        assert opened.describe().startswith("exact (in-process; no Weaviate server could be had: ")
        index = opened.index(collection="demo", index_file=PAGES, policy="replace", embedder=word_embedder)
        index.sync([PASSAGE], date(2024, 1, 1))
        assert index.store == "exact"
    with open_store(kind="exact", url=None, store_folder=tmp_path) as opened:
        index = opened.index(collection="demo", index_file=PAGES, policy="replace", embedder=word_embedder)
        assert index.served == date(2024, 1, 1)


@pytest.mark.usefixtures("no_server")
def test_weaviate_asked_for_and_not_to_be_had_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ServiceError) as told, open_store(kind="weaviate", url=None, store_folder=tmp_path):
        pass
    assert told.value.exit_code == 4


def test_a_url_where_nothing_answers_is_an_error_and_no_reason_to_serve_from_elsewhere(tmp_path: Path) -> None:
    with (
        pytest.raises(ServiceError, match="no Weaviate server answers"),
        open_store(kind="auto", url="http://127.0.0.1:9", store_folder=tmp_path),
    ):
        pass


def test_whatever_makes_other_rows_has_another_name(tmp_path: Path, word_embedder: Embedder) -> None:
    class Other:
        name = "another model"
        dimensions = 2

    def name(embedder: object = word_embedder, collection: str = "demo", index_file: IndexFile = PAGES) -> str:
        definition = store._definition(index_file, "replace", embedder)  # type: ignore[arg-type]
        return store.collection_name(collection, "replace", definition)

    names = {
        name(),
        name(Other()),
        name(collection="other"),
        name(index_file=IndexFile(name="pages", chunking=Chunking(max_tokens=50))),
    }
    assert len(names) == 4
    assert name(index_file=IndexFile(name="pages", fusion="ranked")) == name()
    assert name(collection="Ünïcode / with spaces – and more than forty characters of it").isascii()
    assert name(collection="Ünïcode / x").startswith("Ragvsft_n_code_x_replace_")


def test_one_process_at_a_time_uses_an_index(tmp_path: Path, word_embedder: Embedder) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from ragvsft.config.experiment import IndexFile
        from ragvsft.core.errors import RunLockedError
        from ragvsft.lab.retrieval.store import open_store

        class Embedder:
            name, dimensions = "words", 32

        with open_store(kind="exact", url=None, store_folder=Path(sys.argv[1])) as opened:
            try:
                pages = IndexFile(name="pages")
                opened.index(collection="demo", index_file=pages, policy="replace", embedder=Embedder())
            except RunLockedError as error:
                print(error.message)
            else:
                print("free")
    """)

    def elsewhere() -> str:
        run = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
        return run.stdout

    with open_store(kind="exact", url=None, store_folder=tmp_path) as opened:
        index = opened.index(collection="demo", index_file=PAGES, policy="replace", embedder=word_embedder)
        assert opened.index(collection="demo", index_file=PAGES, policy="replace", embedder=word_embedder) is index
        assert "Another process uses the index" in elsewhere()
        with (
            open_store(kind="exact", url=None, store_folder=tmp_path) as other,
            pytest.raises(RunLockedError),
        ):
            other.index(collection="demo", index_file=PAGES, policy="replace", embedder=word_embedder)
    assert elsewhere() == "free\n"


@pytest.mark.weaviate
def test_a_store_at_a_url(
    tmp_path: Path, weaviate_address: ServerAddress, word_embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEAVIATE_API_KEY", weaviate_address.api_key or "")
    monkeypatch.setenv("WEAVIATE_GRPC_PORT", str(weaviate_address.grpc_port))
    with open_store(kind="auto", url=weaviate_address.url, store_folder=tmp_path) as opened:
        assert (opened.kind, opened.describe()) == ("weaviate", f"weaviate {weaviate_address.version}")
        index = opened.index(collection="demo", index_file=PAGES, policy="replace", embedder=word_embedder)
        index.sync([PASSAGE], date(2024, 1, 1))
        assert index.search(["text"], depth=3, alpha=0.5)[0][0].passage == PASSAGE
        assert index.store == opened.describe()
