"""Which readings are an arm's: stages that arms share are whole readings of each. No prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ragvsft.core.values import Reading, Stage
from ragvsft.verdict.inputs import ArmInputs, RunInputs


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmReadings:
    """An arm's readings in the places where they are charged; by wave where a wave does them anew."""

    index: dict[date, list[Reading]] = field(default_factory=dict)
    training: dict[date, list[Reading]] = field(default_factory=dict)
    search: list[Reading] = field(default_factory=list)
    generate: list[Reading] = field(default_factory=list)
    retrieve: list[Reading] = field(default_factory=list)

    def all(self) -> list[Reading]:
        """Every one of them."""
        by_wave = [one for some in (*self.index.values(), *self.training.values()) for one in some]
        return [*by_wave, *self.search, *self.generate, *self.retrieve]


def readings_of(arm: ArmInputs, inputs: RunInputs) -> ArmReadings:
    """What is charged to an arm. Wasted work is no arm's cost: another run would not waste it.

    One training may serve adapters of several names: it is found by the adapter's key too. So may one embedding.
    """
    kept = [one for one in inputs.readings if not one.wasted]
    keys = {record.key for record in inputs.trainings if record.name == arm.adapter}
    parts = ArmReadings()
    for wave in inputs.waves:
        at = [one for one in kept if one.wave == wave.wave]
        if arm.index is not None:
            synced = [one for one in at if one.stage is Stage.SYNC and one.resource == arm.index]
            parts.index[wave.wave] = [*_embedding(arm.index, at, inputs.manifest.index_files), *synced]
        if arm.adapter is not None:
            parts.training[wave.wave] = [
                one for one in at if one.stage is Stage.TRAIN and (one.resource == arm.adapter or one.unit_key in keys)
            ]
    parts.search.extend(one for one in kept if one.stage is Stage.SEARCH and one.arm == arm.name)
    parts.generate.extend(one for one in kept if one.stage is Stage.GENERATE and one.arm == arm.name and one.n_items)
    if arm.retrieval_key is not None:
        parts.retrieve.extend(
            one
            for one in kept
            if one.stage is Stage.RETRIEVE
            and one.n_items
            and (one.unit_key == arm.retrieval_key or (one.unit_key is None and one.resource == arm.index))
        )
    return parts


def _embedding(index: str, at: Sequence[Reading], files: Mapping[str, object]) -> list[Reading]:
    """What embedding an index's passages took at a wave.

    Indexes of one definition hold the same passages, which are embedded for the first of them: the others are charged
    that one's work.
    """
    alike = [name for name in files if files[name] == files.get(index)] or [index]
    by_index = {name: [one for one in at if one.stage is Stage.EMBED and one.resource == name] for name in alike}
    if not by_index.get(index):
        return []
    return max(by_index.values(), key=lambda some: sum(one.cpu_s for one in some))


def n_seeds(training: Sequence[Reading]) -> int:
    """By how many to divide training to have that of one adapter: seeds are repetitions of the same work."""
    return max(1, len({one.seed for one in training}))
