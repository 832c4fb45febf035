"""What a check found: one kind of thing that is wrong, how often, and where first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

N_EXAMPLES = 3
Level = Literal["error", "warning", "note"]
"""An error makes results worthless, a warning should be mended or known, a note is only to be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of thing that is wrong, with how often and where first."""

    level: Level
    kind: str
    """A stable word for machines."""
    message: str
    n: int
    of: int
    """How many were looked at."""
    examples: tuple[str, ...]


def finding(level: Level, kind: str, message: str, found: Iterable[str], of: int) -> Finding | None:
    """The finding of a check that names every case; None: there is none. Only the first few cases are held."""
    shown: list[str] = []
    n = 0
    for n, example in enumerate(found, start=1):
        if n <= N_EXAMPLES:
            shown.append(example)
    return Finding(level=level, kind=kind, message=message, n=n, of=of, examples=tuple(shown)) if n else None
