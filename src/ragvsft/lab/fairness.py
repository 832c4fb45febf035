"""Fairness, checked: what every arm of a run must share, tested on the run's own prompts and settings."""

from collections.abc import Mapping, Sequence

from ragvsft.config.experiment import Arm as ArmConfig
from ragvsft.core.values import Passage, Style, WaveQuestion
from ragvsft.lab.arms.arm import choosable
from ragvsft.lab.asking import ArmAtWave
from ragvsft.lab.prompts import passages_block
from ragvsft.lab.search import tries_of
from ragvsft.lab.workbench import Workbench
from ragvsft.runs.records import FairnessCheck


def check_fairness(
    bench: Workbench,
    arms: Sequence[ArmAtWave],
    questions: Sequence[WaveQuestion],
    chosen: Mapping[str, ArmConfig],
) -> tuple[FairnessCheck, ...]:
    """Every check, on the prompts that the run really asks. Recorded arms are exempt, and a check says so."""
    recorded = [prepared.arm.name for prepared in arms if prepared.arm.is_recorded]
    arms = [prepared for prepared in arms if not prepared.arm.is_recorded]
    chosen = {name: config for name, config in chosen.items() if name not in recorded}
    return (
        _same_base(bench, arms),
        _same_decoding(bench, arms),
        _closed_book_bytes(bench, arms, questions),
        _examples_apart(bench),
        _same_styles(bench, arms),
        *_same_tries(bench, chosen),
        *_exempt(recorded),
    )


def _same_base(bench: Workbench, arms: Sequence[ArmAtWave]) -> FairnessCheck:
    from ragvsft.lab.finetuning.adapter import AdapterManifest

    folders = {prepared.adapter_folder for prepared in arms if prepared.adapter_folder}
    others = [folder.name for folder in folders if AdapterManifest.read(folder).base_hash != bench.model_hash]
    name = bench.experiment.lab.base.model
    detail = f"every arm and adapter stands on {name}, weights {bench.model_hash[:12]}"
    if bench.experiment.lab.base.engine == "openai":
        detail = f"every arm is answered by {name} at {bench.experiment.lab.base.base_url}, whose weights are not seen"
    return FairnessCheck(
        name="same base weights",
        ok=not others,
        detail=detail if not others else f"adapters of other weights: {', '.join(sorted(others))}",
    )


def _exempt(recorded: Sequence[str]) -> list[FairnessCheck]:
    if not recorded:
        return []
    detail = f"nothing here is checked of {', '.join(recorded)}: answers from a file, shown and never chosen"
    return [FairnessCheck(name="recorded arms are exempt", ok=True, detail=detail)]


def _same_decoding(bench: Workbench, arms: Sequence[ArmAtWave]) -> FairnessCheck:
    base = bench.experiment.lab.base
    return FairnessCheck(
        name="same decoding",
        ok=True,
        detail=f"one generator for all {len({a.arm.name for a in arms})} arms: greedy, "
        f"at most {base.max_new_tokens} new tokens",
    )


def _closed_book_bytes(bench: Workbench, arms: Sequence[ArmAtWave], questions: Sequence[WaveQuestion]) -> FairnessCheck:
    """Taking the passages out of a prompt gives the closed-book prompt byte for byte."""
    n_prompts = 0
    broken: list[str] = []
    for prepared in arms:
        builder = bench.builder(prepared.arm.style)
        for question in questions:
            passages: Sequence[Passage] = prepared.passages.get(question.question_id, ())
            if not passages:
                continue
            n_prompts += 1
            with_passages = builder.build(question.question, passages).text
            if with_passages.replace(passages_block(passages), "", 1) != builder.build(question.question).text:
                broken.append(f"{prepared.arm.name}/{question.question_id}")
    detail = f"{n_prompts:,} prompts without their passages equal the closed-book prompt byte for byte"
    return FairnessCheck(
        name="same prompt", ok=not broken, detail=detail if not broken else f"not so in {', '.join(broken[:3])}"
    )


def _examples_apart(bench: Workbench) -> FairnessCheck:
    tested = frozenset(bench.split.tested)
    asked = {q.question for q in bench.dataset.questions if q.fact_id in tested}
    inside = [example.question for example in bench.examples if example.question in asked]
    return FairnessCheck(
        name="same examples",
        ok=not inside,
        detail=f"the same {len(bench.examples)} few-shot examples for every arm, none from a tested fact"
        if not inside
        else f"an example is a question about a tested fact: {inside[0]!r}",
    )


def _same_styles(bench: Workbench, arms: Sequence[ArmAtWave]) -> FairnessCheck:
    """Arms on the base model pick among the same styles; an adapter's arms use the one it was trained in."""
    adapters = bench.experiment.lab.adapters
    wrong = [a.arm.name for a in arms if a.arm.adapter and a.arm.style is not adapters[a.arm.adapter].style]
    styles = ", ".join(Style(style).value for style in bench.experiment.lab.search.styles)
    return FairnessCheck(
        name="same styles",
        ok=not wrong,
        detail=f"arms on the base model pick among {styles}; an adapter's arms keep the style of its training"
        if not wrong
        else f"asked in another style than trained in: {', '.join(wrong)}",
    )


def _same_tries(bench: Workbench, chosen: Mapping[str, ArmConfig]) -> list[FairnessCheck]:
    search = bench.experiment.lab.search
    if search.tries == 0:
        return []
    configs = bench.experiment.lab.arms
    fewer = [
        f"{name} ({len(choosable(configs[name], search))})"
        for name in chosen
        if len(tries_of(name, configs[name], bench)) < search.tries
    ]
    detail = f"{search.tries} tries on dev for every arm"
    detail += f"; fewer are open to {', '.join(fewer)}" if fewer else ""
    return [FairnessCheck(name="same tries", ok=True, detail=detail)]
