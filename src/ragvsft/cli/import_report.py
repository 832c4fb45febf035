"""How a command tells what an import brought in and what it left out."""

from ragvsft.cli.console import say
from ragvsft.data.importing.report import ImportReport


def say_import(report: ImportReport) -> None:
    """The counts, what was left out by reason with the first examples, and what else is to be known."""
    splits = ", ".join(f"{count:,} {split}" for split, count in report.questions_by_split.items())
    say(f"{report.folder}: {report.n_documents:,} documents, {report.n_questions:,} questions ({splits})")
    say(f"  read as {report.format}")
    for reason, count in report.left_out.items():
        say(f"  left out: {count:,} ({reason})")
        for example in report.examples[reason]:
            say(f"    {example}")
    for note in report.notes:
        say(f"  note: {note}")
