"""Reads the run folders that are compared: what a verdict is made from, a label each, and how their prompts look."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ragvsft.config.prices import PriceSheet
from ragvsft.runs.reading import open_run
from ragvsft.verdict.comparing_runs import wave_of
from ragvsft.verdict.inputs import RunInputs, read_inputs
from ragvsft.verdict.run_differences import ComparedRun

QUESTION = "⟨question⟩"
"""Stands in a frame for the question asked."""

_PASSAGES = "Passages:\n[1] "
"""How the prompts' block of passages begins."""


def read_runs(
    folders: Sequence[Path], *, wave: date | None = None, prices: PriceSheet | None = None
) -> tuple[ComparedRun, ...]:
    """Read runs that are to be compared; needs no model, no server, no network.

    Args:
        folders: of the runs, finished or not.
        wave: at which they are compared; None: the last that was asked in all of them.
        prices: a sheet in place of the one that each was read with.

    Raises:
        DataError: a folder is no run, or is damaged.
        UsageError: they have no wave in common, or not the wanted one.
    """
    read = [read_inputs(folder) for folder in folders]
    if prices is not None:
        read = [replace(one, settings=one.settings.model_copy(update={"prices": prices})) for one in read]
    labels = labels_of(folders, [one.manifest.name for one in read])
    runs = [ComparedRun(label=label, inputs=inputs) for label, inputs in zip(labels, read, strict=True)]
    day = wave_of(runs, wave)
    return tuple(replace(run, frames=_frames(run.inputs, day)) for run in runs)


def labels_of(folders: Sequence[Path], names: Sequence[str]) -> tuple[str, ...]:
    """The shortest names that tell runs apart: the experiment's, the folder's, the folder's with the one above it."""
    choices = (
        list(names),
        [folder.name for folder in folders],
        [f"{folder.resolve().parent.name}/{folder.name}" for folder in folders],
    )
    for labels in choices:
        if len(set(labels)) == len(labels):
            return tuple(labels)
    return tuple(f"{label} ({n})" for n, label in enumerate(choices[1], start=1))


def frame_of(prompt: str, question: str) -> str | None:
    """The prompt without its passages, a mark in the place of its question; None where the question is not in it."""
    head, mark, tail = prompt.rpartition(f"Question: {question}")
    if not mark:
        return None
    return f"{head.partition(_PASSAGES)[0]}Question: {QUESTION}{tail}"


def _frames(inputs: RunInputs, wave: date) -> Mapping[str, str]:
    """By arm what stands around its questions and passages; absent for recorded arms and arms that were not asked.

    One prompt an arm is read: all prompts of an arm share it.
    """
    at = next(one for one in inputs.waves if one.wave == wave)
    texts = {question.question_id: question.question for question in at.planned}
    found = {}
    with open_run(inputs.folder) as run:
        for arm in inputs.arms:
            if arm.kind == "recorded" or not at.outcomes.get(arm.name):
                continue
            asked = at.outcomes[arm.name][0].question_id
            outcome, *_ = run.outcomes(wave=wave, arm=arm.name, question_id=asked, with_prompts=True)
            frame = frame_of(outcome.prompt, texts[asked])
            if frame is not None:
                found[arm.name] = frame
    return found
