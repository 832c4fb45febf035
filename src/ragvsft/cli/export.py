"""`ragvsft export`: a run's records for other tools, as Parquet or TREC files."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, print_line
from ragvsft.cli.options import RUNS, JsonOption, RunArgument, RunsOption


class RunFormat(StrEnum):
    """What a run can be written as."""

    PARQUET = "parquet"
    TREC = "trec"


def export(
    run: RunArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go.", show_default=False)],
    format_: Annotated[RunFormat, typer.Option("--format", help="What to write.")] = RunFormat.PARQUET,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
) -> None:
    """Write what a run recorded for other tools.

    \b
    parquet   outcomes (with prompts), questions, passages, hits, readings, annotations: a table each
    trec      run.ARM.WAVE.txt and qrels.INDEX.WAVE.txt by passage, for trec_eval and ir_measures

    \b
    Examples:
      ragvsft export demo exported
      ragvsft export demo exported --format trec

    An unfinished run gives what it has.
    """
    from ragvsft.runs.folder import find_run
    from ragvsft.runs.reading import open_run

    with open_run(find_run(runs, run)) as reader:
        if format_ is RunFormat.TREC:
            from ragvsft.runs.trec import export_trec

            files = export_trec(reader, folder)
        else:
            from ragvsft.runs.export import export_parquet

            files = export_parquet(reader, folder)
    if json:
        print_json([str(path) for path in files])
        return
    for path in files:
        print_line(str(path))
