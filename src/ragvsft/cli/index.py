"""`ragvsft index`: sync an experiment's indexes to a date without running the experiment."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, progress_bar, say

app = typer.Typer(help="Work on an experiment's indexes alone.", no_args_is_help=True, rich_markup_mode=None)


@app.command("sync")
def sync(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).", show_default=False)],
    at: Annotated[str | None, typer.Option(help="A snapshot date; else the first wave.", show_default=False)] = None,
    store: Annotated[Path, typer.Option(help="Where a store of our own keeps its files.")] = Path("indexes/.store"),
    json: Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")] = False,
) -> None:
    """Make every index of an experiment serve a date; only what is new is embedded and sent."""
    from ragvsft.config.loading import load_experiment
    from ragvsft.lab.experiment import plan_experiment
    from ragvsft.lab.opening import sync_alone

    plan = plan_experiment(load_experiment(experiment))
    with progress_bar() as bar:
        reports = sync_alone(plan.loaded, plan.dataset, wave=plan.wave_named(at), store_folder=store, progress=bar)
    if json:
        print_json(reports)
        return
    for name, report in reports.items():
        say(f"{name} serves {report['at']} from {report['store']}: {report['n_passages']:,} passages")
        say(
            f"  {report['n_added']:,} embedded and sent, {report['n_closed']:,} closed, "
            f"{report['n_reopened']:,} reopened, {report['n_unchanged']:,} unchanged"
        )
