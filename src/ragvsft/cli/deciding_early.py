"""For `ragvsft run --stop-when-decided`: whether a run that goes on has settled which arm leads."""

from collections.abc import Callable
from pathlib import Path

from ragvsft.config.experiment import Experiment
from ragvsft.core.errors import UsageError


def leader_known(experiment: Experiment, folder: Path) -> Callable[[], bool]:
    """Whether the arm that leads is known by what the run's folder holds at the time of the call.

    Raises:
        UsageError: the experiment decides by more than the primary metric, so answers alone cannot settle it.
    """
    settings = experiment.verdict
    if settings.weights or settings.constraints:
        raise UsageError(
            "--stop-when-decided follows the primary metric, and verdict has weights or constraints",
            hint="take them out for this run (they may be written in again later), or use --budget-minutes",
        )

    def known() -> bool:
        from ragvsft.verdict.early import leader_so_far
        from ragvsft.verdict.inputs import read_inputs

        return leader_so_far(read_inputs(folder)) is not None

    return known
