"""Documents on their way through an import: their texts wait in a file without a name, not in memory."""

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, overload

from ragvsft.core.errors import DataError
from ragvsft.core.values import Document


@dataclass(frozen=True, slots=True)
class Held:
    """A document version whose text is in the file."""

    document: Document
    """Without its text."""
    where: str
    """Its place in the source."""
    key: int
    """Equal for equal texts, in this process."""
    start: int
    size: int
    """In bytes of the file."""


class Texts:
    """The file; it is gone when this is."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0
        self._writing = True

    def put(self, document: Document, where: str) -> Held:
        """Keep a document's text.

        Raises:
            DataError: the disk does not take it.
        """
        raw = document.text.encode("utf-8", "surrogatepass")
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="ragvsft-")  # noqa: SIM115
            if not self._writing:
                self._file.seek(self._end)
                self._writing = True
            self._file.write(raw)
        except OSError as error:
            raise DataError(
                f"the texts of the source cannot be kept in {tempfile.gettempdir()}: {error.strerror}",
                hint="make room there, or name another folder: TMPDIR=FOLDER",
            ) from error
        start, self._end = self._end, self._end + len(raw)
        return Held(replace(document, text=""), where, hash(document.text), start, len(raw))

    def get(self, held: Held) -> Document:
        """The document whole.

        Raises:
            DataError: the disk does not give it back.
        """
        assert self._file is not None
        try:
            self._file.seek(held.start)
            self._writing = False
            raw = self._file.read(held.size)
        except OSError as error:
            raise DataError(
                f"the texts of the source cannot be read back: {error.strerror}", hint="try again"
            ) from error
        return replace(held.document, text=raw.decode("utf-8", "surrogatepass"))


class HeldDocuments(Sequence[Document]):
    """Documents in their order; each is read when it is asked for, and kept by nobody."""

    def __init__(self, held: Sequence[Held], texts: Texts) -> None:
        self._held = held
        self._texts = texts

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Document]:
        return map(self._texts.get, self._held)

    def drained(self) -> Iterator[Document]:
        """The documents one by one, each let go when the next is asked for; nothing is left."""
        held, self._held = deque(self._held), ()
        while held:
            yield self._texts.get(held.popleft())

    @overload
    def __getitem__(self, at: int) -> Document: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Document]: ...
    def __getitem__(self, at: int | slice) -> Document | Sequence[Document]:
        if isinstance(at, slice):
            return HeldDocuments(self._held[at], self._texts)
        return self._texts.get(self._held[at])
