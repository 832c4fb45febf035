"""What every importer can be told."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ragvsft.core.errors import UsageError
from ragvsft.core.values import NOTHING, Split, Task
from ragvsft.data.progress import Progress, silent

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
    """Since when undated documents are valid; the dataset's one snapshot where the source has no dates."""
    shares: Shares = Shares()
    """Of a source without splits of its own."""
    seed: int = 0
    task: Task | None = None
    """None: as the format says, else told from the length of the answers."""
    mapping: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """Our field to the source's column, or with dots a field inside it; only for formats with named columns."""
    documents: Path | None = None
    """A table of documents beside a source that holds questions alone."""
    questions: Path | None = None
    """A table of questions beside a folder of documents; where it is missing, an empty one is written."""
    snapshots: str | None = None
    """Of a folder in a git repository: `tags`, `months`, or dates joined by commas. None: the files as they are."""
    progress: Progress = field(default=silent, compare=False, repr=False)
    """Told how far it is."""

    @property
    def is_snapshot_default(self) -> bool:
        """Whether nobody gave a snapshot."""
        return self.snapshot == DEFAULT_SNAPSHOT
