"""Tiny models of three families with random weights and a tokenizer trained on the spot, saved as ordinary folders."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragvsft.config.experiment import Base
from ragvsft.lab.generation.models import ResolvedModel, resolve_model
from ragvsft.lab.generation.transformers_engine import TransformersGenerator

TEXTS = (
    "The ferry leaves the northern harbour at nine and comes back in the evening.",
    "Question: Which lamp burns in the tower? Answer: the green lamp.",
    "Passages: The archive keeps 1234 letters, 77 maps and 9 globes. If you do not know, say so.",
)
IM_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
GEMMA_TEMPLATE = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for m in messages %}<|im_start|>{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n"
    "{{ m['content'] | trim }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>model\n{% endif %}"
)
TEMPLATES = {"llama": LLAMA_TEMPLATE, "qwen2": IM_TEMPLATE, "gemma": GEMMA_TEMPLATE, "gemma3": GEMMA_TEMPLATE}
WITH_BOS = ("llama", "gemma", "gemma3")
SPECIAL = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|user|>", "<|assistant|>", "<|system|>"]

TinyModel = Callable[..., ResolvedModel]


def save_tokenizer(folder: Path, family: str, *, template: bool, pad: bool) -> int:
    """A byte-level BPE trained on a few sentences; its number of tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(TEXTS, trainer)
    if family in WITH_BOS:
        raw.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", raw.token_to_id("<s>"))]
        )
    fast: Any = PreTrainedTokenizerFast
    tokenizer = fast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")
    if pad:
        tokenizer.pad_token = "</s>"
    if template:
        tokenizer.chat_template = TEMPLATES[family]
    tokenizer.save_pretrained(folder)
    return int(raw.get_vocab_size())


def save_model(folder: Path, family: str, n_tokens: int, *, hidden_size: int, seed: int) -> None:
    """Random weights, wide enough apart that no two next tokens are nearly as likely."""
    import torch
    from transformers import AutoModelForCausalLM, Gemma3TextConfig, GemmaConfig, LlamaConfig, Qwen2Config

    shared: dict[str, Any] = {
        "vocab_size": n_tokens,
        "hidden_size": hidden_size,
        "intermediate_size": 2 * hidden_size,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "initializer_range": 0.3,
        "tie_word_embeddings": False,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": None,
    }
    configs: dict[str, Callable[[], Any]] = {
        "llama": lambda: LlamaConfig(**shared),
        "qwen2": lambda: Qwen2Config(**shared),
        "gemma": lambda: GemmaConfig(**shared, head_dim=8),
        "gemma3": lambda: Gemma3TextConfig(
            **shared, head_dim=8, sliding_window=8, layer_types=["sliding_attention", "full_attention"]
        ),
    }
    torch.manual_seed(seed)
    auto: Any = AutoModelForCausalLM
    auto.from_config(configs[family](), dtype=torch.float32).save_pretrained(folder)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    """Makes a model folder once for each choice of settings."""
    made: dict[tuple[object, ...], ResolvedModel] = {}

    def make(
        family: str, *, template: bool = True, pad: bool = False, hidden_size: int = 32, seed: int = 1
    ) -> ResolvedModel:
        key = (family, template, pad, hidden_size, seed)
        if key not in made:
            folder = tmp_path_factory.mktemp(family)
            n_tokens = save_tokenizer(folder, family, template=template, pad=pad)
            save_model(folder, family, n_tokens, hidden_size=hidden_size, seed=seed)
            made[key] = resolve_model(str(folder), "causal")
        return made[key]

    return make


def float32(model: ResolvedModel) -> TransformersGenerator:
    return TransformersGenerator(model, Base(model=model.name, dtype="float32", device="cpu", threads=2))


@pytest.fixture(scope="session")
def open_float32() -> Callable[[ResolvedModel], TransformersGenerator]:
    """An engine in float32 on the CPU, where batching must not change a token."""
    return float32
