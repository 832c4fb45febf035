"""`ragvsft compare`: runs against a run; no model, no server, nothing generated."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragvsft.cli.console import print_json, say
from ragvsft.cli.options import RUNS, JsonOption, RunsOption, day_of
from ragvsft.core.errors import UsageError

if TYPE_CHECKING:
    from ragvsft.verdict.comparing_runs import RunComparison
    from ragvsft.verdict.run_differences import Kind

ArmOption = Annotated[
    list[str] | None,
    typer.Option(
        "--arm",
        metavar="ARM",
        help="Only this arm; BEFORE=NOW where its name has changed. May be given several times.",
        show_default=False,
    ),
]
MetricOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Compare by this metric.", show_default="the primary one")
]
WaveOption = Annotated[
    str | None, typer.Option(metavar="DATE", help="Compare at this wave.", show_default="the last that all have")
]
AllowOption = Annotated[
    str | None,
    typer.Option(
        metavar="KINDS",
        help="What may differ, joined by commas: questions, scorers, prompts.",
        show_default=False,
    ),
]


def compare(
    runs_: Annotated[
        list[str],
        typer.Argument(metavar="RUN RUN...", help="Runs; the first is the one to compare with.", show_default=False),
    ],
    arm: ArmOption = None,
    metric: MetricOption = None,
    wave: WaveOption = None,
    allow: AllowOption = None,
    prices: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Price all runs by this sheet, not by their own.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write it to this .md file.", show_default=False),
    ] = None,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
) -> None:
    """Compare runs: the same arms, paired by question.

    \b
    Examples:
      ragvsft compare demo-0123456789ab demo-ba9876543210
      ragvsft compare main/runs/demo-0123456789ab runs/demo-0123456789ab -o compared.md
      ragvsft compare demo demo --arm rag=hybrid_mixed --allow prompts     two arms of one run

    Runs of other questions, scorers or prompts, or with edited answers, are refused unless --allow names the kind.
    Reads what was recorded: no model, no server, and an unfinished run may be compared as well.
    """
    from ragvsft.report.comparison_json import comparison_data
    from ragvsft.report.comparison_markdown import comparison_markdown
    from ragvsft.report.comparison_terminal import print_comparison

    if output is not None and output.suffix.lower() != ".md":
        raise UsageError(f"{output} does not end in .md", hint="--json prints JSON; -o writes Markdown")
    found = read_comparison(runs_, runs, arms=arm, metric=metric, wave=wave, allow=allow, prices=prices)
    if output is not None:
        write_told(output, comparison_markdown(found))
    if json:
        print_json(comparison_data(found))
    elif output is None:
        print_comparison(found)


def read_comparison(
    names: Sequence[str],
    root: Path,
    *,
    arms: Sequence[str] | None,
    metric: str | None,
    wave: str | None,
    allow: str | None,
    prices: Path | None = None,
) -> "RunComparison":
    """The comparison that the options ask for.

    Raises:
        UsageError: an option is wrong, or the runs differ in what must not.
        DataError: a run cannot be read.
    """
    from ragvsft.config.loading import load_prices
    from ragvsft.runs.folder import find_run
    from ragvsft.verdict.comparing_runs import compare_runs
    from ragvsft.verdict.reading_runs import read_runs

    kinds = _kinds(allow)
    day = day_of("--wave", wave)
    if len(names) < 2:
        raise UsageError("one run was given, and nothing to compare it with", hint="ragvsft compare RUN RUN")
    folders = [find_run(root, name) for name in names]
    read = read_runs(folders, wave=day, prices=load_prices(prices) if prices else None)
    return compare_runs(read, wave=day, metric=metric, arms=[_pair(one) for one in arms or ()], allowed=kinds)


def write_told(path: Path, text: str) -> None:
    """Write a file whole or not at all, and say so.

    Raises:
        RagvsftError: it cannot be written.
    """
    from ragvsft.report.writing import write_text

    write_text(path, text, str(path))
    say(f"Written: {path}")


def _kinds(text: str | None) -> "set[Kind]":
    from ragvsft.verdict.run_differences import KINDS

    wanted = {part.strip() for part in (text or "").split(",") if part.strip()}
    unknown = sorted(wanted.difference(KINDS))
    if unknown:
        raise UsageError(f"--allow does not know {', '.join(unknown)}", hint=f"it takes: {', '.join(KINDS)}")
    return {kind for kind in KINDS if kind in wanted}


def _pair(text: str) -> tuple[str, str]:
    before, mark, now = text.partition("=")
    return before, now if mark else before
