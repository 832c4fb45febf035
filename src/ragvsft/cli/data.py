"""`ragvsft data`: import a dataset, check it, show it; fetch, export and diff have files of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragvsft.cli import data_diff, data_export, data_fetch
from ragvsft.cli.console import print_json, print_line, progress_bar, say
from ragvsft.cli.options import (
    DatasetArgument,
    JsonOption,
    LanguageOption,
    LicenceOption,
    QuestionsOption,
    SnapshotsOption,
    day_of,
)
from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.core.values import Task
from ragvsft.report.escaping import without_controls

if TYPE_CHECKING:
    from ragvsft.data.checks.passages import Cutting, PassageReport
    from ragvsft.data.importing.options import Shares

app = typer.Typer(help="Import, check and show datasets.", no_args_is_help=True, rich_markup_mode=None)
app.command("fetch")(data_fetch.fetch)
app.command("export")(data_export.export)
app.command("diff")(data_diff.diff)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The file or folder to import.", show_default=False)],
    folder: Annotated[
        Path, typer.Argument(metavar="DATASET", help="Where the dataset folder goes.", show_default=False)
    ],
    format_: Annotated[
        str | None, typer.Option("--format", help="Else told from the content; see below.", show_default=False)
    ] = None,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="Which column holds a field: --map question=prompt. May be given several times.",
        ),
    ] = None,
    documents: Annotated[
        Path | None,
        typer.Option(metavar="TABLE", help="Documents for a source that holds questions alone.", show_default=False),
    ] = None,
    questions: QuestionsOption = None,
    task: Annotated[
        str | None, typer.Option(help="short_answer, label or long_form; else told.", show_default=False)
    ] = None,
    shares: Annotated[
        str, typer.Option(metavar="TRAIN,DEV,TEST", help="How questions are dealt where the source does not say.")
    ] = "0.45,0.1,0.45",
    snapshot: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day as of which undated text holds.", show_default=False)
    ] = None,
    snapshots: SnapshotsOption = None,
    language: LanguageOption = "en",
    name: Annotated[str | None, typer.Option(help="The dataset's name; else the source's.", show_default=False)] = None,
    licence: LicenceOption = None,
    seed: Annotated[int, typer.Option(help="Of the deal into train, dev and test.")] = 0,
    json: JsonOption = False,
) -> None:
    """Bring a source into a dataset folder, whole or not at all.

    \b
    Examples:
      ragvsft data import train-v2.0.json data/squad --licence CC-BY-SA-4.0
      ragvsft data import faq.csv data/faq --documents pages.jsonl --map question=prompt --map answers=reply
      ragvsft data import handbook/ data/handbook --questions questions.csv
      ragvsft data import scifact/ data/scifact --format beir --shares 0.4,0.1,0.5

    \b
    Formats:
      squad              SQuAD v1.1 or v2 JSON
      pubmedqa           ori_pqal.json with test_ground_truth.json beside it
      tsqa               the human-written questions of Time-Sensitive-QA
      dyknow             the folder of DyKnow
      natural_questions  Natural Questions JSONL, or rows with positive_ctxs
      chat               JSONL of OpenAI messages; needs --documents
      beir               corpus.jsonl, queries.jsonl (with answers) and qrels/
      table              JSONL, JSON, CSV, TSV or Parquet; or a folder of train, test and corpus files
      documents          a folder of text, Markdown, HTML, PDF and Word files with a table of questions

    A source's own splits are kept. Fields for --map: question_id, fact_id, question, answers, documents,
    gold_doc_ids, split, answerable, valid_from, valid_to; of documents doc_id, title, text, source.
    """
    from ragvsft.cli.import_report import say_import
    from ragvsft.data.importing import ImportOptions, import_dataset

    options = ImportOptions(
        name=name,
        licence=licence,
        language=language,
        shares=_shares(shares),
        seed=seed,
        task=_task(task),
        mapping=_mapping(map_ or ()),
        documents=documents,
        questions=questions,
        snapshots=snapshots,
    )
    day = day_of("--snapshot", snapshot)
    if day is not None:
        options = replace(options, snapshot=day)
    is_there = (folder / "dataset.json").exists()
    with progress_bar(patient=True) as bar:
        report = import_dataset(source, folder, format=format_, options=replace(options, progress=bar))
    if json:
        print_json(report.to_json())
        return
    say_import(report)
    if is_there:
        say(f"The dataset that was in {report.folder} is replaced.")
    say(f"Next: ragvsft data check {report.folder}")


@app.command("check")
def check(
    folder: DatasetArgument,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    index: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Cut passages as this index does; else by the defaults.", show_default=False),
    ] = None,
    embedder: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Whose tokens count; else the default embedder's.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Look for what would make results worthless, and tell what becomes of the documents when they are cut.

    \b
    Examples:
      ragvsft data check data/demo
      ragvsft data check data/demo --index indexes/handbook.yaml
      ragvsft data check data/demo --strict --json | jq .findings

    Exit 1 when it finds an error, and with --strict also for a warning.
    """
    from ragvsft.data.check import check_dataset
    from ragvsft.data.read import read_dataset

    cutting = _cutting(index, embedder)
    with progress_bar(patient=True) as bar:
        report = check_dataset(read_dataset(folder, bar), cutting=cutting, progress=bar)
    if json:
        print_json(report.to_json())
    else:
        for finding in (*report.findings, *report.notes):
            print_line(f"{finding.level}: {finding.message} ({finding.n:,} of {finding.of:,})")
            for example in finding.examples:
                print_line(f"    {example}")
        if report.passages:
            print_line(_passages(report.passages))
        say(f"{_count(len(report.errors), 'error')}, {_count(len(report.warnings), 'warning')} in {folder}")
    return 1 if report.errors or (strict and report.warnings) else 0


@app.command("show")
def show(folder: DatasetArgument, json: JsonOption = False) -> None:
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


def _cutting(index: Path | None, embedder: str | None) -> "Cutting | None":
    """How the documents are cut; None, and said, where nothing here counts the tokens of the default embedder."""
    from ragvsft.config.experiment import Chunking, Lab
    from ragvsft.config.loading import load_index
    from ragvsft.data.check import Cutting
    from ragvsft.data.token_counter import token_counter
    from ragvsft.lab.generation.tokenizer_file import tokenizer_file

    chunking = load_index(index).chunking if index is not None else Chunking()
    name = embedder or str(Lab.model_fields["embedder"].default)
    try:
        return Cutting(chunking=chunking, count_tokens=token_counter(tokenizer_file(name)), embedder=name)
    except ServiceError as error:
        if index is not None or embedder is not None:
            raise
        say(f"Passages are not looked at: {error.message} ({error.hint})")
        return None


def _passages(report: "PassageReport") -> str:
    part = "" if report.n_versions == report.of_versions else f" of {report.n_versions:,} versions"
    sizes = f"{report.tokens_min:,} / {report.tokens_median:,.0f} / {report.tokens_max:,}"
    told = f"passages of at most {report.max_tokens:,} tokens: {report.n_passages:,}{part}, min / median / max {sizes}"
    if report.n_answers is None:
        return told
    return f"{told}; {report.n_answers_cut:,} of {_count(report.n_answers, 'stated answer')} cut in two"


def _mapping(entries: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in entries:
        field, equals, column = entry.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise UsageError(f"--map {entry!r} is no FIELD=COLUMN", hint="write --map question=prompt")
        found[field.strip()] = column.strip()
    return found


def _shares(text: str) -> "Shares":
    from ragvsft.data.importing.options import Shares

    try:
        train, dev, test = (float(share) for share in text.split(","))
    except ValueError as error:
        raise UsageError(f"--shares {text!r} is not three fractions", hint="write --shares 0.45,0.1,0.45") from error
    return Shares(train=train, dev=dev, test=test)


def _task(text: str | None) -> Task | None:
    if text is None:
        return None
    try:
        return Task(text)
    except ValueError as error:
        raise UsageError(f"the task {text!r} is unknown", hint=f"known are: {', '.join(Task)}") from error


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
    return "–" if value is None or value == "" else without_controls(str(value))
