"""`ragvsft init`: the files to start from, in a folder that has none yet."""

import errno
import shutil
from collections.abc import Iterator
from filecmp import cmp
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_line, say
from ragvsft.cli.shipped import shipped
from ragvsft.core.errors import RagvsftError, UsageError

SCHEMAS = ("schema/experiment.schema.json", "schema/index.schema.json")
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
DATA_FILES = ("dataset.json", "documents.jsonl", "questions.jsonl")
IGNORED = "runs/\nindexes/.store/\n"


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write; made if need be.")] = Path(),
    demo: Annotated[bool, typer.Option("--demo", help="The demo experiment with its dataset.")] = False,
) -> None:
    """Write the files to start from.

    \b
    Examples:
      ragvsft init --demo        the demo: experiment, index definition, documents and questions
      ragvsft init my-project    an experiment for your own documents and questions

    Nothing that is there is overwritten.
    """
    wanted = dict(_wanted(folder, DEMO if demo else STARTERS))
    for place, source in wanted.items():
        if place.exists() and not (place.is_file() and cmp(place, source, shallow=False)):
            raise UsageError(
                f"{place} is there already, and is another",
                hint="Nothing was written. Choose another folder, or move it away.",
            )
    try:
        for place, source in wanted.items():
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place)
                print_line(str(place))
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(IGNORED, encoding="utf-8", newline="\n")
    except OSError as error:
        full = error.errno == errno.ENOSPC
        raise RagvsftError(
            f"{folder} cannot be written: {error.strerror}",
            hint="Free some disk, and call it again." if full else "Name a folder that may be: ragvsft init FOLDER",
        ) from error
    into = "" if folder == Path() else f"cd {folder} && "
    if demo:
        say(f"Next: {into}ragvsft weaviate install   (minutes, once; without it an exact index in this process serves)")
        say("      ragvsft plan experiments/demo.yaml")
        say("      ragvsft run experiments/demo.yaml")
    else:
        say(f"Next: {into}ragvsft data import SOURCE data/mine   (your documents and questions)")
        say("      ragvsft data check data/mine")
        say("      ragvsft plan experiments/mine.yaml")


def _wanted(folder: Path, files: dict[str, str]) -> Iterator[tuple[Path, Path]]:
    """Each place to write, and the shipped file that goes there; of a dataset only what a dataset is made of."""
    for target, source in [*files.items(), *((name, name) for name in SCHEMAS)]:
        origin = shipped(source)
        if origin.is_dir():
            for name in DATA_FILES:
                yield folder / target / name, origin / name
        else:
            yield folder / target, origin
