"""Answers of a model while it is trained, for the dev score: greedy, in batches, with the layers as they are now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ragvsft.lab.choices import Choices
from ragvsft.lab.finetuning.encoding import encode_completions, encode_prompts
from ragvsft.lab.finetuning.loading import computing
from ragvsft.lab.number_format import NumberFormat
from ragvsft.lab.prompts import Prompt, first_stop

if TYPE_CHECKING:
    import torch

MAX_ROWS = 32


def answer_prompts(
    model: Any,  # noqa: ANN401 - a PEFT model
    tokenizer: Any,  # noqa: ANN401
    prompts: Sequence[Prompt],
    *,
    number_format: NumberFormat,
    ends: frozenset[int],
    max_new_tokens: int,
) -> list[str]:
    """What the model writes after each prompt, in order, without the stop string and special tokens.

    Args:
        model: left in evaluation mode.
        tokenizer: the base model's.
        prompts: as the arms will ask them.
        number_format: of the training.
        ends: tokens that end an answer.
        max_new_tokens: tokens of an answer, at most.
    """
    encoded = encode_prompts([prompt.text for prompt in prompts], tokenizer)
    by_length = sorted(range(len(prompts)), key=lambda i: -len(encoded[i]))
    answers = [""] * len(prompts)
    model.eval()
    with computing(model, number_format):
        for at in range(0, len(by_length), MAX_ROWS):
            chosen = by_length[at : at + MAX_ROWS]
            stops = [prompts[i].stop for i in chosen]
            choices = [
                Choices(encode_completions(prompts[i].choices, tokenizer), ends) for i in chosen if prompts[i].choices
            ]
            rows = _write(model, tokenizer, [encoded[i] for i in chosen], stops, choices, ends, max_new_tokens)
            for i, text in zip(chosen, rows, strict=True):
                answers[i] = text
    return answers


def _write(
    model: Any,  # noqa: ANN401
    tokenizer: Any,  # noqa: ANN401
    prompts: Sequence[Sequence[int]],
    stops: Sequence[tuple[str, ...]],
    choices: Sequence[Choices],
    ends: frozenset[int],
    max_new_tokens: int,
) -> list[str]:
    import torch

    width = max(map(len, prompts))
    tokens = torch.zeros((len(prompts), width), dtype=torch.long)
    mask = torch.zeros_like(tokens)
    for line, prompt in enumerate(prompts):
        tokens[line, width - len(prompt) :] = torch.tensor(prompt, dtype=torch.long)
        mask[line, width - len(prompt) :] = 1

    def texts(so_far: "torch.Tensor") -> list[str]:
        found: list[str] = tokenizer.batch_decode(
            so_far[:, width:], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return found

    def stopped(so_far: "torch.Tensor", _: object, **__: object) -> "torch.Tensor":
        reached = [
            any(stop in text for stop in stop_strings) for stop_strings, text in zip(stops, texts(so_far), strict=True)
        ]
        return torch.tensor(reached, device=so_far.device)

    def allowed(row: int, so_far: "torch.Tensor") -> list[int]:
        return choices[row].allowed(so_far[width:].tolist())

    with torch.inference_mode():
        written = model.generate(
            input_ids=tokens.to(model.device),
            attention_mask=mask.to(model.device),
            do_sample=False,
            max_new_tokens=max_new_tokens,
            eos_token_id=sorted(ends) or None,
            pad_token_id=min(ends) if ends else 0,
            stopping_criteria=[stopped] if any(stops) else None,
            prefix_allowed_tokens_fn=allowed if choices else None,
        )
    return [text[: first_stop(text, some)] for text, some in zip(texts(written), stops, strict=True)]
