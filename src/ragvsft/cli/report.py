"""`ragvsft report`: a run read anew; no model, no server, nothing generated."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import say


def report(
    run: Annotated[str, typer.Argument(help="A run's folder or name.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file; .md or .json.", show_default=False)
    ] = None,
    runs: Annotated[Path, typer.Option(help="The folder of run folders.")] = Path("runs"),
    json: Annotated[bool, typer.Option("--json", help="Print report.json on stdout.")] = False,
) -> None:
    """Show a run's report: the table on a terminal, or the whole as Markdown or JSON."""
    from ragvsft.report.json import report_json
    from ragvsft.report.terminal import print_table
    from ragvsft.report.writing import write_report
    from ragvsft.runs.folder import find_run
    from ragvsft.verdict.verdict import read_verdict

    verdict = read_verdict(find_run(runs, run))
    if output is not None:
        write_report(verdict, output)
        say(f"Written: {output}")
    if json:
        typer.echo(report_json(verdict))
    elif output is None:
        print_table(verdict)
