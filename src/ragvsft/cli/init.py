"""`ragvsft init`: the files to start from, for the demo, for documents and questions that are there, or for none."""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from filecmp import cmp
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragvsft.cli.console import print_line, progress_bar, say
from ragvsft.cli.options import LanguageOption, LicenceOption, QuestionsOption, SnapshotsOption
from ragvsft.cli.shipped import shipped
from ragvsft.core.errors import RagvsftError, UsageError

if TYPE_CHECKING:
    from ragvsft.data.importing.missing_questions import QuestionsNeeded
    from ragvsft.data.importing.options import ImportOptions

SCHEMAS = ("schema/experiment.schema.json", "schema/index.schema.json", "schema/prices.schema.json")
PRICES = {name: name for name in ("prices/cloud-2026-11.yaml", "prices/aws-2026-11.yaml")}
STARTERS = {
    "experiments/mine.yaml": "experiments/starter.yaml",
    "indexes/pages.yaml": "indexes/pages.yaml",
    **PRICES,
}
DEMO = {
    "experiments/demo.yaml": "experiments/demo.yaml",
    "experiments/handbook.yaml": "experiments/handbook.yaml",
    "indexes/handbook.yaml": "indexes/handbook.yaml",
    "data/demo": "data/demo",
    "data/general": "data/general",
    **PRICES,
}
DATA_FILES = ("dataset.json", "documents.jsonl", "questions.jsonl")
IGNORED = "runs/\nindexes/.store/\n"
EXPERIMENT = "experiments/mine.yaml"
DATASET = "data/mine"
SHEET = "questions.csv"


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write; made if need be.")] = Path(),
    demo: Annotated[bool, typer.Option("--demo", help="The demo experiment with its dataset.")] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Your documents, questions or dataset: a folder or file.",
            show_default=False,
        ),
    ] = None,
    questions: QuestionsOption = None,
    snapshots: SnapshotsOption = None,
    licence: LicenceOption = None,
    language: LanguageOption = "en",
) -> None:
    """Write the files to start from.

    \b
    Examples:
      ragvsft init --demo                    the demo: experiment, index definition, documents and questions
      ragvsft init my-project                an experiment to fill in, for documents and questions still to come
      ragvsft init --from handbook/          a folder of documents: first a sheet for questions, then the experiment
      ragvsft init --from faq.csv my-project any format that `ragvsft data import` reads, or a dataset folder

    Nothing that is there is overwritten. Asks for the source where somebody can answer.
    """
    if demo and source is not None:
        raise UsageError("--demo and --from exclude each other", hint="call it twice: both may lie in one folder")
    if source is None and not demo:
        if any((questions, snapshots, licence)):
            raise UsageError("these options need a source", hint="name your documents: --from FOLDER")
        source = _asked_for()
    if source is None:
        _write_files(folder, DEMO if demo else STARTERS)
        _say_next(folder, demo=demo)
        return
    from ragvsft.data.importing.options import ImportOptions

    _begin_with(
        folder, source, ImportOptions(questions=questions, snapshots=snapshots, licence=licence, language=language)
    )


def _asked_for() -> Path | None:
    """Ask for the source, where somebody sits at the terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    say("Where are your documents, or your questions? A folder (.txt .md .html .pdf .docx), a table (.csv .jsonl)")
    answer = typer.prompt("or a dataset; Enter for empty files to fill in", default="", show_default=False, err=True)
    return Path(answer.strip().strip("'\"")).expanduser() if answer.strip() else None


def _begin_with(folder: Path, source: Path, options: "ImportOptions") -> None:
    """Import the source if need be, and write an experiment that its data allows."""
    from dataclasses import replace

    from ragvsft.cli.import_report import say_import
    from ragvsft.cli.starting import start_for
    from ragvsft.cli.starting_text import experiment_text
    from ragvsft.data.importing import detect_format, import_dataset
    from ragvsft.data.importing.missing_questions import QuestionsNeeded, find_sheet
    from ragvsft.data.read import is_dataset, read_dataset

    files = {place: origin for place, origin in STARTERS.items() if place != EXPERIMENT}
    experiment, dataset_folder = folder / EXPERIMENT, folder / DATASET
    if experiment.exists() and not cmp(experiment, shipped(STARTERS[EXPERIMENT]), shallow=False):
        raise _there_already(experiment)
    _check_targets(folder, files)
    if is_dataset(source):
        dataset_folder = source
    else:
        if dataset_folder.exists():
            raise UsageError(
                f"{dataset_folder} is there already",
                hint=f"Nothing was written. Begin with what it holds (--from {dataset_folder}), or move it away.",
            )
        format_name = detect_format(source)
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        if format_name == "documents" and options.questions is None:
            options = replace(options, questions=find_sheet(source) or folder / SHEET)
        try:
            with progress_bar(patient=True) as bar:
                options = replace(options, progress=bar)
                report = import_dataset(source, dataset_folder, format=format_name, options=options)
            say_import(report)
        except QuestionsNeeded as needed:
            if needed.sheet is None:
                raise
            print_line(str(needed.sheet))
            _say_sheet(folder, source, needed)
            return
    start = start_for(read_dataset(dataset_folder))
    path = os.path.relpath(dataset_folder.resolve(), experiment.parent.resolve())
    text = experiment_text(start, place=EXPERIMENT, dataset_path=Path(path).as_posix())
    _write_files(folder, files)
    with _writing(folder):
        experiment.parent.mkdir(parents=True, exist_ok=True)
        experiment.write_text(text, encoding="utf-8", newline="\n")
    print_line(str(experiment))
    into = _into(folder)
    shown = DATASET if dataset_folder == folder / DATASET else str(source.resolve())
    say(f"Next: {into}ragvsft data check {shown}")
    say(f"      ragvsft plan {EXPERIMENT}   (time and disk, before they are spent)")
    say(f"      ragvsft run {EXPERIMENT}")


def _say_sheet(folder: Path, source: Path, needed: "QuestionsNeeded") -> None:
    say(needed.message)
    say(f"{needed.sheet} is a sheet for them, with rows for every document and its split dealt. Fill in")
    say("  question   as a user would ask it")
    say("  answers    in few words; other ways to say the same joined by |; empty: no document tells")
    say("  fact_id    where several rows ask about the same fact in other words; else leave it empty")
    say("Rows may be added, left empty or taken away. 50 test questions show large differences, 200 show most.")
    target = "" if folder == Path() else f" {folder}"
    say(f"Next: ragvsft init{target} --from {source} --questions {needed.sheet}")


def _say_next(folder: Path, *, demo: bool) -> None:
    into = _into(folder)
    if demo:
        say(f"Next: {into}ragvsft doctor   (what this machine can do, and what is missing)")
        say("      ragvsft plan experiments/demo.yaml")
        say("      ragvsft run experiments/demo.yaml")
        return
    from ragvsft.data.importing.documents_folder import looks_like_documents

    if looks_like_documents(folder, None):
        say(f"{folder} holds documents; to begin with them: ragvsft init --from {folder} ANOTHER_FOLDER")
    say(f"Next: {into}ragvsft data import SOURCE data/mine   (your documents and questions)")
    say("      ragvsft data check data/mine")
    say("      ragvsft plan experiments/mine.yaml")


def _into(folder: Path) -> str:
    return "" if folder == Path() else f"cd {folder} && "


def _write_files(folder: Path, files: dict[str, str]) -> None:
    """Copy shipped files, all or none."""
    wanted = _check_targets(folder, files)
    with _writing(folder):
        for place, source in wanted.items():
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place)
                print_line(str(place))
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(IGNORED, encoding="utf-8", newline="\n")


def _check_targets(folder: Path, files: dict[str, str]) -> dict[Path, Path]:
    wanted = dict(_wanted(folder, files))
    for place, source in wanted.items():
        if place.exists() and not (place.is_file() and cmp(place, source, shallow=False)):
            raise _there_already(place)
    return wanted


def _there_already(place: Path) -> UsageError:
    return UsageError(
        f"{place} is there already, and is another",
        hint="Nothing was written. Choose another folder, or move it away.",
    )


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn what a disk says into what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno == errno.ENOSPC
        raise RagvsftError(
            f"{folder} cannot be written: {error.strerror}",
            hint="Free some disk, and call it again." if full else "Name a folder that may be: ragvsft init FOLDER",
        ) from error


def _wanted(folder: Path, files: dict[str, str]) -> Iterator[tuple[Path, Path]]:
    """Each place to write, and the shipped file that goes there; of a dataset only what a dataset is made of."""
    for target, source in [*files.items(), *((name, name) for name in SCHEMAS)]:
        origin = shipped(source)
        if origin.is_dir():
            for name in DATA_FILES:
                yield folder / target / name, origin / name
        else:
            yield folder / target, origin
