"""Greedy decoding of one batch: the shared beginning read once, finished rows let go, every row counted by itself.

The same tokens as transformers' `generate` without sampling (a test holds it to that, in float32), in less time where
prompts share their instruction and examples and answers are short.
"""

import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragvsft.core.errors import ServiceError
from ragvsft.lab.generation.loading import CausalModel

if TYPE_CHECKING:
    import torch

MIN_SHARED = 16
"""Tokens of a shared beginning from which reading it apart pays for the additional pass."""
KEEP_SHARE = 0.75
"""Finished rows are dropped once no more than this share of the batch is still writing."""


@dataclass(slots=True)
class Written:
    """What one row wrote so far."""

    tokens: list[int] = field(default_factory=list)
    """With the token that ended it."""
    stop_reason: str = ""
    """`eos`, `stop` or `length`; empty while the row is writing."""
    log_probability: float = 0.0
    """Natural logarithm of the probability of all tokens, each among those that it could have been."""

    def confidence(self, *, constrained: bool) -> float:
        """How sure the model was of what it wrote, 0-1.

        Of free text the geometric mean of its tokens' probabilities, so that a long answer is not doubted for its
        length (Malinin and Gales 2021 call its logarithm length-normalised); of a text that was one of a few, the
        probability of that text among them.

        Args:
            constrained: whether the tokens were chosen among `allowed` ones.
        """
        return math.exp(self.log_probability / (1 if constrained else max(1, len(self.tokens))))


def decode_greedy(
    model: CausalModel,
    prompts: Sequence[list[int]],
    *,
    max_new_tokens: int,
    eos: frozenset[int],
    stopped: Callable[[int, list[int]], bool],
    allowed: Callable[[int, list[int]], Sequence[int] | None] = lambda *_: None,
) -> list[Written]:
    """Write until every row has ended by itself or holds `max_new_tokens` tokens.

    Args:
        model: a causal language model in evaluation mode.
        prompts: token ids a row, none empty.
        max_new_tokens: tokens a row may write.
        eos: ids that end a row.
        stopped: whether a row (its index, the tokens written so far) has reached a stop string.
        allowed: the only tokens that may follow in a row (its index, the tokens written so far); None: any.

    Raises:
        ServiceError: the model's numbers are not finite.
    """
    import torch

    with torch.inference_mode():
        state = _Batch(model, prompts)
        rows = [Written() for _ in prompts]
        writing = list(range(len(rows)))
        next_tokens, sure = _best(state.read(), [allowed(index, []) for index in writing])
        while writing:
            keep = []
            written = zip(writing, next_tokens.tolist(), sure.tolist(), strict=True)
            for position, (index, token, log_probability) in enumerate(written):
                row = rows[index]
                if row.stop_reason:
                    continue
                row.tokens.append(token)
                row.log_probability += log_probability
                if token in eos:
                    row.stop_reason = "eos"
                elif stopped(index, row.tokens):
                    row.stop_reason = "stop"
                elif len(row.tokens) >= max_new_tokens:
                    row.stop_reason = "length"
                else:
                    keep.append(position)
            if not keep:
                break
            if len(keep) <= KEEP_SHARE * len(writing):
                writing = [writing[position] for position in keep]
                next_tokens = state.select(next_tokens, keep)
            logits = state.step(next_tokens)
            may_follow = [None if rows[i].stop_reason else allowed(i, rows[i].tokens) for i in writing]
            next_tokens, sure = _best(logits, may_follow)
    return rows


def _best(logits: "torch.Tensor", allowed: Sequence[Sequence[int] | None]) -> tuple["torch.Tensor", "torch.Tensor"]:
    """The likeliest token of each row among those that it may write, and the logarithm of its probability among them.

    Logits have shape (n_rows, n_tokens).
    """
    import torch

    best = logits.max(dim=-1)
    if not bool(best.values.isfinite().all()):
        raise ServiceError(
            f"the model's output is not finite in {logits.dtype}",
            hint="set lab.base.dtype to float32 (or to bfloat16 on a GPU)",
        )
    token: torch.Tensor = best.indices
    # In float32: a sum over the vocabulary in half of that would keep two or three digits. One fused pass, which on a
    # CPU takes a seventh of what `logsumexp` takes.
    sure: torch.Tensor = logits.float().log_softmax(dim=-1).gather(1, token[:, None])[:, 0]
    for row, ids in enumerate(allowed):
        if ids is not None:
            some = logits[row, list(ids)]
            at = int(some.argmax())
            token[row] = ids[at]
            sure[row] = some.float().log_softmax(dim=-1)[at]
    return token, sure


def shared_length(prompts: Sequence[list[int]]) -> int:
    """Tokens at the beginning that all rows have in common, at most one less than the shortest row has."""
    if len(prompts) < 2:
        return 0
    # What the smallest and the largest row share, all rows between them share too.
    first, last = min(prompts), max(prompts)
    length = 0
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        length += 1
    return min(length, min(map(len, prompts)) - 1)


class _Batch:
    """The rows that are in the model now: what they have read, what is padding, where they stand."""

    def __init__(self, model: CausalModel, prompts: Sequence[list[int]]) -> None:
        from transformers import DynamicCache
        from transformers.cache_utils import DynamicLayer

        self._model = model
        self._prompts = prompts
        self._cache = DynamicCache(config=model.config)
        named = inspect.signature(type(model).forward).parameters
        # transformers 5.24 renamed the argument.
        self._fixed: dict[str, object] = {"cache" if "cache" in named else "past_key_values": self._cache}
        if "logits_to_keep" in named:
            self._fixed["logits_to_keep"] = 1
        # A sliding window counts padding, and reading the beginning apart puts padding behind it.
        plain = all(type(layer) is DynamicLayer for layer in self._cache.layers)
        shared = shared_length(prompts) if plain else 0
        self._shared = shared if shared >= MIN_SHARED else 0

    def read(self) -> "torch.Tensor":
        """Read the prompts; the logits of each row's first token."""
        import torch

        device = self._model.device
        n_rows, shared = len(self._prompts), self._shared
        if shared:
            beginning = torch.tensor([self._prompts[0][:shared]], device=device)
            positions = torch.arange(shared, device=device)[None]
            self._forward(beginning, torch.ones_like(beginning), positions)
            self._cache.batch_repeat_interleave(n_rows)
        width = max(map(len, self._prompts)) - shared
        tokens = torch.zeros((n_rows, width), dtype=torch.long)
        mask = torch.ones((n_rows, shared + width), dtype=torch.long)
        for row, prompt in enumerate(self._prompts):
            rest = prompt[shared:]
            tokens[row, width - len(rest) :] = torch.tensor(rest)
            mask[row, shared : shared + width - len(rest)] = 0
        self._mask = mask.to(device)
        positions = (self._mask.cumsum(1) - 1).clamp_min(0)
        self._last = positions[:, -1:]
        return self._forward(tokens.to(device), self._mask, positions[:, shared:])

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Read one more token a row; the logits of the next ones."""
        import torch

        self._mask = torch.cat([self._mask, self._mask.new_ones((len(tokens), 1))], dim=1)
        self._last = self._last + 1
        return self._forward(tokens[:, None], self._mask, self._last)

    def select(self, tokens: "torch.Tensor", keep: list[int]) -> "torch.Tensor":
        """Let go of all rows but some; their tokens."""
        import torch

        rows = torch.tensor(keep, device=tokens.device)
        self._cache.batch_select_indices(rows)
        self._mask, self._last = self._mask[rows], self._last[rows]
        return tokens[rows]

    def _forward(self, tokens: "torch.Tensor", mask: "torch.Tensor", positions: "torch.Tensor") -> "torch.Tensor":
        out = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            use_cache=True,
            **self._fixed,
        )
        logits: torch.Tensor = out.logits[:, -1]
        return logits
