"""`ragvsft data`: import a dataset, check it, show it."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, say

app = typer.Typer(help="Import, check and show datasets.", no_args_is_help=True, rich_markup_mode=None)
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]
FolderArgument = Annotated[Path, typer.Argument(help="A dataset folder.", show_default=False)]


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="What to import.", show_default=False)],
    folder: Annotated[Path, typer.Argument(help="Where the dataset folder goes.", show_default=False)],
    format_: Annotated[
        str | None, typer.Option("--format", help="squad; else told from the content.", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option(help="The dataset's name; else the source's.", show_default=False)] = None,
    licence: Annotated[str | None, typer.Option(help="The source's licence.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(help="Of the deal into train, dev and test.")] = 0,
    json: JsonOption = False,
) -> None:
    """Bring a source into the canonical dataset folder, whole or not at all."""
    from ragvsft.data.importing import ImportOptions, import_dataset

    report = import_dataset(
        source, folder, format=format_, options=ImportOptions(name=name, licence=licence, seed=seed)
    )
    if json:
        print_json(report.to_json())
        return
    splits = ", ".join(f"{count:,} {split}" for split, count in report.questions_by_split.items())
    say(f"{report.folder}: {report.n_documents:,} documents, {report.n_questions:,} questions ({splits})")
    for reason, count in report.left_out.items():
        say(f"  left out: {count:,} ({reason}), such as {report.examples[reason][0]}")
    for note in report.notes:
        say(f"  note: {note}")
    say(f"Next: ragvsft data check {report.folder}")


@app.command("check")
def check(
    folder: FolderArgument,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    json: JsonOption = False,
) -> int:
    """Look for what would make results worthless or misleading; exit 1 when it finds an error."""
    from ragvsft.data.check import check_dataset
    from ragvsft.data.read import read_dataset

    report = check_dataset(read_dataset(folder))
    if json:
        print_json(report.to_json())
    else:
        for finding in report.findings:
            say(f"{finding.level}: {finding.message} ({finding.n:,} of {finding.of:,})")
            for example in finding.examples:
                say(f"    {example}")
        say(f"{len(report.errors)} errors, {len(report.warnings)} warnings in {folder}")
    return 1 if report.errors or (strict and report.warnings) else 0


@app.command("show")
def show(folder: FolderArgument, json: JsonOption = False) -> None:
    """Tell what a dataset holds."""
    from ragvsft.data.read import read_dataset
    from ragvsft.data.summary import summary

    told = summary(read_dataset(folder))
    if json:
        print_json(told)
        return
    for key, value in told.items():
        if isinstance(value, list):
            typer.echo(f"{key}:")
            for row in value:
                typer.echo(f"  {row}")
        else:
            typer.echo(f"{key}: {value}")
