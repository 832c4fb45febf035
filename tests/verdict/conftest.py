"""Runs as plain values: what a verdict is made from, without a run folder."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ragvsft.core.values import Outcome, Split, Task, WaveQuestion
from ragvsft.runs.manifest import DatasetRecord, Environment, Machine, Manifest, ModelRecord
from ragvsft.runs.records import FairnessCheck
from ragvsft.verdict.inputs import ArmInputs, RunInputs, WaveInputs

WAVE = date(2024, 1, 1)
Answers = Mapping[str, Sequence[str | None]]
MakeInputs = Callable[..., RunInputs]
MakeQuestion = Callable[..., WaveQuestion]


def question(
    question_id: str, fact_id: str | None = None, answers: tuple[str, ...] = ("yes",), **more: object
) -> WaveQuestion:
    fields: dict[str, Any] = {
        "question_id": question_id,
        "fact_id": fact_id or question_id,
        "question": f"What of {question_id}?",
        "answers": answers,
        "stale_answers": (),
        "gold_doc_ids": (),
        "split": Split.TEST,
    }
    return WaveQuestion(**(fields | more))


def outcomes(
    arm: str, questions: Sequence[WaveQuestion], answers: Sequence[str | None], seed: int | None = None
) -> tuple[Outcome, ...]:
    """One outcome a question; None is a failure, and a question without an answer in the list was not asked."""
    return tuple(
        Outcome(
            arm=arm,
            wave=WAVE,
            question_id=asked.question_id,
            seed=seed,
            answer=answer,
            failure="it broke" if answer is None else None,
            prompt_tokens=100,
            output_tokens=10,
        )
        for asked, answer in zip(questions, answers, strict=False)
    )


def manifest(task: Task, labels: tuple[str, ...]) -> Manifest:
    return Manifest(
        name="demo",
        run_hash="ab" * 32,
        created_at=datetime(2024, 8, 1, 12, 0, tzinfo=UTC),
        configuration={"name": "demo", "lab": {}},
        dataset=DatasetRecord(
            name="d", content_hash="c" * 64, snapshots=(WAVE,), task=task, labels=labels, abstain=("I don't know",)
        ),
        split={},
        model=ModelRecord(name="tiny", revision=None, weights_sha256="e" * 64),
        environment=Environment(threads=2, device="cpu", dtype="float32", store="weaviate 1.39.2"),
        machine=Machine(python="3.11", platform="linux", cpu="some", cores=2, memory_bytes=1),
        versions={"torch": "2.12.0"},
    )


def inputs(
    questions: Sequence[WaveQuestion],
    by_arm: Answers,
    *,
    kinds: Mapping[str, str] | None = None,
    task: Task = Task.SHORT_ANSWER,
    labels: tuple[str, ...] = (),
    fair: bool = True,
    **more: object,
) -> RunInputs:
    """A run of one wave in which each arm gave these answers."""
    kinds = kinds or {}
    wave = WaveInputs(
        wave=WAVE,
        planned=tuple(questions),
        n_left_out=0,
        outcomes={arm: outcomes(arm, questions, answers) for arm, answers in by_arm.items()},
    )
    fields: dict[str, Any] = {
        "folder": Path("demo-abababababab"),
        "manifest": manifest(task, labels),
        "task": task,
        "arms": tuple(ArmInputs(name=arm, kind=kinds.get(arm, "rag"), settings={}) for arm in by_arm),
        "waves": (wave,),
        "planned_waves": (WAVE,),
        "depths": {},
        "training_seeds": (0,),
        "adapters": {},
        "fairness": (FairnessCheck(name="same prompt", ok=fair, detail="12 prompts"),),
    }
    return RunInputs(**(fields | more))


@pytest.fixture(scope="session")
def make() -> MakeInputs:
    return inputs


@pytest.fixture(scope="session")
def ask() -> MakeQuestion:
    return question


@pytest.fixture(scope="session")
def say() -> Callable[..., tuple[Outcome, ...]]:
    return outcomes
