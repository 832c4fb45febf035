"""`ragvsft data fetch`: a public dataset by name, or what there is."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, print_line, progress_bar, say
from ragvsft.cli.options import JsonOption


def fetch(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Of the catalogue; without one it is listed.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATASET]",
            help="Where the dataset folder goes; else the cache folder, where experiments find it by its name.",
            show_default=False,
        ),
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Take the files from a folder or http address that holds NAME/FILE; else RAGVSFT_DATA_MIRROR.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Get a public dataset: download, check its hash, import. A broken download goes on where it was.

    \b
    Examples:
      ragvsft data fetch
      ragvsft data fetch xquad
      ragvsft data fetch pubmedqa data/pubmedqa --mirror /media/datasets

    Exit 4 when a file cannot be had, 1 when it is not the one that the catalogue knows.
    """
    if name is None:
        _list(json)
        return
    from ragvsft.cli.import_report import say_import
    from ragvsft.data.fetching import fetch

    with progress_bar() as bar:
        report = fetch(name, folder, mirror=mirror, progress=bar)
    if json:
        print_json(report.to_json())
        return
    say_import(report.imported)
    for path in report.missing:
        say(f"  note: the source has no {path}, the licence's text: add it before you pass the data on")
    say(f"Licence: {report.entry.licence}. {report.entry.licence_asks}")
    say(f"Attribution: {report.entry.attribution}")
    print_line(str(report.folder))
    say(f"Next: ragvsft data check {report.folder}")


def _list(json: bool) -> None:
    from ragvsft.data.catalogue import catalogue, fetched_folder
    from ragvsft.data.read import is_dataset

    entries = catalogue().values()
    if json:
        print_json(
            [
                {
                    "name": entry.name,
                    "description": entry.description,
                    "licence": entry.licence,
                    "home": entry.home,
                    "n_bytes": entry.n_bytes,
                    "can_be_downloaded": entry.can_be_downloaded,
                    "fetched": is_dataset(fetched_folder(entry.name)),
                    "files": [file.path for file in entry.files],
                }
                for entry in entries
            ]
        )
        return
    for entry in entries:
        where = "" if entry.can_be_downloaded else "; from a mirror only"
        fetched = "; fetched" if is_dataset(fetched_folder(entry.name)) else ""
        print_line(f"{entry.name:<10} {entry.n_bytes / 1e6:>5.1f} MB  {entry.licence:<13} {entry.description}")
        print_line(f"{'':<10} {entry.home}{where}{fetched}")
