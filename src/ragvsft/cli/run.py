"""`ragvsft run`: an experiment from its file to a report; the same command again goes on, or does nothing."""

from typing import Annotated

import typer

from ragvsft.cli.console import print_json, progress_bar, say
from ragvsft.cli.options import RUNS, STORE, ExperimentArgument, JsonOption, RunsOption, SetOption, StoreOption


def run(
    experiment: ExperimentArgument,
    set_: SetOption = None,
    runs: RunsOption = RUNS,
    store: StoreOption = STORE,
    force_environment: Annotated[
        bool,
        typer.Option("--force-environment", help="Go on although threads, dtype, device or store are others now."),
    ] = False,
    budget_minutes: Annotated[
        float | None, typer.Option("--budget-minutes", min=0.0, help="Stop after so much time, and report.")
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option("--budget-usd", min=0.0, help="Stop after so much money by verdict.prices, and report."),
    ] = None,
    stop_when_decided: Annotated[
        bool,
        typer.Option("--stop-when-decided", help="Stop asking at the last date once it is certain which arm leads."),
    ] = False,
    affected: Annotated[
        int | None,
        typer.Option(
            "--affected",
            metavar="N",
            min=1,
            help="At dates after the first, ask only what the changes touched and a sample of N facts (lab.affected).",
        ),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Run an experiment and write its report.

    \b
    Examples:
      ragvsft run experiments/demo.yaml
      ragvsft run experiments/demo.yaml --set split.tested_facts=40 --set lab.training_seeds=[0,1]
      ragvsft run experiments/demo.yaml --budget-minutes 10
      ragvsft run experiments/demo.yaml --affected 40
      ragvsft run experiments/demo.yaml --json | jq -r .report

    A budget stops the run softly: what is answered by then is compared over the questions that all arms answered.
    --stop-when-decided looks after every shard of questions (lab.shard_questions) at intervals that hold at every look.

    --affected makes a run of its own, told as a sample in its report; the first date is taken over from the whole run.

    The same command again goes on where it stopped, after Ctrl-C, a crash or a power cut, and does nothing where all
    is done. What another setting does not change is taken over from the runs of the same name.

    Exit 3: finished, but an arm failed on more questions than verdict.failure_tolerance allows.
    """
    from ragvsft.cli.budget import Budget, BudgetSpent, spending
    from ragvsft.cli.deciding_early import leader_known
    from ragvsft.config.loading import load_experiment
    from ragvsft.lab.experiment import RunSummary, is_finished, plan_experiment, run_experiment
    from ragvsft.report.terminal import print_table
    from ragvsft.report.writing import write_report
    from ragvsft.runs.environment import load_of_others, usable_cores
    from ragvsft.runs.folder import run_folder
    from ragvsft.verdict.judging import read_verdict

    overrides = [*(set_ or ()), *([f"lab.affected={affected}"] if affected is not None else [])]
    plan = plan_experiment(load_experiment(experiment, overrides))
    folder = run_folder(runs, plan.experiment.name, plan.run_hash)
    spent_usd = (lambda: None) if budget_usd is None else spending(plan.experiment, folder)
    known = leader_known(plan.experiment, folder) if stop_when_decided else None
    stopped: str | None = None
    if not is_finished(folder, plan.waves) and (load := load_of_others()) is not None:
        say(
            f"Other work ran here in the last minute (load {load:.1f} on {usable_cores()} cores): seconds measured "
            "beside it are too long; answers are the same."
        )
    with progress_bar() as bar:
        budget = Budget(bar, minutes=budget_minutes, usd=budget_usd, spent_usd=spent_usd)
        try:
            summary = run_experiment(
                plan,
                runs_root=runs,
                store_folder=store,
                progress=budget,
                force_environment=force_environment,
                enough=known,
            )
        except BudgetSpent as spent:
            stopped = str(spent)
            summary = RunSummary(folder=folder, n_units_run=0, nothing_left=False)
    if stopped is not None:
        say(f"Stopped: the budget of {stopped} is spent. What is finished is kept; the same command goes on.")
        if not (folder / "run.db").exists():
            return 0
    verdict = read_verdict(summary.folder)
    report = summary.folder / "report.md"
    if not summary.nothing_left or summary.read_otherwise or not report.exists():
        write_report(verdict, report)
        write_report(verdict, summary.folder / "report.json")
    too_many = verdict.arms_over_tolerance
    if json:
        print_json(
            {
                "run": str(summary.folder),
                "report": str(report),
                "nothing_left": summary.nothing_left,
                "n_units_run": summary.n_units_run,
                "stopped_by_budget": stopped,
                "n_unasked": summary.n_left,
                "arms_over_failure_tolerance": list(too_many),
            }
        )
    else:
        print_table(verdict)
    if summary.n_left:
        say(f"Decided early: {summary.n_left:,} answers were not asked for. Without --stop-when-decided they are.")
    if summary.read_otherwise:
        say(f"Nothing was left to run: {summary.folder} is finished, and is read with the new verdict settings.")
    elif summary.nothing_left:
        say(f"Nothing was left to do: {summary.folder} is finished.")
    say(f"Report: {report}")
    say(f"Next: ragvsft report {summary.folder} · ragvsft dashboard {runs} · change {experiment} and run it again")
    if too_many:
        say(f"Failures are over tolerance in: {', '.join(too_many)}")
        return 3
    return 0
