"""Fixtures that several folders of tests share: a real Weaviate server, a real run, a counting embedder."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

import numpy as np
import pytest

from asked_run import AskedRun, asked_run_in
from ragvsft.lab.retrieval.base import Vectors
from ragvsft.lab.retrieval.server import ServerAddress, find_binary, running_server


class WordEmbedder:
    """Unit vectors of hashed words: texts that share words are near. Stands in for the model, tested on its own."""

    dimensions = 32

    def __init__(self, name: str = "words") -> None:
        self.name = name
        self.seen: list[str] = []
        """Every text embedded, in order."""
        self.fail_at: int | None = None
        """Raise at the call that would embed this many texts in all."""
        self.before_call: Callable[[], None] = lambda: None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w+", text)) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.before_call()
        if self.fail_at is not None and len(self.seen) + len(texts) > self.fail_at:
            raise InterruptedError("the embedder was cut off")
        self.seen += texts
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                digest = sha256(word.encode()).digest()
                vectors[row, digest[0] % self.dimensions] += 1 + digest[1] / 256
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


@pytest.fixture
def word_embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture(scope="session")
def new_word_embedder() -> Callable[[], WordEmbedder]:
    """For fixtures that live longer than one test."""
    return WordEmbedder


@pytest.fixture(scope="session")
def weaviate_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerAddress]:
    """A real server of our own for the whole session. None to be had: skipped, or failed where one is required."""
    with _own_server(), running_server(url=None, store_folder=tmp_path_factory.mktemp("weaviate")) as address:
        yield address


@pytest.fixture(scope="session")
def asked_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskedRun]:
    """A real run that can be asked, for the whole session; only for reading."""
    with _own_server(), asked_run_in(tmp_path_factory.mktemp("asked")) as run:
        yield run


@contextmanager
def _own_server() -> Iterator[None]:
    """See that a server of our own can be had, and that no other one is taken for it."""
    if find_binary() is None:
        if os.environ.get("RAGVSFT_REQUIRE_WEAVIATE") == "1":
            pytest.fail("RAGVSFT_REQUIRE_WEAVIATE=1, and no Weaviate server can be had")
        pytest.skip("no Weaviate server can be had; `ragvsft weaviate install` gets one")
    elsewhere = os.environ.pop("WEAVIATE_URL", None)
    try:
        yield
    finally:
        if elsewhere is not None:
            os.environ["WEAVIATE_URL"] = elsewhere
