"""Rows as tokens: where the loss begins, what is left out, and when a training is refused."""

from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ragvsft.core.errors import TrainingError
from ragvsft.lab.finetuning.encoding import encode_prompts, encode_schedule
from ragvsft.lab.finetuning.loading import load_tokenizer
from ragvsft.lab.finetuning.rows import TrainingRow

AnyTokenizer: TypeAlias = Any  # transformers has no one type for tokenizers
PROMPT = "<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> AnyTokenizer:
    return load_tokenizer(tiny_model)


def row(prompt: str = PROMPT, completion: str = "Olin<|im_end|>", fact_id: str = "f") -> TrainingRow:
    return TrainingRow(prompt=prompt, completion=completion, fact_id=fact_id, with_passages=False)


def test_the_loss_is_on_the_completion_and_its_end(tokenizer: AnyTokenizer) -> None:
    [[read]] = encode_schedule([[row()]], tokenizer, max_length=200).epochs
    assert read.n_prompt == len("user\nWho?\nassistant\n") + 3, "a token a byte, special tokens one each"
    assert tokenizer.decode(read.tokens[: read.n_prompt]) == PROMPT
    assert tokenizer.decode(read.tokens[read.n_prompt :]) == "Olin<|im_end|>"
    assert read.n_supervised == len("Olin") + 1
    assert read.tokens[-1] == tokenizer.eos_token_id


def test_a_prompt_in_training_is_the_prompt_that_is_asked(tokenizer: AnyTokenizer) -> None:
    [[read]] = encode_schedule([[row()]], tokenizer, max_length=200).epochs
    assert list(read.tokens[: read.n_prompt]) == encode_prompts([PROMPT], tokenizer)[0]


def test_a_tokenizer_that_joins_over_the_border_keeps_the_prompts_tokens() -> None:
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE(vocab={"a": 0, "b": 1, "c": 2, "ab": 3}, merges=[("a", "b")]))
    joining = PreTrainedTokenizerFast(tokenizer_object=raw)  # type: ignore[no-untyped-call]
    [[read]] = encode_schedule([[row(prompt="ca", completion="bc")]], joining, max_length=9).epochs
    assert (read.tokens, read.n_prompt) == ((2, 0, 1, 2), 2)


def test_a_tokenizers_own_first_token_stands_once(tiny_model: Path) -> None:
    from tokenizers.processors import TemplateProcessing

    leading = load_tokenizer(tiny_model)
    leading.bos_token = "<|endoftext|>"
    leading.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", leading.bos_token_id)]
    )
    plain, written = encode_prompts(["ab", "<|endoftext|>ab"], leading)
    assert plain == written
    assert plain.count(leading.bos_token_id) == 1
    [[read]] = encode_schedule([[row()]], leading, max_length=200).epochs
    assert read.tokens.count(leading.bos_token_id) == 1


def test_rows_over_max_length_are_left_out_and_counted(tokenizer: AnyTokenizer) -> None:
    long = row(prompt=PROMPT + "x" * 100)
    encoded = encode_schedule([[row()] * 4 + [long], [row()] * 5], tokenizer, max_length=60)
    assert [len(epoch) for epoch in encoded.epochs] == [4, 5]
    assert (encoded.n_rows, encoded.n_too_long) == (9, 1)


def test_more_than_a_fifth_left_out_is_refused_with_counts(tokenizer: AnyTokenizer) -> None:
    long = row(prompt=PROMPT + "x" * 100)
    with pytest.raises(TrainingError, match=r"3 of 10 .* 2 are longer than max_length 60 .* 1 have an empty") as caught:
        encode_schedule([[row()] * 7, [long, row(completion=" "), long]], tokenizer, max_length=60)
    assert "max_length" in str(caught.value.hint)


@pytest.mark.parametrize("schedule", [[], [[]], [[row(completion="")]]])
def test_nothing_to_learn_from_is_refused(tokenizer: AnyTokenizer, schedule: list[list[TrainingRow]]) -> None:
    with pytest.raises(TrainingError, match="cannot be used"):
        encode_schedule(schedule, tokenizer, max_length=60)
