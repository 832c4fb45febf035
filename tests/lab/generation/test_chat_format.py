"""Chats as text: by the model's template, folded where it knows no system role, plain where there is no template."""

from collections.abc import Callable

import pytest

from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.transformers_engine import TransformersGenerator

TinyModel = Callable[..., ResolvedModel]
Open = Callable[[ResolvedModel], TransformersGenerator]
BOS, IM_END = 0, 3
"""Ids of <s> and <|im_end|> in the tests' tokenizer."""
CHAT = [("system", "Be short."), ("user", "Where?"), ("assistant", "Here."), ("user", "When?")]


def test_a_template_is_followed(tiny_model: TinyModel, open_float32: Open) -> None:
    engine = open_float32(tiny_model("qwen2"))
    assert engine.render_chat(CHAT) == (
        "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nWhere?<|im_end|>\n"
        "<|im_start|>assistant\nHere.<|im_end|>\n<|im_start|>user\nWhen?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert engine.end_of_turn() == "<|im_end|>"


def test_a_system_message_goes_into_the_first_user_turn_where_there_is_no_place_for_it(
    tiny_model: TinyModel, open_float32: Open
) -> None:
    engine = open_float32(tiny_model("gemma"))
    assert engine.render_chat(CHAT) == (
        "<s><|im_start|>user\nBe short.\n\nWhere?<|im_end|>\n<|im_start|>model\nHere.<|im_end|>\n"
        "<|im_start|>user\nWhen?<|im_end|>\n<|im_start|>model\n"
    )
    assert engine.end_of_turn() == "<|im_end|>"


def test_without_a_template_the_layout_is_plain(tiny_model: TinyModel, open_float32: Open) -> None:
    engine = open_float32(tiny_model("llama", template=False))
    assert engine.render_chat(CHAT) == (
        "System: Be short.\n\nUser: Where?\n\nAssistant:\nHere.\n\nUser: When?\n\nAssistant:\n"
    )
    assert engine.end_of_turn() == "</s>"


@pytest.mark.parametrize("family", ["llama", "gemma"])
def test_the_first_token_stands_there_once(family: str, tiny_model: TinyModel, open_float32: Open) -> None:
    engine = open_float32(tiny_model(family))
    chat, completion, empty = engine.encode([engine.render_chat(CHAT[1:]), "Question: Which lamp?", ""])
    bos = BOS
    assert [ids.count(bos) for ids in (chat, completion, empty)] == [1, 1, 1]
    assert chat[0] == completion[0] == empty[0] == bos


def test_a_model_without_a_first_token_gets_none(tiny_model: TinyModel, open_float32: Open) -> None:
    engine = open_float32(tiny_model("qwen2"))
    chat, completion = engine.encode([engine.render_chat(CHAT), "Question: Which lamp?"])
    assert BOS not in chat + completion


def test_special_tokens_written_out_count_as_one(tiny_model: TinyModel, open_float32: Open) -> None:
    engine = open_float32(tiny_model("qwen2"))
    assert engine.count_tokens(["<|im_start|>", "<|im_end|><|im_end|>", "", "a<|im_end|>"]) == [1, 2, 0, 2]
    assert engine.count_tokens([]) == []
    assert engine.encode(["<|im_end|>"]) == [[IM_END]]
