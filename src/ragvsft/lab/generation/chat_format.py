"""How one model wants a chat written: its template where it has one, a plain layout where it has none."""

from collections.abc import Sequence

from ragvsft.core.errors import ServiceError
from ragvsft.lab.generation.loading import Tokenizer

ROLE_NAMES = {"system": "System", "user": "User", "assistant": "Assistant"}
PLAIN_STOP = "\n\nUser:"
"""A model without a template has no token that ends a turn: it goes on with the next one."""
_PLAIN_OPENING = "Assistant:\n"
_MARK = "ragvsft-mark"
_FIXED = {
    # Templates that print today's date would give other prompts tomorrow; this is what they print without a clock.
    "date_string": "26 Jul 2024",
    # A thinking model would spend a short answer's tokens on thinking.
    "enable_thinking": False,
}


class ChatFormat:
    """Chats as prompt text, by one tokenizer.

    Args:
        tokenizer: a transformers tokenizer.

    Raises:
        ServiceError: the chat template cannot be used, or nothing can end a turn.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._template = bool(getattr(tokenizer, "chat_template", None))
        self._has_system = self._template and self._knows_system()
        self.end_of_turn = self._find_end_of_turn()
        """The token that ends an assistant's answer, as text."""

    def render(self, messages: Sequence[tuple[str, str]]) -> str:
        """A chat (role, content) as text that ends where the assistant's answer begins.

        A system message goes into the first user turn where the template has no place for one.
        """
        if not self._template:
            turns = [f"{ROLE_NAMES[role]}:{_separator(role)}{content}" for role, content in messages]
            return "\n\n".join([*turns, _PLAIN_OPENING])
        return self._apply(messages if self._has_system else _folded(messages), opening=True)

    def implied_stop(self, prompt: str) -> tuple[str, ...]:
        """Stop strings that a prompt needs beyond its own."""
        return (PLAIN_STOP,) if not self._template and prompt.endswith(_PLAIN_OPENING) else ()

    def _apply(self, messages: Sequence[tuple[str, str]], *, opening: bool) -> str:
        import jinja2

        chat = [{"role": role, "content": content} for role, content in messages]
        try:
            text = self._tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=opening, **_FIXED)
        except jinja2.TemplateError as error:
            raise ServiceError(
                f"the model's chat template refuses a chat: {error}",
                hint="take the style few_shot_completion, which needs no template, or another model",
            ) from error
        return str(text)

    def _knows_system(self) -> bool:
        try:
            return _MARK in self._apply([("system", _MARK), ("user", "a")], opening=True)
        except ServiceError:
            return False

    def _find_end_of_turn(self) -> str:
        special = set(self._tokenizer.all_special_ids) | {
            token_id for token_id, token in self._tokenizer.added_tokens_decoder.items() if token.special
        }
        if self._template:
            after = self._apply([("user", "a"), ("assistant", _MARK)], opening=False).partition(_MARK)[2]
            for token_id in self._tokenizer(after, add_special_tokens=False)["input_ids"]:
                if token_id in special:
                    return str(self._tokenizer.convert_ids_to_tokens(token_id))
        if self._tokenizer.eos_token is None:
            raise ServiceError(
                "the model's tokenizer has no token that ends a text",
                hint="add eos_token to its tokenizer_config.json",
            )
        return str(self._tokenizer.eos_token)


def _separator(role: str) -> str:
    # An answer starts on a line of its own, so that it has the same tokens with and without a prompt before it.
    return "\n" if role == "assistant" else " "


def _folded(messages: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    system = "\n\n".join(content for role, content in messages if role == "system")
    rest = [(role, content) for role, content in messages if role != "system"]
    if not system:
        return rest
    first = next((i for i, (role, _) in enumerate(rest) if role == "user"), None)
    if first is None:
        return [("user", system), *rest]
    rest[first] = ("user", f"{system}\n\n{rest[first][1]}")
    return rest
