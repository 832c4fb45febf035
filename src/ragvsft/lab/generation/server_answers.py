"""What the answers of a server that speaks OpenAI's API mean: a text, a refusal of the prompt, or nothing usable."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ragvsft.lab.generation.base import Generation
from ragvsft.lab.prompts import first_stop

CONTEXT = "context_length_exceeded"
FILTERED = "content_filter"

_TOO_LONG = re.compile(
    r"(context|input|prompt|sequence)[ _](length|window|size)|too many (input )?tokens|(prompt|input)\b.{0,20}too long",
    re.IGNORECASE,
)
_SHOWN = 300
"""Characters of a server's message that are kept."""


class UnusableAnswerError(Exception):
    """The server said that all is well and sent no answer."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a server says is wrong."""

    code: str
    message: str

    @property
    def about_length(self) -> bool:
        """Whether the prompt is too long for the model."""
        return self.code == CONTEXT or bool(_TOO_LONG.search(self.message))

    @property
    def about_content(self) -> bool:
        """Whether a filter refused the prompt."""
        return FILTERED in (self.code, self.message) or "content_filter" in self.code


class StreamedAnswer:
    """The pieces of a streamed answer, put together: server-sent events as OpenAI's API sends them."""

    def __init__(self) -> None:
        self.text = ""
        self._finish: object = None
        self._usage: object = None

    def take(self, line: str) -> None:
        """Read one line of the stream.

        Raises:
            UnusableAnswerError: it is not what such a stream holds.
        """
        data = line.removeprefix("data:").strip()
        if data == line.strip() or data in ("", "[DONE]"):
            return
        try:
            piece = json.loads(data)
            self._usage = piece.get("usage") or self._usage
            for choice in (piece.get("choices") or [])[:1]:
                delta = choice.get("delta")
                self.text += _text(choice.get("text") if delta is None else delta.get("content"))
                self._finish = choice.get("finish_reason") or self._finish
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise UnusableAnswerError(f"a piece of the answer cannot be read: {_short(data)!r}") from error

    def generation(self, stops: tuple[str, ...]) -> Generation:
        """The answer as if it had come in one piece.

        Raises:
            UnusableAnswerError: it broke off before its end.
        """
        if self._finish is None:
            raise UnusableAnswerError("the answer broke off")
        choice = {"text": self.text, "finish_reason": self._finish}
        return generation_from(json.dumps({"choices": [choice], "usage": self._usage}).encode(), stops)


def generation_from(body: bytes, stops: tuple[str, ...]) -> Generation:
    """The text of a finished answer, and what the server counted.

    An empty text is an answer: the model ended at once. Tokens that the server does not count are 0.

    Raises:
        UnusableAnswerError: there is no choice in it, or it is no JSON.
    """
    try:
        answer = json.loads(body)
        choice = answer["choices"][0]
        message = choice.get("message")
        text = _text(choice.get("text") if message is None else message.get("content"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise UnusableAnswerError(f"the answer holds no text that can be read: {_short(body)!r}") from error
    usage = answer.get("usage")
    counted: Mapping[str, Any] = usage if isinstance(usage, Mapping) else {}
    reason = choice.get("finish_reason")
    if reason == FILTERED:
        return failed(f"{FILTERED}: the server withheld the answer", counted)
    # Servers say `stop` for a stop string and for the end of the text alike, and some leave the string in.
    end = first_stop(text, stops)
    ended = "stop" if stops else "eos"
    return Generation(
        text=text[:end],
        stop_reason="length" if reason == "length" and end is None else ended,
        prompt_tokens=_count(counted, "prompt_tokens"),
        output_tokens=_count(counted, "completion_tokens"),
    )


def failed(why: str, usage: Mapping[str, Any] | None = None) -> Generation:
    """A prompt without an answer."""
    return Generation(
        text="",
        stop_reason="",
        prompt_tokens=_count(usage or {}, "prompt_tokens"),
        output_tokens=_count(usage or {}, "completion_tokens"),
        failure=why,
    )


def complaint_from(body: bytes) -> Complaint:
    """What a server's error says, in the forms in which servers say it."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Complaint("", _short(body))
    found = value.get("error", value) if isinstance(value, Mapping) else value
    if isinstance(found, Mapping):
        message = found.get("message") or found.get("detail") or found
        return Complaint(str(found.get("code") or found.get("type") or ""), _short(message))
    return Complaint("", _short(found))


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    if content is None or isinstance(content, str):
        return content or ""
    raise TypeError("no text")


def _count(usage: Mapping[str, Any], key: str) -> int:
    value = usage.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _short(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    text = text if isinstance(text, str) else json.dumps(text, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
