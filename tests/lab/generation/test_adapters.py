"""Adapters: merged as PEFT would run them, refused when damaged, foreign or without effect, kept while memory lasts."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragvsft.core.errors import DataError
from ragvsft.lab.generation.adapters import CONFIG_FILE, WEIGHTS_FILE, AdapterShelf
from ragvsft.lab.generation.loading import CausalModel
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.prompts import Prompt

TinyModel = Callable[..., ResolvedModel]
Open = Callable[[ResolvedModel], TransformersGenerator]
PROMPTS = [Prompt(text=text) for text in ("Which lamp burns in the tower?", "The archive keeps", "9 globes")]


def save_adapter(base: ResolvedModel, folder: Path, *, seed: int = 3, **settings: object) -> CausalModel:
    """A LoRA with random matrices, saved by PEFT; the wrapped model, unmerged."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    chosen: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj", "up_proj"], **settings}
    auto: Any = AutoModelForCausalLM
    model = auto.from_pretrained(base.folder, dtype=torch.float32).eval()
    wrapped: CausalModel = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **chosen)).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in wrapped.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    wrapped.save_pretrained(folder)
    return wrapped


def change_weights(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / WEIGHTS_FILE)
    change(weights)
    save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})


def change_config(folder: Path, **settings: object) -> None:
    config = json.loads((folder / CONFIG_FILE).read_text())
    (folder / CONFIG_FILE).write_text(json.dumps({**config, **settings}))


@pytest.fixture
def engine(tiny_model: TinyModel, open_float32: Open) -> TransformersGenerator:
    return open_float32(tiny_model("llama"))


@pytest.fixture
def adapter(tiny_model: TinyModel, tmp_path: Path) -> Path:
    save_adapter(tiny_model("llama"), tmp_path / "adapter")
    return tmp_path / "adapter"


def texts(engine: TransformersGenerator, adapter: Path | None) -> list[str]:
    return [generation.text for generation in engine.generate(PROMPTS, max_new_tokens=10, adapter=adapter)]


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma"])
def test_a_merged_adapter_writes_what_peft_writes(
    family: str, tiny_model: TinyModel, open_float32: Open, tmp_path: Path
) -> None:
    import torch

    base = tiny_model(family)
    wrapped = save_adapter(base, tmp_path, use_rslora=True)
    engine = open_float32(base)
    alone = texts(engine, None)
    merged = texts(engine, tmp_path)
    for ids, text in zip(engine.encode([prompt.text for prompt in PROMPTS]), merged, strict=True):
        with torch.inference_mode():
            given = torch.tensor([ids])
            # The mask is written out: generate would guess it from the padding token, which is the first token here.
            out = wrapped.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                max_new_tokens=10,
                do_sample=False,
                pad_token_id=0,
            )
        assert engine._tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True) == text
    assert merged != alone
    assert texts(engine, None) == alone


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma"])
def test_an_adapter_beside_the_weights_writes_the_same_and_leaves_nothing_behind(
    family: str, tiny_model: TinyModel, open_float32: Open, tmp_path: Path
) -> None:
    base = tiny_model(family)
    save_adapter(base, tmp_path)
    engine = open_float32(base)
    alone, merged = texts(engine, None), texts(engine, tmp_path)
    with engine.unmerged(tmp_path):
        assert texts(engine, None) == merged
    assert texts(engine, None) == alone
    assert texts(engine, tmp_path) == merged
    with pytest.raises(RuntimeError), engine.unmerged(tmp_path):
        raise RuntimeError
    assert texts(engine, None) == alone


def test_an_adapter_whose_b_is_zero_is_inactive(engine: TransformersGenerator, adapter: Path) -> None:
    alone = texts(engine, None)
    change_weights(adapter, lambda weights: [w.zero_() for name, w in weights.items() if "lora_B" in name])
    with pytest.raises(DataError, match="inactive"):
        texts(engine, adapter)
    assert texts(engine, None) == alone


def test_an_adapter_too_small_for_the_served_format_is_inactive(tiny_model: TinyModel, adapter: Path) -> None:
    from ragvsft.config.experiment import Base

    base = tiny_model("llama")
    change_weights(adapter, lambda weights: [w.mul_(1e-9) for name, w in weights.items() if "lora_B" in name])
    engine = TransformersGenerator(base, Base(model=base.name, dtype="bfloat16", device="cpu", threads=2))
    with pytest.raises(DataError, match="inactive"):
        texts(engine, adapter)


def test_an_adapter_of_another_shape_is_refused(
    tiny_model: TinyModel, engine: TransformersGenerator, tmp_path: Path
) -> None:
    save_adapter(tiny_model("llama", hidden_size=48), tmp_path)
    alone = texts(engine, None)
    with pytest.raises(DataError, match="does not fit"):
        texts(engine, tmp_path)
    assert texts(engine, None) == alone


def test_an_adapter_of_another_rank_than_its_configuration_is_refused(
    engine: TransformersGenerator, adapter: Path
) -> None:
    change_config(adapter, r=8)
    with pytest.raises(DataError, match="does not fit"):
        texts(engine, adapter)


def test_an_adapter_for_modules_that_the_base_lacks_is_refused(engine: TransformersGenerator, adapter: Path) -> None:
    change_config(adapter, target_modules=["query_key_value"])
    with pytest.raises(DataError, match="does not fit"):
        texts(engine, adapter)


def test_a_missing_key_is_refused(engine: TransformersGenerator, adapter: Path) -> None:
    change_weights(adapter, lambda weights: weights.pop(min(weights)))
    with pytest.raises(DataError, match=r"1 missing keys such as .*layers\.0.*0 unknown"):
        texts(engine, adapter)


def test_an_unknown_key_is_refused(engine: TransformersGenerator, adapter: Path) -> None:
    def rename(weights: dict[str, Any]) -> None:
        weights[min(weights).replace("layers.0", "layers.7")] = weights[min(weights)].clone()

    change_weights(adapter, rename)
    with pytest.raises(DataError, match=r"0 missing keys, 1 unknown keys such as .*layers\.7"):
        texts(engine, adapter)


@pytest.mark.parametrize(
    "content",
    [b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 5\n", None],
    ids=["empty", "lfs", "cut"],
)
def test_a_damaged_file_is_refused(content: bytes | None, engine: TransformersGenerator, adapter: Path) -> None:
    path = adapter / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    with pytest.raises(DataError, match="damaged") as caught:
        texts(engine, adapter)
    assert "train the adapter again" in str(caught.value.hint)


def test_numbers_that_are_not_finite_are_refused(engine: TransformersGenerator, adapter: Path) -> None:
    change_weights(adapter, lambda weights: weights[min(weights)].fill_(float("nan")))
    with pytest.raises(DataError, match="not finite"):
        texts(engine, adapter)


def test_what_is_no_adapter_is_refused(engine: TransformersGenerator, adapter: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"adapter_config\.json is missing"):
        texts(engine, tmp_path / "nowhere")
    shutil.copytree(adapter, tmp_path / "pickled")
    (tmp_path / "pickled" / WEIGHTS_FILE).rename(tmp_path / "pickled" / "adapter_model.bin")
    with pytest.raises(DataError, match="missing") as caught:
        texts(engine, tmp_path / "pickled")
    assert "pickled weights are not loaded" in str(caught.value.hint)
    (adapter / CONFIG_FILE).write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        texts(engine, adapter)


@pytest.mark.parametrize("settings", [{"peft_type": "PREFIX_TUNING"}, {"modules_to_save": ["lm_head"]}])
def test_only_plain_lora_is_served(settings: dict[str, object], engine: TransformersGenerator, adapter: Path) -> None:
    change_config(adapter, **settings)
    with pytest.raises(DataError, match="no plain LoRA"):
        texts(engine, adapter)


def test_an_adapter_that_names_another_base_is_refused(
    tiny_model: TinyModel, engine: TransformersGenerator, adapter: Path
) -> None:
    import dataclasses

    change_config(adapter, base_model_name_or_path="some-lab/other-model")
    # A local folder could be any model, so its keys and shapes decide.
    assert texts(engine, adapter) != texts(engine, None)
    named = dataclasses.replace(tiny_model("llama"), also_known_as=("bundled/x", "some-lab/this-model"))
    shelf = AdapterShelf(engine._model, named)
    with pytest.raises(DataError, match="trained on some-lab/other-model"):
        shelf.put_on(adapter)
    change_config(adapter, base_model_name_or_path="some-lab/this-model")
    shelf.put_on(adapter)


def test_an_adapter_trained_anew_in_its_folder_is_read_anew(
    tiny_model: TinyModel, engine: TransformersGenerator, adapter: Path
) -> None:
    first = texts(engine, adapter)
    save_adapter(tiny_model("llama"), adapter, seed=4)
    assert texts(engine, adapter) != first


def test_the_oldest_adapter_leaves_when_memory_is_full(
    tiny_model: TinyModel, open_float32: Open, tmp_path: Path
) -> None:
    base = tiny_model("llama")
    folders = [tmp_path / str(seed) for seed in range(3)]
    for seed, folder in enumerate(folders):
        save_adapter(base, folder, seed=seed)
    engine = open_float32(base)
    expected = [texts(engine, folder) for folder in folders]
    assert engine._shelf.n_kept == 3
    assert len({tuple(found) for found in expected}) == 3
    one = sum(tensor.nbytes for tensor in next(iter(engine._shelf._kept.values())).values())
    for room, kept in ((2 * one, 2), (1, 1)):
        engine._shelf.put_on(None)
        engine._shelf = AdapterShelf(engine._model, base, max_bytes=room)
        for _ in range(2):
            assert [texts(engine, folder) for folder in folders] == expected
            assert engine._shelf.n_kept == kept
    # Only what an adapter changes is kept: two layers of q, v and up projections in float32.
    assert one == 2 * (32 * 32 + 16 * 32 + 64 * 32) * 4
