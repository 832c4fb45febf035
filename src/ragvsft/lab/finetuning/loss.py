"""The loss on completions, with logits only where it needs them.

A prompt's logits are the larger part of a training step's logits and never used. So the hidden states are gathered
before the output layer, which leaves what a model does behind it (scaling, soft caps) as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ragvsft.lab.finetuning.batches import Part

if TYPE_CHECKING:
    import torch


def completion_loss(model: Any, part: Part, *, n_supervised: int) -> "torch.Tensor":  # noqa: ANN401
    """Cross-entropy summed over a part's completion tokens, divided by those of its whole batch; a float32 scalar.

    The sum over a batch's parts is the mean over its completion tokens, whatever the parts.
    """
    import torch

    with _gathered(model.get_output_embeddings(), part.positions):
        logits = model(**part.inputs, use_cache=False).logits
    summed = torch.nn.functional.cross_entropy(logits.float(), part.targets, reduction="sum")
    return summed / n_supervised


@contextmanager
def _gathered(head: "torch.nn.Module", positions: "torch.Tensor") -> Iterator[None]:
    """Let the output layer see only some positions, as one row each, until the block ends."""

    def gather(_: object, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        hidden = arguments[0]
        return (hidden.reshape(-1, hidden.shape[-1]).index_select(0, positions),)

    handle = head.register_forward_pre_hook(gather)
    try:
        yield
    finally:
        handle.remove()
