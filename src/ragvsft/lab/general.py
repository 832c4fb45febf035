"""General ability: the base model and every adapter asked the same unrelated questions, to see what was forgotten."""

from collections.abc import Sequence
from dataclasses import replace

from ragvsft.core.values import Stage, Style, Task
from ragvsft.data.general import read_general
from ragvsft.lab.asking import answer
from ragvsft.lab.meter import Meter
from ragvsft.lab.prompts import default_instruction
from ragvsft.lab.refreshing import ReadyAdapter
from ragvsft.lab.workbench import Workbench
from ragvsft.metrics.answers import CONTAINS, score_answer
from ragvsft.runs.records import GeneralAnswer
from ragvsft.runs.taking_over import take_over_general


def ask_general(bench: Workbench, adapters: Sequence[ReadyAdapter]) -> None:
    """Ask the general set, without passages, in the chat style; a model that was asked before is left out."""
    lab = bench.experiment.lab
    if lab.general is None:
        return
    questions = read_general(bench.loaded.beside(lab.general))
    builder = bench.builder(Style.CHAT)
    if builder.labels:
        # The general questions have answers of their own.
        builder = replace(
            builder, labels=(), instruction=default_instruction(Task.SHORT_ANSWER, (), abstain=bench.abstain)
        )
    prompts = [builder.build(question.question) for question in questions]
    asked = {(row.adapter, row.seed, row.wave) for row in bench.run.reader.general()}
    models: list[ReadyAdapter | None] = [None, *adapters]
    for number, ready in enumerate(models):
        bench.progress("general", number, len(models), ready.name if ready else "base")
        name, seed, wave = (ready.name, ready.seed, ready.trained_at) if ready else (None, None, None)
        if (name, seed, wave) in asked:
            continue
        texts = [(question.question_id, question.question) for question in questions]
        if take_over_general(bench.run, (name, seed, wave), ready.key if ready else None, texts):
            continue
        with (
            bench.run.stage(Stage.GENERAL, resource=name, seed=seed, wave=wave),
            Meter(Stage.GENERAL, resource=name, seed=seed, wave=wave) as meter,
        ):
            generations = answer(bench, prompts, ready.folder if ready else None)
            meter.add(
                n_items=len(generations),
                prompt_tokens=sum(g.prompt_tokens for g in generations),
                output_tokens=sum(g.output_tokens for g in generations),
            )
        rows = [
            GeneralAnswer(
                adapter=name,
                seed=seed,
                question_id=question.question_id,
                question=question.question,
                answers=question.answers,
                answer=generation.answer,
                correct=bool(score_answer(CONTAINS, generation.answer, question.answers, bench.dataset.abstain)),
                failure=generation.failure,
                wave=wave,
            )
            for question, generation in zip(questions, generations, strict=True)
        ]
        bench.run.record_general(rows, [meter.reading])
    bench.progress("general", len(models), len(models))
