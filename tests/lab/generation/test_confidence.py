"""Confidence is what a plain forward pass gives, alone and in a batch, of free text and of a label among labels."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ragvsft.lab.choices import Choices
from ragvsft.lab.generation.decoding import decode_greedy
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.prompts import Prompt

TinyModel = Callable[..., ResolvedModel]
Open = Callable[[ResolvedModel], TransformersGenerator]
BEGINNING = [5, 9, 40, 300, 17, 8, 120, 44, 61, 7, 95, 210, 33, 15, 77, 140, 6, 19, 250, 12]
PROMPTS = [[*BEGINNING, 31], [*BEGINNING, *range(60, 75)], [*BEGINNING, 31, 32]]
NEAR = {"rel": 1e-4, "abs": 1e-6}


def plain_model(model: ResolvedModel) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    auto: Any = AutoModelForCausalLM
    return auto.from_pretrained(model.folder, dtype=torch.float32).eval()


def log_probabilities(
    model: Any, prompt: list[int], tokens: list[int], among: Sequence[Sequence[int] | None] = ()
) -> list[float]:
    """Of each token after those before it, by one pass over everything; `among` some tokens, or all of them."""
    import torch

    with torch.inference_mode():
        logits = model(torch.tensor([[*prompt, *tokens]])).logits[0, len(prompt) - 1 : -1].double()
    found = []
    for step, token in enumerate(tokens):
        ids = among[step] if among else None
        kept = logits[step] if ids is None else logits[step][list(ids)]
        found.append(float(logits[step, token] - kept.logsumexp(0)))
    return found


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma3"])
def test_free_text_is_the_geometric_mean_of_its_tokens(family: str, tiny_model: TinyModel) -> None:
    model = plain_model(tiny_model(family))
    ends = {1: 3, 2: 6}
    written = decode_greedy(
        model,
        PROMPTS,
        max_new_tokens=8,
        eos=frozenset(),
        stopped=lambda row, tokens: len(tokens) == ends.get(row),
    )

    assert [len(row.tokens) for row in written] == [8, 3, 6]
    for prompt, row in zip(PROMPTS, written, strict=True):
        expected = log_probabilities(model, prompt, row.tokens)
        assert row.log_probability == pytest.approx(sum(expected), **NEAR)
        assert row.confidence(constrained=False) == pytest.approx(math.exp(sum(expected) / len(expected)), **NEAR)
        assert 0 < row.confidence(constrained=False) < 1


def test_a_label_is_as_likely_as_it_is_among_the_labels(tiny_model: TinyModel) -> None:
    model = plain_model(tiny_model("llama"))
    choices = Choices([(7, 8), (7, 9), (30,), (30, 31)], frozenset({1}))
    written = decode_greedy(
        model,
        PROMPTS,
        max_new_tokens=4,
        eos=frozenset({1}),
        stopped=lambda _, tokens: choices.is_complete(tokens),
        allowed=lambda _, tokens: choices.allowed(tokens),
    )

    for prompt, row in zip(PROMPTS, written, strict=True):
        among = [choices.allowed(row.tokens[:step]) for step in range(len(row.tokens))]
        expected = math.exp(sum(log_probabilities(model, prompt, row.tokens, among)))
        assert row.confidence(constrained=True) == pytest.approx(expected, **NEAR)


def test_the_engine_tells_it_and_a_batch_changes_it_in_the_last_digits_alone(
    tiny_model: TinyModel, open_float32: Open
) -> None:
    engine = open_float32(tiny_model("llama"))
    model = plain_model(tiny_model("llama"))
    texts = ["Which lamp burns?", "How many letters does the archive keep? " * 3, "The ferry"]
    free = [Prompt(text=text) for text in texts]
    labels = [Prompt(text=text, choices=(" yes", " no", " maybe")) for text in texts]

    together = engine.generate([*free, *labels], max_new_tokens=6)
    for prompt, one in zip([*free, *labels], together, strict=True):
        (alone,) = engine.generate([prompt], max_new_tokens=6)
        assert alone == one
        assert one.confidence == pytest.approx(alone.confidence, **NEAR)
    for ids, one in zip(engine.encode(texts), together, strict=False):
        (row,) = decode_greedy(model, [ids], max_new_tokens=6, eos=frozenset(), stopped=lambda *_: False)
        if one.output_tokens == len(row.tokens):
            mean = sum(log_probabilities(model, ids, row.tokens)) / len(row.tokens)
            assert one.confidence == pytest.approx(math.exp(mean), **NEAR)
    (certain,) = engine.generate([Prompt(text="Is it so?", choices=(" yes",))], max_new_tokens=6)
    assert certain.confidence == 1.0
