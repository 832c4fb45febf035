"""The dev search: what an arm may choose is chosen on dev, with the same number of tries for every arm, then frozen.

The first try is always the settings as written, and the earlier of two equal tries is kept. Test questions are never
read here.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from ragvsft.config.experiment import Arm as ArmConfig
from ragvsft.config.experiment import RecordedArm
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Split, Stage, Style, WaveQuestion
from ragvsft.lab.arms.arm import Settings, build_arm, choosable, with_settings, written_settings
from ragvsft.lab.asking import answer
from ragvsft.lab.meter import Meter
from ragvsft.lab.refreshing import ReadyAdapter
from ragvsft.lab.retrieving import passages_for
from ragvsft.lab.workbench import WaveMaterial, Workbench
from ragvsft.metrics.answers import mean_score, primary_metric
from ragvsft.runs.records import Choice, SearchTry
from ragvsft.runs.taking_over import find_reusable, take_over_choice


def search_settings(
    bench: Workbench, material: WaveMaterial, adapters: Sequence[ReadyAdapter]
) -> Mapping[str, ArmConfig]:
    """Every arm's configuration with its settings as chosen on dev; as written where `tries` is 0."""
    lab = bench.experiment.lab
    if lab.search.tries == 0:
        for name, config in lab.arms.items():
            _freeze(bench, name, written_settings(config, lab.search), "as written: no search")
        return lab.arms
    questions = dev_questions(bench, material)
    by_name = {ready.name: ready for ready in reversed(adapters)}
    chosen: dict[str, ArmConfig] = {}
    for name, config in lab.arms.items():
        adapter = getattr(config, "adapter", None)
        chosen[name] = _search_arm(bench, material, name, config, by_name[adapter] if adapter else None, questions)
    return chosen


def dev_questions(bench: Workbench, material: WaveMaterial) -> tuple[WaveQuestion, ...]:
    """The dev questions that every arm is tried on: dev phrasings of tested facts, else the dev-only facts'."""
    questions = material.asked(frozenset(bench.split.tested), Split.DEV) or material.asked(
        frozenset(bench.split.dev_only), Split.DEV
    )
    return questions[: bench.experiment.lab.search.questions]


def tries_of(name: str, config: ArmConfig, bench: Workbench) -> list[Settings]:
    """The settings that an arm tries: those written, then others drawn by the search's seed."""
    search = bench.experiment.lab.search
    written = written_settings(config, search)
    others = [settings for settings in choosable(config, search) if dict(settings) != dict(written)]
    random.Random(f"{search.seed}:{name}").shuffle(others)
    return [written, *others][: search.tries] if written else []


def _search_arm(
    bench: Workbench,
    material: WaveMaterial,
    name: str,
    config: ArmConfig,
    adapter: ReadyAdapter | None,
    questions: Sequence[WaveQuestion],
) -> ArmConfig:
    tries = tries_of(name, config, bench)
    if not tries:
        recorded = isinstance(config, RecordedArm)
        why = "its answers are recorded" if recorded else "an adapter has one style"
        _freeze(bench, name, {}, f"nothing is open: {why}")
        return config
    if not questions:
        _freeze(bench, name, tries[0], "as written: the dataset has no dev question for the search")
        return config
    key = _choice_key(bench, material, name, tries, adapter, questions)
    taken = _taken_over(bench, key)
    if taken is not None:
        return with_settings(config, taken.settings)
    found = {json_hash(dict(row.settings)): row.score for row in bench.run.reader.search_tries(name)}
    scored: list[tuple[float, Settings]] = []
    for number, settings in enumerate(tries):
        bench.progress(f"search:{name}", number, len(tries))
        score = found.get(json_hash(dict(settings)))
        if score is None:
            score = _try(bench, material, name, with_settings(config, settings), adapter, questions, number, settings)
        scored.append((score, settings))
    bench.progress(f"search:{name}", len(tries), len(tries))
    best = max(score for score, _ in scored)
    settings = next(settings for score, settings in scored if score == best)
    n_open = len(choosable(config, bench.experiment.lab.search))
    fewer = f" (all that are open to it: {n_open})" if n_open <= len(tries) else ""
    _freeze(bench, name, settings, f"best of {len(tries)} tries on {len(questions)} dev questions{fewer}", key)
    return with_settings(config, settings)


def _try(
    bench: Workbench,
    material: WaveMaterial,
    name: str,
    config: ArmConfig,
    adapter: ReadyAdapter | None,
    questions: Sequence[WaveQuestion],
    number: int,
    settings: Settings,
) -> float:
    arm = build_arm(name, config, bench.experiment.lab.adapters)
    with (
        bench.run.stage(Stage.SEARCH, arm=name, wave=material.wave),
        Meter(Stage.SEARCH, arm=name, wave=material.wave) as meter,
    ):
        passages = passages_for(bench, material, arm, questions)
        builder = bench.builder(arm.style)
        prompts = [builder.build(q.question, passages.get(q.question_id, ())) for q in questions]
        folder: Path | None = adapter.folder if adapter else None
        generations = answer(bench, prompts, folder)
        meter.add(
            n_items=len(generations),
            prompt_tokens=sum(g.prompt_tokens for g in generations),
            output_tokens=sum(g.output_tokens for g in generations),
        )
    texts = [generation.answer for generation in generations]
    metric = primary_metric(bench.dataset.task, bench.dataset.labels)
    score = mean_score(metric, texts, questions, bench.dataset.abstain)
    bench.run.record_search_try(
        SearchTry(arm=name, number=number + 1, settings=dict(settings), score=score, n_questions=len(questions)),
        [meter.reading],
    )
    return score


def _choice_key(
    bench: Workbench,
    material: WaveMaterial,
    name: str,
    tries: Sequence[Settings],
    adapter: ReadyAdapter | None,
    questions: Sequence[WaveQuestion],
) -> str:
    """Hash of all that decides an arm's search: what is tried, on which questions, in which prompts, by which model."""
    lab = bench.experiment.lab
    styles = sorted({str(settings["style"]) for settings in tries if "style" in settings})
    return json_hash(
        [
            name,
            [dict(settings) for settings in tries],
            [[q.question_id, q.question, q.answers] for q in questions],
            material.content_hash,
            lab.arms[name].model_dump(mode="json"),
            {style: bench.builder(Style(style)).build("?").text for style in styles},
            {index: opened.key for index, opened in bench.indexes.items()},
            adapter.key if adapter else None,
            [bench.model_hash, lab.base.max_new_tokens, lab.base.batch_tokens, lab.base.max_rows],
        ]
    )


def _taken_over(bench: Workbench, key: str) -> Choice | None:
    """The same search as another run of this name did it; None: no run has it."""
    for other in find_reusable(bench.run, choice_keys=[key]):
        taken = take_over_choice(bench.run, other.folder, key)
        if taken is not None:
            return taken
    return None


def _freeze(bench: Workbench, name: str, settings: Settings, why: str, key: str = "") -> None:
    bench.run.record_choice(Choice(arm=name, settings=dict(settings), why=why, key=key))
