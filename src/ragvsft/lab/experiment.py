"""One experiment from its file to a finished run folder: waves x arms x questions x seeds, resumable.

Reads top to bottom: open what is needed, then at each wave sync the indexes, refresh the adapters, choose settings
on dev (first wave), retrieve, ask, time single requests. Everything that is finished is skipped.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ragvsft.config.experiment import SERVER_KEYS, Experiment, RecordedArm
from ragvsft.config.experiment import Arm as ArmConfig
from ragvsft.config.loading import LoadedExperiment
from ragvsft.core.errors import UsageError
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Dataset, Split, Task, WaveQuestion
from ragvsft.data.affected import asked_again
from ragvsft.data.catalogue import dataset_folder
from ragvsft.data.read import read_dataset
from ragvsft.data.recorded import RecordedFile
from ragvsft.data.splitting import FactSplit, draw_split
from ragvsft.lab.annotate import annotate
from ragvsft.lab.arms.arm import Arm, build_arm
from ragvsft.lab.asking import ArmAtWave, Asked, arm_key, ask, plan_units
from ragvsft.lab.fairness import check_fairness
from ragvsft.lab.general import ask_general
from ragvsft.lab.indexing import sync_indexes
from ragvsft.lab.latency import time_single_requests
from ragvsft.lab.opening import asking_record, open_workbench
from ragvsft.lab.recorded_arms import answers_at, read_recorded_arms, recorded_key, told
from ragvsft.lab.refreshing import ReadyAdapter, refresh_adapters
from ragvsft.lab.retrieving import passages_for, retrieval_key
from ragvsft.lab.search import search_settings
from ragvsft.lab.workbench import Progress, WaveMaterial, Workbench, material_at
from ragvsft.runs.folder import run_folder
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import ArmRecord
from ragvsft.runs.rereading import keep_asking, keep_verdict_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPlan:
    """What an experiment comes to, before anything heavy is loaded."""

    loaded: LoadedExperiment
    dataset: Dataset
    split: FactSplit
    waves: tuple[date, ...]
    run_hash: str
    recorded: Mapping[str, RecordedFile] = field(default_factory=dict)
    """The files of the recorded arms, by arm."""

    @property
    def experiment(self) -> Experiment:
        """The experiment's configuration."""
        return self.loaded.experiment

    def wave_named(self, text: str | None) -> date:
        """A snapshot by its ISO date; None: the first wave.

        Raises:
            UsageError: it is no snapshot of the dataset.
        """
        if text is None:
            return self.waves[0]
        for snapshot in self.dataset.snapshots:
            if snapshot.isoformat() == text:
                return snapshot
        known = ", ".join(snapshot.isoformat() for snapshot in self.dataset.snapshots)
        raise UsageError(f"{text} is no snapshot of {self.dataset.name}", hint=f"Its snapshots are: {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a call of `run_experiment` came to."""

    folder: Path
    n_units_run: int
    nothing_left: bool
    """The run was finished before the call."""
    read_otherwise: bool = False
    """The run was finished, and its verdict settings are others than before."""
    n_left: int = 0
    """Answers that were not asked for, because there was enough."""


def plan_experiment(loaded: LoadedExperiment) -> ExperimentPlan:
    """Read the dataset, draw the split and name the run.

    Raises:
        DataError: the dataset cannot be read, or has too few facts for the split.
        UsageError: a wave is no snapshot of the dataset.
    """
    experiment = loaded.experiment
    dataset = read_dataset(dataset_folder(experiment.dataset, loaded.path.parent))
    waves = experiment.lab.waves or (dataset.snapshots[-1],)
    for wave in waves:
        if wave not in dataset.snapshots:
            known = ", ".join(snapshot.isoformat() for snapshot in dataset.snapshots)
            raise UsageError(
                f"lab.waves: {wave.isoformat()} is no snapshot of {dataset.name}", hint=f"Its snapshots are: {known}"
            )
    balanced = [name for name, adapter in experiment.lab.adapters.items() if adapter.balance_labels]
    if balanced and dataset.task is not Task.LABEL:
        raise UsageError(
            f"lab.adapters.{balanced[0]}.balance_labels: {dataset.name} has no labels (its task is {dataset.task})",
            hint="leave balance_labels out",
        )
    lab = experiment.lab.model_copy(update={"waves": waves})
    loaded = dataclasses.replace(loaded, experiment=experiment.model_copy(update={"lab": lab}))
    split = draw_split(dataset, experiment.split, waves)
    recorded = read_recorded_arms(loaded, dataset)
    return ExperimentPlan(
        loaded=loaded,
        dataset=dataset,
        split=split,
        waves=waves,
        run_hash=_run_hash(loaded, dataset, split, recorded),
        recorded=recorded,
    )


def run_experiment(
    plan: ExperimentPlan,
    *,
    runs_root: Path,
    store_folder: Path,
    progress: Progress,
    force_environment: bool = False,
    enough: Callable[[], bool] | None = None,
) -> RunSummary:
    """Run what is left of an experiment; a finished one is left alone.

    Args:
        runs_root: the folder of run folders.
        store_folder: where an embedded server or the exact index keeps its files.
        progress: told what is being done.
        force_environment: go on although threads, dtype, device or store differ from the first session's.
        enough: looked at before each shard of questions of the last wave; True leaves the others unasked, for a later
            call to ask. None: all are asked.

    Raises:
        RagvsftError: with a hint; what is finished stays finished.
    """
    folder = run_folder(runs_root, plan.experiment.name, plan.run_hash)
    if is_finished(folder, plan.waves):
        others = keep_verdict_settings(folder, plan.experiment.verdict.model_dump(mode="json"))
        keep_asking(folder, asking_record(plan.loaded, plan.dataset, plan.split))
        return RunSummary(folder=folder, n_units_run=0, nothing_left=True, read_otherwise=others)
    with _open(plan, runs_root, store_folder, progress, force_environment) as bench:
        asked = _run_waves(bench, plan.waves, enough)
        if asked.n_left:
            bench.run.close("interrupted")
    return RunSummary(folder=folder, n_units_run=asked.n_units, nothing_left=False, n_left=asked.n_left)


def train_only(
    plan: ExperimentPlan, *, runs_root: Path, store_folder: Path, progress: Progress
) -> tuple[ReadyAdapter, ...]:
    """Sync the indexes and train the adapters of the first wave; `run_experiment` goes on from there.

    Raises:
        RagvsftError: as `run_experiment`.
    """
    folder = run_folder(runs_root, plan.experiment.name, plan.run_hash)
    if is_finished(folder, plan.waves):
        return _trained(folder, plan.waves[0])
    with _open(plan, runs_root, store_folder, progress) as bench:
        material = material_at(bench.dataset, bench.indexes, bench.embedder, plan.waves[0], None)
        sync_indexes(bench, material, None)
        adapters = refresh_adapters(bench, material, ())
        bench.run.close("interrupted")
    return adapters


def _trained(folder: Path, wave: date) -> tuple[ReadyAdapter, ...]:
    with open_run(folder) as run:
        return tuple(
            ReadyAdapter(name=row.name, seed=row.seed, key=row.key, folder=row.folder, trained_at=row.wave)
            for row in run.adapters()
            if row.wave == wave
        )


def is_finished(folder: Path, waves: Sequence[date]) -> bool:
    """Whether a run folder holds all of the waves and ended as finished."""
    if not (folder / "run.db").exists():
        return False
    with open_run(folder) as run:
        done = {wave.wave for wave in run.waves()}
        return run.progress().state == "finished" and set(waves) <= done


def tested_questions(bench: Workbench, material: WaveMaterial, days: Sequence[date]) -> tuple[WaveQuestion, ...]:
    """The test questions of the tested facts at a wave, at most `test_questions_per_fact` of each fact.

    With `lab.affected` only those that the changes touched and a sample; `days` are the waves up to this one.
    """
    limit = bench.experiment.split.test_questions_per_fact
    counts: dict[str, int] = {}
    kept: list[WaveQuestion] = []
    for question in material.asked(frozenset(bench.split.tested), Split.TEST):
        counts[question.fact_id] = counts.get(question.fact_id, 0) + 1
        if limit is None or counts[question.fact_id] <= limit:
            kept.append(question)
    plan = bench.experiment
    return asked_again(bench.dataset, days, kept, sample=plan.lab.affected, seed=plan.split.seed)


def _open(
    plan: ExperimentPlan, runs_root: Path, store_folder: Path, progress: Progress, force_environment: bool = False
) -> AbstractContextManager[Workbench]:
    return open_workbench(
        plan.loaded,
        plan.dataset,
        plan.split,
        run_hash=plan.run_hash,
        runs_root=runs_root,
        store_folder=store_folder,
        progress=progress,
        force_environment=force_environment,
        recorded=plan.recorded,
    )


def _run_waves(bench: Workbench, waves: Sequence[date], enough: Callable[[], bool] | None) -> Asked:
    n_run = n_left = 0
    adapters: tuple[ReadyAdapter, ...] = ()
    chosen: Mapping[str, ArmConfig] | None = None
    previous: date | None = None
    for number, wave in enumerate(waves):
        material = material_at(bench.dataset, bench.indexes, bench.embedder, wave, previous)
        questions = tested_questions(bench, material, waves[: number + 1])
        _record_wave(bench, material, questions)
        if wave == waves[-1] or not _all_answered(bench, wave, len(questions)):
            sync_indexes(bench, material, previous)
        adapters = refresh_adapters(bench, material, adapters)
        if chosen is None:
            chosen = search_settings(bench, material, adapters)
        arms = _prepare_arms(bench, material, chosen, adapters, questions)
        bench.run.record_fairness(check_fairness(bench, arms, questions, chosen))
        asked = ask(bench, wave, plan_units(bench, wave, arms, questions), enough if wave == waves[-1] else None)
        n_run, n_left = n_run + asked.n_units, asked.n_left
        annotate(bench, material, questions)
        if wave == waves[-1]:
            time_single_requests(bench, material, arms, questions)
        previous = wave
    ask_general(bench, adapters)
    return Asked(n_units=n_run, n_left=n_left)


def _all_answered(bench: Workbench, wave: date, n_questions: int) -> bool:
    """Whether every arm has answered all questions of a wave with every seed: then nothing is searched for any more."""
    lab = bench.experiment.lab
    answered: dict[tuple[str, int | None], int] = {}
    for unit in bench.run.reader.units():
        if unit.wave == wave:
            answered[unit.arm, unit.seed] = answered.get((unit.arm, unit.seed), 0) + unit.n_questions
    return all(
        answered.get((name, seed), 0) == n_questions
        for name, arm in lab.arms.items()
        for seed in (lab.training_seeds if getattr(arm, "adapter", None) else (None,))
    )


def _record_wave(bench: Workbench, material: WaveMaterial, questions: Sequence[WaveQuestion]) -> None:
    asked = {question.question_id for question in questions}
    gold = {
        name: {q: [p.passage_id for p in passages] for q, passages in by_question.items() if q in asked}
        for name, by_question in material.gold.items()
    }
    content = json_hash([[_plain(q) for q in questions], material.content_hash])
    tested = frozenset(bench.split.tested)
    known = {question.question_id for question in material.asked(tested, Split.TEST)}
    planned = [q for q in bench.dataset.questions if q.split is Split.TEST and q.fact_id in tested]
    bench.run.record_wave(material.wave, content, questions, gold, len(planned) - len(known))
    shown = {p.passage_id: p for by_question in material.gold.values() for q in asked for p in by_question.get(q, ())}
    bench.run.record_passages(shown.values())


def _prepare_arms(
    bench: Workbench,
    material: WaveMaterial,
    chosen: Mapping[str, ArmConfig],
    adapters: Sequence[ReadyAdapter],
    questions: Sequence[WaveQuestion],
) -> list[ArmAtWave]:
    prepared: list[ArmAtWave] = []
    for number, (name, config) in enumerate(chosen.items()):
        bench.progress("retrieve", number, len(chosen), name)
        arm = build_arm(name, config, bench.experiment.lab.adapters)
        if isinstance(config, RecordedArm):
            prepared.append(_prepare_recorded(bench, material.wave, arm, config, questions))
            continue
        passages = passages_for(bench, material, arm, questions, stored=True)
        bench.run.record_arm(_arm_record(bench, arm, config, adapters))
        prepared += [
            ArmAtWave(
                arm=arm,
                seed=ready.seed if ready else None,
                adapter_folder=ready.folder if ready else None,
                key=arm_key(bench, arm, ready.key if ready else None),
                passages=passages,
            )
            for ready in _adapters_of(arm, adapters)
        ]
    bench.progress("retrieve", len(chosen), len(chosen))
    return prepared


def _prepare_recorded(
    bench: Workbench, wave: date, arm: Arm, config: RecordedArm, questions: Sequence[WaveQuestion]
) -> ArmAtWave:
    file = bench.recorded[arm.name]
    key = recorded_key(config, file)
    about = config.model_dump(mode="json") | {"recorded": told(file)}
    bench.run.record_arm(ArmRecord(arm=arm.name, config=about, arm_key=json_hash([key])))
    return ArmAtWave(
        arm=arm,
        seed=None,
        adapter_folder=None,
        key=key,
        passages={},
        recorded=answers_at(arm.name, file, questions, wave),
    )


def _arm_record(bench: Workbench, arm: Arm, config: ArmConfig, adapters: Sequence[ReadyAdapter]) -> ArmRecord:
    keys = [arm_key(bench, arm, ready.key if ready else None) for ready in _adapters_of(arm, adapters)]
    return ArmRecord(
        arm=arm.name,
        config=config.model_dump(mode="json"),
        arm_key=json_hash(keys),
        index=arm.index,
        retrieval_key=retrieval_key(bench, arm),
        k=arm.k if arm.searches else None,
    )


def _adapters_of(arm: Arm, adapters: Sequence[ReadyAdapter]) -> list[ReadyAdapter | None]:
    if arm.adapter is None:
        return [None]
    return [ready for ready in adapters if ready.name == arm.adapter]


def _run_hash(
    loaded: LoadedExperiment, dataset: Dataset, split: FactSplit, recorded: Mapping[str, RecordedFile]
) -> str:
    """Of dataset, split, index files and `lab`, without what does not decide a result: waves, address, machine.

    A recorded arm's file counts by its content; the address of a served model counts, as it stands for its weights.
    """
    lab = loaded.experiment.lab.model_dump(
        mode="json",
        exclude={"waves": True, "weaviate_url": True, "store": True, "indexes": {"__all__": {"file"}}},
    )
    for key in ("threads", "device", *(key for key in SERVER_KEYS if key != "base_url" or not lab["base"][key])):
        lab["base"].pop(key)
    for name, file in recorded.items():
        lab["arms"][name]["file"] = file.sha256
    indexes = {name: file.model_dump(mode="json") for name, file in loaded.indexes.items()}
    return json_hash([dataset.content_hash, split.to_json(), indexes, lab])


def _plain(question: WaveQuestion) -> dict[str, object]:
    return {**dataclasses.asdict(dataclasses.replace(question, slice={})), "slice": dict(question.slice)}
