"""Arguments and options that several commands share, worded once."""

from pathlib import Path
from typing import Annotated

import typer

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
