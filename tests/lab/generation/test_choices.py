"""Constrained decoding writes one of the given texts, the likeliest token at every step, and nothing else."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from ragvsft.config.experiment import Base
from ragvsft.lab.choices import Choices
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.prompts import Prompt

TinyModel = Callable[..., ResolvedModel]
END = frozenset({9})
LABELS = ("yes", "no", "maybe", "maybe not")


def test_a_tree_of_tokens() -> None:
    choices = Choices([(1, 2), (1, 3), (4,), (4, 5)], END)
    assert choices.allowed([]) == [1, 4]
    assert choices.allowed([1]) == [2, 3]
    assert choices.allowed([4]) == [5, 9], "one text is the beginning of another: it may end here"
    assert choices.allowed([1, 2]) == [9]
    assert choices.is_complete([1, 2])
    assert not choices.is_complete([4])
    assert not choices.is_complete([1])


@pytest.mark.parametrize("sequences", [[], [()], [(1,), ()]])
def test_a_text_without_tokens_is_refused(sequences: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="texts that have tokens"):
        Choices(sequences, END)


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma"])
def test_any_model_writes_one_of_the_labels(family: str, tiny_model: TinyModel) -> None:
    generator = TransformersGenerator(tiny_model(family), Base(model="tiny", dtype="float32", device="cpu"))
    prompts = [
        Prompt(text=f"{'Is it so? ' * n}Answer:", stop=("\n",), choices=tuple(f" {label}" for label in LABELS))
        for n in range(1, 13)
    ]
    answers = [one.answer for one in generator.generate(prompts, max_new_tokens=16)]
    assert set(answers) <= set(LABELS)
    free = generator.generate([Prompt(text=prompt.text, stop=("\n",)) for prompt in prompts], max_new_tokens=16)
    assert not {one.answer for one in free} & set(LABELS), "a random model writes no label by itself"


def test_the_likeliest_first_token_decides(tiny_model: TinyModel) -> None:
    """Each label alone against each other: the one that wins all its pairs wins among all."""
    generator = TransformersGenerator(tiny_model("llama"), Base(model="tiny", dtype="float32", device="cpu"))
    labels = (" a", " b", " c", " d")

    def best(*choices: str) -> str:
        (said,) = generator.generate([Prompt(text="Which one? Answer:", choices=choices)], max_new_tokens=4)
        return said.text

    among_all = best(*labels)
    assert all(best(among_all, other) == among_all for other in labels if other != among_all)
    assert [best(one, one) for one, _ in pairwise(labels)] == list(labels[:-1])
