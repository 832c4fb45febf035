"""What a run folder says of how its arms are asked: read once, and never written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ragvsft.config.experiment import Arm as ArmConfig
from ragvsft.config.experiment import IndexFile, Lab
from ragvsft.core.errors import DataError
from ragvsft.core.live import NOT_ASKED
from ragvsft.core.values import Task
from ragvsft.lab.prompts import Example, default_instruction
from ragvsft.runs.manifest import Manifest
from ragvsft.runs.reading import RunReader, open_run
from ragvsft.runs.records import AdapterRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenRun:
    """A run with all that a new question needs."""

    folder: Path
    manifest: Manifest
    lab: Lab
    arms: Mapping[str, ArmConfig]
    """Those that can be asked, with the search's choice, in the order of the experiment file."""
    not_asked: Mapping[str, str]
    """The others, and why they cannot be asked."""
    examples: tuple[Example, ...]
    labels: tuple[str, ...]
    """The only answers that there are; none: any text is one."""
    indexes: Mapping[str, IndexFile]
    adapters: tuple[AdapterRecord, ...]
    last_wave: date

    @property
    def instruction(self) -> str:
        """The instruction that every arm gets."""
        about = self.manifest.dataset
        return self.lab.instruction or default_instruction(Task(about.task), about.labels, about.abstain[0])

    def adapter_at(self, name: str, at: date, seed: int | None = None) -> AdapterRecord:
        """The adapter as it serves at a date: as it was last trained by then.

        Args:
            name: of the adapter.
            at: the date.
            seed: of its training; None: the run's first one.

        Raises:
            DataError: it was not trained by then.
        """
        seed = self.lab.training_seeds[0] if seed is None else seed
        known = [row for row in self.adapters if (row.name, row.seed) == (name, seed)]
        by_then = [row for row in known if row.wave <= at]
        if not by_then:
            dates = ", ".join(row.wave.isoformat() for row in known)
            raise DataError(
                f"the run has no adapter {name} that was trained by {at}",
                hint=f"ask at one of: {dates}" if dates else None,
            )
        return max(by_then, key=lambda row: row.wave)


def read_frozen(folder: Path) -> FrozenRun:
    """Read a run that is to be asked.

    Raises:
        DataError: it is no run, is damaged, is not finished, or was made by a ragvsft that kept too little.
    """
    with open_run(folder) as run, run.snapshot():
        return _read(run)


def _read(run: RunReader) -> FrozenRun:
    manifest, state = run.manifest, run.progress().state
    if state == "running":
        raise DataError(f"the run in {run.folder} is going on", hint="ask it when it has finished")
    asking = manifest.asking
    if asking is None:
        raise DataError(
            f"the run in {run.folder} was made by a ragvsft whose runs could not be asked",
            hint="`ragvsft run EXPERIMENT` with its experiment file adds what is missing; nothing is run again",
        )
    try:
        lab = Lab.model_validate(manifest.configuration["lab"])
        indexes = {name: IndexFile.model_validate(file) for name, file in asking.indexes.items()}
        kind: TypeAdapter[ArmConfig] = TypeAdapter(ArmConfig)
        frozen = {name: kind.validate_python(dict(record.config)) for name, record in run.arms().items()
                  if record.config.get("kind") not in NOT_ASKED}  # fmt: skip
    except (ValidationError, KeyError) as error:
        raise DataError(
            f"the settings in {run.folder} are not as this ragvsft writes them: {' '.join(str(error).split())[:200]}",
            hint="ask it with the ragvsft that made it, or run the experiment again",
        ) from error
    kinds = {name: arm.kind for name, arm in lab.arms.items()}
    waves = [wave.wave for wave in run.waves()]
    missing = [name for name, kind in kinds.items() if kind not in NOT_ASKED and name not in frozen]
    if missing or not waves:
        raise DataError(
            f"the run in {run.folder} broke off before its arms were ready",
            hint="`ragvsft run EXPERIMENT` goes on with it; ask it then",
        )
    return FrozenRun(
        folder=run.folder,
        manifest=manifest,
        lab=lab,
        arms={name: frozen[name] for name in kinds if name in frozen},
        not_asked={name: NOT_ASKED[kind] for name, kind in kinds.items() if kind in NOT_ASKED},
        examples=tuple(Example(question=question, answer=answer) for question, answer in asking.examples),
        labels=asking.labels,
        indexes=indexes,
        adapters=run.adapters(),
        last_wave=max(waves),
    )
