"""Training rows as tokens: what the model reads, and where its loss begins. Knows a tokenizer, no model.

A prompt is encoded as the generation engine encodes it: no special tokens beyond those written in the text, led by
the model's own first token exactly once where its tokenizer puts one before every text.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ragvsft.core.errors import TrainingError
from ragvsft.lab.finetuning.rows import TrainingRow

MAX_LEFT_OUT = 0.2
"""The share of rows that may be left out before the training is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A row as the model reads it."""

    tokens: tuple[int, ...]
    """Prompt and completion."""
    n_prompt: int
    """Tokens before the completion, at least one; the loss is on those after them."""
    fact_id: str

    @property
    def n_supervised(self) -> int:
        """Tokens that the loss is taken on."""
        return len(self.tokens) - self.n_prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedSchedule:
    """The rows of every epoch as tokens, and what had to be left out."""

    epochs: tuple[tuple[TokenRow, ...], ...]
    n_too_long: int
    n_empty: int
    """Rows whose completion has no tokens."""

    @property
    def n_rows(self) -> int:
        """Rows kept."""
        return sum(map(len, self.epochs))


def encode_schedule(
    schedule: Sequence[Sequence[TrainingRow]],
    tokenizer: Any,  # noqa: ANN401 - transformers has no one type for tokenizers
    *,
    max_length: int,
) -> EncodedSchedule:
    """Encode a schedule; rows over `max_length` tokens and rows without a completion are left out and counted.

    Raises:
        TrainingError: no row is left, or more than a fifth of them is left out.
    """
    rows = [row for epoch in schedule for row in epoch]
    encoded = dict(zip(_unique(rows), _encode(_unique(rows), tokenizer), strict=True))
    epochs: list[tuple[TokenRow, ...]] = []
    left_out: Counter[str] = Counter()
    lengths: list[int] = []
    for epoch in schedule:
        kept = []
        for row in epoch:
            prompt, completion = encoded[row.prompt, row.completion]
            lengths.append(len(prompt) + len(completion))
            if not completion or not row.completion.strip():
                left_out["empty"] += 1
            elif len(prompt) + len(completion) > max_length:
                left_out["too_long"] += 1
            else:
                kept.append(TokenRow(tokens=(*prompt, *completion), n_prompt=len(prompt), fact_id=row.fact_id))
        epochs.append(tuple(kept))
    n_left_out = sum(left_out.values())
    if n_left_out == len(rows) or n_left_out > MAX_LEFT_OUT * len(rows):
        raise TrainingError(
            f"{n_left_out} of {len(rows)} training rows cannot be used: {left_out['too_long']} are longer than"
            f" max_length {max_length} tokens (the longest has {max(lengths, default=0)}),"
            f" {left_out['empty']} have an empty completion",
            hint="raise the adapter's max_length, lower its distractors, or cut shorter passages"
            if left_out["too_long"]
            else "check the training questions' answers",
        )
    return EncodedSchedule(epochs=tuple(epochs), n_too_long=left_out["too_long"], n_empty=left_out["empty"])


def native_bos(tokenizer: Any) -> int | None:  # noqa: ANN401
    """The token that the tokenizer puts before every text; None where it puts none."""
    ids = tokenizer("a")["input_ids"]
    return int(ids[0]) if ids and tokenizer.bos_token_id is not None and ids[0] == tokenizer.bos_token_id else None


def encode_prompts(texts: Sequence[str], tokenizer: Any) -> list[list[int]]:  # noqa: ANN401
    """Tokens of each prompt as the model reads it."""
    if not texts:
        return []
    found: list[list[int]] = tokenizer(
        list(texts), add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False
    )["input_ids"]
    bos = native_bos(tokenizer)
    return found if bos is None else [ids if ids[:1] == [bos] else [bos, *ids] for ids in found]


def _unique(rows: Sequence[TrainingRow]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((row.prompt, row.completion) for row in rows))


def _encode(
    texts: Sequence[tuple[str, str]],
    tokenizer: Any,  # noqa: ANN401
) -> list[tuple[list[int], list[int]]]:
    """Tokens of prompt and completion.

    The completion's are those that it has after the prompt. Where the tokenizer would join the two over their border,
    it is encoded alone, because at its end the model has read the prompt's own tokens and no others.
    """
    prompts = encode_prompts([prompt for prompt, _ in texts], tokenizer)
    whole = encode_prompts([prompt + completion for prompt, completion in texts], tokenizer)
    joined = [i for i, prompt in enumerate(prompts) if whole[i][: len(prompt)] != prompt]
    alone = encode_completions([texts[i][1] for i in joined], tokenizer)
    completions = [ids[len(prompt) :] for prompt, ids in zip(prompts, whole, strict=True)]
    for i, ids in zip(joined, alone, strict=True):
        completions[i] = ids
    return list(zip(prompts, completions, strict=True))


def encode_completions(texts: Sequence[str], tokenizer: Any) -> list[list[int]]:  # noqa: ANN401
    """Tokens of each completion by itself."""
    if not texts:
        return []
    found: list[list[int]] = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    return found
