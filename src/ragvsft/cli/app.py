"""The `ragvsft` command: its sub-commands, each loaded with what its own help needs and no more."""

import os
from typing import Annotated

import typer

from ragvsft import __version__
from ragvsft.cli import (
    ask,
    compare,
    dashboard,
    data,
    doctor,
    export,
    gate,
    index,
    init,
    plan,
    report,
    run,
    runs,
    schema,
    train,
    weaviate,
)

HELP = """Should you fine-tune, retrieve, or do both? Measure it on your own documents and questions.

\b
Examples:
  ragvsft init --demo                    files of the demo, in this folder
  ragvsft doctor                         what is missing here, and what mends it
  ragvsft plan experiments/demo.yaml     steps, time and disk before they are spent
  ragvsft run experiments/demo.yaml      measure; again: go on, or nothing
  ragvsft report demo                    read the run anew
  ragvsft compare demo-0123456789ab demo-ba9876543210
  ragvsft dashboard                      look at the runs in a browser
  ragvsft ask demo "Who leads Gent?"     every arm of a run answers a new question
"""
EPILOG = (
    "Data goes to stdout, talk to stderr. Exit codes: 0 fine, 1 error, 2 usage, 3 done with failures over tolerance, "
    "4 a service or model is missing, 5 the gate says worse, 6 the gate cannot tell, "
    "130 interrupted (the same command goes on)."
)

app = typer.Typer(
    name="ragvsft",
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.init)
app.command("doctor")(doctor.doctor)
app.command("plan")(plan.plan)
app.command("run")(run.run)
app.command("report")(report.report)
app.command("compare")(compare.compare)
app.command("gate")(gate.gate)
app.command("export")(export.export)
app.command("dashboard")(dashboard.dashboard)
app.command("ask")(ask.ask)
app.add_typer(runs.app, name="runs")
app.add_typer(data.app, name="data")
app.add_typer(index.app, name="index")
app.command("train")(train.train)
app.add_typer(weaviate.app, name="weaviate")
app.command("schema")(schema.schema)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ragvsft {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    if debug:
        os.environ["RAGVSFT_DEBUG"] = "1"
