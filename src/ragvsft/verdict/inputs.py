"""Reads a run folder into the plain values that the rest of the verdict works on. The only file here that reads one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ragvsft.config.experiment import Verdict as Settings
from ragvsft.core.errors import DataError
from ragvsft.core.values import Change, Hit, Outcome, Reading, Split, Task, WaveQuestion
from ragvsft.data.affected import drawn_facts
from ragvsft.metrics.outcome_kind import states
from ragvsft.runs.manifest import Manifest
from ragvsft.runs.reading import RunReader, open_run
from ragvsft.runs.records import (
    N_LABELS,
    AdapterRecord,
    Annotation,
    Choice,
    FairnessCheck,
    GeneralAnswer,
    IndexRecord,
    LatencyRequest,
    SearchTry,
)

UNCHOSEN_KINDS = frozenset({"oracle", "recorded"})
"""Kinds of arms that are shown and never chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmInputs:
    """An arm as it is configured and as it was asked."""

    name: str
    kind: str
    settings: Mapping[str, object]
    """Its configuration, the search's choice included."""
    adapter: str | None = None
    index: str | None = None
    retrieval_key: str | None = None
    k: int | None = None

    @property
    def can_be_chosen(self) -> bool:
        """Whether a decision may name it."""
        return self.kind not in UNCHOSEN_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveInputs:
    """A wave: what was to be asked, what came of it, what was found."""

    wave: date
    planned: tuple[WaveQuestion, ...]
    """The test questions of the tested facts."""
    n_left_out: int
    outcomes: Mapping[str, tuple[Outcome, ...]]
    """By arm; only of planned questions."""
    annotations: Mapping[tuple[str, str, int | None, str], float | None] = field(default_factory=dict)
    """(arm, question id, seed, name) -> value."""
    gold: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Index -> question id -> gold passage ids."""
    ranked: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Retrieval key -> question id -> passage ids, best first."""
    outdated: Mapping[str, Mapping[str, tuple[Hit, ...]]] = field(default_factory=dict)
    """Retrieval key -> question id -> found passages that state an earlier answer and not the current one."""
    informed: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Retrieval key -> question id of a new or changed fact -> rank of the first passage that states its answer."""
    covered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Adapter -> facts that its rows held, as it served at the wave."""
    drawn: frozenset[str] | None = None
    """Facts of the sample, where only it and what the changes touched was asked; None: everything was."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Adapter trained at the wave -> training questions whose answer had to be known anew for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """All that a verdict is made from."""

    folder: Path
    manifest: Manifest
    task: Task
    arms: tuple[ArmInputs, ...]
    """In the order of the experiment file."""
    waves: tuple[WaveInputs, ...]
    planned_waves: tuple[date, ...]
    depths: Mapping[str, int]
    """Retrieval key -> passages that a search asked for."""
    training_seeds: tuple[int, ...]
    adapters: Mapping[str, Mapping[str, Any]]
    """Name -> configuration."""
    readings: tuple[Reading, ...] = ()
    latency: tuple[LatencyRequest, ...] = ()
    unmerged: tuple[LatencyRequest, ...] = ()
    """The same requests with the adapter beside the base's weights."""
    tries: tuple[SearchTry, ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)
    fairness: tuple[FairnessCheck, ...] = ()
    general: tuple[GeneralAnswer, ...] = ()
    indexes: tuple[IndexRecord, ...] = ()
    n_edited_units: int = 0
    failure_tolerance: float = 0.0
    settings: Settings = field(default_factory=Settings)
    """How the run is to be read: prices, workload, constraints, weights."""
    adapter_bytes: Mapping[str, int] = field(default_factory=dict)
    """Adapter -> bytes of one seed's folder at the last wave; absent where the folder is gone."""
    trainings: tuple[AdapterRecord, ...] = ()


def read_inputs(folder: Path) -> RunInputs:
    """Read a run folder, finished or not, as one consistent state.

    Raises:
        DataError: it is no run, or is damaged.
    """
    with open_run(folder) as run, run.snapshot():
        manifest = run.manifest
        lab = manifest.configuration.get("lab", manifest.configuration)
        return RunInputs(
            folder=folder,
            manifest=manifest,
            task=_task(manifest),
            arms=_arms(run, lab),
            waves=tuple(_wave(run, lab, found.wave, found.n_left_out) for found in run.waves()),
            planned_waves=tuple(_date(day) for day in lab.get("waves", ())),
            depths=_depths(run),
            training_seeds=tuple(lab.get("training_seeds", (0,))),
            adapters=lab.get("adapters", {}),
            readings=run.readings(),
            latency=run.latency(),
            unmerged=run.latency(unmerged=True),
            tries=run.search_tries(),
            choices=run.choices(),
            fairness=run.fairness(),
            general=run.general(),
            indexes=run.indexes(),
            n_edited_units=len(run.edited_units()),
            failure_tolerance=manifest.configuration.get("verdict", {}).get("failure_tolerance", 0.0),
            settings=settings_of(manifest),
            adapter_bytes=_adapter_bytes(run.adapters()),
            trainings=tuple(run.adapters()),
        )


def settings_of(manifest: Manifest) -> Settings:
    """The experiment file's `verdict`. A path to prices that was never read prices nothing.

    Raises:
        DataError: somebody edited it.
    """
    raw = dict(manifest.configuration.get("verdict", {}))
    if not isinstance(raw.get("prices"), dict):
        raw.pop("prices", None)
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"the run's verdict settings are not as they should be: {where or 'verdict'}: {first['msg']}",
            hint="`ragvsft run` with the experiment's file writes them anew; nothing is run again for that",
        ) from None


def _task(manifest: Manifest) -> Task:
    try:
        return Task(manifest.dataset.task)
    except ValueError:
        raise DataError(
            f"the run's dataset has the task {manifest.dataset.task!r}, which is none",
            hint=f"known tasks: {', '.join(Task)}",
        ) from None


def _arms(run: RunReader, lab: Mapping[str, Any]) -> tuple[ArmInputs, ...]:
    asked = run.arms()
    written: Mapping[str, Mapping[str, object]] = lab.get("arms", {})
    names = [*written, *(name for name in asked if name not in written)]
    arms = []
    for name in names:
        record = asked.get(name)
        settings = dict(written.get(name, {})) | dict(record.config if record else {})
        adapter, index = settings.get("adapter"), settings.get("index")
        arms.append(
            ArmInputs(
                name=name,
                kind=str(settings.get("kind", "")),
                settings=settings,
                adapter=str(adapter) if adapter else None,
                index=record.index if record and record.index else (str(index) if index else None),
                retrieval_key=record.retrieval_key if record else None,
                k=record.k if record else None,
            )
        )
    return tuple(arms)


def _wave(run: RunReader, lab: Mapping[str, Any], wave: date, n_left_out: int) -> WaveInputs:
    questions = run.questions(wave)
    planned = _planned(run.manifest, questions)
    asked = {question.question_id for question in planned}
    by_arm: dict[str, list[Outcome]] = {}
    for outcome in run.outcomes(wave=wave):
        if outcome.question_id in asked:
            by_arm.setdefault(outcome.arm, []).append(outcome)
    arms = run.arms()
    indexes = sorted({arm.index for arm in arms.values() if arm.index})
    keys = sorted({arm.retrieval_key for arm in arms.values() if arm.retrieval_key})
    found = {key: run.hits(key, wave) for key in keys}
    return WaveInputs(
        wave=wave,
        planned=planned,
        n_left_out=n_left_out,
        outcomes={arm: tuple(outcomes) for arm, outcomes in by_arm.items()},
        annotations=_annotations(run.annotations(), wave),
        gold={name: run.gold_passages(wave, name) for name in indexes},
        ranked={
            key: {question: tuple(hit.passage.passage_id for hit in hits) for question, hits in by_question.items()}
            for key, by_question in found.items()
        },
        outdated={key: _outdated(by_question, planned) for key, by_question in found.items()},
        informed={key: _informed(by_question, planned) for key, by_question in found.items()},
        covered=_covered(run, lab, wave),
        drawn=_drawn(run.manifest, lab, wave, planned),
        labels=_labels(run, wave),
    )


def _outdated(found: Mapping[str, Sequence[Hit]], planned: Sequence[WaveQuestion]) -> dict[str, tuple[Hit, ...]]:
    """What was found for questions with an earlier answer, and states that one alone."""
    return {
        one.question_id: tuple(h for h in found[one.question_id] if states(h.passage.content, one) == (False, True))
        for one in planned
        if one.stale_answers and one.question_id in found
    }


def _informed(found: Mapping[str, Sequence[Hit]], planned: Sequence[WaveQuestion]) -> dict[str, int]:
    """The rank of the first passage found that states what a new or changed fact is now; absent: none does."""
    ranks = {}
    for one in planned:
        if one.change in (Change.NEW, Change.CHANGED):
            stating = [hit.rank for hit in found.get(one.question_id, ()) if states(hit.passage.content, one)[0]]
            if stating:
                ranks[one.question_id] = min(stating)
    return ranks


def _planned(manifest: Manifest, questions: Sequence[WaveQuestion]) -> tuple[WaveQuestion, ...]:
    """The questions that every arm is asked: test phrasings of the tested facts, at most so many of each."""
    tested = frozenset(manifest.split.get("tested", ()))
    limit = manifest.configuration.get("split", {}).get("test_questions_per_fact")
    counts: dict[str, int] = {}
    planned = []
    for question in sorted(questions, key=lambda q: (q.fact_id, q.question_id)):
        if question.split is Split.TEST and (not tested or question.fact_id in tested):
            counts[question.fact_id] = counts.get(question.fact_id, 0) + 1
            if limit is None or counts[question.fact_id] <= limit:
                planned.append(question)
    return tuple(planned)


def _drawn(
    manifest: Manifest, lab: Mapping[str, Any], wave: date, planned: Sequence[WaveQuestion]
) -> frozenset[str] | None:
    """The sample's facts of a wave; None at the first, and where the experiment asks for everything."""
    n, first = lab.get("affected"), min(map(_date, lab.get("waves", ())), default=wave)
    if n is None or wave == first:
        return None
    return drawn_facts((one.fact_id for one in planned), n, manifest.configuration.get("split", {}).get("seed", 0))


def _annotations(found: Sequence[Annotation], wave: date) -> dict[tuple[str, str, int | None, str], float | None]:
    return {(one.arm, one.question_id, one.seed, one.name): one.value for one in found if one.wave == wave}


def _covered(run: RunReader, lab: Mapping[str, Any], wave: date) -> dict[str, frozenset[str]]:
    """The facts of each adapter's rows as it serves at a wave; training on from an earlier adapter keeps its facts."""
    latest: dict[str, frozenset[str]] = {}
    for record in run.adapters():
        if record.wave > wave:
            continue
        facts = _facts_of_rows(run, lab, record)
        goes_on = lab.get("adapters", {}).get(record.name, {}).get("policy") == "continue"
        latest[record.name] = facts | latest.get(record.name, frozenset()) if goes_on else facts
    return latest


def _facts_of_rows(run: RunReader, lab: Mapping[str, Any], record: AdapterRecord) -> frozenset[str]:
    """As the adapter's manifest lists them; else those of its group that were known when it was trained."""
    listed = record.manifest.get("trained_fact_ids")
    if isinstance(listed, list):
        return frozenset(str(fact) for fact in listed)
    if lab.get("adapters", {}).get(record.name, {}).get("facts", "tested") == "disjoint":
        return frozenset(run.manifest.split.get("training_only", ()))
    return frozenset(question.fact_id for question in run.questions(record.wave)) & frozenset(
        run.manifest.split.get("tested", ())
    )


def _labels(run: RunReader, wave: date) -> dict[str, int]:
    """Training questions whose answer was written down for each adapter that was trained at the wave.

    An adapter of before this was recorded has none: its labels are not known, and not charged.
    """
    written = {record.name: record.manifest.get(N_LABELS) for record in run.adapters() if record.wave == wave}
    return {name: n for name, n in written.items() if isinstance(n, int)}


def _adapter_bytes(records: Sequence[AdapterRecord]) -> dict[str, int]:
    latest = {record.name: record.folder for record in sorted(records, key=lambda one: (one.wave, -one.seed))}
    sizes = {
        name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for name, folder in latest.items()
    }
    return {name: size for name, size in sizes.items() if size}


def _depths(run: RunReader) -> dict[str, int]:
    found = {}
    for key, description in run.retrievals().items():
        depth = description.get("depth")
        if isinstance(depth, int):
            found[key] = depth
    return found


def _date(day: object) -> date:
    return day if isinstance(day, date) else date.fromisoformat(str(day))
