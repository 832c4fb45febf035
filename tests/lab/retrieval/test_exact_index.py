"""The exact index's file: damage, another make, and a crash while it is written."""

import os
import uuid
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ragvsft.core.errors import DataError, RagvsftError
from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Embedder
from ragvsft.lab.retrieval.exact_index import ExactIndex

JAN, JUL = date(2024, 1, 1), date(2024, 7, 1)


def passages(*texts: str) -> list[Passage]:
    return [
        Passage(
            passage_id=str(uuid.uuid5(uuid.NAMESPACE_URL, text)),
            doc_id="d",
            title="T",
            text=text,
            position=n,
            valid_from=JAN,
        )
        for n, text in enumerate(texts)
    ]


def open_index(file: Path, embedder: Embedder, definition: str = "d") -> ExactIndex:
    return ExactIndex(file, definition=definition, policy="replace", fusion="relative_score", embedder=embedder)


def test_what_was_served_is_served_after_reopening(tmp_path: Path, word_embedder: Embedder) -> None:
    index = open_index(tmp_path / "i.npz", word_embedder)
    index.sync(passages("the café opens at 9 – “daily”", "nothing"), JAN)
    again = open_index(tmp_path / "i.npz", word_embedder)
    assert again.search(["café"], depth=2, alpha=0.5) == index.search(["café"], depth=2, alpha=0.5)
    assert again.search(["café"], depth=1, alpha=0.0)[0][0].passage == passages("the café opens at 9 – “daily”")[0]


@pytest.mark.parametrize("damage", [b"", b"not an archive", None])
def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path, word_embedder: Embedder, damage: bytes | None) -> None:
    file = tmp_path / "i.npz"
    open_index(file, word_embedder).sync(passages("a"), JAN)
    file.write_bytes(file.read_bytes()[:-50] if damage is None else damage)
    with pytest.raises(DataError, match="damaged") as told:
        open_index(file, word_embedder)
    assert "Delete" in str(told.value.hint)


def test_pickled_arrays_are_not_loaded(tmp_path: Path, word_embedder: Embedder) -> None:
    file = tmp_path / "i.npz"
    np.savez(file, vectors=np.zeros((0, 0)), told=np.array([{"definition": "d"}], dtype=object))
    with pytest.raises(DataError, match="damaged"):
        open_index(file, word_embedder)


def test_a_file_of_another_make_is_refused(tmp_path: Path, word_embedder: Embedder) -> None:
    open_index(tmp_path / "i.npz", word_embedder).sync(passages("a"), JAN)
    with pytest.raises(DataError, match="another index definition or embedder"):
        open_index(tmp_path / "i.npz", word_embedder, "other")


def test_a_crash_while_writing_leaves_the_file_before(
    tmp_path: Path, word_embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "i.npz"
    open_index(file, word_embedder).sync(passages("a"), JAN)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RagvsftError, match="the disk is full"):
        open_index(file, word_embedder).sync(passages("a", "b"), JUL)
    monkeypatch.undo()
    again = open_index(file, word_embedder)
    assert (again.served, len(again.search(["a"], depth=5, alpha=1.0)[0])) == (JAN, 1)
