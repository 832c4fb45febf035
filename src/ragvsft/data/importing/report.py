"""What an import brought in and what it left out, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

N_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of an import."""

    format: str
    folder: str
    name: str
    n_documents: int
    n_questions: int
    questions_by_split: dict[str, int]
    left_out: dict[str, int]
    """Questions, or documents, that are not in the dataset, by reason."""
    examples: dict[str, tuple[str, ...]]
    """The first of each reason, with their place in the source."""
    notes: tuple[str, ...] = ()
    """What the reader should know or do."""

    def to_json(self) -> dict[str, object]:
        """As a JSON value."""
        return asdict(self)


@dataclass(slots=True)
class LeftOut:
    """Counts what an importer leaves out, and keeps what else the reader should know."""

    reasons: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, reason: str, example: str) -> None:
        """Note one; only the first few examples of a reason are kept."""
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        shown = self.examples.setdefault(reason, [])
        if len(shown) < N_EXAMPLES:
            shown.append(example)

    def note(self, what: str) -> None:
        """Tell the reader something."""
        self.notes.append(what)


def report_of(
    format_name: str,
    folder: Path,
    name: str,
    n_documents: int,
    splits: Mapping[str, int],
    left_out: LeftOut,
    notes: Sequence[str],
) -> ImportReport:
    """The report of a finished import; `splits` counts the questions of each."""
    return ImportReport(
        format=format_name,
        folder=str(folder),
        name=name,
        n_documents=n_documents,
        n_questions=sum(splits.values()),
        questions_by_split={split: splits.get(split, 0) for split in ("train", "dev", "test")},
        left_out=dict(left_out.reasons),
        examples={reason: tuple(shown) for reason, shown in left_out.examples.items()},
        notes=tuple(notes),
    )
