"""The engine: where an answer ends, what is counted, what is cut, and what is said when it cannot go on."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from ragvsft.config.experiment import Base
from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.lab.generation import transformers_engine
from ragvsft.lab.generation.models import ResolvedModel, resolve_model
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.prompts import Prompt

TinyModel = Callable[..., ResolvedModel]
Open = Callable[[ResolvedModel], TransformersGenerator]
TEXTS = ["Which lamp burns in the tower?", "The archive", "9 globes and 77 maps, says the evening ferry"]


@pytest.fixture
def engine(tiny_model: TinyModel, open_float32: Open) -> TransformersGenerator:
    return open_float32(tiny_model("llama"))


def test_a_full_length_is_counted(engine: TransformersGenerator) -> None:
    prompts = [Prompt(text=text) for text in TEXTS]
    for n_tokens in (1, 7):
        for text, generation in zip(TEXTS, engine.generate(prompts, max_new_tokens=n_tokens), strict=True):
            assert generation.stop_reason == "length"
            assert generation.output_tokens == n_tokens
            # The model's own first token is read, and counted.
            assert generation.prompt_tokens == engine.count_tokens([text])[0] + 1
            assert generation.truncated_tokens == 0
    assert engine.generate([], max_new_tokens=3) == []


def test_the_text_ends_before_the_first_stop_string(engine: TransformersGenerator) -> None:
    free = [engine.generate([Prompt(text=text)], max_new_tokens=24)[0] for text in TEXTS]
    whole = free[0].text
    later, sooner = whole[9:12], whole[4:7]
    assert whole.index(sooner) < whole.index(later)
    stopped, *others = engine.generate(
        [Prompt(text=TEXTS[0], stop=(later, sooner, "not there")), *(Prompt(text=text) for text in TEXTS[1:])],
        max_new_tokens=24,
    )
    assert stopped.text == whole[: whole.index(sooner)]
    assert stopped.stop_reason == "stop"
    # Up to the token that completes the stop string and no further.
    needed = next(
        n for n in range(1, 25) if sooner in engine.generate([Prompt(text=TEXTS[0])], max_new_tokens=n)[0].text
    )
    assert stopped.output_tokens == needed < 24
    assert others == free[1:]


def test_only_what_was_written_is_searched_for_stop_strings(engine: TransformersGenerator) -> None:
    free = engine.generate([Prompt(text=TEXTS[0])], max_new_tokens=8)
    assert engine.generate([Prompt(text=TEXTS[0], stop=("lamp", "tower"))], max_new_tokens=8) == free


def test_an_end_token_ends_the_text_and_is_counted(tiny_model: TinyModel, open_float32: Open, tmp_path: Path) -> None:
    engine = open_float32(tiny_model("qwen2"))
    model: Any = engine._model
    prompt = engine.encode([TEXTS[0]])
    import torch

    with torch.inference_mode():
        tokens = model.generate(torch.tensor(prompt), max_new_tokens=6, do_sample=False, eos_token_id=None)
    written = tokens[0, len(prompt[0]) :].tolist()
    assert len(set(written[:4])) == 4
    # The same model, with the fourth token that it writes as its end token.
    model.generation_config.eos_token_id = [1, written[3]]
    model.save_pretrained(tmp_path)
    model.generation_config.eos_token_id = 1
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(tiny_model("qwen2").folder / file, tmp_path)
    (generation,) = open_float32(resolve_model(str(tmp_path), "causal")).generate(
        [Prompt(text=TEXTS[0])], max_new_tokens=6
    )
    (shorter,) = engine.generate([Prompt(text=TEXTS[0])], max_new_tokens=3)
    assert generation.stop_reason == "eos"
    assert generation.output_tokens == 4
    assert generation.text == shorter.text


def test_the_plain_layout_stops_at_the_next_turn(tiny_model: TinyModel, open_float32: Open) -> None:
    engine = open_float32(tiny_model("llama", template=False))
    chat = engine.render_chat([("user", "Which lamp?")])
    assert engine._chat.implied_stop(chat) == ("\n\nUser:",)
    assert engine._chat.implied_stop("Question: Which lamp?\nAnswer:") == ()


def test_a_prompt_that_is_too_long_loses_its_front(engine: TransformersGenerator) -> None:
    long = "The archive keeps letters. " * 60 + TEXTS[0]
    n_tokens = engine.count_tokens([long])[0]
    assert n_tokens > 256
    short, cut = engine.generate([Prompt(text=TEXTS[0]), Prompt(text=long)], max_new_tokens=6)
    assert cut.prompt_tokens == 256 - 6
    assert cut.truncated_tokens == n_tokens + 1 - 250
    assert cut.output_tokens == 6
    assert short.truncated_tokens == 0
    # It reads the model's first token and then the end of the text.
    read = engine._fitted(engine.encode([long])[0], 6)
    assert read == [0, *engine.encode([long])[0][-249:]]
    with pytest.raises(UsageError, match="no room"):
        engine.generate([Prompt(text="a")], max_new_tokens=256)


def test_answers_are_told_as_they_are_written_and_are_the_same(
    engine: TransformersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transformers_engine, "_TELL_EVERY_S", 0.0)
    prompts = [Prompt(text=text, stop=("a",)) for text in TEXTS]
    seen: dict[int, list[str]] = {}
    told = engine.generate(prompts, max_new_tokens=8, told=lambda row, text: seen.setdefault(row, []).append(text))
    assert told == engine.generate(prompts, max_new_tokens=8)
    for row, generation in enumerate(told):
        assert len(seen[row]) >= generation.output_tokens - 1
        assert all(generation.text.startswith(text) for text in seen[row])


def test_who_is_told_may_end_the_work(engine: TransformersGenerator) -> None:
    def gone(row: int, text: str) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        engine.generate([Prompt(text=TEXTS[0])], max_new_tokens=8, told=gone)


def test_out_of_memory_names_the_batch(engine: TransformersGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(*_: object, **__: object) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    monkeypatch.setattr(engine._model.model, "forward", forward)
    with pytest.raises(ServiceError, match=r"2 rows x \d+ \+ 5 tokens") as caught:
        engine.generate([Prompt(text=text) for text in TEXTS[:2]], max_new_tokens=5)
    assert "batch_tokens" in str(caught.value.hint)


def test_another_error_of_the_model_is_not_taken_for_memory(
    engine: TransformersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(*_: object, **__: object) -> None:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(engine._model.model, "forward", forward)
    with pytest.raises(RuntimeError, match="do not fit"):
        engine.generate([Prompt(text="a")], max_new_tokens=5)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_settings_are_followed_and_told(
    dtype: Literal["float32", "bfloat16", "float16"], tiny_model: TinyModel
) -> None:
    import torch

    model = tiny_model("llama")
    engine = TransformersGenerator(model, Base(model=model.name, dtype=dtype, device="cpu", threads=1))
    assert (engine.device, engine.dtype, engine.threads) == ("cpu", dtype, 1)
    assert torch.get_num_threads() == 1
    assert {str(p.dtype) for p in engine._model.parameters()} == {f"torch.{dtype}"}


def test_auto_is_resolved(tiny_model: TinyModel) -> None:
    model = tiny_model("llama")
    engine = TransformersGenerator(model, Base(model=model.name, device="cpu"))
    assert engine.dtype in ("float32", "bfloat16")
    assert engine.threads >= 1


def test_a_missing_gpu_is_told(tiny_model: TinyModel) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    model = tiny_model("llama")
    with pytest.raises(ServiceError, match="no CUDA device"):
        TransformersGenerator(model, Base(model=model.name, device="cuda"))


def test_incomplete_weights_are_not_filled_up_at_random(
    tiny_model: TinyModel, open_float32: Open, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(tiny_model("llama").folder, tmp_path, dirs_exist_ok=True)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ServiceError, match=r"lack 1 tensors.*up_proj"):
        open_float32(resolve_model(str(tmp_path), "causal"))


def test_damaged_weights_are_told(tiny_model: TinyModel, open_float32: Open, tmp_path: Path) -> None:
    shutil.copytree(tiny_model("llama").folder, tmp_path, dirs_exist_ok=True)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ServiceError, match="cannot be loaded"):
        open_float32(resolve_model(str(tmp_path), "causal"))
