"""Packed, padded, cut into parts or whole: a batch has one loss and one gradient."""

import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.config.experiment import Adapter
from ragvsft.lab.finetuning.batches import Batch, lay_out, order_batches, shared_beginning
from ragvsft.lab.finetuning.encoding import TokenRow
from ragvsft.lab.finetuning.loading import load_trainable
from ragvsft.lab.finetuning.loss import completion_loss, packing_agrees

if TYPE_CHECKING:
    import torch

AnyModel: TypeAlias = Any
Gradients: TypeAlias = "dict[str, torch.Tensor]"
BEGINNING = (5, 6, 7, 8)


def token_row(rest: tuple[int, ...], completion: tuple[int, ...], fact_id: str = "f") -> TokenRow:
    prompt = (*BEGINNING, *rest)
    return TokenRow(tokens=prompt + completion, n_prompt=len(prompt), fact_id=fact_id)


tokens = st.lists(st.integers(3, 60), min_size=1, max_size=40).map(tuple)
rows = st.builds(token_row, tokens, tokens)
batches = st.lists(rows, min_size=1, max_size=9).map(tuple)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> AnyModel:
    import torch

    loaded = load_trainable(
        tiny_model,
        adapter=Adapter(recipe="closed_book", rank=4),
        number_format="float32",
        attention="eager",
        device="cpu",
        init_seed=3,
    )
    # lora_B starts at zero, and then half of the gradient is zero, too.
    torch.manual_seed(1)
    for name, parameter in loaded.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    return loaded


def by_rows(model: AnyModel, batch: Batch) -> tuple[float, Gradients]:
    """Loss and gradient by plain means: each row alone, all logits, everything but the completion masked."""
    import torch

    n_supervised = sum(len(row.tokens) - row.n_prompt for row in batch)
    model.zero_grad()
    total = 0.0
    for row in batch:
        ids = torch.tensor([row.tokens])
        labels = ids.clone()
        labels[0, : row.n_prompt] = -100
        logits = model(input_ids=ids).logits
        loss = torch.nn.functional.cross_entropy(logits[0, :-1], labels[0, 1:], ignore_index=-100, reduction="sum")
        (loss / n_supervised).backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach()) / n_supervised
    return total, gradients(model)


def by_parts(model: AnyModel, batch: Batch, *, part_tokens: int, packed: bool) -> tuple[float, Gradients]:
    n_supervised = sum(row.n_supervised for row in batch)
    model.zero_grad()
    total = 0.0
    for part in lay_out(batch, part_tokens=part_tokens, packed=packed):
        loss = completion_loss(model, part, n_supervised=n_supervised)
        loss.backward()  # type: ignore[no-untyped-call]
        total += float(loss.detach())
    return total, gradients(model)


def gradients(model: AnyModel) -> Gradients:
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@settings(max_examples=25, deadline=None)
@given(batch=batches, part_tokens=st.sampled_from([1, 64, 4096]), packed=st.booleans())
def test_loss_and_gradient_are_those_of_the_rows_one_by_one(
    model: AnyModel, batch: Batch, part_tokens: int, packed: bool
) -> None:
    expected, expected_gradients = by_rows(model, batch)
    found, found_gradients = by_parts(model, batch, part_tokens=part_tokens, packed=packed)
    assert found == pytest.approx(expected, rel=1e-5)
    assert found_gradients.keys() == expected_gradients.keys()
    assert len(found_gradients) == 2 * 7 * 2, "A and B of every linear layer, and no frozen weight"
    for name, gradient in expected_gradients.items():
        assert (found_gradients[name] - gradient).norm() <= 1e-4 * gradient.norm() + 1e-6, name


@settings(max_examples=50, deadline=None)
@given(batch=batches, part_tokens=st.sampled_from([1, 64, 4096]), packed=st.booleans())
def test_every_completion_token_is_a_target_once(batch: Batch, part_tokens: int, packed: bool) -> None:
    parts = lay_out(batch, part_tokens=part_tokens, packed=packed)
    targets = Counter(token for part in parts for token in part.targets.tolist())
    assert targets == Counter(token for row in batch for token in row.tokens[row.n_prompt :])
    for part in parts:
        ids = part.inputs["input_ids"]
        assert len(part.positions) == len(part.targets)
        assert len(ids) == 1 or ids.numel() <= part_tokens
        # Where it is foretold stands the token before it.
        flat = ids.flatten().tolist()
        before = {row.tokens[at - 1] for row in batch for at in range(row.n_prompt, len(row.tokens))}
        assert {flat[position] for position in part.positions.tolist()} <= before


def test_rows_of_a_pack_share_the_beginning_and_do_not_see_each_other() -> None:
    batch = (token_row((9,), (10, 11)), token_row((12, 13), (14,)))
    assert shared_beginning(batch) == 4
    [part] = lay_out(batch, part_tokens=4096, packed=True)
    assert part.inputs["input_ids"].tolist() == [[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0, 0, 0, 0, 0, 0]]
    assert part.inputs["position_ids"][0, :10].tolist() == [0, 1, 2, 3, 4, 5, 6, 4, 5, 6]
    assert part.positions.tolist() == [4, 5, 8]
    assert part.targets.tolist() == [10, 11, 14]
    sees = (part.inputs["attention_mask"][0, 0] == 0).long()
    assert sees[6, :10].tolist() == [1, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert sees[8, :10].tolist() == [1, 1, 1, 1, 0, 0, 0, 1, 1, 0]
    assert sees[2, :10].tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]


def test_the_last_prompt_token_is_never_shared() -> None:
    twins = (token_row((), (10, 11)), token_row((), (10, 12)))
    assert shared_beginning(twins) == len(BEGINNING) - 1


def test_short_rows_read_their_beginning_once_and_long_rows_pack_alone() -> None:
    instruction = tuple(range(3, 53))
    short = tuple(TokenRow(tokens=(*instruction, n, n, n), n_prompt=52, fact_id="f") for n in range(60, 76))
    read = sum(part.inputs["input_ids"].numel() for part in lay_out(short, part_tokens=1024, packed=True))
    assert read <= 50 + 3 * 16 + 8
    long = tuple(TokenRow(tokens=(*instruction, *[n] * 400), n_prompt=440, fact_id="f") for n in range(60, 64))
    parts = lay_out(long, part_tokens=1024, packed=True)
    assert [tuple(part.inputs["input_ids"].shape) for part in parts] == [(2, 456), (2, 456)]


@settings(max_examples=30, deadline=None)
@given(
    epochs=st.lists(st.lists(rows, min_size=1, max_size=30), min_size=1, max_size=3),
    batch_size=st.integers(1, 8),
    seed=st.integers(0, 2**32),
    order=st.randoms(use_true_random=False),
)
def test_the_order_of_batches_is_fixed_by_the_seed(
    epochs: list[list[TokenRow]], batch_size: int, seed: int, order: random.Random
) -> None:
    found = order_batches(epochs, batch_size=batch_size, seed=seed)
    shuffled = [order.sample(epoch, len(epoch)) for epoch in epochs]
    again = order_batches(shuffled, batch_size=batch_size, seed=seed)
    assert [[r.tokens for r in batch] for batch in again] == [[r.tokens for r in batch] for batch in found]
    at = 0
    for epoch in epochs:
        n_batches = -(-len(epoch) // batch_size)
        mine = found[at : at + n_batches]
        at += n_batches
        assert Counter(r.tokens for batch in mine for r in batch) == Counter(r.tokens for r in epoch)
        assert sorted(len(batch) for batch in mine)[1:] == [batch_size] * (n_batches - 1)
        # Rows of a batch are neighbours in length.
        spans = sorted((min(len(r.tokens) for r in b), max(len(r.tokens) for r in b)) for b in mine)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert at == len(found)


def test_seeds_shuffle_the_batches() -> None:
    epoch = [token_row((n,) * n, (n,)) for n in range(3, 23)]
    orders = {tuple(b[0].n_prompt for b in order_batches([epoch], batch_size=2, seed=seed)) for seed in range(6)}
    assert len(orders) == 6
    twice = order_batches([epoch, epoch], batch_size=2, seed=0)
    assert twice[:10] != twice[10:], "every epoch has its own order"


def test_a_model_that_heeds_no_masks_is_found_out(model: AnyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = (token_row((9, 10, 11), (12, 13)), token_row((14, 15), (16, 17)))
    assert packing_agrees(model, batch, "float32")
    forward = type(model).forward

    def heedless(self: AnyModel, *, attention_mask: "torch.Tensor", **inputs: object) -> object:
        return forward(self, **inputs, attention_mask=attention_mask if attention_mask.ndim == 2 else None)

    monkeypatch.setattr(type(model), "forward", heedless)
    assert not packing_agrees(model, batch, "float32")
