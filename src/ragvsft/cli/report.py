"""`ragvsft report`: a run read anew; no model, no server, nothing generated."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import say
from ragvsft.cli.options import RUNS, JsonOption, RunsOption
from ragvsft.core.errors import UsageError


def report(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="A run's folder, or its name or the start of it; else the newest run.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write it to this .md, .html or .json file.", show_default=False
        ),
    ] = None,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
) -> None:
    """Read a run anew, and show its report.

    \b
    Examples:
      ragvsft report                     the newest run
      ragvsft report demo -o demo.md     all of it, in Markdown
      ragvsft report demo -o demo.html   the same with charts, one page that needs no network
      ragvsft report demo --json | jq .decision

    Reads what was recorded: no model, no server, nothing is generated, and an unfinished run may be read as well.
    """
    from ragvsft.report.json import report_json
    from ragvsft.report.terminal import print_table
    from ragvsft.report.writing import write_report
    from ragvsft.runs.folder import find_run
    from ragvsft.verdict.judging import read_verdict

    verdict = read_verdict(find_run(runs, run) if run is not None else _newest(runs))
    if output is not None:
        write_report(verdict, output)
        say(f"Written: {output}")
    if json:
        typer.echo(report_json(verdict))
    elif output is None:
        print_table(verdict)
        folder = verdict.folder
        say(f"Next: ragvsft report {folder} -o report.html (all of it) · ragvsft dashboard {folder.parent}")


def _newest(runs: Path) -> Path:
    from ragvsft.runs.folder import list_runs

    readable = [entry for entry in list_runs(runs) if entry.problem is None]
    if not readable:
        raise UsageError(f"there is no run in {runs}", hint="`ragvsft run experiments/demo.yaml` makes one.")
    say(f"Run: {readable[0].folder}")
    return readable[0].folder
