"""`ragvsft data`: import a dataset, check it, show it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, print_line, say
from ragvsft.cli.options import JsonOption

app = typer.Typer(help="Import, check and show datasets.", no_args_is_help=True, rich_markup_mode=None)
FolderArgument = Annotated[Path, typer.Argument(metavar="DATASET", help="A dataset folder.", show_default=False)]


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The file to import.", show_default=False)],
    folder: Annotated[
        Path, typer.Argument(metavar="DATASET", help="Where the dataset folder goes.", show_default=False)
    ],
    format_: Annotated[
        str | None, typer.Option("--format", help="squad; else told from the content.", show_default=False)
    ] = None,
    name: Annotated[str | None, typer.Option(help="The dataset's name; else the source's.", show_default=False)] = None,
    licence: Annotated[str | None, typer.Option(help="The source's licence.", show_default=False)] = None,
    seed: Annotated[int, typer.Option(help="Of the deal into train, dev and test.")] = 0,
    json: JsonOption = False,
) -> None:
    """Bring a source into a dataset folder, whole or not at all.

    \b
    Examples:
      ragvsft data import train-v2.0.json data/squad --licence CC-BY-SA-4.0
      ragvsft data import mine.json data/mine --format squad
    """
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
    """Look for what would make results worthless.

    \b
    Examples:
      ragvsft data check data/demo
      ragvsft data check data/demo --strict --json | jq .findings

    Exit 1 when it finds an error, and with --strict also for a warning.
    """
    from ragvsft.data.check import check_dataset
    from ragvsft.data.read import read_dataset

    report = check_dataset(read_dataset(folder))
    if json:
        print_json(report.to_json())
    else:
        for finding in report.findings:
            print_line(f"{finding.level}: {finding.message} ({finding.n:,} of {finding.of:,})")
            for example in finding.examples:
                print_line(f"    {example}")
        say(f"{_count(len(report.errors), 'error')}, {_count(len(report.warnings), 'warning')} in {folder}")
    return 1 if report.errors or (strict and report.warnings) else 0


@app.command("show")
def show(folder: FolderArgument, json: JsonOption = False) -> None:
    """Tell what a dataset holds.

    \b
    Examples:
      ragvsft data show data/demo
      ragvsft data show data/demo --json | jq .snapshots
    """
    from ragvsft.data.read import read_dataset
    from ragvsft.data.summary import summary

    told = summary(read_dataset(folder))
    if json:
        print_json(told)
        return
    for key, value in told.items():
        rows = value if isinstance(value, list) else []
        if rows and all(isinstance(row, Mapping) for row in rows):
            print_line(f"{_words(key)}:")
            for row in rows:
                for position, (inner, shown) in enumerate(row.items()):
                    print_line(f"  {' ' if position else '-'} {_words(inner)}: {_plain(shown)}")
        else:
            print_line(f"{_words(key)}: {_plain(value)}")


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _words(key: object) -> str:
    return str(key).removeprefix("n_").replace("_", " ")


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(inner)}" for key, inner in value.items()) or "–"
    if isinstance(value, list | tuple):
        return " | ".join(_plain(inner) for inner in value) or "–"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1 else f"{value:,.1f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "–" if value is None or value == "" else str(value)
