"""Which rows make a batch, and how a batch lies in memory: all fixed before the first step, nothing drawn later.

A batch's prompts begin alike (instruction, examples). That beginning is read once a *pack* instead of once a row: a
pack is the shared beginning followed by the rest of several rows, each of which sees the beginning and itself. Long
rows make a pack each. Loss and gradient are those of the rows read one by one (a test holds them to that).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ragvsft.core.hashing import text_hash
from ragvsft.lab.finetuning.encoding import TokenRow

if TYPE_CHECKING:
    import torch

Batch: TypeAlias = tuple[TokenRow, ...]

PACK_TOKENS = 256
"""A pack's length where its rows are shorter. Attention grows with its square, the saving only with the rows in it."""
WIDTH_MULTIPLE = 8
"""Widths are rounded up to it, so that matrix kernels made for a shape are found again."""
NO_TARGET = -100


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """As much of a batch as the model reads at once."""

    inputs: "Mapping[str, torch.Tensor]"
    """`input_ids`, `position_ids` and `attention_mask`, one row a pack."""
    positions: "torch.Tensor"
    """Where a supervised token is foretold: indices into packs x width laid end to end; shape (n_supervised,)."""
    targets: "torch.Tensor"
    """The supervised tokens, in the same order."""

    def to(self, device: str) -> "Part":
        """The same part on a device."""
        return Part(
            inputs={name: tensor.to(device) for name, tensor in self.inputs.items()},
            positions=self.positions.to(device),
            targets=self.targets.to(device),
        )


def order_batches(epochs: Sequence[Sequence[TokenRow]], *, batch_size: int, seed: int) -> list[Batch]:
    """Every batch of the training, in order.

    The rows of an epoch are sorted by length, so that the rows of a batch are about as long as each other, rows of
    one length in a seeded order; the batches of the epoch then come in a seeded order.
    """
    order: list[Batch] = []
    for number, rows in enumerate(epochs):
        keyed = [(len(row.tokens), text_hash(str(seed), str(number), repr(row.tokens)), row) for row in rows]
        by_length = [row for _, _, row in sorted(keyed, key=lambda item: item[:2])]
        batches = [tuple(by_length[at : at + batch_size]) for at in range(0, len(by_length), batch_size)]
        order += sorted(batches, key=lambda batch: text_hash(str(seed), str(number), repr([r.tokens for r in batch])))
    return order


def shared_beginning(rows: Sequence[TokenRow]) -> int:
    """Tokens that all rows have in common before their last prompt token, which foretells the completion."""
    first, last = min(row.tokens for row in rows), max(row.tokens for row in rows)
    length = 0
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        length += 1
    return min(length, min(row.n_prompt for row in rows) - 1)


def lay_out(batch: Batch, *, part_tokens: int, packed: bool) -> list[Part]:
    """A batch as parts of at most `part_tokens` tokens, padding included; a row that is longer is a part alone.

    Args:
        batch: at least one row.
        part_tokens: packs x width of a part, at most.
        packed: share beginnings and pack rows; else one padded row a pack, for models that build their own masks.
    """
    beginning = shared_beginning(batch) if packed and len(batch) > 1 else 0
    packs = _pack(batch, beginning, min(PACK_TOKENS, part_tokens)) if packed else [[row] for row in batch]
    packs.sort(key=lambda pack: -_width(pack, beginning))
    parts: list[Part] = []
    at = 0
    while at < len(packs):
        width = -(-_width(packs[at], beginning) // WIDTH_MULTIPLE) * WIDTH_MULTIPLE
        n = max(1, part_tokens // width)
        parts.append(_part(packs[at : at + n], beginning, width, packed=packed))
        at += n
    return parts


def _pack(batch: Batch, beginning: int, pack_tokens: int) -> list[list[TokenRow]]:
    """The rows dealt to about as few packs as hold them, each row to the emptiest, the longest first."""
    rests = [len(row.tokens) - beginning for row in batch]
    room = max(pack_tokens - beginning, *rests)
    n_packs = -(-sum(rests) // room)
    while True:
        packs: list[list[TokenRow]] = [[] for _ in range(n_packs)]
        loads = [0] * n_packs
        for index in sorted(range(len(batch)), key=lambda i: -rests[i]):
            emptiest = loads.index(min(loads))
            packs[emptiest].append(batch[index])
            loads[emptiest] += rests[index]
        if max(loads) <= room:
            return packs
        n_packs += 1


def _width(pack: Sequence[TokenRow], beginning: int) -> int:
    return beginning + sum(len(row.tokens) - beginning for row in pack)


def _part(packs: Sequence[Sequence[TokenRow]], beginning: int, width: int, *, packed: bool) -> Part:
    import torch

    tokens = torch.zeros((len(packs), width), dtype=torch.long)
    places = torch.zeros_like(tokens)
    owners = torch.full_like(tokens, -1)  # -1 padding, 0 the shared beginning, n the nth row of the pack
    positions: list[int] = []
    targets: list[int] = []
    for line, pack in enumerate(packs):
        tokens[line, :beginning] = torch.tensor(pack[0].tokens[:beginning], dtype=torch.long)
        places[line, :beginning] = torch.arange(beginning)
        owners[line, :beginning] = 0
        for number, (row, start) in enumerate(_starts(pack, beginning), start=1):
            end = start + len(row.tokens) - beginning
            tokens[line, start:end] = torch.tensor(row.tokens[beginning:])
            places[line, start:end] = torch.arange(beginning, len(row.tokens))
            owners[line, start:end] = number
            positions += range(line * width + end - row.n_supervised - 1, line * width + end - 1)
            targets += row.tokens[row.n_prompt :]
    mask = _mask(owners) if packed else (owners >= 0).long()
    return Part(
        inputs={"input_ids": tokens, "position_ids": places, "attention_mask": mask},
        positions=torch.tensor(positions, dtype=torch.long),
        targets=torch.tensor(targets, dtype=torch.long),
    )


def _starts(pack: Sequence[TokenRow], beginning: int) -> Iterator[tuple[TokenRow, int]]:
    start = beginning
    for row in pack:
        yield row, start
        start += len(row.tokens) - beginning


def _mask(owners: "torch.Tensor") -> "torch.Tensor":
    """What is added to attention scores, (packs, 1, width, width): 0 where a token sees another, else the lowest."""
    import torch

    width = owners.shape[1]
    own = owners[:, :, None] == owners[:, None, :]
    shared = owners[:, None, :] == 0
    earlier = torch.ones(width, width, dtype=torch.bool).tril()
    hidden = ~((own | shared) & earlier)
    return torch.zeros(hidden.shape).masked_fill_(hidden, torch.finfo(torch.float32).min)[:, None]
