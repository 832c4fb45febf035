"""Looks for what makes a readable dataset a bad one; `checks/` holds what is looked for, a file a subject.

What `read.py` refuses does not come this far; an error here concerns a dataset that was never read from a folder.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from ragvsft.core.values import Dataset
from ragvsft.data.checks import answers, labels, languages, leaks, people, shapes
from ragvsft.data.checks.finding import Finding
from ragvsft.data.checks.near_duplicates import near_duplicates, reworded
from ragvsft.data.checks.passages import Cutting, PassageReport, cut_passages
from ragvsft.data.progress import Progress, silent
from ragvsft.data.summary import summary

__all__ = ["CheckReport", "Cutting", "Finding", "PassageReport", "check_dataset"]

Check = Callable[[Dataset], Finding | None]

CHECKS: tuple[Check, ...] = (
    leaks.leaked,
    near_duplicates,
    reworded,
    leaks.answered_elsewhere,
    answers.unstated,
    answers.without_gold,
    answers.disagreeing,
    answers.outdated,
    answers.ambiguous,
    labels.uneven,
    labels.unasked,
    shapes.untrained_facts,
    shapes.many_phrasings,
    shapes.never_valid,
    shapes.short_documents,
    shapes.long_documents,
    shapes.long_questions,
    shapes.long_answers,
    shapes.many_unanswerable,
    shapes.no_test,
    shapes.few_tests,
    languages.other_languages,
    people.personal_data,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found, and the dataset's counts."""

    summary: dict[str, object]
    findings: tuple[Finding, ...]
    """Errors and warnings."""
    notes: tuple[Finding, ...] = ()
    """What is nobody's fault, but should be known; `--strict` does not mind."""
    majority: Mapping[str, object] | None = None
    """What always giving the most frequent answer would score; see `checks.labels.majority`."""
    passages: PassageReport | None = None
    """None: they were not cut."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that make results worthless."""
        return tuple(finding for finding in self.findings if finding.level == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that a reader of results should know."""
        return tuple(finding for finding in self.findings if finding.level == "warning")

    def to_json(self) -> dict[str, object]:
        """The whole report as a JSON value."""
        return {
            "n_errors": len(self.errors),
            "n_warnings": len(self.warnings),
            "findings": [asdict(finding) for finding in self.findings],
            "notes": [asdict(note) for note in self.notes],
            "majority": dict(self.majority) if self.majority else None,
            "passages": asdict(self.passages) if self.passages else None,
            "summary": self.summary,
        }


def check_dataset(dataset: Dataset, *, cutting: Cutting | None = None, progress: Progress = silent) -> CheckReport:
    """Check a dataset beyond the rules of its format; findings with errors first.

    A million questions and 200,000 documents take minutes, and little memory beside the dataset itself.

    Args:
        dataset: as `read_dataset` gives it.
        cutting: how its documents are cut into passages, which are then looked at too; None: they are not cut.
        progress: told how far it is.
    """
    found: list[Finding] = []
    for n, check in enumerate(CHECKS):
        progress("Checking", n, len(CHECKS), check.__name__.replace("_", " "))
        one = check(dataset)
        found += [one] if one is not None else []
    progress("Checking", len(CHECKS), len(CHECKS), "")
    cut = cut_passages(dataset, cutting, progress) if cutting is not None else None
    if cut is not None:
        found += cut[1]
    return CheckReport(
        summary=summary(dataset),
        findings=tuple(sorted((f for f in found if f.level != "note"), key=lambda finding: finding.level != "error")),
        notes=tuple(finding for finding in found if finding.level == "note"),
        majority=labels.majority(dataset),
        passages=cut[0] if cut is not None else None,
    )
