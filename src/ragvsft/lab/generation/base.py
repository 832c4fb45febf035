"""What a generator is: prompts in, one generation each out. Knows no model library."""

from collections.abc import Sequence
from dataclasses import dataclass
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

    @property
    def answer(self) -> str | None:
        """The text without white space around it; None: there is none."""
        return self.text.strip() if self.failure is None else None


class Generator(Protocol):
    """A model that writes. Greedy: the same batch gives the same texts."""

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
        self, prompts: Sequence[Prompt], *, max_new_tokens: int, adapter: Path | None = None
    ) -> list[Generation]:
        """One generation a prompt, in order, as one padded batch.

        Raises:
            ServiceError: the model cannot be run (out of memory names the batch).
            DataError: the adapter does not fit the model or changes nothing.
        """
        ...
