"""`ragvsft init`: the files to start from, in an empty folder."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import say
from ragvsft.cli.shipped import shipped
from ragvsft.core.errors import UsageError

STARTERS = {
    "experiments/mine.yaml": "experiments/starter.yaml",
    "indexes/pages.yaml": "indexes/pages.yaml",
}
DEMO = {
    "experiments/demo.yaml": "experiments/demo.yaml",
    "experiments/handbook.yaml": "experiments/handbook.yaml",
    "indexes/handbook.yaml": "indexes/handbook.yaml",
    "data/demo": "data/demo",
    "data/general": "data/general",
}


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if need be.")] = Path(),
    demo: Annotated[bool, typer.Option("--demo", help="The demo experiment with its dataset.")] = False,
) -> None:
    """Write experiment and index files; nothing that is there is overwritten."""
    wanted = DEMO if demo else STARTERS
    taken = [target for target in wanted if (folder / target).exists()]
    if taken:
        raise UsageError(
            f"{folder / taken[0]} is there already",
            hint="Nothing was written. Choose another folder, or move the file away.",
        )
    for target, source in wanted.items():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        origin = shipped(source)
        if origin.is_dir():
            shutil.copytree(origin, place, ignore=shutil.ignore_patterns("*.py", "__pycache__", "handbook"))
        else:
            shutil.copy(origin, place)
        say(f"written: {place}")
    prefix = "" if folder == Path() else f"cd {folder} && "
    if demo:
        say(f"Next: {prefix}ragvsft weaviate install (minutes, once), then ragvsft run experiments/demo.yaml")
    else:
        say("Next: bring a dataset into data/mine (ragvsft data import SOURCE data/mine),")
        say(f"      then {prefix}ragvsft plan experiments/mine.yaml and ragvsft run experiments/mine.yaml")
