"""Greedy decoding writes what transformers' own generate writes, whatever stands beside a row in its batch."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.core.errors import ServiceError
from ragvsft.lab.generation.decoding import MIN_SHARED, decode_greedy, shared_length
from ragvsft.lab.generation.loading import CausalModel
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.prompts import Prompt

TinyModel = Callable[..., ResolvedModel]
FAMILIES = ("llama", "qwen2", "gemma", "gemma3")
BEGINNING = [5, 9, 40, 300, 17, 8, 120, 44, 61, 7, 95, 210, 33, 15, 77, 140, 6, 19, 250, 12]
ROWS: dict[str, list[list[int]]] = {
    "apart": [[9], [40, 41, 42], list(range(50, 90)), [7, 300, 7, 300, 7], list(range(200, 212))],
    "shared": [[*BEGINNING, 31], [*BEGINNING, *range(60, 75)], [*BEGINNING, 31, 32], BEGINNING[:] + [90] * 9],
    "one inside another": [BEGINNING[:-1], BEGINNING, [*BEGINNING, 3, 4]],
    "all alike": [BEGINNING, BEGINNING, BEGINNING],
    "alone": [[*BEGINNING, 5]],
}


@cache
def loaded(model: ResolvedModel) -> CausalModel:
    """For tests that leave the model as it is."""
    return load(model)


def load(model: ResolvedModel) -> CausalModel:
    import torch
    from transformers import AutoModelForCausalLM

    auto: Any = AutoModelForCausalLM
    return auto.from_pretrained(model.folder, dtype=torch.float32).eval()


def by_generate(model: CausalModel, prompt: list[int], n_tokens: int) -> list[int]:
    """What transformers writes for one prompt alone."""
    import torch

    ids = torch.tensor([prompt])
    with torch.inference_mode():
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=n_tokens,
            eos_token_id=None,
            pad_token_id=0,
        )
    tokens: list[int] = out[0, len(prompt) :].tolist()
    return tokens


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_writes_what_generate_writes_one_by_one(
    family: str, rows: list[list[int]], tiny_model: TinyModel
) -> None:
    model = loaded(tiny_model(family))
    written = decode_greedy(model, rows, max_new_tokens=8, eos=frozenset(), stopped=lambda *_: False)
    assert [row.tokens for row in written] == [by_generate(model, prompt, 8) for prompt in rows]
    assert {row.stop_reason for row in written} == {"length"}


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_that_end_early_leave_the_others_as_they_were(family: str, tiny_model: TinyModel) -> None:
    model = loaded(tiny_model(family))
    rows = ROWS["shared"] + ROWS["apart"]
    free = [by_generate(model, prompt, 16) for prompt in rows]
    # Tokens that end some rows early and at different steps, so that the batch shrinks more than once.
    eos = sorted({free[0][2], free[4][5], free[6][0]})
    stop_token = free[1][7]
    written = decode_greedy(
        model, rows, max_new_tokens=16, eos=frozenset(eos), stopped=lambda row, tokens: tokens[-1] == stop_token
    )
    for prompt, tokens, row in zip(rows, free, written, strict=True):
        ends = next((n for n, token in enumerate(tokens, 1) if token in eos or token == stop_token), 16)
        assert row.tokens == tokens[:ends], prompt
        last = tokens[ends - 1]
        assert row.stop_reason == ("eos" if last in eos else "stop" if last == stop_token else "length")
    assert len({len(row.tokens) for row in written}) > 2


def test_a_shared_beginning_is_read_once(tiny_model: TinyModel) -> None:
    model = load(tiny_model("llama"))
    read: list[tuple[int, ...]] = []
    model.register_forward_pre_hook(lambda _, __, given: read.append(tuple(given["input_ids"].shape)), with_kwargs=True)
    decode_greedy(model, ROWS["shared"], max_new_tokens=1, eos=frozenset(), stopped=lambda *_: False)
    assert len(BEGINNING) >= MIN_SHARED
    assert read == [(1, 20), (4, 15)]


def test_numbers_that_are_not_finite_are_told(tiny_model: TinyModel) -> None:
    import torch

    model = load(tiny_model("qwen2"))
    with torch.no_grad():
        model.lm_head.weight[3] = float("inf")
    with pytest.raises(ServiceError, match="not finite"):
        decode_greedy(model, [[4, 5]], max_new_tokens=4, eos=frozenset(), stopped=lambda *_: False)


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8), min_size=1, max_size=6))
def test_shared_length_leaves_every_row_a_token(prompts: list[list[int]]) -> None:
    length = shared_length(prompts)
    assert all(prompt[:length] == prompts[0][:length] for prompt in prompts)
    assert all(length < len(prompt) for prompt in prompts)
    longer = length + 1
    assert (
        len(prompts) == 1
        or any(len(prompt) <= longer for prompt in prompts)
        or any(prompt[:longer] != prompts[0][:longer] for prompt in prompts)
    )


def test_the_engine_writes_the_same_text_in_a_batch_and_alone(
    tiny_model: TinyModel, open_float32: Callable[[ResolvedModel], TransformersGenerator]
) -> None:
    engine = open_float32(tiny_model("qwen2"))
    prompts = [
        Prompt(text=engine.render_chat([("system", "Answer in a short phrase, please."), ("user", words)]))
        for words in ("Which lamp?", "How many letters does the archive keep?", "x")
    ]
    alone = [engine.generate([prompt], max_new_tokens=20)[0] for prompt in prompts]
    assert engine.generate(prompts, max_new_tokens=20) == alone
    assert len({generation.text for generation in alone}) == 3
