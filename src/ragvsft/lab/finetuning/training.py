"""The training recipe, to be read from top to bottom: a schedule goes in, an adapter with its manifest comes out.

Work in progress lies in a folder beside the adapter's. A training that was killed goes on from its last complete
checkpoint, and on a CPU ends with exactly the adapter of an unbroken one. The adapter appears under its name whole.
"""

import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from ragvsft.config.experiment import Adapter
from ragvsft.core.errors import DataError
from ragvsft.core.hashing import files_hash, json_hash
from ragvsft.lab.finetuning.adapter import CONFIG_FILE, WEIGHTS_FILE, AdapterManifest, verify_adapter
from ragvsft.lab.finetuning.answering import answer_prompts
from ragvsft.lab.finetuning.batches import PACK_TOKENS, Batch, lay_out, order_batches
from ragvsft.lab.finetuning.checkpoints import PLAN_FILE, last_complete, open_work, write_whole
from ragvsft.lab.finetuning.encoding import encode_schedule
from ragvsft.lab.finetuning.loading import (
    builds_own_masks,
    faster_attention,
    load_tokenizer,
    load_trainable,
    part_tokens_for,
    quiet_libraries,
)
from ragvsft.lab.finetuning.loss import packing_agrees
from ragvsft.lab.finetuning.record import TrainingProgress, TrainingRecord
from ragvsft.lab.finetuning.rows import TrainingRow, schedule_hash
from ragvsft.lab.number_format import faster_format
from ragvsft.lab.prompts import Prompt

__all__ = ["Answer", "TrainingProgress", "train_adapter"]

Answer = Callable[[Sequence[Prompt]], list[str]]

SAVE_EVERY_S = 60.0
CURVE_POINTS = 200
_LIBRARIES = ("torch", "transformers", "peft", "accelerate", "safetensors")


def train_adapter(
    schedule: Sequence[Sequence[TrainingRow]],
    *,
    model: Path,
    base_name: str,
    base_hash: str,
    config: Adapter,
    seed: int,
    threads: int,
    device: str,
    folder: Path,
    score_dev: Callable[[Answer], float] | None = None,
    start_from: Path | None = None,
    progress: Callable[[TrainingProgress], None] | None = None,
    max_new_tokens: int = 32,
    save_every_s: float = SAVE_EVERY_S,
) -> AdapterManifest:
    """Train a LoRA adapter, or go on with a training that was interrupted.

    Args:
        schedule: the rows of every epoch.
        model: folder of the base model.
        base_name: its name, kept in the adapter.
        base_hash: SHA-256 of its weights.
        config: the adapter's settings.
        seed: of the order of rows, and of the first weights unless `config.init_seed` is set.
        threads: CPU threads.
        device: `cpu` or `cuda`.
        folder: where the adapter goes. One that lies there already is the result where it comes of the same training,
            else it is replaced once the new one is whole.
        score_dev: given a function that answers prompts, the dev score as a fraction. None: the last weights are kept.
        start_from: the adapter to go on from.
        progress: told after every step.
        max_new_tokens: tokens of a dev answer, at most.
        save_every_s: seconds between checkpoints.

    Raises:
        TrainingError: no rows are left, a number is not finite, or memory or disk do not suffice.
        DataError: `start_from` is damaged or stands on another base.
        ServiceError: the base model cannot be loaded.
    """
    import torch

    started = (time.perf_counter(), time.process_time())
    torch.set_num_threads(threads)
    work = folder.with_name(f".{folder.name}.work")

    # What is trained: the same identity is the same adapter, on the same machine to the last bit.
    origin = verify_adapter(start_from, base_hash) if start_from else None
    init_seed = seed if config.init_seed is None else config.init_seed
    identity = json_hash(
        [
            schedule_hash(schedule),
            base_hash,
            config.model_dump(mode="json", exclude={"policy", "facts", "replay"}),
            [seed, max_new_tokens, score_dev is not None],
            origin.files[WEIGHTS_FILE] if origin else None,
        ]
    )
    with suppress(DataError):
        if (done := verify_adapter(folder, base_hash)).identity == identity:
            shutil.rmtree(work, ignore_errors=True)
            return done

    # The rows as tokens, and every batch in its place before the first step.
    tokenizer = load_tokenizer(model)
    encoded = encode_schedule(schedule, tokenizer, max_length=config.max_length)
    order = order_batches(encoded.epochs, batch_size=config.batch_size, seed=seed)
    n_steps = len(order)

    # How this machine computes it; a training that goes on keeps what it began with.
    versions = {name: version(name) for name in _LIBRARIES}
    plan: dict[str, Any] = {"identity": identity, "device": device, "threads": threads, "versions": versions}
    begun = open_work(work, plan)
    plan |= begun or {
        "number_format": faster_format(device),
        "attention": faster_attention(device, _usual_width(order)),
    }
    peft_model = load_trainable(
        model,
        adapter=config,
        number_format=plan["number_format"],
        attention=plan["attention"],
        device=device,
        init_seed=init_seed,
        start_from=start_from,
    )
    if not begun:
        longest = max(len(row.tokens) for batch in order for row in batch)
        plan["packed"] = not builds_own_masks(peft_model, longest) and packing_agrees(
            peft_model, order[0][:2], plan["number_format"]
        )
        plan["part_tokens"] = part_tokens_for(peft_model, device)
        write_whole(work / PLAN_FILE, json.dumps(plan))

    # The Trainer, over batches that are made already.
    from transformers import PrinterCallback, TrainingArguments

    from ragvsft.lab.finetuning.steps import Batches, PartwiseTrainer, Steering, adapter_weights

    with quiet_libraries():
        arguments = TrainingArguments(
            output_dir=str(work),
            max_steps=n_steps,
            per_device_train_batch_size=1,  # an item is a batch
            train_sampling_strategy="sequential",
            learning_rate=config.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=min(math.ceil(config.warmup_share * n_steps), n_steps - 1),  # one step alone is no warm-up
            optim="adamw_torch_fused",
            weight_decay=0.0,
            max_grad_norm=0.0,  # Steering clips, where it can see the norm
            logging_strategy="no",
            logging_nan_inf_filter=False,
            save_strategy="no",  # Steering says when
            save_total_limit=2,
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
            use_cpu=device == "cpu",
            seed=seed,
        )
        arguments._n_gpu = min(1, arguments.n_gpu)  # else the Trainer deals batches out to all GPUs
        trainer = PartwiseTrainer(
            peft_model, arguments, train_dataset=Batches(order), data_collator=lambda items: {"batch": items[0]}
        )
    trainer.remove_callback(PrinterCallback)
    trainer.part_tokens, trainer.packed, trainer.number_format = (
        plan["part_tokens"], plan["packed"], plan["number_format"],
    )  # fmt: skip

    # The dev score: what the model answers as it is now.
    ends = {row.tokens[-1] for batch in order for row in batch} & set(tokenizer.all_special_ids)
    ends |= {tokenizer.eos_token_id} - {None}

    def answer(prompts: Sequence[Prompt]) -> list[str]:
        return answer_prompts(
            peft_model,
            tokenizer,
            prompts,
            number_format=plan["number_format"],
            ends=frozenset(ends),
            max_new_tokens=max_new_tokens,
        )

    steering = Steering(
        trainer,
        TrainingRecord(),
        work=work,
        dev_steps=frozenset(math.ceil(n_steps * n / config.dev_checks) for n in range(1, config.dev_checks + 1)),
        score=None if score_dev is None else lambda: score_dev(answer),
        save_every_s=save_every_s,
        started=started,
        progress=progress,
    )
    trainer.add_callback(steering)

    # Training, from the last complete checkpoint where there is one.
    checkpoint = last_complete(work)
    steering.resume(checkpoint)
    with quiet_libraries():
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)

    # The adapter of the best dev check, or the last one; first aside, then under its name.
    record = steering.finish()
    stopped_step = len(record.losses)
    best_step = record.best_step or stopped_step
    read = order[:stopped_step]
    aside = _write_adapter(
        folder.with_name(f".{folder.name}.new"),
        weights=steering.best or adapter_weights(peft_model),
        peft_config=peft_model.peft_config["default"],
        base_name=base_name,
    )
    manifest = AdapterManifest(
        base_name=base_name,
        base_hash=base_hash,
        data_hash=schedule_hash(schedule),
        identity=identity,
        adapter=config.model_dump(mode="json"),
        seed=seed,
        init_seed=init_seed,
        started_from=origin.files[WEIGHTS_FILE] if origin else None,
        versions=versions,
        device=device,
        threads=threads,
        number_format=plan["number_format"],
        attention=plan["attention"],
        packed=plan["packed"],
        part_tokens=record.part_tokens,
        n_rows=sum(map(len, read)),
        n_rows_too_long=encoded.n_too_long,
        n_tokens=sum(len(row.tokens) for batch in read for row in batch),
        n_supervised_tokens=sum(row.n_supervised for batch in read for row in batch),
        n_computed_tokens=record.n_computed_tokens,
        n_steps=n_steps,
        stopped_step=stopped_step,
        best_step=best_step,
        wall_s=record.wall_s,
        cpu_s=record.cpu_s,
        wasted_wall_s=record.wasted_wall_s,
        n_resumed=record.n_resumed,
        peak_memory_bytes=record.peak_memory_bytes,
        loss_curve=record.loss_curve(CURVE_POINTS),
        dev_curve=tuple(record.dev),
        trained_fact_ids=_facts(order[:best_step], origin),
        files=files_hash(aside, [WEIGHTS_FILE, CONFIG_FILE]),
    )
    manifest.write(aside)
    _promote(aside, folder)
    shutil.rmtree(work, ignore_errors=True)
    return manifest


def _usual_width(order: Sequence[Batch]) -> int:
    """The width of packs in the middle of the training's sizes, of at most 32 batches."""
    sample = order[:: -(-len(order) // 32)]
    parts = [part for batch in sample for part in lay_out(batch, part_tokens=PACK_TOKENS, packed=True)]
    return int(median(part.inputs["input_ids"].shape[1] for part in parts))


def _facts(read: Sequence[Batch], origin: AdapterManifest | None) -> tuple[str, ...]:
    facts = {row.fact_id for batch in read for row in batch}
    return tuple(sorted(facts | set(origin.trained_fact_ids if origin else ())))


def _write_adapter(aside: Path, *, weights: dict[str, Any], peft_config: Any, base_name: str) -> Path:  # noqa: ANN401
    from safetensors.torch import save_file

    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    save_file(weights, aside / WEIGHTS_FILE, metadata={"format": "pt"})
    peft_config.base_model_name_or_path, peft_config.inference_mode = base_name, True
    # PEFT lists every layer; engines that serve adapters look for the layers' own names.
    peft_config.target_modules = {name.rsplit(".", 1)[-1] for name in peft_config.target_modules}
    peft_config.save_pretrained(str(aside))
    return aside


def _promote(aside: Path, folder: Path) -> None:
    """Put the new adapter in its place, and only then let go of the one that was there."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    aside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
