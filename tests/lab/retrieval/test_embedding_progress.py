"""Embedding that is cut off: nothing is done twice, and the chunks are those of the unbroken work."""

import uuid
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from ragvsft.core.values import Passage
from ragvsft.lab.retrieval import embedding_progress
from ragvsft.lab.retrieval.base import Embedder
from ragvsft.lab.retrieval.embedding_progress import EmbeddingProgress

PASSAGES = [
    Passage(
        passage_id=str(uuid.UUID(int=n)),
        doc_id="d",
        title="",
        text=f"{n * 7 % 10} words {n}",
        position=n,
        valid_from=date(2024, 1, 1),
    )
    for n in range(20)
]


class CountingEmbedder(Embedder, Protocol):
    """The fake of conftest.py."""

    seen: list[str]
    fail_at: int | None


def test_cut_off_work_goes_on_with_the_same_chunks(
    tmp_path: Path, word_embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_progress, "CHUNK", 6)
    right = EmbeddingProgress(None, word_embedder).vectors(PASSAGES)
    unbroken = list(word_embedder.seen)
    word_embedder.seen.clear()
    word_embedder.fail_at = 13
    with pytest.raises(InterruptedError):
        EmbeddingProgress(tmp_path / "begun", word_embedder).vectors(PASSAGES)
    word_embedder.fail_at = None
    progress = EmbeddingProgress(tmp_path / "begun", word_embedder)
    told = progress.vectors(PASSAGES)
    assert word_embedder.seen == unbroken
    assert told.keys() == right.keys()
    assert all((told[key] == right[key]).all() for key in right)
    progress.clear()
    assert not (tmp_path / "begun").exists()


def test_a_damaged_chunk_is_embedded_again(tmp_path: Path, word_embedder: CountingEmbedder) -> None:
    EmbeddingProgress(tmp_path, word_embedder).vectors(PASSAGES)
    [chunk] = tmp_path.glob("*.npz")
    chunk.write_bytes(chunk.read_bytes()[:100])
    vectors = EmbeddingProgress(tmp_path, word_embedder).vectors(PASSAGES)
    assert len(word_embedder.seen) == 2 * len(PASSAGES)
    np.testing.assert_array_equal(vectors[PASSAGES[3].passage_id], word_embedder.embed([PASSAGES[3].content])[0])
