"""`ragvsft plan`: steps, tokens, time and disk of an experiment, before anything is spent."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, say


def plan(
    experiment: Annotated[Path, typer.Argument(help="The experiment file (YAML).", show_default=False)],
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a setting.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")] = False,
) -> None:
    """Say what a run will do; loads no model, starts no server, writes nothing."""
    from ragvsft.config.loading import load_experiment
    from ragvsft.lab.experiment import plan_experiment
    from ragvsft.lab.planning import forecast

    told = forecast(plan_experiment(load_experiment(experiment, set_ or ())))
    if json:
        print_json(told.to_json())
        return
    typer.echo(f"{told.run}: {told.n_tested_facts:,} tested facts, {told.n_test_questions:,} test questions an arm")
    typer.echo(f"{'stage':<10}{'what':<40}{'items':>9}{'tokens':>12}{'about':>10}")
    for step in told.steps:
        typer.echo(f"{step.stage:<10}{step.what[:39]:<40}{step.n_items:>9,}{step.tokens:>12,}{_time(step.seconds):>10}")
    typer.echo(f"{'in all':<50}{'':>9}{told.tokens:>12,}{_time(told.seconds):>10}")
    typer.echo(f"Disk: about {told.disk_bytes / 1e9:.1f} GB, the converted base model included.")
    say("Tokens and times are estimates; the first minutes of a run show a better one.")
    say(f"Next: ragvsft run {experiment}")


def _time(seconds: float) -> str:
    return f"{seconds:,.0f} s" if seconds < 120 else f"{seconds / 60:,.0f} min"
