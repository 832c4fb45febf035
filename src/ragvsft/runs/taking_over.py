"""Taking over from other runs of the same name: all work whose own key is the same.

So an experiment that gains an arm or a wave answers for that alone. Only a run on the same weights and in the same
environment is taken from; what was edited afterwards is left. Costs come along: what was consumed was consumed.
"""

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ragvsft.core.errors import DataError, RagvsftError
from ragvsft.core.values import Stage
from ragvsft.runs.atomic import whole_folder
from ragvsft.runs.database import translated
from ragvsft.runs.folder import list_runs
from ragvsft.runs.ledger import FinishedUnit
from ragvsft.runs.manifest import Manifest
from ragvsft.runs.reading import RunReader, open_run
from ragvsft.runs.records import AdapterRecord, Choice
from ragvsft.runs.writing import RunWriter

_UNITS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reusable:
    """What another run of the same name has of what is wanted; nothing is named by two of them."""

    folder: Path
    unit_keys: frozenset[str]
    retrievals: frozenset[tuple[str, date]]
    """(retrieval key, wave)."""
    adapter_keys: frozenset[str]
    choice_keys: frozenset[str]


def find_reusable(
    run: RunWriter,
    *,
    unit_keys: Collection[str] = (),
    retrievals: Collection[tuple[str, date]] = (),
    adapter_keys: Collection[str] = (),
    choice_keys: Collection[str] = (),
) -> tuple[Reusable, ...]:
    """Which other runs, newest first, have what this one still wants. A run that cannot be read is passed over."""
    units, adapters, choices = set(unit_keys) - run.done_units(), set(adapter_keys), set(choice_keys)
    searched = set(retrievals) - run.reader.retrieved_waves()
    found = []
    for folder in _others(run):
        try:
            with open_run(folder) as other:
                if not _same_ground(run, other):
                    continue
                has = Reusable(
                    folder=folder,
                    unit_keys=frozenset(units & other.done_units()),
                    retrievals=frozenset(
                        (key, wave) for key, wave in searched & other.retrieved_waves() if _same_wave(run, other, wave)
                    ),
                    adapter_keys=frozenset(adapters & {adapter.key for adapter in other.adapters()}),
                    choice_keys=frozenset(choices & {choice.key for choice in other.choices().values()}),
                )
        except RagvsftError:
            continue
        units -= has.unit_keys
        searched -= has.retrievals
        adapters -= has.adapter_keys
        choices -= has.choice_keys
        if has.unit_keys or has.retrievals or has.adapter_keys or has.choice_keys:
            found.append(has)
    return tuple(found)


def take_over_units(run: RunWriter, folder: Path, unit_keys: Collection[str]) -> int:
    """Copy finished units with outcomes, prompts and readings; returns how many this run did not have.

    Raises:
        DataError: the other run is of another name, weights or environment, or a wave is not recorded here yet.
    """
    with _opened(run, folder) as other:
        wanted = set(unit_keys) - run.done_units() - set(other.edited_units())
        units = [unit for unit in other.units() if unit.unit_key in wanted]
        taken = 0
        for start in range(0, len(units), _UNITS_AT_ONCE):
            taken += run.take_units(
                [
                    FinishedUnit(
                        unit_key=unit.unit_key,
                        arm=unit.arm,
                        wave=unit.wave,
                        seed=unit.seed,
                        shard=unit.shard,
                        outcomes=other.unit_outcomes(unit.unit_key),
                        readings=other.readings(unit_key=unit.unit_key),
                        taken_from=unit.taken_from or folder.name,
                    )
                    for unit in units[start : start + _UNITS_AT_ONCE]
                ]
            )
    return taken


def take_over_retrieval(run: RunWriter, folder: Path, retrieval_key: str, wave: date) -> bool:
    """Copy what a retrieval found at a wave, with its readings; False: the wave held something else there.

    Raises:
        DataError: the other run is of another name, weights or environment, or the wave is not recorded here yet.
    """
    with _opened(run, folder) as other:
        if not _same_wave(run, other, wave) or (retrieval_key, wave) not in other.retrieved_waves():
            return False
        found = other.hits(retrieval_key, wave)
        new = bool(found.keys() - run.hits(retrieval_key, wave).keys())
        run.record_retrieval(retrieval_key, other.retrievals()[retrieval_key], wave, found)
        if new:
            paid = (reading for reading in other.readings(unit_key=retrieval_key) if reading.wave == wave)
            for reading in paid:
                run.record_reading(reading)
    return True


def take_over_adapter(
    run: RunWriter, folder: Path, key: str, *, name: str, wave: date, seed: int
) -> AdapterRecord | None:
    """Copy a trained adapter, with its readings, as the one of this name, wave and seed; None: it is not there.

    Raises:
        DataError: the other run is of another name, weights or environment.
        RagvsftError: it cannot be copied.
    """
    with _opened(run, folder) as other:
        source = next((adapter for adapter in other.adapters() if adapter.key == key), None)
        if source is None or not source.folder.resolve().is_relative_to(folder.resolve()):
            return None
        if not source.folder.is_dir():
            return None
        target = run.adapter_folder(name, wave, seed)
        with translated(target), whole_folder(target) as fresh:
            shutil.copytree(source.folder, fresh, dirs_exist_ok=True)
        taken = AdapterRecord(
            name=name,
            wave=wave,
            seed=seed,
            key=key,
            folder=target,
            manifest=source.manifest,
            reused_from=source.reused_from or folder.name,
        )
        run.record_adapter(taken, other.readings(unit_key=key))
    return taken


def take_over_choice(run: RunWriter, folder: Path, key: str) -> Choice | None:
    """Copy the dev search of an arm, its tries and its readings; None: it is not there.

    Raises:
        DataError: the other run is of another name, weights or environment, or the arm is frozen to something else.
    """
    with _opened(run, folder) as other:
        choice = next((choice for choice in other.choices().values() if key and choice.key == key), None)
        if choice is None or choice.arm in run.choices():
            return run.choices().get(choice.arm) if choice else None
        for attempt in other.search_tries(choice.arm):
            run.record_search_try(attempt)
        run.record_choice(choice, [r for r in other.readings() if r.stage is Stage.SEARCH and r.arm == choice.arm])
    return choice


def take_over_index(run: RunWriter, name: str, wave: date, previous: date | None) -> bool:
    """Copy what syncing an index from one wave to the next came to, with its readings; False: no run did the same."""
    days = [wave] if previous is None else [previous, wave]
    for folder in _others(run):
        with suppress(RagvsftError), open_run(folder) as other:
            before = max((known.wave for known in other.waves() if known.wave < wave), default=None)
            alike = _same_ground(run, other) and _index_of(run.manifest, name) == _index_of(other.manifest, name)
            if not alike or before != previous or not all(_same_wave(run, other, day) for day in days):
                continue
            for record in other.indexes():
                if (record.name, record.wave) == (name, wave):
                    paid = [
                        one
                        for one in other.readings()
                        if one.stage in (Stage.EMBED, Stage.SYNC)
                        and (one.resource, one.wave, one.wasted) == (name, wave, False)
                    ]
                    run.record_index(record, paid)
                    return True
    return False


def take_over_general(
    run: RunWriter, model: tuple[str | None, int | None, date | None], key: str | None, asked: Sequence[tuple[str, str]]
) -> bool:
    """Copy a model's answers to the general set, with their reading; False: no run asked it the same, the same way.

    Args:
        run: the run that wants them.
        model: adapter, seed and the wave at which it was trained; three times None: the base model.
        key: the adapter's.
        asked: id and text of each question.
    """
    name, seed, wave = model
    for folder in _others(run):
        with suppress(RagvsftError), open_run(folder) as other:
            if not _same_ground(run, other) or _way_of_asking(run.manifest) != _way_of_asking(other.manifest):
                continue
            theirs = [(one.name, one.seed, one.wave) for one in other.adapters() if one.key == key] if key else [model]
            for place in sorted(theirs, key=lambda one: one != model):
                rows = [one for one in other.general() if (one.adapter, one.seed, one.wave) == place]
                if {(one.question_id, one.question) for one in rows} == set(asked):
                    paid = [
                        replace(one, resource=name, seed=seed, wave=wave)
                        for one in other.readings()
                        if one.stage is Stage.GENERAL and (one.resource, one.seed, one.wave) == place
                    ]
                    run.record_general([replace(one, adapter=name, seed=seed, wave=wave) for one in rows], paid)
                    return True
    return False


def _index_of(manifest: Manifest, name: str) -> tuple[object, ...]:
    """What decides what an index does at a sync, the documents left out."""
    use = manifest.configuration.get("lab", {}).get("indexes", {}).get(name, {})
    return manifest.embedder, manifest.index_files.get(name), use.get("policy")


def _way_of_asking(manifest: Manifest) -> tuple[object, ...]:
    """What decides a model's answers to the general set, the weights and the environment left out."""
    lab = manifest.configuration.get("lab", {})
    return lab.get("base"), lab.get("instruction"), manifest.dataset.task, manifest.dataset.abstain


def _others(run: RunWriter) -> list[Path]:
    """The folders of the other runs of the same name, newest first."""
    return [
        summary.folder
        for summary in list_runs(run.folder.parent)
        if summary.name == run.manifest.name and summary.folder.name != run.folder.name and not summary.problem
    ]


@contextmanager
def _opened(run: RunWriter, folder: Path) -> Iterator[RunReader]:
    with open_run(folder) as other:
        if not _same_ground(run, other):
            raise DataError(f"{folder} is of another name, other weights or another environment")
        yield other


def _same_ground(run: RunWriter, other: RunReader) -> bool:
    mine, theirs = run.manifest, other.manifest
    return (
        mine.name == theirs.name
        and mine.model.weights_sha256 == theirs.model.weights_sha256
        and mine.environment == theirs.environment
        and not theirs.mixed_environment
    )


def _same_wave(run: RunWriter, other: RunReader, wave: date) -> bool:
    mine = {known.wave: known.content_hash for known in run.reader.waves()}
    theirs = {known.wave: known.content_hash for known in other.waves()}
    return wave in mine and mine[wave] == theirs.get(wave)
