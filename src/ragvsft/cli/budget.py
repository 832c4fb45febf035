"""A budget for one call of `ragvsft run`: when it is spent, the run stops as after Ctrl-C, and is reported so far.

Looked at whenever progress is told, so it is overdrawn by what one step takes: a batch of answers, a training step.
"""

import time
from collections.abc import Callable
from pathlib import Path

from ragvsft.cli.console import Bar
from ragvsft.config.experiment import Experiment
from ragvsft.config.prices import PriceSheet
from ragvsft.core.errors import UsageError
from ragvsft.core.values import Reading, Stage
from ragvsft.runs.manifest import read_manifest
from ragvsft.runs.reading import open_run
from ragvsft.verdict.pricing import pricing_by

LOOK_EVERY_S = 2.0


class BudgetSpent(KeyboardInterrupt):
    """The budget is spent; the message says which one."""


class Budget(Bar):
    """Progress that is shown, until the budget is spent.

    Args:
        shown: what progress is passed on to.
        minutes: of wall time; None: any.
        usd: None: any.
        spent_usd: what was spent so far; None: not known yet.
    """

    def __init__(
        self, shown: Bar, *, minutes: float | None, usd: float | None, spent_usd: Callable[[], float | None]
    ) -> None:
        self._shown = shown
        self._minutes = minutes
        self._usd = usd
        self._spent_usd = spent_usd
        self._began = time.monotonic()
        self._looked = 0.0

    def __call__(self, stage: str, done: int, total: int, message: str = "") -> None:
        """Pass it on.

        Raises:
            BudgetSpent: minutes or money are over.
        """
        self._shown(stage, done, total, message)
        now = time.monotonic()
        if self._minutes is not None and now - self._began >= 60.0 * self._minutes:
            raise BudgetSpent(f"{self._minutes:g} minutes")
        if self._usd is not None and now - self._looked >= LOOK_EVERY_S:
            self._looked = now
            spent = self._spent_usd()
            if spent is not None and spent >= self._usd:
                raise BudgetSpent(f"{self._usd:g} USD")


def spending(experiment: Experiment, folder: Path) -> Callable[[], float | None]:
    """What this process has spent on a run by the experiment's prices, from now on.

    Priced are its processor seconds, or the seconds for which it held a GPU; of a served model the tokens of answers
    that are recorded. The retrieval server's own processor time is not in it.

    Raises:
        UsageError: the experiment names no prices.
    """
    sheet = experiment.verdict.prices
    if not isinstance(sheet, PriceSheet):
        raise UsageError(
            "--budget-usd needs prices, and the experiment names none",
            hint="write verdict: {prices: …} with a sheet such as prices/cloud-2026-11.yaml, or use --budget-minutes",
        )
    began, cpu_began = time.monotonic(), time.process_time()
    n_before = _n_readings(folder)

    def spent() -> float | None:
        if not (folder / "run.db").exists():
            return None
        manifest = read_manifest(folder)
        pricing = pricing_by(sheet, manifest)
        if experiment.lab.base.engine == "openai":
            with open_run(folder) as run:
                return pricing.total(run.readings()[n_before:])
        elapsed = time.monotonic() - began
        used = Reading(
            stage=Stage.TRAIN,
            wall_s=elapsed,
            cpu_s=time.process_time() - cpu_began,
            gpu_s=elapsed if manifest.environment.device == "cuda" else None,
        )
        found = pricing.usd(used)
        if found is None:
            raise UsageError(
                f"--budget-usd: the price sheet has no price for {', '.join(pricing.missing([used]))}",
                hint="add it to the sheet, with its source and date, or use --budget-minutes",
            )
        return found

    return spent


def _n_readings(folder: Path) -> int:
    if not (folder / "run.db").exists():
        return 0
    with open_run(folder) as run:
        return len(run.readings())
