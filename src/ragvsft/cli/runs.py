"""`ragvsft runs`: list run folders, and remove one."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, say

app = typer.Typer(help="List and remove run folders.", no_args_is_help=True, rich_markup_mode=None)
RunsOption = Annotated[Path, typer.Option(help="The folder of run folders.")]


@app.command("list")
def list_(
    runs: RunsOption = Path("runs"),
    json: Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")] = False,
) -> None:
    """Name every run, its state and when it was begun."""
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
        typer.echo(f"{entry.folder.name:<44} {entry.problem or entry.state or 'empty':<12} {began}".rstrip())


@app.command("rm")
def remove(
    run: Annotated[str, typer.Argument(help="A run's folder or name.", show_default=False)],
    runs: RunsOption = Path("runs"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a run folder with its outcomes and adapters."""
    from ragvsft.runs.folder import find_run, remove_run

    folder = find_run(runs, run)
    if not yes:
        typer.confirm(f"Remove {folder} with all it holds?", abort=True, err=True)
    remove_run(folder)
    say(f"Removed: {folder}")
