"""`ragvsft data export`: a dataset in the format that another tool takes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, print_line, say
from ragvsft.cli.options import DatasetArgument, JsonOption, day_of


class ExportFormat(StrEnum):
    """What a dataset can be written as."""

    BEIR = "beir"
    TREC = "trec"
    CHAT = "chat"


def export(
    dataset: DatasetArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go.", show_default=False)],
    format_: Annotated[ExportFormat, typer.Option("--format", help="What to write.", show_default=False)],
    at: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="As it was known on a snapshot; else on the last.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Write a dataset for another tool.

    \b
    beir   corpus.jsonl, queries.jsonl with answers, qrels/train.tsv, dev.tsv, test.tsv
    trec   qrels.train.txt, qrels.dev.txt, qrels.test.txt by document, for trec_eval and ir_measures
    chat   train.jsonl, dev.jsonl, test.jsonl: a conversation a question, for a trainer of chat models

    \b
    Examples:
      ragvsft data export data/demo exported --format chat
      ragvsft data export data/demo exported --format beir --at 2024-01-01

    These formats know one time: versions, questions and answers are those of one snapshot.
    """
    from ragvsft.data.exporting import export_beir, export_chat, export_qrels
    from ragvsft.data.read import read_dataset

    day = day_of("--at", at)
    write = {ExportFormat.BEIR: export_beir, ExportFormat.TREC: export_qrels, ExportFormat.CHAT: export_chat}[format_]
    report = write(read_dataset(dataset), folder, day)
    if json:
        print_json(report.to_json())
        return
    for path, n in report.files.items():
        say(f"{path}: {n:,} rows")
    for reason, n in report.left_out.items():
        say(f"  left out: {n:,} ({reason})")
    print_line(str(folder))
