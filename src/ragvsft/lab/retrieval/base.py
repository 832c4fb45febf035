"""What an index and an embedder are: the contract that Weaviate and the exact index both keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from ragvsft.core.values import Hit, Passage

Policy = Literal["replace", "keep_all", "time_filter"]
Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def name(self) -> str:
        """Model name and weights hash: two embedders of one name give the same vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the embedder's own tokenizer, without special tokens."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimensions); row i is text i."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync to a date did."""

    at: date
    n_passages: int
    """Passages that the index serves now."""
    n_added: int
    """Embedded and sent."""
    n_reopened: int
    """Had been closed and are valid again; not embedded again."""
    n_closed: int
    """No longer valid; deleted under `replace`."""
    n_unchanged: int
    embed_s: float
    send_s: float


class Index(Protocol):
    """Passages of one dataset, index definition and policy, served as of one date."""

    @property
    def store(self) -> str:
        """Which store serves, with its version: `weaviate 1.39.2` or `exact`."""
        ...

    @property
    def served(self) -> date | None:
        """The date of the last complete sync."""
        ...

    def sync(self, passages: Sequence[Passage], at: date) -> SyncReport:
        """Make the index serve exactly the passages (those valid at the date), whatever it served before.

        Embeds and sends only what the collection does not hold, closes what is gone, reconciles what was sent with
        what is there, and moves the served date last.

        Raises:
            ServiceError: the store does not answer, or does not hold what was sent.
        """
        ...

    def search(self, texts: Sequence[str], *, depth: int, alpha: float) -> list[list[Hit]]:
        """The `depth` best passages of each text at the served date, best first, ties by passage id.

        `alpha` 1 is dense alone, 0 is BM25 alone, between them the two are fused.

        Raises:
            ServiceError: the store does not answer.
            DataError: nothing was ever synced.
        """
        ...

    def close(self) -> None:
        """Let go of connections; a server of our own stops with its owner and not here."""
        ...
