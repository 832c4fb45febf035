"""`ragvsft train`: train an experiment's adapters without asking its arms."""

from ragvsft.cli.console import print_json, progress_bar, say
from ragvsft.cli.options import RUNS, STORE, ExperimentArgument, JsonOption, RunsOption, SetOption, StoreOption


def train(
    experiment: ExperimentArgument,
    set_: SetOption = None,
    runs: RunsOption = RUNS,
    store: StoreOption = STORE,
    json: JsonOption = False,
) -> None:
    """Train an experiment's adapters, and no more.

    \b
    Examples:
      ragvsft train experiments/demo.yaml
      ragvsft train experiments/demo.yaml --set lab.adapters.knows.epochs=4

    Syncs the indexes and trains the adapters of the first wave; `ragvsft run` goes on from there.
    """
    from ragvsft.config.loading import load_experiment
    from ragvsft.lab.experiment import plan_experiment, train_only

    plan = plan_experiment(load_experiment(experiment, set_ or ()))
    with progress_bar() as bar:
        ready = train_only(plan, runs_root=runs, store_folder=store, progress=bar)
    if json:
        print_json([{"adapter": each.name, "seed": each.seed, "folder": str(each.folder)} for each in ready])
    if not ready:
        say(f"{experiment} has no adapter to train.")
    for each in ready:
        say(f"{each.name}, seed {each.seed}: {each.folder}")
    say(f"Next: ragvsft run {experiment}")
