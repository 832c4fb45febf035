"""Texts to unit vectors with a sentence-transformers model from a local folder.

The only file that loads sentence_transformers. Which folder a name stands for is decided elsewhere.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragvsft.core.errors import ServiceError
from ragvsft.core.hashing import text_hash
from ragvsft.lab.retrieval.base import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_TOKENS = {"cpu": 2048, "cuda": 65536}
"""Rows x longest row of a batch, at most. On a CPU a batch that outgrows the caches is slower, not faster."""
KEPT_TEXTS = 4096
"""Vectors kept in memory: several arms ask the same questions."""


class SentenceTransformerEmbedder:
    """An embedder in float32 on one device.

    Args:
        folder: the model's files, weights as safetensors.
        name: model name and weights hash; two embedders of one name must give the same vectors.
        threads: CPU threads of this process's torch; None leaves them as they are.
        device: `auto`, `cpu` or `cuda`.

    Raises:
        ServiceError: the model cannot be loaded.
    """

    def __init__(self, folder: Path, name: str, *, threads: int | None = None, device: str = "auto") -> None:
        self._name = name
        self._model = _load(folder, name, threads=threads, device=device)
        self._batch_tokens = BATCH_TOKENS.get(self._model.device.type, BATCH_TOKENS["cpu"])
        self._tokenizer: Any = self._model.tokenizer
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._truncated: set[str] = set()

    @property
    def name(self) -> str:
        """Model name and weights hash."""
        return self._name

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        dimensions = self._model.get_embedding_dimension()
        assert dimensions is not None
        return int(dimensions)

    @property
    def max_tokens(self) -> int:
        """The longest text that is read whole, special tokens not counted."""
        length = self._model.get_max_seq_length() or int(self._tokenizer.model_max_length)
        return int(length) - int(self._tokenizer.num_special_tokens_to_add())

    @property
    def n_truncated(self) -> int:
        """Distinct texts embedded so far that were longer than `max_tokens`; the model read their beginning."""
        return len(self._truncated)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the model's own tokenizer, without special tokens and never truncated."""
        if not texts:
            return []
        encoded = self._tokenizer(
            list(texts), add_special_tokens=False, truncation=False, padding=False, return_attention_mask=False,
            verbose=False,
        )  # fmt: skip
        return [len(ids) for ids in encoded["input_ids"]]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimensions); equal texts are embedded once.

        Raises:
            ServiceError: the device ran out of memory.
        """
        keys = [text_hash(text) for text in texts]
        found = {key: self._kept[key] for key in keys if key in self._kept}
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        for key, vector in zip(new, self._embed_all(list(new.values())), strict=True):
            found[key] = vector
        for key in dict.fromkeys(keys):
            self._kept[key] = found[key]
            self._kept.move_to_end(key)
        while len(self._kept) > KEPT_TEXTS:
            self._kept.popitem(last=False)
        if not keys:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack([found[key] for key in keys])

    def _embed_all(self, texts: list[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        counts = self.count_tokens(texts)
        limit = self.max_tokens
        self._truncated.update(text_hash(text) for text, count in zip(texts, counts, strict=True) if count > limit)
        for batch in token_batches([min(count, limit) for count in counts], self._batch_tokens):
            vectors[batch] = self._embed_batch([texts[i] for i in batch])
        return vectors

    def _embed_batch(self, texts: list[str]) -> Vectors:
        import torch

        try:
            encoded = self._model.encode(
                texts, batch_size=len(texts), show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
            )
        except torch.OutOfMemoryError as error:
            raise ServiceError(
                f"The embedder {self._name} ran out of memory on a batch of {len(texts)} texts.",
                hint="Free memory on the device, or run on the CPU.",
            ) from error
        return np.asarray(encoded, dtype=np.float32)


def token_batches(counts: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices in batches of similar length, longest first, each at most `budget` rows x longest row.

    A text longer than the budget makes a batch of its own. Equal counts keep their order, so the batches are
    the same every time.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(counts)), key=lambda i: (-counts[i], i)):
        if batch and (len(batch) + 1) * longest > budget:
            yield batch
            batch = []
        if not batch:
            longest = max(counts[index], 1)
        batch.append(index)
    if batch:
        yield batch


def _load(folder: Path, name: str, *, threads: int | None, device: str) -> "SentenceTransformer":
    if not any(folder.glob("*.safetensors")):
        raise ServiceError(
            f"The embedder {name} has no safetensors weights in {folder}.",
            hint="Give a folder with model.safetensors; pickled weights are never loaded.",
        )
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    if threads is not None:
        torch.set_num_threads(threads)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        model = SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise ServiceError(
            f"The embedder {name} cannot be loaded from {folder}: {error}",
            hint="It must be a sentence-transformers folder; `ragvsft doctor` checks the models.",
        ) from error
    return model.eval()
