"""Arguments and options that several commands share, worded once."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.core.errors import UsageError

RUNS = Path("runs")
STORE = Path("indexes/.store")

ExperimentArgument = Annotated[
    Path, typer.Argument(metavar="EXPERIMENT", help="The experiment file (YAML).", show_default=False, readable=False)
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a setting, its value in YAML: --set split.seed=3. May be given several times.",
    ),
]
RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's folder, or its name or the start of it.", show_default=False)
]
RunsOption = Annotated[Path, typer.Option("--runs", metavar="FOLDER", help="The folder of run folders.")]
StoreOption = Annotated[
    Path, typer.Option("--store", metavar="FOLDER", help="Where a Weaviate server of our own keeps its files.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]
DatasetArgument = Annotated[Path, typer.Argument(metavar="DATASET", help="A dataset folder.", show_default=False)]
QuestionsOption = Annotated[
    Path | None, typer.Option(metavar="TABLE", help="Questions about a folder of documents.", show_default=False)
]
SnapshotsOption = Annotated[
    str | None,
    typer.Option(metavar="RULE", help="Of a git history: tags, months, or dates joined by commas.", show_default=False),
]
LicenceOption = Annotated[str | None, typer.Option(help="The source's licence.", show_default=False)]
LanguageOption = Annotated[str, typer.Option(help="The language of questions and documents.")]


def day_of(option: str, text: str | None) -> date | None:
    """The date that an option gives; None: it is not given.

    Raises:
        UsageError: it is no date.
    """
    from ragvsft.data.fields import parse_day

    if text is None:
        return None
    day = parse_day(text)
    if day is None:
        raise UsageError(f"{option} {text!r} is no date", hint=f"write {option} 2024-01-31")
    return day
