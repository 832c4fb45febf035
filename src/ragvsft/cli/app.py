"""The `ragvsft` command: its sub-commands, and what becomes of errors.

Exit codes: 0 fine · 1 error with a hint · 2 usage · 3 done with failures over tolerance · 4 a service is missing ·
5 the gate says no · 6 the gate cannot tell · 130 interrupted, the same command goes on.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import click
import typer

from ragvsft import __version__
from ragvsft.cli import dashboard, data, doctor, index, init, plan, report, run, runs, schema, train, weaviate
from ragvsft.cli.console import say_error
from ragvsft.core.errors import RagvsftError

EPILOG = "Exit codes: 0 fine, 1 error, 2 usage, 3 failures over tolerance, 4 service missing, 130 interrupted."

app = typer.Typer(
    name="ragvsft",
    help="Should you fine-tune, retrieve, or do both? Measure it on your own documents and questions.",
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
app.command("dashboard")(dashboard.dashboard)
app.command("train")(train.train)
app.command("schema")(schema.schema)
app.add_typer(runs.app, name="runs")
app.add_typer(data.app, name="data")
app.add_typer(index.app, name="index")
app.add_typer(weaviate.app, name="weaviate")


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


def run_cli(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; no exception leaves."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        result = app(args=list(arguments), standalone_mode=False, prog_name="ragvsft")
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        say_error("interrupted", "Nothing is lost: the same command goes on where it stopped.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except RagvsftError as error:
        _trace()
        say_error(error.message, error.hint)
        return error.exit_code
    except Exception as error:
        _trace()
        say_error(
            f"this is a bug in ragvsft: {type(error).__name__}: {error}",
            "The same command with --debug first (ragvsft --debug …) shows where; please report it with that output.",
        )
        return 1
    return result if isinstance(result, int) else 0


def _trace() -> None:
    if os.environ.get("RAGVSFT_DEBUG"):
        traceback.print_exc()
