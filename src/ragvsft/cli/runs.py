"""`ragvsft runs`: list run folders, and remove one."""

import sys
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, print_line, say
from ragvsft.cli.options import RUNS, JsonOption, RunArgument, RunsOption
from ragvsft.core.errors import UsageError

app = typer.Typer(help="List and remove run folders.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(runs: RunsOption = RUNS, json: JsonOption = False) -> None:
    """Name every run, its state and when it was begun.

    \b
    Examples:
      ragvsft runs list
      ragvsft runs list --json | jq -r '.[].run'
    """
    from ragvsft.runs.folder import list_runs

    found = list_runs(runs)
    if json:
        print_json(
            [
                {
                    "run": str(entry.folder),
                    "name": entry.name,
                    "state": entry.state,
                    "created_at": entry.created_at.isoformat() if entry.created_at else None,
                    "problem": entry.problem,
                }
                for entry in found
            ]
        )
        return
    if not found:
        say(f"There is no run in {runs}. `ragvsft run experiments/demo.yaml` makes one.")
    for entry in found:
        began = f"{entry.created_at:%Y-%m-%d %H:%M}" if entry.created_at else ""
        print_line(f"{entry.folder.name:<44} {entry.problem or entry.state or 'empty':<12} {began}".rstrip())


@app.command("rm")
def remove(
    run: RunArgument,
    runs: RunsOption = RUNS,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a run folder with its outcomes and adapters.

    \b
    Example:
      ragvsft runs rm demo-0123456789ab
    """
    from ragvsft.runs.folder import find_run, remove_run

    folder = find_run(runs, run)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(f"{folder} was not removed: nobody is there to be asked", hint="--yes removes it.")
        if not typer.confirm(f"Remove {folder} with all it holds?", err=True):
            say("Nothing was removed.")
            return
    remove_run(folder)
    say(f"Removed: {folder}")
