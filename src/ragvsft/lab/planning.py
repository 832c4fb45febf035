"""What an experiment will take, told before anything is spent: steps, tokens, seconds, disk.

Counted where it can be (questions, rows, units), estimated where it cannot: tokens by characters, seconds by a short
matrix multiplication on this machine. An estimate says that it is one.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from ragvsft.config.experiment import Adapter, Search
from ragvsft.core.values import Split, WaveQuestion
from ragvsft.data.snapshots import documents_at, questions_at
from ragvsft.lab.arms.arm import build_arm, choosable
from ragvsft.lab.experiment import ExperimentPlan

CHARACTERS_PER_TOKEN = 4.0
TEMPLATE_TOKENS = 45
"""Instruction and chat template of a prompt, roughly; few-shot examples come on top."""
ANSWER_TOKENS = 8
"""A short answer, roughly; generation stops there and not at max_new_tokens."""
BASE_PARAMETERS = 135e6
"""Of the bundled model; another model's size is not known before it is loaded."""
TRAIN_FLOP_A_TOKEN = 6 * BASE_PARAMETERS
GENERATE_FLOP_A_TOKEN = 2 * BASE_PARAMETERS
EFFICIENCY = 0.5
"""Share of the multiplication's speed that a whole model reaches."""
DECODE_FACTOR = 6.0
"""A token that is written costs about this many that are read, at the batch sizes of an experiment."""
ADAPTER_BYTES = 20_000_000
BASE_BYTES = 600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the plan."""

    stage: str
    what: str
    n_items: int
    tokens: int
    seconds: float
    """Estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The steps of an experiment and what they come to."""

    run: str
    n_tested_facts: int
    n_test_questions: int
    steps: tuple[Step, ...]
    disk_bytes: int

    @property
    def seconds(self) -> float:
        """Estimated wall time of all steps."""
        return sum(step.seconds for step in self.steps)

    @property
    def tokens(self) -> int:
        """Estimated tokens of all steps."""
        return sum(step.tokens for step in self.steps)

    def to_json(self) -> dict[str, object]:
        """As a JSON value."""
        return asdict(self) | {"seconds": self.seconds, "tokens": self.tokens}


def forecast(plan: ExperimentPlan) -> Forecast:
    """Count and estimate; loads no model and starts no server."""
    flops = _measured_flops()
    steps: list[Step] = []
    n_test = 0
    searched = False
    previous: date | None = None
    for number, wave in enumerate(plan.waves):
        questions, _ = questions_at(plan.dataset, wave, previous)
        tested = frozenset(plan.split.tested)
        asked = _limited([q for q in questions if q.split is Split.TEST and q.fact_id in tested], plan)
        n_test += len(asked)
        steps += _index_steps(plan, wave, flops)
        steps += _training_steps(plan, wave, number, questions, flops)
        if not searched:
            steps += _search_steps(plan, flops)
            searched = True
        steps += _asking_steps(plan, wave, len(asked), flops)
        previous = wave
    n_adapters = sum(step.stage == "train" for step in steps)
    return Forecast(
        run=f"{plan.experiment.name}-{plan.run_hash[:12]}",
        n_tested_facts=len(plan.split.tested),
        n_test_questions=n_test,
        steps=tuple(steps),
        disk_bytes=BASE_BYTES + n_adapters * ADAPTER_BYTES + 4_000 * n_test * len(plan.experiment.lab.arms),
    )


def _measured_flops() -> float:
    """Multiply-adds x 2 a second of a float32 matrix multiplication, the best of a few, in about 0.2 s."""
    a = np.ones((768, 768), dtype=np.float32)
    best = math.inf
    for _ in range(5):
        begin = time.perf_counter()
        a @ a
        best = min(best, time.perf_counter() - begin)
    return 2 * 768**3 / best


def _limited(questions: Sequence[WaveQuestion], plan: ExperimentPlan) -> list[WaveQuestion]:
    limit = plan.experiment.split.test_questions_per_fact
    counts: dict[str, int] = {}
    kept = []
    for question in questions:
        counts[question.fact_id] = counts.get(question.fact_id, 0) + 1
        if limit is None or counts[question.fact_id] <= limit:
            kept.append(question)
    return kept


def _index_steps(plan: ExperimentPlan, wave: date, flops: float) -> list[Step]:
    if not plan.loaded.indexes:
        return []
    characters = sum(len(d.text) for d in documents_at(plan.dataset, wave))
    tokens = int(characters / CHARACTERS_PER_TOKEN)
    return [
        Step(
            stage="sync",
            what=f"{name} at {wave}",
            n_items=math.ceil(tokens / file.chunking.max_tokens),
            tokens=tokens,
            seconds=8 + tokens * 2 * 22e6 / (flops * EFFICIENCY),
        )
        for name, file in plan.loaded.indexes.items()
    ]


def _training_steps(
    plan: ExperimentPlan, wave: date, number: int, questions: Sequence[WaveQuestion], flops: float
) -> list[Step]:
    steps = []
    for name, config in plan.experiment.lab.adapters.items():
        if number and config.policy == "never":
            continue
        group = frozenset(plan.split.tested if config.facts == "tested" else plan.split.training_only)
        n_facts = len({q.fact_id for q in questions if q.fact_id in group and q.split is Split.TRAIN})
        rows, tokens = _rows_and_tokens(plan, config, n_facts)
        for seed in plan.experiment.lab.training_seeds:
            steps.append(
                Step(
                    stage="train",
                    what=f"{name} at {wave}, seed {seed}",
                    n_items=rows,
                    tokens=tokens,
                    seconds=10 + tokens * TRAIN_FLOP_A_TOKEN / (flops * EFFICIENCY),
                )
            )
    return steps


def _rows_and_tokens(plan: ExperimentPlan, config: Adapter, n_facts: int) -> tuple[int, int]:
    closed = n_facts if config.recipe in ("closed_book", "mixed") else 0
    context = config.context_rows if config.recipe in ("raft", "mixed") else 0
    row = TEMPLATE_TOKENS + 20
    tokens = closed * row + context * (row + (config.distractors + 1) * _passage_tokens(plan))
    return config.epochs * (closed + context), config.epochs * tokens


def _passage_tokens(plan: ExperimentPlan) -> int:
    return max((file.chunking.max_tokens for file in plan.loaded.indexes.values()), default=0)


def _search_steps(plan: ExperimentPlan, flops: float) -> list[Step]:
    search: Search = plan.experiment.lab.search
    steps = []
    for name, config in plan.experiment.lab.arms.items():
        n_tries = min(search.tries, len(choosable(config, search)))
        if n_tries:
            n = n_tries * search.questions
            steps.append(_asking(plan, "search", f"{name}, {n_tries} tries on dev", name, n, flops))
    return steps


def _asking_steps(plan: ExperimentPlan, wave: date, n_questions: int, flops: float) -> list[Step]:
    lab = plan.experiment.lab
    steps = []
    for name, config in lab.arms.items():
        seeds = len(lab.training_seeds) if getattr(config, "adapter", None) else 1
        steps.append(_asking(plan, "generate", f"{name} at {wave}", name, n_questions * seeds, flops))
        if lab.latency_requests:
            steps.append(_asking(plan, "latency", f"{name}, one at a time", name, lab.latency_requests + 1, flops))
    return steps


def _asking(plan: ExperimentPlan, stage: str, what: str, name: str, n: int, flops: float) -> Step:
    arm = build_arm(name, plan.experiment.lab.arms[name], plan.experiment.lab.adapters)
    n_passages = arm.k if arm.searches else int(arm.kind == "oracle")
    examples = 0 if arm.style.value == "chat" else 80
    prompt = TEMPLATE_TOKENS + 20 + examples + n_passages * _passage_tokens(plan)
    read = n * prompt
    written = n * ANSWER_TOKENS
    slow = 4.0 if stage == "latency" else 1.0
    seconds = slow * (read + DECODE_FACTOR * written) * GENERATE_FLOP_A_TOKEN / (flops * EFFICIENCY)
    return Step(stage=stage, what=what, n_items=n, tokens=read + written, seconds=seconds)
