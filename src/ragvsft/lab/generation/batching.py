"""How prompts are dealt into batches: by length, within a token budget, the same way every time."""

from collections.abc import Sequence


def plan_batches(lengths: Sequence[int], *, batch_tokens: int, max_rows: int) -> list[list[int]]:
    """Indices of `lengths` in batches, shortest prompts first, equal lengths in their given order.

    A batch holds at most `max_rows` rows, and rows x longest row is at most `batch_tokens`; a prompt that is longer
    than the budget is a batch of its own. Every index stands in exactly one batch.

    Args:
        lengths: tokens of each prompt.
        batch_tokens: budget of a padded batch, in tokens.
        max_rows: rows of a batch, at most.

    Raises:
        ValueError: a limit is below 1, or a length is negative.
    """
    if batch_tokens < 1 or max_rows < 1:
        raise ValueError(f"batch_tokens and max_rows must be at least 1, not {batch_tokens} and {max_rows}")
    if any(length < 0 for length in lengths):
        raise ValueError("a length is negative")
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        # Lengths ascend, so the newcomer is the longest row of the batch that it joins.
        rows = len(batches[-1]) + 1 if batches else 0
        if batches and rows <= max_rows and rows * lengths[index] <= batch_tokens:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
