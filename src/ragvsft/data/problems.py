"""Collects what is wrong with a dataset's files, so that one message tells the first few of many."""

from dataclasses import dataclass, field
from typing import NoReturn

from ragvsft.core.errors import DataError

SHOWN = 5
"""Problems that one message spells out."""


@dataclass(slots=True)
class Problems:
    """Problems in the order in which they were met; only the first few are kept in words."""

    subject: str
    """What is being read, as it is named in a message of several problems."""
    n: int = 0
    shown: list[str] = field(default_factory=list)
    hint: str | None = None

    def add(self, where: str, what: str, *, hint: str | None = None) -> None:
        """Note a problem; the hint of the first problem that has one is the hint of all."""
        self.n += 1
        if len(self.shown) < SHOWN:
            self.shown.append(f"{where}: {what}")
            self.hint = self.hint or hint

    def raise_if_any(self) -> None:
        """Raise what was collected.

        Raises:
            DataError: there is at least one problem.
        """
        if self.n:
            self.stop()

    def stop(self) -> NoReturn:
        """Raise what was collected; for a problem after which nothing more can be read.

        Raises:
            DataError: always.
        """
        hint = self.hint or "mend the rows named here and read the dataset again"
        if self.n == 1:
            raise DataError(self.shown[0], hint=hint)
        more = f"; the first {len(self.shown)}" if self.n > len(self.shown) else ""
        lines = "\n".join(f"  {line}" for line in self.shown)
        raise DataError(f"{self.subject} has {self.n} problems{more}:\n{lines}", hint=hint)
