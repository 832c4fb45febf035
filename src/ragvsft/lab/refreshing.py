"""Adapters at a wave: which facts an adapter learns from, when it is trained again, and where it lies.

Work at a wave sees only what was known at the wave: training rows, dev questions and distractors come from it.
Adapters that come of the same training are trained once, whatever their names: two policies begin alike.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ragvsft.config.experiment import Adapter
from ragvsft.core.errors import DataError
from ragvsft.core.hashing import json_hash, text_hash
from ragvsft.core.values import Change, Passage, Split, Stage, Task, WaveQuestion
from ragvsft.lab.finetuning.adapter import verify_adapter
from ragvsft.lab.finetuning.rows import TrainingFact, build_schedule
from ragvsft.lab.finetuning.training import TrainingProgress, train_adapter
from ragvsft.lab.meter import Meter
from ragvsft.lab.prompts import Prompt
from ragvsft.lab.workbench import WaveMaterial, Workbench
from ragvsft.metrics.answers import balanced_score, mean_score, primary_metric
from ragvsft.runs.records import N_LABELS, AdapterRecord
from ragvsft.runs.taking_over import find_reusable, take_over_adapter

DISTRACTOR_DEPTH = 12
Answer = Callable[[Sequence[Prompt]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyAdapter:
    """A trained adapter as it serves at a wave."""

    name: str
    seed: int
    key: str
    folder: Path
    trained_at: date


def refresh_adapters(
    bench: Workbench, material: WaveMaterial, before: Sequence[ReadyAdapter]
) -> tuple[ReadyAdapter, ...]:
    """Every adapter and seed as it serves at the wave: trained now, or as `before` where its policy says so.

    Raises:
        DataError: an adapter's facts have no training questions.
        TrainingError: a training stopped.
    """
    lab = bench.experiment.lab
    earlier = {(ready.name, ready.seed): ready for ready in before}
    ready: list[ReadyAdapter] = []
    for name, config in lab.adapters.items():
        for seed in lab.training_seeds:
            last = earlier.get((name, seed))
            if last is not None and config.policy == "never":
                ready.append(last)
            else:
                ready.append(_refresh(bench, material, name, config, seed, last))
    return tuple(ready)


def training_facts(bench: Workbench, material: WaveMaterial, name: str, config: Adapter) -> tuple[TrainingFact, ...]:
    """The facts that an adapter learns from, as they stand at the wave.

    Raises:
        DataError: there are none.
    """
    group = bench.split.tested if config.facts == "tested" else bench.split.training_only
    rows: dict[str, list[WaveQuestion]] = {}
    for question in material.asked(frozenset(group), Split.TRAIN):
        rows.setdefault(question.fact_id, []).append(question)
    if not rows:
        raise DataError(
            f"adapter {name} learns from {config.facts} facts, and none of them has a training question",
            hint="Set split.training_only_facts, or facts: disjoint where every fact has one phrasing.",
        )
    index = adapter_index(bench, name)
    return tuple(
        TrainingFact(
            fact_id=fact_id,
            phrasings=tuple(q.question for q in questions),
            answer=questions[0].answers[0] if questions[0].answers else bench.abstain,
            gold=material.one_gold_a_document(index, questions[0]) if index else (),
            answerable=bool(questions[0].answers),
        )
        for fact_id, questions in rows.items()
    )


def adapter_index(bench: Workbench, name: str) -> str | None:
    """The index whose passages an adapter's rows hold: that of its first arm with one, else the first there is."""
    for arm in bench.experiment.lab.arms.values():
        if getattr(arm, "adapter", None) == name and getattr(arm, "index", None):
            return str(arm.index)  # type: ignore[union-attr]
    return next(iter(bench.indexes), None)


def _refresh(
    bench: Workbench, material: WaveMaterial, name: str, config: Adapter, seed: int, last: ReadyAdapter | None
) -> ReadyAdapter:
    facts = training_facts(bench, material, name, config)
    start_from = last if config.policy == "continue" else None
    if start_from is not None:
        whole, facts = len(facts), to_go_on_with(facts, material.questions, replay=config.replay, seed=seed)
        if not facts:
            return start_from
        # As many rows with passages a fact as a training of all facts has.
        config = config.model_copy(update={"context_rows": math.ceil(config.context_rows * len(facts) / whole)})
    key = _adapter_key(bench, name, config, seed, facts, start_from)
    folder = (
        _trained_here(bench, material, name, seed, key, facts)
        or _taken_over(bench, material.wave, name, seed, key)
        or _train(bench, material, name, config, seed, facts, start_from, key)
    )
    return ReadyAdapter(name=name, seed=seed, key=key, folder=folder, trained_at=material.wave)


def to_go_on_with(
    facts: Sequence[TrainingFact], questions: Sequence[WaveQuestion], *, replay: float, seed: int
) -> tuple[TrainingFact, ...]:
    """What an adapter that goes on learns from: the facts that changed, and for each of them `replay` that did not.

    Replay against forgetting, as in continual learning (Jang et al. 2022, arXiv 2110.03215, mixing in earlier rows).
    Which unchanged facts are replayed is drawn by a hash of the seed and the fact. None changed: none at all.
    """
    moved = _moved(questions)
    changed = [fact for fact in facts if fact.fact_id in moved]
    others = sorted(
        (fact for fact in facts if fact.fact_id not in moved),
        key=lambda fact: text_hash("replay", str(seed), fact.fact_id),
    )
    kept = {fact.fact_id for fact in (*changed, *others[: round(replay * len(changed))])}
    return tuple(fact for fact in facts if fact.fact_id in kept) if changed else ()


def answers_written(facts: Sequence[TrainingFact], questions: Sequence[WaveQuestion]) -> int:
    """Training questions whose answer had to be written down for a wave: at the first all, later those that moved."""
    is_first = all(one.change is None for one in questions)
    moved = _moved(questions)
    return sum(len(fact.phrasings) for fact in facts if is_first or fact.fact_id in moved)


def _moved(questions: Sequence[WaveQuestion]) -> set[str]:
    """The facts that are new since the wave before, changed or removed."""
    return {one.fact_id for one in questions if one.change not in (None, Change.UNCHANGED)}


def _trained_here(
    bench: Workbench, material: WaveMaterial, name: str, seed: int, key: str, facts: Sequence[TrainingFact]
) -> Path | None:
    """The same adapter as this run trained it, under this name or another; None: it has not."""
    wave = material.wave
    records = bench.run.reader.adapters()
    mine = next((row for row in records if (row.name, row.wave, row.seed, row.key) == (name, wave, seed, key)), None)
    same = mine or next((row for row in records if row.key == key), None)
    if same is None:
        return None
    verify_adapter(same.folder, bench.model_hash)
    if mine is None:
        # Its training was metered once; whoever reads the run charges it to both, by its key.
        written = {N_LABELS: answers_written(facts, material.questions)}
        bench.run.record_adapter(replace(same, name=name, wave=wave, seed=seed, manifest={**same.manifest, **written}))
    return same.folder


def _taken_over(bench: Workbench, wave: date, name: str, seed: int, key: str) -> Path | None:
    """The same adapter as another run of this name trained it; None: no run has it."""
    for other in find_reusable(bench.run, adapter_keys=[key]):
        taken = take_over_adapter(bench.run, other.folder, key, name=name, wave=wave, seed=seed)
        if taken is not None:
            verify_adapter(taken.folder, bench.model_hash)
            return taken.folder
    return None


def _train(
    bench: Workbench,
    material: WaveMaterial,
    name: str,
    config: Adapter,
    seed: int,
    facts: tuple[TrainingFact, ...],
    start_from: ReadyAdapter | None,
    key: str,
) -> Path:
    builder = bench.builder(config.style)
    schedule = build_schedule(
        facts,
        adapter=config,
        builder=builder,
        distractors=_distractors(bench, material, name),
        abstain=bench.abstain,
        seed=seed,
        abstains_without_gold=bench.dataset.task is not Task.LABEL,
    )
    label = f"train:{name}" + (f" s{seed}" if len(bench.experiment.lab.training_seeds) > 1 else "")

    def told(now: TrainingProgress) -> None:
        bench.progress(label, now.step, now.n_steps, f"loss {now.loss:.2f}" if now.loss is not None else "")

    folder = bench.run.adapter_folder(name, material.wave, seed)
    with (
        bench.run.stage(Stage.TRAIN, resource=name, wave=material.wave, seed=seed, unit_key=key),
        Meter(Stage.TRAIN, resource=name, wave=material.wave, seed=seed, unit_key=key) as meter,
    ):
        manifest = train_adapter(
            schedule,
            model=bench.model.folder,
            base_name=bench.experiment.lab.base.model,
            base_hash=bench.model_hash,
            config=config,
            seed=seed,
            threads=bench.threads,
            device=bench.device,
            folder=folder,
            score_dev=_dev_scorer(bench, material, name, config),
            start_from=start_from.folder if start_from else None,
            max_new_tokens=bench.experiment.lab.base.max_new_tokens,
            progress=told,
        )
        meter.add(n_items=manifest.n_rows, prompt_tokens=manifest.n_tokens)
    bench.run.record_adapter(
        AdapterRecord(
            name=name,
            wave=material.wave,
            seed=seed,
            key=key,
            folder=folder,
            manifest={**manifest.to_json(), N_LABELS: answers_written(facts, material.questions)},
        ),
        [meter.reading],
    )
    return folder


def _adapter_key(
    bench: Workbench,
    name: str,
    config: Adapter,
    seed: int,
    facts: Sequence[TrainingFact],
    start_from: ReadyAdapter | None,
) -> str:
    index = adapter_index(bench, name)
    builder = bench.builder(config.style)
    return json_hash(
        [
            bench.model_hash,
            config.model_dump(mode="json", exclude={"policy", "replay"}),
            seed,
            builder.build("?").text,
            [[f.fact_id, f.phrasings, f.answer, [p.passage_id for p in f.gold]] for f in facts],
            bench.indexes[index].key if index and config.recipe != "closed_book" else None,
            start_from.key if start_from else None,
        ]
    )


def _distractors(
    bench: Workbench, material: WaveMaterial, name: str
) -> Callable[[Sequence[tuple[str, frozenset[str]]], int], list[list[Passage]]]:
    index = adapter_index(bench, name)

    def nearest(asked: Sequence[tuple[str, frozenset[str]]], n: int) -> list[list[Passage]]:
        if index is None or not asked or n == 0:
            return [[] for _ in asked]
        found = bench.indexes[index].index.search([text for text, _ in asked], depth=DISTRACTOR_DEPTH + n, alpha=0.5)
        return [
            [hit.passage for hit in hits if hit.passage.passage_id not in excluded][:n]
            for (_, excluded), hits in zip(asked, found, strict=True)
        ]

    return nearest


def _dev_scorer(
    bench: Workbench, material: WaveMaterial, name: str, config: Adapter
) -> Callable[[Answer], float] | None:
    """Scores the dev phrasings of the adapter's own facts, asked as its arms will be asked."""
    group = bench.split.tested if config.facts == "tested" else bench.split.training_only
    questions = material.asked(frozenset(group), Split.DEV) or material.asked(
        frozenset(bench.split.dev_only), Split.DEV
    )
    questions = questions[: config.dev_questions]
    if not questions:
        return None
    builder = bench.builder(config.style)
    prompts: list[Prompt] = []
    asked: list[WaveQuestion] = []
    if config.recipe in ("closed_book", "mixed"):
        prompts += [builder.build(q.question) for q in questions]
        asked += questions
    index = adapter_index(bench, name)
    if config.recipe in ("raft", "mixed") and index:
        k = config.distractors + 1
        found = bench.indexes[index].index.search([q.question for q in questions], depth=k, alpha=0.5)
        prompts += [
            builder.build(q.question, [hit.passage for hit in hits]) for q, hits in zip(questions, found, strict=True)
        ]
        asked += questions
    metric = primary_metric(bench.dataset.task, bench.dataset.labels)

    mean = balanced_score if config.balance_labels else mean_score

    def score(answer: Answer) -> float:
        return mean(metric, answer(prompts), asked, bench.dataset.abstain)

    return score
