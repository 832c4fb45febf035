"""`ragvsft plan`: steps, tokens, time and disk of an experiment, before anything is spent."""

from ragvsft.cli.console import print_json, print_line, say
from ragvsft.cli.options import RUNS, ExperimentArgument, JsonOption, RunsOption, SetOption


def plan(
    experiment: ExperimentArgument,
    set_: SetOption = None,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
) -> None:
    """Tell steps, time and disk of a run beforehand.

    \b
    Examples:
      ragvsft plan experiments/demo.yaml
      ragvsft plan experiments/demo.yaml --set split.tested_facts=40 --json | jq .seconds

    Loads no model, starts no server, writes nothing. Items are counted; tokens, time and disk are estimates.
    """
    from ragvsft.config.loading import load_experiment
    from ragvsft.lab.experiment import is_finished, plan_experiment
    from ragvsft.lab.planning import forecast

    planned = plan_experiment(load_experiment(experiment, set_ or ()))
    told = forecast(planned)
    if json:
        print_json(told.to_json())
        return
    print_line(f"{told.run}: {told.n_tested_facts:,} tested facts, {told.n_test_questions:,} test questions an arm")
    print_line(f"{'stage':<10}{'what':<38}{'items':>8}{'tokens':>12}{'about':>10}")
    for step in told.steps:
        print_line(f"{step.stage:<10}{step.what[:37]:<38}{step.n_items:>8,}{step.tokens:>12,}{_time(step.seconds):>10}")
    print_line(f"{'in all':<56}{told.tokens:>12,}{_time(told.seconds):>10}")
    print_line(f"Disk: about {told.disk_bytes / 1e6:,.0f} MB")
    say("Tokens, times and disk are estimates, for this machine when nothing else runs on it.")
    for note in told.notes:
        say(note)
    folder = runs / told.run
    if is_finished(folder, planned.waves):
        say(f"{folder} is finished: running it again does nothing.")
    elif folder.exists():
        say(f"{folder} is begun: what is finished there is not done again.")
    say(f"Next: ragvsft run {experiment}")


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:,.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
