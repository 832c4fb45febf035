"""What every export begins with, one snapshot of a dataset, and ends with: files that appear whole, and a report."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.values import Dataset, Document, WaveQuestion
from ragvsft.data.snapshots import documents_at, questions_at


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """What came of an export."""

    snapshot: date
    files: Mapping[Path, int]
    """Files with their number of rows."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What the format cannot hold, or was not known at the snapshot, by reason."""

    def to_json(self) -> dict[str, object]:
        """As a JSON value."""
        return {
            "snapshot": self.snapshot.isoformat(),
            "files": {str(path): n for path, n in self.files.items()},
            "left_out": dict(self.left_out),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known at a snapshot."""

    snapshot: date
    documents: tuple[Document, ...]
    questions: tuple[WaveQuestion, ...]
    n_left_out: int
    """Questions that are not asked then."""

    @property
    def left_out(self) -> dict[str, int]:
        """The reason why questions are missing, where some are."""
        return {f"question not known on {self.snapshot}": self.n_left_out} if self.n_left_out else {}


def known_at(dataset: Dataset, at: date | None) -> Known:
    """The dataset as it was known at a snapshot; None: the last.

    Raises:
        UsageError: the date is no snapshot.
    """
    day = at or dataset.snapshots[-1]
    if day not in dataset.snapshots:
        raise UsageError(
            f"{day} is no snapshot of {dataset.name}",
            hint=f"its snapshots are: {', '.join(snapshot.isoformat() for snapshot in dataset.snapshots)}",
        )
    questions, n_left_out = questions_at(dataset, day, None)
    return Known(snapshot=day, documents=documents_at(dataset, day), questions=questions, n_left_out=n_left_out)


def json_line(row: Mapping[str, object]) -> str:
    """A row of JSONL."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write a file whole or not at all, in place of one of that name; returns the number of lines.

    Raises:
        DataError: it cannot be written.
    """
    n = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                for n, line in enumerate(lines, start=1):  # noqa: B007 - counted
                    file.write(line)
            temporary.chmod(0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}", hint="choose another folder") from error
    return n
