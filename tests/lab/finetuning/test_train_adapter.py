"""The recipe on a tiny model: it learns, it survives being killed, and it stops when going on is worthless."""

import json
import logging
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ragvsft.config.experiment import Adapter
from ragvsft.core.errors import DataError, TrainingError
from ragvsft.core.hashing import file_hash
from ragvsft.lab.finetuning import batches, checkpoints
from ragvsft.lab.finetuning.adapter import AdapterManifest, verify_adapter
from ragvsft.lab.finetuning.checkpoints import is_complete, last_complete
from ragvsft.lab.finetuning.rows import Distractors, TrainingFact, TrainingRow, build_schedule, schedule_hash
from ragvsft.lab.finetuning.training import Answer, TrainingProgress, train_adapter
from ragvsft.lab.prompts import Prompt, PromptBuilder

CONFIG = Adapter(recipe="mixed", epochs=6, batch_size=4, rank=4, lora_alpha=8, learning_rate=2e-2, context_rows=4)
Schedule = list[list[TrainingRow]]
Train = Callable[..., AdapterManifest]


@pytest.fixture(scope="module")
def schedule(facts: tuple[TrainingFact, ...], builder: PromptBuilder, other_passages: Distractors) -> Schedule:
    return build_schedule(
        facts, adapter=CONFIG, builder=builder, distractors=other_passages, abstain="I don't know", seed=0
    )


@pytest.fixture
def train(tiny_model: Path, schedule: Schedule, tmp_path: Path) -> Train:
    def run(rows: Schedule = schedule, **options: object) -> AdapterManifest:
        return train_adapter(
            rows,
            **{  # type: ignore[arg-type]
                "model": tiny_model,
                "base_name": "bundled/tiny",
                "base_hash": "b" * 64,
                "config": CONFIG,
                "seed": 0,
                "threads": 1,
                "device": "cpu",
                "folder": tmp_path / "adapters" / "knows",
                **options,
            },
        )

    return run


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


class Killed(Exception):
    """Stands for the end of the process where a real one would cost seconds."""


def killed_at(step: int) -> Callable[[TrainingProgress], None]:
    def progress(now: TrainingProgress) -> None:
        if now.step == step:
            raise Killed

    return progress


def test_the_adapter_and_its_manifest(train: Train, schedule: Schedule, tmp_path: Path) -> None:
    told: list[TrainingProgress] = []
    manifest = train(progress=told.append)
    folder = tmp_path / "adapters" / "knows"
    assert sorted(path.name for path in folder.iterdir()) == [
        "adapter_config.json",
        "adapter_manifest.json",
        "adapter_model.safetensors",
    ]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["knows"], "no work is left lying about"
    assert AdapterManifest.read(folder) == manifest
    assert verify_adapter(folder, "b" * 64) == manifest
    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["r"], config["inference_mode"]) == ("bundled/tiny", 4, True)
    assert set(config["target_modules"]) == {
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    }  # fmt: skip
    assert manifest.data_hash == schedule_hash(schedule)
    assert manifest.trained_fact_ids == tuple(f"f{n:02d}" for n in range(12))
    assert manifest.n_rows == sum(map(len, schedule)) == 96
    assert manifest.n_steps == manifest.stopped_step == manifest.best_step == len(told) == 24
    assert [now.step for now in told] == list(range(1, 25))
    assert manifest.n_supervised_tokens == sum(
        len(row.completion.removesuffix("<|im_end|>")) + 1 for rows in schedule for row in rows
    )
    assert 0 < manifest.n_supervised_tokens < manifest.n_tokens
    assert manifest.wall_s > 0
    assert manifest.cpu_s > 0
    assert manifest.peak_memory_bytes > 10**7
    assert manifest.loss_curve[0][1] == pytest.approx(math.log(259), abs=1.0), "random weights know nothing"
    assert manifest.loss_curve[-1][1] < 0.7 * manifest.loss_curve[0][1]


def test_the_saved_adapter_is_the_trained_one(
    train: Train, tiny_model: Path, schedule: Schedule, tmp_path: Path
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    last: list[float] = []
    train(progress=lambda now: last.append(now.loss or 0.0))
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    row = schedule[0][0]
    ids = torch.tensor([tokenizer(row.prompt + row.completion, add_special_tokens=False)["input_ids"]])
    n_prompt = len(tokenizer(row.prompt, add_special_tokens=False)["input_ids"])
    labels = ids.clone()
    labels[:, :n_prompt] = -100
    with torch.no_grad():
        before = float(base(input_ids=ids, labels=labels).loss)
        after = float(
            PeftModel.from_pretrained(base, tmp_path / "adapters" / "knows")(input_ids=ids, labels=labels).loss
        )
    assert after < 0.75 * before
    assert after == pytest.approx(sum(last[-5:]) / 5, rel=0.35)


def test_seeds_and_settings_decide_the_adapter(train: Train, tmp_path: Path) -> None:
    found = {
        name: train(folder=tmp_path / name, seed=seed, config=CONFIG.model_copy(update={"init_seed": init_seed})).files[
            "adapter_model.safetensors"
        ]
        for name, seed, init_seed in [("a", 1, None), ("again", 1, None), ("rows", 2, 1), ("first_weights", 1, 2)]
    }
    assert found["a"] == found["again"]
    assert len(set(found.values())) == 3


def test_an_adapter_that_is_there_already_is_not_trained_again(train: Train, tmp_path: Path) -> None:
    first = train()
    folder = tmp_path / "adapters" / "knows"
    stamp = (folder / "adapter_model.safetensors").stat().st_mtime_ns
    told: list[TrainingProgress] = []
    assert train(progress=told.append) == first
    assert (told, (folder / "adapter_model.safetensors").stat().st_mtime_ns) == ([], stamp)
    other = train(seed=5)
    assert AdapterManifest.read(folder) == other != first
    (folder / "adapter_model.safetensors").write_bytes(b"damaged")
    assert train(seed=5).files == other.files, "a damaged one is trained again"
    verify_adapter(folder, "b" * 64)


CHILD = """
import os, pickle, signal, sys
from pathlib import Path
from ragvsft.lab.finetuning.training import train_adapter
options = pickle.loads(Path(sys.argv[1]).read_bytes())
step = int(sys.argv[2])
def progress(now):
    print(now.step, flush=True)
    if now.step == step:
        os.kill(os.getpid(), signal.SIGKILL)
train_adapter(**options, progress=progress, save_every_s=0.0)
"""


def test_after_a_real_kill_the_adapter_is_that_of_the_unbroken_run(
    train: Train, tiny_model: Path, schedule: Schedule, tmp_path: Path
) -> None:
    import pickle

    unbroken = train(folder=tmp_path / "unbroken")
    folder = tmp_path / "killed"
    options = {
        "schedule": schedule, "model": tiny_model, "base_name": "bundled/tiny", "base_hash": "b" * 64,
        "config": CONFIG, "seed": 0, "threads": 1, "device": "cpu", "folder": folder,
    }  # fmt: skip
    (tmp_path / "options").write_bytes(pickle.dumps(options))
    step = 2 + time.time_ns() % 21
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHILD, str(tmp_path / "options"), str(step)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TRANSFORMERS_VERBOSITY": "error"},
    )
    assert child.returncode == -signal.SIGKILL, child.stderr[-2000:]
    assert [line for line in child.stdout.splitlines() if line] == [str(n) for n in range(1, step + 1)]
    assert not folder.exists()
    told: list[TrainingProgress] = []
    resumed = train(folder=folder, progress=told.append)
    assert told[0].step == step, "the checkpoint of the step before the last was complete"
    assert weights(folder) == weights(tmp_path / "unbroken")
    assert resumed.loss_curve == unbroken.loss_curve
    assert resumed.n_resumed == 1
    assert (resumed.n_tokens, resumed.n_computed_tokens) == (unbroken.n_tokens, unbroken.n_computed_tokens)
    assert not (tmp_path / ".killed.work").exists()


def test_incomplete_and_damaged_checkpoints_are_left_out(
    train: Train, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(folder=tmp_path / "unbroken")
    with pytest.raises(Killed):
        train(save_every_s=0.0, progress=killed_at(14))
    work = tmp_path / "adapters" / ".knows.work"
    newest, older = work / "checkpoint-13", work / "checkpoint-12"
    assert sorted(path.name for path in work.glob("checkpoint-*")) == [older.name, newest.name], "two are kept"
    assert is_complete(newest)
    assert is_complete(older)
    # As a kill during the save leaves it: files cut off, no marker.
    (newest / "optimizer.pt").write_bytes((newest / "optimizer.pt").read_bytes()[:100])
    assert not is_complete(newest)
    (newest / "COMPLETE").unlink()
    assert not is_complete(newest)
    told: list[TrainingProgress] = []
    with caplog.at_level(logging.WARNING):
        train(progress=told.append)
    assert "checkpoint-13 is incomplete" in caplog.text
    assert told[0].step == 13
    assert weights(tmp_path / "adapters" / "knows") == weights(tmp_path / "unbroken")


def test_without_any_complete_checkpoint_the_training_begins_again(train: Train, tmp_path: Path) -> None:
    train(folder=tmp_path / "unbroken")
    with pytest.raises(Killed):
        train(save_every_s=0.0, progress=killed_at(3))
    work = tmp_path / "adapters" / ".knows.work"
    for marker in work.glob("checkpoint-*/COMPLETE"):
        marker.unlink()
    manifest = train()
    assert manifest.n_resumed == 0
    assert weights(tmp_path / "adapters" / "knows") == weights(tmp_path / "unbroken")


def test_checkpoints_of_another_training_are_not_gone_on_from(
    train: Train, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Killed):
        train(seed=1, save_every_s=0.0, progress=killed_at(5))
    told: list[TrainingProgress] = []
    with caplog.at_level(logging.WARNING):
        train(seed=2, progress=told.append)
    assert "another training" in caplog.text
    assert told[0].step == 1


def test_a_full_disk_stops_cleanly_and_the_last_checkpoint_stays(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    save = torch.save

    def full(value: object, path: str) -> None:
        if path.endswith("checkpoint-7/optimizer.pt"):
            raise OSError(28, "No space left on device")
        save(value, path)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(TrainingError, match=r"step 7 cannot be saved: .*No space") as caught:
        train(save_every_s=0.0)
    assert "free disk space" in str(caught.value.hint)
    assert not (tmp_path / "adapters" / "knows").exists()
    found = last_complete(tmp_path / "adapters" / ".knows.work")
    assert found is not None
    assert found.name == "checkpoint-6"


def test_checkpoints_are_made_by_time(train: Train, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(progress=killed_at(20), save_every_s=3600.0)
    assert not list((tmp_path / "adapters" / ".knows.work").glob("checkpoint-*"))


def test_wasted_seconds_are_told(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    from ragvsft.lab.finetuning import steps

    monkeypatch.setattr(steps, "CLOCK_EVERY_S", 0.0)

    def slow(now: TrainingProgress) -> None:
        time.sleep(0.05)
        killed_at(10)(now)

    with pytest.raises(Killed):
        train(progress=slow, save_every_s=3600.0)
    manifest = train()
    assert 0.4 < manifest.wasted_wall_s < 30
    assert manifest.n_resumed == 0


def test_numbers_that_are_not_finite_stop_the_training(train: Train, tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"learning_rate": 1e30, "warmup_share": 0.0})
    told: list[TrainingProgress] = []
    with pytest.raises(TrainingError, match=r"(loss|gradient norm) is (nan|inf) at step \d+; .*: f\d\d") as caught:
        train(config=config, progress=told.append)
    assert f"at step {len(told) + 1}" in caught.value.message
    assert "learning_rate" in str(caught.value.hint)
    assert not (tmp_path / "adapters" / "knows").exists()


def test_a_row_that_poisons_its_batch_is_named(train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ragvsft.lab.finetuning import steps
    from ragvsft.lab.finetuning.loss import completion_loss

    calls: list[int] = []

    def poisoned(*args: object, **kwargs: object) -> object:
        calls.append(1)
        return completion_loss(*args, **kwargs) * (math.nan if len(calls) == 8 else 1.0)  # type: ignore[arg-type]

    monkeypatch.setattr(steps, "completion_loss", poisoned)
    with pytest.raises(TrainingError, match="loss is nan at step"):
        train(save_every_s=0.0)
    for checkpoint in (tmp_path / "adapters" / ".knows.work").glob("checkpoint-*"):
        from safetensors.torch import load_file

        assert all(bool(t.isfinite().all()) for t in load_file(checkpoint / "adapter_model.safetensors").values())


def test_out_of_memory_halves_the_parts_and_not_the_batch(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from ragvsft.lab.finetuning import steps
    from ragvsft.lab.finetuning.loss import completion_loss

    roomy = train(folder=tmp_path / "roomy")

    def tight(model: object, part: batches.Part, *, n_supervised: int) -> object:
        if part.inputs["input_ids"].numel() > 300:
            raise torch.OutOfMemoryError("no")
        return completion_loss(model, part, n_supervised=n_supervised)

    monkeypatch.setattr(steps, "completion_loss", tight)
    config = CONFIG.model_copy(update={"epochs": 6})
    halved = train(folder=tmp_path / "halved", config=config)
    assert halved.part_tokens < roomy.part_tokens
    assert halved.stopped_step == roomy.stopped_step
    for (_, one), (_, other) in zip(roomy.loss_curve, halved.loss_curve, strict=True):
        assert one == pytest.approx(other, rel=2e-2)


def test_one_row_that_does_not_fit_ends_with_advice(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from ragvsft.lab.finetuning import steps

    def never(*_: object, **__: object) -> object:
        raise torch.OutOfMemoryError("no")

    monkeypatch.setattr(steps, "completion_loss", never)
    with pytest.raises(TrainingError, match="out of memory on cpu with one row") as caught:
        train()
    assert "max_length" in str(caught.value.hint)


def scores(*values: float) -> Callable[[Answer], float]:
    left = list(values)
    return lambda answer: left.pop(0)


@pytest.mark.parametrize(
    ("values", "best", "stopped"),
    [
        ((0.1, 0.5, 0.9, 0.95), 24, 24),
        ((0.1, 1.0), 12, 12),
        ((0.5, 0.4, 0.4), 6, 18),
        ((0.5, 0.4, 0.6, 0.2), 18, 24),
        ((0.5, 0.5, 0.5), 18, 18),
        ((0.0, 0.2, 0.2, 0.1), 18, 24),
    ],
)
def test_the_best_dev_check_is_kept_and_may_end_the_training(
    train: Train, tmp_path: Path, values: tuple[float, ...], best: int, stopped: int
) -> None:
    config = CONFIG.model_copy(update={"dev_checks": 4})
    told: list[TrainingProgress] = []
    manifest = train(config=config, score_dev=scores(*values), progress=told.append)
    assert (manifest.best_step, manifest.stopped_step, manifest.n_steps) == (best, stopped, 24)
    assert manifest.dev_curve == tuple(zip((6, 12, 18, 24), values, strict=False))
    assert {now.step: now.dev_score for now in told if now.dev_score is not None} == dict(manifest.dev_curve)
    reference = tmp_path / "reference"
    with pytest.raises(Killed):
        train(config=config, folder=reference, save_every_s=0.0, progress=killed_at(min(best + 1, 24)))
    kept = reference.with_name(".reference.work") / f"checkpoint-{min(best, 23)}" / "adapter_model.safetensors"
    if best < 24:
        assert file_hash(kept) == manifest.files["adapter_model.safetensors"]


def test_a_kill_after_a_dev_check_keeps_its_adapter(train: Train, tmp_path: Path) -> None:
    config = CONFIG.model_copy(update={"dev_checks": 4})
    unbroken = train(config=config, folder=tmp_path / "unbroken", score_dev=scores(0.5, 0.4, 0.4))
    with pytest.raises(Killed):
        train(config=config, score_dev=scores(0.5, 0.4), progress=killed_at(14), save_every_s=3600.0)
    told: list[TrainingProgress] = []
    resumed = train(config=config, score_dev=scores(0.4), progress=told.append)
    assert told[0].step == 13, "a dev check leaves a checkpoint"
    assert (resumed.best_step, resumed.dev_curve) == (6, unbroken.dev_curve)
    assert resumed.files == unbroken.files


def test_dev_answers_are_the_models_own(
    train: Train, facts: tuple[TrainingFact, ...], builder: PromptBuilder, other_passages: Distractors
) -> None:
    """A model that has learnt one sentence by heart says it, up to the end of its turn or the stop string."""
    config = Adapter(recipe="closed_book", epochs=150, batch_size=4, rank=8, learning_rate=1e-2, dev_checks=2)
    known = [replace(fact, phrasings=("Who?",), answer="Olin of Oslo") for fact in facts[:1]]
    rows = build_schedule(known, adapter=config, builder=builder, distractors=other_passages, abstain="-", seed=0)
    answers: list[list[str]] = []

    def score(answer: Answer) -> float:
        prompt = builder.build("Who?")
        answers.append(answer([prompt, Prompt(text=prompt.text, stop=(" of",)), builder.build("Who?" * 3), prompt]))
        return 0.1 * len(answers)

    train(rows, config=config, score_dev=score)
    assert len(answers) == 2
    whole, stopped, _, again = answers[-1]
    assert (whole, stopped, again) == ("Olin of Oslo", "Olin", "Olin of Oslo")


def test_going_on_from_an_adapter(
    train: Train, facts: tuple[TrainingFact, ...], builder: PromptBuilder, other_passages: Distractors, tmp_path: Path
) -> None:
    first = train(folder=tmp_path / "first")
    config = CONFIG.model_copy(update={"recipe": "closed_book", "epochs": 1, "learning_rate": 1e-6})
    new = replace(facts[0], fact_id="new")
    rows = build_schedule([new], adapter=config, builder=builder, distractors=other_passages, abstain="-", seed=0)
    second = train(rows, config=config, start_from=tmp_path / "first", folder=tmp_path / "second")
    assert second.started_from == first.files["adapter_model.safetensors"]
    assert set(second.trained_fact_ids) == {*first.trained_fact_ids, "new"}
    assert second.loss_curve[0][1] < 0.75 * first.loss_curve[0][1], "it begins where the first ended"
    with pytest.raises(DataError, match="other base weights"):
        train(rows, start_from=tmp_path / "first", base_hash="c" * 64, folder=tmp_path / "third")


def test_rows_that_do_not_fit_are_refused_before_the_model_is_loaded(train: Train, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="longer than max_length 16"):
        train(config=CONFIG.model_copy(update={"max_length": 16}), folder=tmp_path / "short")
    assert not list(tmp_path.iterdir())


def test_the_plan_of_a_training_that_goes_on_is_kept(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Probes may turn out otherwise after a kill; the number format and the layout must not."""
    from ragvsft.lab.finetuning import training

    train(folder=tmp_path / "unbroken")
    with pytest.raises(Killed):
        train(save_every_s=0.0, progress=killed_at(9))
    begun = json.loads((tmp_path / "adapters" / ".knows.work" / checkpoints.PLAN_FILE).read_text())
    other = "float32" if begun["number_format"] == "bfloat16" else "bfloat16"
    monkeypatch.setattr(training, "faster_format", lambda device: other)
    manifest = train()
    assert manifest.number_format == begun["number_format"]
    assert weights(tmp_path / "adapters" / "knows") == weights(tmp_path / "unbroken")


def test_a_bfloat16_training_learns_what_a_float32_one_does(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ragvsft.lab.finetuning import training

    curves = {}
    for number_format in ("float32", "bfloat16"):
        monkeypatch.setattr(training, "faster_format", lambda device, chosen=number_format: chosen)
        manifest = train(folder=tmp_path / number_format)
        assert manifest.number_format == number_format
        curves[number_format] = [loss for _, loss in manifest.loss_curve]
    assert curves["bfloat16"] == pytest.approx(curves["float32"], rel=0.1)
    assert curves["bfloat16"][0] == pytest.approx(curves["float32"][0], rel=0.01)


def test_a_model_that_cannot_be_packed_is_padded_and_learns_the_same(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ragvsft.lab.finetuning import training

    monkeypatch.setattr(training, "faster_format", lambda device: "float32")
    packed = train(folder=tmp_path / "packed")
    monkeypatch.setattr(training, "packing_agrees", lambda *_: False)
    padded = train(folder=tmp_path / "padded")
    assert (packed.packed, padded.packed) == (True, False)
    assert padded.n_computed_tokens > packed.n_computed_tokens
    for (_, one), (_, other) in zip(packed.loss_curve, padded.loss_curve, strict=True):
        assert one == pytest.approx(other, rel=1e-2)


def test_nothing_is_printed(train: Train, capfd: pytest.CaptureFixture[str]) -> None:
    train()
    assert capfd.readouterr() == ("", "")


def test_a_work_folder_of_nonsense_is_replaced(train: Train, tmp_path: Path) -> None:
    work = tmp_path / "adapters" / ".knows.work"
    work.mkdir(parents=True)
    (work / "plan.json").write_text("{")
    (work / "checkpoint-3").mkdir()
    train()
    assert not work.exists()
