"""Embedding that survives an interruption: passages go chunk by chunk, and each finished chunk is kept in a file.

The chunks are the same whether or not the work was interrupted, so the vectors are too, to the last bit.
"""

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Embedder, Vectors

CHUNK = 512
"""Passages of a chunk: what an interruption can cost."""


class EmbeddingProgress:
    """The vectors of passages, by passage id.

    Args:
        folder: where finished chunks are kept; None keeps none. One index definition and embedder a folder.
        embedder: makes the vectors.
    """

    def __init__(self, folder: Path | None, embedder: Embedder) -> None:
        self._folder = folder
        self._embedder = embedder
        self.embed_s = 0.0
        """Seconds that embedding took, in all."""

    def vectors(self, passages: Sequence[Passage]) -> dict[str, Vectors]:
        """Every passage's vector; only what no chunk holds is embedded."""
        done = self._read()
        # Short ones first: what is embedded together is of like length.
        missing = sorted((len(p.content), p.passage_id, p.content) for p in passages if p.passage_id not in done)
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            ids = [passage_id for _, passage_id, _ in chunk]
            began = time.perf_counter()
            vectors = self._embedder.embed([content for _, _, content in chunk])
            self.embed_s += time.perf_counter() - began
            self._write(ids, vectors)
            done |= dict(zip(ids, vectors, strict=True))
        return {passage.passage_id: done[passage.passage_id] for passage in passages}

    def clear(self) -> None:
        """Forget the chunks: the index that they were for holds the vectors now."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> dict[str, Vectors]:
        done: dict[str, Vectors] = {}
        for file in sorted(self._folder.glob("*.npz")) if self._folder is not None else ():
            try:
                with np.load(file, allow_pickle=False) as arrays:
                    done |= dict(zip(arrays["ids"].tolist(), arrays["vectors"], strict=True))
            except (OSError, EOFError, ValueError, KeyError, BadZipFile):
                # Embedding it again costs less than asking somebody.
                file.unlink(missing_ok=True)
        return done

    def _write(self, ids: Sequence[str], vectors: Vectors) -> None:
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f"{ids[0]}.{os.getpid()}.writing"
        with beside.open("wb") as stream:
            np.savez(stream, ids=np.array(ids), vectors=vectors)
        beside.replace(self._folder / f"{ids[0]}.npz")
