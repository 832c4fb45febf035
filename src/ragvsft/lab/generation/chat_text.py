"""Chats as one text that can be taken apart again, for servers that take messages and have a template of their own.

A run records this text as the prompt: who says what, without the special tokens that only the server knows.
"""

import re
from collections.abc import Sequence

Chat = list[tuple[str, str]]

_ROLES = ("system", "user", "assistant")
_SIGN = "\N{SYMBOL FOR RECORD SEPARATOR}"
_TURN = re.compile(rf"(?:\A|\n\n){_SIGN}({'|'.join(_ROLES)})\n")


class ChatText:
    """Writes chats as text, and knows which of its texts are chats."""

    def __init__(self) -> None:
        self._odd: dict[str, Chat] = {}
        """Chats that hold the sign between turns themselves, and cannot be told from their text."""

    def render(self, messages: Sequence[tuple[str, str]]) -> str:
        """A chat (role, content) as text; every content stands in it unchanged."""
        chat = [(role, content) for role, content in messages]
        text = "\n\n".join(f"{_SIGN}{role}\n{content}" for role, content in chat)
        if _split(text) != chat:
            self._odd[text] = chat
        return text

    def messages(self, text: str) -> Chat | None:
        """The chat of a rendered text; None: it is no chat."""
        return self._odd.get(text) or _split(text)


def _split(text: str) -> Chat | None:
    if not text.startswith(_SIGN):
        return None
    pieces = _TURN.split(text)
    if pieces[0]:
        return None
    return list(zip(pieces[1::2], pieces[2::2], strict=True))
