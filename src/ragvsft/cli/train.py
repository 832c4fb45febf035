"""`ragvsft train`: train an experiment's adapters without asking its arms."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import progress_bar, say


def train(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a setting.")] = None,
    runs: Annotated[Path, typer.Option(help="The folder of run folders.")] = Path("runs"),
    store: Annotated[Path, typer.Option(help="Where a store of our own keeps its files.")] = Path("indexes/.store"),
) -> None:
    """Sync the indexes and train the adapters of the first wave; `ragvsft run` goes on from there."""
    from ragvsft.config.loading import load_experiment
    from ragvsft.lab.experiment import plan_experiment, train_only

    plan = plan_experiment(load_experiment(experiment, set_ or ()))
    with progress_bar() as bar:
        ready = train_only(plan, runs_root=runs, store_folder=store, progress=bar)
    for adapter in ready:
        say(f"{adapter.name}, seed {adapter.seed}: {adapter.folder}")
    say(f"Next: ragvsft run {experiment}")
