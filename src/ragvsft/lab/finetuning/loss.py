"""The loss on completions, with logits only where it needs them.

A prompt's logits are the larger part of a training step's logits and never used. So the hidden states are gathered
before the output layer, which leaves what a model does behind it (scaling, soft caps) as it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ragvsft.lab.finetuning.batches import Batch, Part, lay_out
from ragvsft.lab.finetuning.loading import computing
from ragvsft.lab.number_format import NumberFormat

PROBE_TOKENS = 1 << 16
PACKING_TOLERANCE = 0.1
"""A share of the logits' spread; orders of summation in bfloat16 make less of a difference, wrong masks far more."""

if TYPE_CHECKING:
    import torch


def completion_loss(model: Any, part: Part, *, n_supervised: int) -> "torch.Tensor":  # noqa: ANN401
    """Cross-entropy summed over a part's completion tokens, divided by those of its whole batch; a float32 scalar.

    The sum over a batch's parts is the mean over its completion tokens, whatever the parts.
    """
    import torch

    logits = completion_logits(model, part)
    return torch.nn.functional.cross_entropy(logits.float(), part.targets, reduction="sum") / n_supervised


def completion_logits(model: Any, part: Part) -> "torch.Tensor":  # noqa: ANN401
    """The logits that foretell a part's completion tokens, shape (n_supervised, vocabulary)."""
    with _gathered(model.get_output_embeddings(), part.positions):
        logits: torch.Tensor = model(**part.inputs, use_cache=False).logits
    return logits


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


def packing_agrees(model: Any, rows: Batch, number_format: NumberFormat) -> bool:  # noqa: ANN401
    """Whether a model reads packed rows as it reads rows one by one; a model may not heed masks that it is handed."""
    import torch

    model.eval()
    found = []
    for packed in (True, False):
        # Both lay the longer row first, so their logits come in one order.
        parts = [part.to(str(model.device)) for part in lay_out(rows, part_tokens=PROBE_TOKENS, packed=packed)]
        with torch.inference_mode(), computing(model, number_format):
            found.append(torch.cat([completion_logits(model, part).float() for part in parts]))
    packed_logits, plain_logits = found
    spread = (plain_logits - plain_logits.mean()).norm()
    return bool((packed_logits - plain_logits).norm() <= PACKING_TOLERANCE * spread)
