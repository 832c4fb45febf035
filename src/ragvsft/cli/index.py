"""`ragvsft index`: sync an experiment's indexes to a date without running the experiment."""

from typing import Annotated

import typer

from ragvsft.cli.console import print_json, progress_bar, say
from ragvsft.cli.options import STORE, ExperimentArgument, JsonOption, SetOption, StoreOption

app = typer.Typer(help="Work on an experiment's indexes alone.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _index() -> None:
    """Work on an experiment's indexes alone."""


@app.command("sync")
def sync(
    experiment: ExperimentArgument,
    at: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="A snapshot of the dataset; else the first wave.", show_default=False),
    ] = None,
    set_: SetOption = None,
    store: StoreOption = STORE,
    json: JsonOption = False,
) -> None:
    """Make every index of an experiment serve a date.

    \b
    Examples:
      ragvsft index sync experiments/demo.yaml
      ragvsft index sync experiments/demo.yaml --at 2024-07-01

    Only what is new is embedded and sent; what is gone by then is closed.
    """
    from ragvsft.config.loading import load_experiment
    from ragvsft.lab.experiment import plan_experiment
    from ragvsft.lab.opening import sync_alone

    plan = plan_experiment(load_experiment(experiment, set_ or ()))
    with progress_bar() as bar:
        reports = sync_alone(plan.loaded, plan.dataset, wave=plan.wave_named(at), store_folder=store, progress=bar)
    if json:
        print_json(reports)
        return
    if not reports:
        say(f"{experiment} has no index.")
    for name, report in reports.items():
        say(f"{name} serves {report['at']} from {report['store']}: {report['n_passages']:,} passages")
        say(
            f"  {report['n_added']:,} embedded and sent, {report['n_closed']:,} closed, "
            f"{report['n_reopened']:,} reopened, {report['n_unchanged']:,} unchanged"
        )
