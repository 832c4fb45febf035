"""Rows on their way through an import: they wait in a file without a name, not in memory."""

import pickle
import tempfile
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import IO, Generic, TypeVar, overload

from ragvsft.core.errors import DataError
from ragvsft.core.values import Document, Question

Row = TypeVar("Row", bound=Document | Question)


class HeldRows(Generic[Row]):
    """Rows of one kind by their number, 0 the first; in memory is where each stands. The file is gone when this is."""

    def __init__(self, kind: type[Row]) -> None:
        self._kind: Callable[..., Row] = kind
        self._names = tuple(field.name for field in fields(kind))
        self._values = attrgetter(*self._names)
        self._starts = array("Q")
        """In bytes of the file."""
        self._file: IO[bytes] | None = None
        self._end = 0
        self._writing = True

    def __len__(self) -> int:
        return len(self._starts)

    def append(self, row: Row, where: str) -> None:
        """Keep a row; `where` is its place in the source.

        Raises:
            DataError: the disk does not take it, or its metadata are nested hundreds of levels deep.
        """
        self._starts.append(self._put(row, where))

    def change(self, number: int, row: Row) -> None:
        """Keep another row in the place of one.

        Raises:
            DataError: the disk does not take it, or its metadata are nested hundreds of levels deep.
        """
        self._starts[number] = self._put(row, self.where(number))

    def get(self, number: int, **other: object) -> Row:
        """A row, with other values in the fields that are named.

        Raises:
            DataError: the disk does not give it back.
        """
        return self._kind(**{**dict(zip(self._names, self._record(number)[1], strict=True)), **other})

    def where(self, number: int) -> str:
        """A row's place in the source.

        Raises:
            DataError: the disk does not give it back.
        """
        return self._record(number)[0]

    def _put(self, row: Row, where: str) -> int:
        # As plain values: a frozen dataclass takes several times as long.
        try:
            raw = pickle.dumps((where, self._values(row)), pickle.HIGHEST_PROTOCOL)
        except RecursionError as error:
            raise DataError(f"{where}: nested too deeply", hint="metadata must be plain: mend the row") from error
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="ragvsft-")  # noqa: SIM115
            if not self._writing:
                self._file.seek(self._end)
                self._writing = True
            self._file.write(raw)
        except OSError as error:
            raise DataError(
                f"the rows of the source cannot be kept in {tempfile.gettempdir()}: {error.strerror}",
                hint="make room there, or name another folder: TMPDIR=FOLDER",
            ) from error
        start, self._end = self._end, self._end + len(raw)
        return start

    def _record(self, number: int) -> tuple[str, Sequence[object]]:
        assert self._file is not None
        try:
            self._file.seek(self._starts[number])
            self._writing = False
            # The file has no name: nobody else can have written into it.
            where, values = pickle.load(self._file)  # noqa: S301
        except OSError as error:
            raise DataError(
                f"the rows of the source cannot be read back: {error.strerror}", hint="try again"
            ) from error
        return where, values


class ChosenRows(Sequence[Row]):
    """Some of the rows that are held, in an order; each is read when it is asked for, and kept by nobody."""

    def __init__(
        self,
        rows: HeldRows[Row],
        numbers: Sequence[int],
        other: Callable[[int], Mapping[str, object]] | None = None,
    ) -> None:
        """`other`: the fields in which a row is to differ from the one that is held, given its number."""
        self._rows = rows
        self._numbers = numbers
        self._other = other

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return ChosenRows(self._rows, self._numbers[at], self._other)
        number = self._numbers[at]
        return self._rows.get(number, **(self._other(number) if self._other else {}))
