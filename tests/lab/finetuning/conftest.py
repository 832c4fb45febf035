"""A tiny Llama with its tokenizer, and facts to train it on: small enough for a training in a second."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from ragvsft.core.values import Passage, Style
from ragvsft.lab.finetuning.rows import TrainingFact
from ragvsft.lab.prompts import PromptBuilder

END = "<|im_end|>"
NAMES = (
    "Amber",
    "Brisk",
    "Copper",
    "Dusty",
    "Elder",
    "Frosty",
    "Golden",
    "Hollow",
    "Ivory",
    "Jolly",
    "Kindly",
    "Lunar",
)


def render_chat(messages: Sequence[tuple[str, str]]) -> str:
    """A chat as SmolLM2's template writes it."""
    return "".join(f"<|im_start|>{role}\n{text}{END}\n" for role, text in messages) + "<|im_start|>assistant\n"


def passage(number: int, text: str) -> Passage:
    return Passage(
        passage_id=f"p{number:03d}",
        doc_id=f"d{number:03d}",
        title="",
        text=text,
        position=0,
        valid_from=date(2024, 1, 1),
    )


@pytest.fixture(scope="session")
def builder() -> PromptBuilder:
    return PromptBuilder(
        style=Style.CHAT, instruction="Answer briefly.", examples=(), render_chat=render_chat, end_of_turn=END
    )


@pytest.fixture(scope="session")
def facts() -> tuple[TrainingFact, ...]:
    """Twelve facts with three phrasings and a gold passage each."""
    return tuple(
        TrainingFact(
            fact_id=f"f{number:02d}",
            phrasings=(f"Who runs {name}?", f"Who leads {name}?", f"Name the head of {name}."),
            answer=f"{name[::-1]} {number}",
            gold=(passage(number, f"{name} is run by {name[::-1]} {number}."),),
            answerable=True,
        )
        for number, name in enumerate(NAMES)
    )


@pytest.fixture(scope="session")
def other_passages() -> Callable[[Sequence[tuple[str, frozenset[str]]], int], list[list[Passage]]]:
    """Distractors: the first passages of other subjects that are not excluded."""
    pool = [passage(number, f"The river {number} flows north.") for number in range(100, 120)]

    def find(asked: Sequence[tuple[str, frozenset[str]]], n: int) -> list[list[Passage]]:
        return [[p for p in pool if p.passage_id not in excluded][:n] for _, excluded in asked]

    return find


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two layers with a byte-level tokenizer that knows the chat's special tokens."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny") / "model"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    specials = ["<|endoftext|>", "<|im_start|>", END]
    vocabulary = {token: number for number, token in enumerate([*specials, *alphabet])}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=raw, eos_token=END, pad_token="<|endoftext|>", additional_special_tokens=["<|im_start|>"]
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        eos_token_id=vocabulary[END],
        pad_token_id=vocabulary["<|endoftext|>"],
        bos_token_id=None,
        tie_word_embeddings=True,
        initializer_range=0.2,  # at the usual 0.02 the logits of so narrow a model can hardly differ
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
