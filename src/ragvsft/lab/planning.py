"""What an experiment will do before anything is spent: steps, tokens, seconds, disk.

Counted where it can be (questions, rows, requests, batches), estimated where it cannot: tokens by characters, seconds
by this machine's speed. An estimate says that it is one. What a run may take over from others is not known here.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from ragvsft.config.experiment import Adapter
from ragvsft.core.values import Change, Split, Style, WaveQuestion
from ragvsft.data.affected import asked_again
from ragvsft.data.general import read_general
from ragvsft.data.snapshots import documents_at, questions_at
from ragvsft.lab.annotate import annotations_of
from ragvsft.lab.arms.arm import Arm, build_arm, choosable
from ragvsft.lab.experiment import ExperimentPlan
from ragvsft.lab.generation.models import BUNDLED, Kind, resolve_model
from ragvsft.lab.model_size import ModelSize, model_size
from ragvsft.lab.planned_prompts import CHARACTERS_PER_TOKEN, PASSAGE_FILL, PromptSizes
from ragvsft.lab.speed import Speed, has_gpu, measured_speed
from ragvsft.runs.folder import run_folder

TITLE_SHARE = 0.18
"""Tokens that the titles before every passage add to a text."""
ANSWER_TOKENS = 9
"""A short answer, roughly: most rows end long before `max_new_tokens`."""
START_S = 15.0
"""Loading libraries and models, starting a server."""
CONVERT_S = 15.0
"""Turning the bundled model's weights into an ordinary folder, once a machine."""
SEARCH_S = 0.015
"""One query of a store, its embedding included."""
TRAIN_START_S = 6.0
OUTCOME_BYTES = 3_000
STORE_BYTES_A_PASSAGE = 6_000
ADAPTER_BYTES_A_WEIGHT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the plan."""

    stage: str
    what: str
    n_items: int
    tokens: int
    """Read and written by the base model or the embedder; estimated."""
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
    """Estimated; of the run, the store and what a model's first use leaves in the cache."""
    notes: tuple[str, ...] = ()
    """What a reader of the estimate must know."""

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
    """Count and estimate; loads no model and starts no server.

    Raises:
        UsageError: a model's name stands for nothing.
        DataError: the general questions cannot be read.
    """
    if plan.experiment.lab.base.engine == "transformers":
        _check_name(plan.loaded.model(plan.experiment.lab.base.model), "causal")
    if plan.loaded.indexes:
        _check_name(plan.loaded.model(plan.experiment.lab.embedder), "embedder")
    return _Estimate(plan, measured_speed(plan.experiment.lab.base.dtype)).forecast()


class _Estimate:
    """The sizes and the speed that every step is estimated with."""

    def __init__(self, plan: ExperimentPlan, speed: Speed) -> None:
        self._plan = plan
        self._lab = plan.experiment.lab
        self._speed = speed
        self._base: ModelSize = model_size(plan.loaded.model(self._lab.base.model))
        self._embedder: ModelSize = model_size(plan.loaded.model(self._lab.embedder), embedder=True)
        self._sizes = PromptSizes(plan)

    def forecast(self) -> Forecast:
        plan = self._plan
        steps = [self._start()]
        n_test, previous = 0, None
        n_passages = 0
        for number, wave in enumerate(plan.waves):
            known, _ = questions_at(plan.dataset, wave, previous)
            asked = self._asked(known, plan.waves[: number + 1])
            n_test += len(asked)
            synced = self._sync(wave, previous)
            n_passages += sum(step.n_items for step in synced)
            steps += synced
            steps += self._train(wave, number, known)
            if number == 0:
                steps += self._search(known)
            steps += self._ask(wave, asked)
            previous = wave
        steps += self._latency(asked)
        steps += self._general()
        return Forecast(
            run=run_folder(Path(), plan.experiment.name, plan.run_hash).name,
            n_tested_facts=len(plan.split.tested),
            n_test_questions=n_test,
            steps=tuple(steps),
            disk_bytes=self._disk(steps, n_test, n_passages),
            notes=self._notes(),
        )

    def _start(self) -> Step:
        seconds = START_S + (CONVERT_S if self._base.disk_bytes and not self._served else 0.0)
        return Step(stage="start", what="load models, open the store", n_items=1, tokens=0, seconds=seconds)

    def _asked(self, known: Sequence[WaveQuestion], days: Sequence[date]) -> tuple[WaveQuestion, ...]:
        limit = self._plan.experiment.split.test_questions_per_fact
        counts: dict[str, int] = {}
        kept = []
        for question in self._of(known, self._plan.split.tested, Split.TEST):
            counts[question.fact_id] = counts.get(question.fact_id, 0) + 1
            if limit is None or counts[question.fact_id] <= limit:
                kept.append(question)
        seed = self._plan.experiment.split.seed
        return asked_again(self._plan.dataset, days, kept, sample=self._lab.affected, seed=seed)

    def _of(self, known: Sequence[WaveQuestion], facts: Sequence[str], split: Split) -> list[WaveQuestion]:
        wanted = frozenset(facts)
        return [question for question in known if question.split is split and question.fact_id in wanted]

    def _sync(self, wave: date, previous: date | None) -> list[Step]:
        now = {(d.doc_id, d.text) for d in documents_at(self._plan.dataset, wave)}
        before = {(d.doc_id, d.text) for d in documents_at(self._plan.dataset, previous)} if previous else set()
        each = [len(text) / CHARACTERS_PER_TOKEN * (1 + TITLE_SHARE) for _, text in now - before]
        tokens = int(sum(each))
        return [
            Step(
                stage="sync",
                what=f"{name} at {wave}",
                n_items=sum(math.ceil(one / (PASSAGE_FILL * file.chunking.max_tokens)) for one in each),
                tokens=tokens,
                seconds=1 + self._speed.embed_s(self._embedder, tokens),
            )
            for name, file in self._plan.loaded.indexes.items()
        ]

    def _train(self, wave: date, number: int, known: Sequence[WaveQuestion]) -> list[Step]:
        steps: list[Step] = []
        begun: set[str] = set()
        for name, config in self._lab.adapters.items():
            if number and config.policy == "never":
                continue
            goes_on = number > 0 and config.policy == "continue"
            rows = config.model_dump_json(exclude={"policy", "replay"}) + f" of the {self._index_of(name)}"
            if not goes_on and rows in begun:
                continue  # the same training under another name
            begun |= set() if goes_on else {rows}
            for seed in self._lab.training_seeds:
                steps += self._training(name, config, wave, seed, known, goes_on=goes_on)
        return steps

    def _training(
        self, name: str, config: Adapter, wave: date, seed: int, known: Sequence[WaveQuestion], *, goes_on: bool
    ) -> list[Step]:
        facts = self._plan.split.tested if config.facts == "tested" else self._plan.split.training_only
        questions = self._of(known, facts, Split.TRAIN)
        n_facts, share = len({q.fact_id for q in questions}), 1.0
        if goes_on:
            n_moved = len({q.fact_id for q in questions if q.change not in (None, Change.UNCHANGED)})
            n_rows = min(n_facts, n_moved + round(config.replay * n_moved))
            if not n_rows:
                return []
            n_facts, share = n_rows, n_rows / n_facts
        n_closed = n_facts if config.recipe in ("closed_book", "mixed") else 0
        n_context = math.ceil(config.context_rows * share) if questions and config.recipe in ("raft", "mixed") else 0
        plain = self._sizes.plain(config.style, questions) + ANSWER_TOKENS
        with_passages = plain + self._sizes.passages(self._index_of(name), config.distractors + 1)
        rows = config.epochs * (n_closed + n_context)
        n_steps = config.epochs * math.ceil((n_closed + n_context) / config.batch_size)
        tokens = config.epochs * (n_closed * plain + n_context * with_passages)
        # The beginning that rows share is read once a pack; rows with passages fill a pack each.
        computed = tokens - config.epochs * n_closed * 0.7 * self._sizes.shared(config.style)
        n_dev = min(config.dev_questions, len(self._of(known, facts, Split.DEV)) or len(self._plan.split.dev_only))
        dev_s = config.dev_checks * sum(
            self._batches_s(n_dev, tokens_each, self._sizes.shared(config.style), 32)
            for tokens_each, used in ((plain, n_closed), (with_passages, n_context))
            if used
        )
        return [
            Step(
                stage="train",
                what=f"{name} at {wave}, seed {seed}",
                n_items=rows,
                tokens=int(tokens),
                seconds=TRAIN_START_S + self._speed.train_s(self._base, steps=n_steps, tokens=computed) + dev_s,
            )
        ]

    def _search(self, known: Sequence[WaveQuestion]) -> list[Step]:
        search = self._lab.search
        dev = self._of(known, self._plan.split.tested, Split.DEV) or self._of(
            known, self._plan.split.dev_only, Split.DEV
        )
        steps = []
        for name, config in self._lab.arms.items():
            n_tries = min(search.tries, len(choosable(config, search)))
            if n_tries and dev:
                one = self._asking("search", name, name, dev[: search.questions], seeds=n_tries)
                tries = "one try" if n_tries == 1 else f"{n_tries} tries"
                steps.append(_renamed(one, f"{name}, {tries} on dev"))
        return steps

    def _ask(self, wave: date, asked: Sequence[WaveQuestion]) -> list[Step]:
        steps = []
        searched = {arm.index: arm for arm in map(self._arm, self._lab.arms) if arm.searches}
        for index in searched:
            steps.append(
                Step(
                    stage="retrieve",
                    what=f"{index} at {wave}",
                    n_items=len(asked),
                    tokens=0,
                    seconds=SEARCH_S * len(asked),
                )
            )
        for name in self._lab.arms:
            if self._arm(name).is_recorded:
                taken = f"{name} at {wave}, from a file"
                steps.append(Step(stage="generate", what=taken, n_items=len(asked), tokens=0, seconds=0.0))
                continue
            seeds = len(self._lab.training_seeds) if self._arm(name).adapter else 1
            steps.append(self._asking("generate", f"{name} at {wave}", name, asked, seeds=seeds))
        annotations = annotations_of(self._lab.annotate, self._plan.dataset.task) if self._lab.indexes else ()
        if annotations:
            n = len(asked) * len(self._lab.arms)
            tokens = n * ANSWER_TOKENS * len(annotations)
            seconds = self._speed.embed_s(self._embedder, tokens)
            what = f"{', '.join(annotations)} at {wave}"
            steps.append(Step(stage="annotate", what=what, n_items=n, tokens=tokens, seconds=seconds))
        return steps

    def _asking(self, stage: str, what: str, name: str, asked: Sequence[WaveQuestion], *, seeds: int) -> Step:
        arm = self._arm(name)
        prompt = self._sizes.of_arm(arm, asked)
        shard = min(self._lab.shard_questions, len(asked)) if stage == "generate" else len(asked)
        n_shards = len(asked) / shard if shard else 0
        seconds = n_shards * self._batches_s(
            shard, prompt, self._sizes.shared(arm.style), self._lab.base.max_new_tokens
        )
        tokens = int(len(asked) * (prompt + self._answer_tokens()))
        return Step(stage=stage, what=what, n_items=seeds * len(asked), tokens=seeds * tokens, seconds=seeds * seconds)

    def _batches_s(self, n: int, prompt: float, shared: float, max_new_tokens: int) -> float:
        """Seconds to answer so many prompts of one length in batches, as the engine makes them; a server's: none."""
        if not n or self._served:
            return 0.0
        base = self._lab.base
        rows = max(1, min(base.max_rows, int(base.batch_tokens // max(1.0, prompt)), n))
        batches = math.ceil(n / rows)
        read = batches * shared + n * max(1.0, prompt - shared)
        writing = n / batches * min(self._answer_tokens(), max_new_tokens) / max_new_tokens
        return self._speed.read_s(self._base, read) + batches * self._speed.write_s(
            self._base, steps=max_new_tokens, rows=writing, context=prompt
        )

    def _latency(self, asked: Sequence[WaveQuestion]) -> list[Step]:
        n = min(self._lab.latency_requests, len(asked))
        steps = []
        for name in self._lab.arms if n else ():
            arm = self._arm(name)
            if arm.is_recorded:
                continue
            prompt = self._sizes.of_arm(arm, asked)
            written = self._answer_tokens()
            one = 0.0
            if not self._served:
                one = self._speed.read_s(self._base, prompt)
                one += self._speed.write_s(self._base, steps=written, rows=1, context=prompt)
            if arm.searches:
                one += SEARCH_S
            what = f"{name}, one at a time"
            times = (n + 1) * (1 if arm.adapter is None else 2)  # merged, and beside the weights
            tokens = int(times * (prompt + written))
            steps.append(Step(stage="latency", what=what, n_items=times, tokens=tokens, seconds=times * one))
        return steps

    def _general(self) -> list[Step]:
        if self._lab.general is None:
            return []
        questions = read_general(self._plan.loaded.beside(self._lab.general))
        prompt, shared = self._sizes.plain(Style.CHAT, questions), self._sizes.shared(Style.CHAT)
        one = self._batches_s(len(questions), prompt, shared, self._lab.base.max_new_tokens)
        n = 1 + len(self._lab.adapters) * len(self._lab.training_seeds)
        tokens = int(n * len(questions) * (prompt + self._answer_tokens()))
        what = "general questions, base and adapters"
        return [Step(stage="general", what=what, n_items=n * len(questions), tokens=tokens, seconds=n * one)]

    def _disk(self, steps: Sequence[Step], n_test: int, n_passages: int) -> int:
        adapters = sum(
            self._lab.adapters[step.what.partition(" at ")[0]].rank * self._base.lora_width * ADAPTER_BYTES_A_WEIGHT
            for step in steps
            if step.stage == "train"
        )
        outcomes = OUTCOME_BYTES * sum(step.n_items for step in steps if step.stage in ("generate", "general"))
        model_bytes = 0 if self._served else self._base.disk_bytes
        return model_bytes + adapters + outcomes + STORE_BYTES_A_PASSAGE * n_passages

    def _notes(self) -> tuple[str, ...]:
        notes = []
        if self._served:
            notes.append(
                f"How fast {self._lab.base.model} answers at {self._lab.base.base_url} is not known: its requests and "
                "tokens are counted, its time is left out."
            )
        for name, size in ((self._lab.base.model, self._base), (self._lab.embedder, self._embedder)):
            if not size.known and not (self._served and size is self._base):
                notes.append(f"The size of {name} is not known here; it is taken to be as large as the bundled one.")
        if has_gpu() and self._lab.base.device != "cpu" and not self._served:
            notes.append("The times are those of the CPU; with the GPU of this machine they are much shorter.")
        return tuple(notes)

    @property
    def _served(self) -> bool:
        """Whether a server answers, whose speed nobody here knows."""
        return self._lab.base.engine == "openai"

    def _arm(self, name: str) -> Arm:
        return build_arm(name, self._lab.arms[name], self._lab.adapters)

    def _index_of(self, adapter: str) -> str | None:
        for arm in map(self._arm, self._lab.arms):
            if arm.adapter == adapter and arm.index:
                return arm.index
        return next(iter(self._plan.loaded.indexes), None)

    def _answer_tokens(self) -> int:
        return min(ANSWER_TOKENS, self._lab.base.max_new_tokens)


def _check_name(name: str, kind: Kind) -> None:
    """Refuse a name that a run would refuse at once, and ask neither weights nor network about any other."""
    there = name in BUNDLED and BUNDLED[name].kind == kind
    if not there and not Path(name).expanduser().is_dir() and "@" not in name:
        resolve_model(name, kind)


def _renamed(step: Step, what: str) -> Step:
    return Step(stage=step.stage, what=what, n_items=step.n_items, tokens=step.tokens, seconds=step.seconds)
