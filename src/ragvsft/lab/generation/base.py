"""What a generator is: prompts in, one generation each out. Knows no model library."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ragvsft.lab.prompts import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What a model wrote."""

    text: str
    """Without the prompt, the stop string and special tokens."""
    stop_reason: str
    """`eos`, `stop` or `length`; empty for a failure."""
    prompt_tokens: int
    output_tokens: int
    truncated_tokens: int = 0
    """Prompt tokens that did not fit the model's context and were cut from the front."""
    failure: str | None = None
    """Why there is no text, where a server could answer other prompts and not this one."""
    confidence: float | None = field(default=None, compare=False)
    """How sure the model was of its text, 0-1 (`decoding.Written.confidence`); None: the engine cannot tell.

    Its last digits are the batch's, so two generations that differ in nothing else are equal.
    """

    @property
    def answer(self) -> str | None:
        """The text without white space around it; None: there is none."""
        return self.text.strip() if self.failure is None else None


Told = Callable[[int, str], None]
"""Told a prompt's place in the batch and its text so far; what it raises ends the work."""


class Generator(Protocol):
    """A model that writes. Greedy: the same batch gives the same texts."""

    @property
    def context_tokens(self) -> int | None:
        """Tokens of prompt and answer together that the model can hold; None: not known here."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens written in the text counted as one each."""
        ...

    def render_chat(self, messages: Sequence[tuple[str, str]]) -> str:
        """A chat (role, content) as prompt text that ends where the assistant's answer begins."""
        ...

    def end_of_turn(self) -> str:
        """The text that ends an assistant's answer in training rows (the model's end-of-turn token)."""
        ...

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        max_new_tokens: int,
        adapter: Path | None = None,
        told: Told | None = None,
    ) -> list[Generation]:
        """One generation a prompt, in order, as one padded batch; the same whether its progress is told or not.

        Raises:
            ServiceError: the model cannot be run (out of memory names the batch).
            DataError: the adapter does not fit the model or changes nothing.
        """
        ...
