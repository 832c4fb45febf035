"""What every importer can be told."""

import math
from dataclasses import dataclass
from datetime import date

from ragvsft.core.errors import UsageError
from ragvsft.core.values import Split

DEFAULT_SNAPSHOT = date(2000, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How much of a source without splits of its own goes to each split; together 1."""

    train: float = 0.45
    dev: float = 0.1
    test: float = 0.45

    def __post_init__(self) -> None:
        shares = (self.train, self.dev, self.test)
        if any(not 0 <= share <= 1 for share in shares) or not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
            raise UsageError(
                f"shares of train, dev and test are {self.train}, {self.dev} and {self.test}",
                hint="give three fractions that add up to 1, such as 0.45, 0.1 and 0.45",
            )
        if self.test == 0:
            raise UsageError("the share of test is 0", hint="without test questions nothing can be measured")

    def items(self) -> tuple[tuple[Split, float], ...]:
        """Splits with their shares."""
        return ((Split.TRAIN, self.train), (Split.DEV, self.dev), (Split.TEST, self.test))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """Fields that a source may not have, and how it is split."""

    name: str | None = None
    """None: the source's file name."""
    description: str | None = None
    licence: str | None = None
    """None: written as unknown, and told."""
    language: str = "en"
    snapshot: date = DEFAULT_SNAPSHOT
    """Since when undated documents are valid; the dataset's one snapshot."""
    shares: Shares = Shares()
    seed: int = 0
