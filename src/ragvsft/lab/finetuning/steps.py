"""A training step by step: the Trainer that reads batches in parts, and the callback that steers it.

Loads transformers; imported by `training.py` when a training begins.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ragvsft.core.errors import TrainingError
from ragvsft.lab.finetuning.batches import Batch, lay_out
from ragvsft.lab.finetuning.checkpoints import (
    BEST_FILE,
    CHECKPOINT,
    CLOCK_FILE,
    RECORD_FILE,
    mark_complete,
    write_whole,
)
from ragvsft.lab.finetuning.loading import computing
from ragvsft.lab.finetuning.loss import completion_loss
from ragvsft.lab.finetuning.record import TrainingProgress, TrainingRecord
from ragvsft.lab.number_format import NumberFormat

CLOCK_EVERY_S = 2.0
MAX_GRADIENT_NORM = 1.0
MAX_FACTS_NAMED = 8

Weights = dict[str, torch.Tensor]


class Batches(Dataset[Batch]):
    """The batches of a training in their order, one an item."""

    def __init__(self, order: Sequence[Batch]) -> None:
        self._order = order

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, step: int) -> Batch:
        return self._order[step]


class PartwiseTrainer(Trainer):
    """The Trainer over `Batches`: a step reads its batch part by part and adds the gradients up."""

    part_tokens: int
    packed: bool
    number_format: NumberFormat
    batch: Batch
    """Of the step under way."""
    loss: float = math.nan
    """Of the step under way."""
    n_computed_tokens: int = 0
    peak_memory_bytes: int = 0

    def training_step(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> torch.Tensor:
        """Forward and backward of one batch; its mean loss.

        Raises:
            TrainingError: the loss is not finite, or one pack alone does not fit into memory.
        """
        self.batch = inputs["batch"]
        while True:
            try:
                return self._read_batch(model)
            except torch.OutOfMemoryError as error:
                # Smaller parts make the same gradient; the batch stays as large as it was.
                model.zero_grad()
                longest = max(len(row.tokens) for row in self.batch)
                if self.part_tokens <= longest:
                    raise TrainingError(
                        f"out of memory on {self.args.device} with one row of {longest} tokens",
                        hint="lower the adapter's max_length or rank, or take a smaller base model",
                    ) from error
                self.part_tokens //= 2
                if self.args.device.type == "cuda":
                    torch.cuda.empty_cache()

    def _read_batch(self, model: torch.nn.Module) -> torch.Tensor:
        model.train()
        n_supervised = sum(row.n_supervised for row in self.batch)
        total = torch.zeros((), device=self.args.device)
        for part in lay_out(self.batch, part_tokens=self.part_tokens, packed=self.packed):
            here = part.to(str(self.args.device))
            with computing(model, self.number_format):
                loss = completion_loss(model, here, n_supervised=n_supervised)
            self.peak_memory_bytes = max(self.peak_memory_bytes, memory_bytes(self.args.device))
            self.accelerator.backward(loss)
            total += loss.detach()
            self.n_computed_tokens += part.inputs["input_ids"].numel()
        self.loss = total.item()
        if not math.isfinite(self.loss):
            raise not_finite("loss", self.loss, self.state.global_step + 1, self.batch)
        return total

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Not counted."""
        return 0

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any) -> None:  # noqa: ANN401
        with saving(self.state.global_step):
            super()._save_checkpoint(model, trial)


class Steering(TrainerCallback):
    """Stops on numbers that are not finite, checks the dev score, saves by time, keeps the record."""

    def __init__(
        self,
        trainer: PartwiseTrainer,
        record: TrainingRecord,
        *,
        work: Path,
        dev_steps: frozenset[int],
        score: Callable[[], float] | None,
        save_every_s: float,
        started: tuple[float, float],
        progress: Callable[[TrainingProgress], None] | None,
    ) -> None:
        self._trainer = trainer
        self._model: Any = trainer.model
        self.record = record
        self._work = work
        self._dev_steps = dev_steps
        self._score = score
        self._save_every_s = save_every_s
        self._progress = progress
        self.best: Weights | None = None
        self._clock, self._cpu = started
        self._saved = self._told = time.perf_counter()

    def resume(self, checkpoint: Path | None) -> None:
        """Take up the record and the best adapter of a checkpoint; what was done after it was wasted."""
        if checkpoint is not None:
            self.record = TrainingRecord.read(checkpoint / RECORD_FILE)
            self.record.n_resumed += 1
            self._trainer.part_tokens = self.record.part_tokens
            if self.record.best_step:
                self.best = load_file(checkpoint / BEST_FILE)
        with suppress(OSError, ValueError, KeyError):
            clock = json.loads((self._work / CLOCK_FILE).read_text(encoding="utf-8"))
            lost_s = max(0.0, clock["wall_s"] - self.record.wall_s)
            self.record.wasted_wall_s = clock["wasted_wall_s"] + lost_s

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Clip the gradient, and stop before it can spoil the weights."""
        parameters = [p for p in self._model.parameters() if p.grad is not None]
        norm = torch.nn.utils.clip_grad_norm_(parameters, MAX_GRADIENT_NORM).item()
        if not math.isfinite(norm):
            raise not_finite("gradient norm", norm, state.global_step + 1, self._trainer.batch)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Keep the record, check, and say when to save or to stop."""
        step = state.global_step
        self.record.losses.append(self._trainer.loss)
        score = self._check(step) if step in self._dev_steps else None
        now = self._tick()
        if score is not None and self.record.is_enough():
            control.should_training_stop = True
        elif step < state.max_steps and (score is not None or now - self._saved >= self._save_every_s):
            control.should_save = True
        if now - self._told >= CLOCK_EVERY_S:
            clock = {"wall_s": self.record.wall_s, "wasted_wall_s": self.record.wasted_wall_s}
            write_whole(self._work / CLOCK_FILE, json.dumps(clock))
            self._told = now
        if self._progress is not None:
            self._progress(
                TrainingProgress(step=step, n_steps=state.max_steps, loss=self._trainer.loss, dev_score=score)
            )

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object) -> None:
        """Complete the checkpoint that the Trainer has written."""
        checkpoint = self._work / f"{CHECKPOINT}{state.global_step}"
        self._tick()
        with saving(state.global_step):
            self.record.write(checkpoint / RECORD_FILE)
            if self.best is not None:
                save_file(self.best, checkpoint / BEST_FILE)
            mark_complete(checkpoint)
        self._saved = time.perf_counter()

    def finish(self) -> TrainingRecord:
        """The record as it stands at the end."""
        self._tick()
        return self.record

    def _check(self, step: int) -> float | None:
        if self._score is None:
            return None
        score = self._score()
        if self.record.is_best(score):
            self.best, self.record.best_step = adapter_weights(self._model), step
        self.record.dev.append((step, score))
        return score

    def _tick(self) -> float:
        now, cpu = time.perf_counter(), time.process_time()
        self.record.wall_s += now - self._clock
        self.record.cpu_s += cpu - self._cpu
        self.record.peak_memory_bytes = max(self.record.peak_memory_bytes, self._trainer.peak_memory_bytes)
        self.record.n_computed_tokens += self._trainer.n_computed_tokens
        self.record.part_tokens = self._trainer.part_tokens
        self._trainer.n_computed_tokens = 0
        self._clock, self._cpu = now, cpu
        return now


def adapter_weights(model: Any) -> Weights:  # noqa: ANN401 - a PEFT model
    """A copy of the LoRA weights under the names that PEFT loads, on the CPU."""
    from peft import get_peft_model_state_dict

    found = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in found.items()}


def memory_bytes(device: torch.device) -> int:
    """What is held now: resident memory of the process, or the most that the GPU ever held."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return int(psutil.Process().memory_info().rss)


@contextmanager
def saving(step: int) -> Iterator[None]:
    """Say what to do where a checkpoint cannot be written."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        raise TrainingError(
            f"the checkpoint at step {step} cannot be saved: {' '.join(str(error).split())[:200]}",
            hint="free disk space and run the same command again; it goes on from the last complete checkpoint",
        ) from error


def not_finite(what: str, value: float, step: int, batch: Batch) -> TrainingError:
    """The error of a step whose numbers are not finite."""
    facts = sorted({row.fact_id for row in batch})
    named = ", ".join(facts[:MAX_FACTS_NAMED]) + (
        f" and {len(facts) - MAX_FACTS_NAMED} more" * (len(facts) > MAX_FACTS_NAMED)
    )
    return TrainingError(
        f"the {what} is {value} at step {step}; the facts of its batch: {named}",
        hint="lower the adapter's learning_rate; if that does not help, look at these facts' rows",
    )
