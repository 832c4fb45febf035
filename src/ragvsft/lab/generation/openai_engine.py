"""The engine that asks a server which speaks OpenAI's API: vLLM, llama.cpp, Ollama, `transformers serve`, OpenAI.

Chat styles go to /chat/completions as messages, and the server applies the model's own template; completion styles go
to /completions as they stand. A prompt never goes to the other place: it would be another prompt.

A prompt that is too long is not cut: there is no tokenizer here to cut it with, so the question is recorded as failed.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from ragvsft.config.experiment import Base
from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.core.hashing import text_hash
from ragvsft.lab.generation.background_loop import BackgroundLoop
from ragvsft.lab.generation.base import Generation, Told
from ragvsft.lab.generation.chat_text import ChatText
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.server_answers import (
    CONTEXT,
    FILTERED,
    StreamedAnswer,
    UnusableAnswerError,
    failed,
    generation_from,
)
from ragvsft.lab.generation.server_requests import ServerRequests
from ragvsft.lab.prompts import Prompt, first_stop
from ragvsft.runs.environment import usable_cores

CHARACTERS_PER_TOKEN = 4
"""Only for dealing prompts into batches; what a run records is what the server counted."""
ANSWER_TRIES = 3
"""For answers that arrive whole and hold no text."""


def served_model(base: Base) -> ResolvedModel:
    """A model by its server's address and its name there: nobody here sees its weights."""
    address = (base.base_url or "").rstrip("/")
    return ResolvedModel(
        name=base.model,
        folder=Path(),
        revision="served",
        weights_sha256=f"served-{text_hash(address, base.model)[:32]}",
    )


class OpenAIGenerator:
    """A served model, greedy as far as its server is.

    Args:
        base: engine `openai`.

    Raises:
        ServiceError: the key's variable is not set, the server cannot be reached, or it refuses the key.
    """

    def __init__(self, base: Base) -> None:
        self.threads = base.threads or usable_cores()
        self.device = "cuda" if base.device == "cuda" else "cpu"
        """Of what runs here: the embedder."""
        self._base = base
        self._chats = ChatText()
        self._limit = "max_tokens"
        self._loop = BackgroundLoop()
        try:
            self._server = ServerRequests(base)
            self._loop.run(self._server.check())
        except BaseException:
            self._loop.close()
            raise

    def close(self) -> None:
        """Close the connections."""
        self._loop.run(self._server.close())
        self._loop.close()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """About how many tokens each text has, by its length: the server's vocabulary is not known here."""
        return [-(-len(text) // CHARACTERS_PER_TOKEN) for text in texts]

    def render_chat(self, messages: Sequence[tuple[str, str]]) -> str:
        """A chat (role, content) as the text under which `generate` finds it again."""
        return self._chats.render(messages)

    def end_of_turn(self) -> str:
        """Empty: only training rows need it, and a served model is not trained."""
        return ""

    @property
    def context_tokens(self) -> None:
        """Not known here: the server says so when a prompt is too long."""
        return

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        max_new_tokens: int,
        adapter: Path | None = None,
        told: Told | None = None,
    ) -> list[Generation]:
        """One generation a prompt, in order; one that its server cannot answer is a failure.

        Raises:
            ServiceError: the server is away, stays busy, refuses the key, or answers nothing at all.
            UsageError: an adapter is given.
        """
        if adapter is not None:
            raise UsageError(
                f"{self._base.model} is served, and cannot be given the adapter {adapter.name}",
                hint="set lab.base.engine to transformers, or take out the arms with an adapter",
            )
        if not prompts:
            return []
        return self._loop.run(self._ask_all(prompts, max_new_tokens, told))

    async def _ask_all(self, prompts: Sequence[Prompt], max_new_tokens: int, told: Told | None) -> list[Generation]:
        asked = [
            asyncio.create_task(self._ask(prompt, max_new_tokens, partial(told, row) if told else None))
            for row, prompt in enumerate(prompts)
        ]
        try:
            found = await asyncio.gather(*asked)
        except BaseException:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
            raise
        unproven = [generation for generation, proven in found if not proven]
        if len(unproven) == len(found):
            # All of them failed: does the server answer anything of this kind? If not, no question is to blame.
            _, proven = await self._ask(self._easy(prompts[0]), 1)
            if not proven:
                raise self._server.unusable(unproven[0].failure or "")
        return [generation for generation, _ in found]

    def _easy(self, prompt: Prompt) -> Prompt:
        is_chat = self._chats.messages(prompt.text) is not None
        return Prompt(text=self._chats.render([("user", "Hello")]) if is_chat else "Hello")

    async def _ask(
        self, prompt: Prompt, max_new_tokens: int, tell: Callable[[str], None] | None = None
    ) -> tuple[Generation, bool]:
        """What came of a prompt, and whether that shows that the server works."""
        chat = self._chats.messages(prompt.text)
        path = "completions" if chat is None else "chat/completions"
        why = ""
        if tell is not None:
            streamed = await self._streamed(path, self._body(prompt, chat, max_new_tokens), prompt.stop, tell)
            if streamed is not None:
                return streamed, True
        for _ in range(ANSWER_TRIES):
            body = self._body(prompt, chat, max_new_tokens)
            reply = await self._server.post(path, body)
            said = reply.complaint
            if reply.status == 200:
                try:
                    return generation_from(reply.body, prompt.stop), True
                except UnusableAnswerError as error:
                    why = str(error)
                    continue
            if reply.status in (404, 405, 501):
                raise self._missing(path, said.message)
            if reply.status == 413 or (reply.status in (0, 400, 422) and said.about_length):
                return failed(f"{CONTEXT}: the prompt does not fit the model and was not cut ({said.message})"), True
            if said.about_content:
                return failed(f"{FILTERED}: {said.message}"), True
            if reply.status == 400 and "max_tokens" in body and "max_completion_tokens" in said.message:
                self._limit = "max_completion_tokens"
                continue
            told = f"status {reply.status}" if reply.status else said.code
            return failed(f"the server gave no answer ({told}): {said.message}"), False
        return failed(f"the server gave no answer: {why}"), False

    async def _streamed(
        self, path: str, body: dict[str, object], stops: tuple[str, ...], tell: Callable[[str], None]
    ) -> Generation | None:
        """An answer told as it is written; None: it did not come whole, and is to be asked for in one piece."""
        answer, counted = StreamedAnswer(), {"stream_options": {"include_usage": True}}
        try:
            async for line in self._server.lines(path, body | {"stream": True} | counted):
                answer.take(line)
                tell(answer.text[: first_stop(answer.text, stops)])
            return answer.generation(stops)
        except UnusableAnswerError:
            return None

    def _body(self, prompt: Prompt, chat: Sequence[tuple[str, str]] | None, max_new_tokens: int) -> dict[str, object]:
        body: dict[str, object] = {"model": self._base.model, "temperature": 0, self._limit: max_new_tokens}
        if chat is None:
            body["prompt"] = prompt.text
        else:
            body["messages"] = [{"role": role, "content": content} for role, content in chat]
        if prompt.stop:
            body["stop"] = list(prompt.stop)
        return body

    def _missing(self, path: str, message: str) -> ServiceError:
        others = "chat and few_shot_chat" if path == "completions" else "completion and few_shot_completion"
        return ServiceError(
            f"{self._server.address}/{path} does not serve {self._base.model}: {message}",
            hint=f"check model and base_url; a server without /{path} can be asked in the styles {others} "
            "(an arm's style, lab.search.styles)",
        )
