"""The engine that runs a model with transformers in this process: greedy, one padded batch a call.

How tokens are chosen is `decoding`'s business, adapters are `adapters`', chats `chat_format`'s, device and number
format `placement`'s.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ragvsft.config.experiment import Base
from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.lab.choices import Choices
from ragvsft.lab.generation.adapters import AdapterShelf
from ragvsft.lab.generation.base import Generation, Told
from ragvsft.lab.generation.chat_format import ChatFormat
from ragvsft.lab.generation.decoding import Written, decode_greedy
from ragvsft.lab.generation.loading import CausalModel, Tokenizer, is_out_of_memory, load_model, load_tokenizer
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.placement import place, wait_briefly
from ragvsft.lab.prompts import Prompt, first_stop

END_OF_TEXT = "<|endoftext|>"
"""Ends a document in pre-training. Chat models' configurations often leave it out, and what follows is another text."""
_TAIL_TOKENS = 8
_TELL_EVERY_S = 0.04
"""Often enough to be read as it is written; each time the whole text is decoded anew."""


class TransformersGenerator:
    """A causal language model with its tokenizer and adapters.

    Args:
        model: from `resolve_model`.
        base: the experiment's settings; `auto` is resolved here, see `device`, `dtype` and `threads`.

    Raises:
        ServiceError: the device is missing, or the folder does not hold a model that can be run.
    """

    def __init__(self, model: ResolvedModel, base: Base) -> None:
        wait_briefly()
        placement = place(base)
        self.device = placement.device
        self.dtype = placement.dtype
        self.threads = placement.threads
        self._name = model.name
        self._tokenizer = load_tokenizer(model)
        self._model = load_model(model, dtype=placement.dtype, device=placement.device)
        self._chat = ChatFormat(self._tokenizer)
        self._bos = _native_bos(self._tokenizer)
        self._eos = _end_tokens(self._tokenizer, self._model, self._chat.end_of_turn)
        self._context = getattr(self._model.config.get_text_config(decoder=True), "max_position_embeddings", None)
        self._shelf = AdapterShelf(self._model, model)

    @property
    def context_tokens(self) -> int | None:
        """Tokens of prompt and answer together that the model can hold; None: it names no limit."""
        return self._context

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens written in the text counted as one each."""
        return [len(ids) for ids in self._tokenize(texts)]

    def render_chat(self, messages: Sequence[tuple[str, str]]) -> str:
        """A chat (role, content) as prompt text that ends where the assistant's answer begins.

        Raises:
            ServiceError: the model's chat template refuses the chat.
        """
        return self._chat.render(messages)

    def end_of_turn(self) -> str:
        """The text that ends an assistant's answer in training rows."""
        return self._chat.end_of_turn

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """What the model reads for each prompt: its tokens, led by the model's own first token exactly once."""
        found = self._tokenize(texts)
        if self._bos is None:
            return [ids or [min(self._eos)] for ids in found]
        return [ids if ids[:1] == [self._bos] else [self._bos, *ids] for ids in found]

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
            UsageError: `max_new_tokens` leaves no room for a prompt.
        """
        if not prompts:
            return []
        whole = self.encode([prompt.text for prompt in prompts])
        read = [self._fitted(ids, max_new_tokens) for ids in whole]
        stops = [(*prompt.stop, *self._chat.implied_stop(prompt.text)) for prompt in prompts]
        self._shelf.put_on(adapter)
        choices = [self._choices(prompt) for prompt in prompts]
        written = self._write(read, stops, choices, max_new_tokens, told)
        return [
            self._generation(
                row,
                stop,
                prompt_tokens=len(ids),
                truncated_tokens=len(all_ids) - len(ids),
                confidence=row.confidence(constrained=given is not None),
            )
            for row, stop, given, ids, all_ids in zip(written, stops, choices, read, whole, strict=True)
        ]

    @contextmanager
    def unmerged(self, adapter: Path) -> Iterator[None]:
        """While it lasts, what is generated without an adapter is written with this one, beside the base's weights.

        Raises:
            DataError: the adapter does not fit the model.
        """
        base = self._model
        with self._shelf.beside(adapter) as self._model:
            try:
                yield
            finally:
                self._model = base

    def _choices(self, prompt: Prompt) -> Choices | None:
        """What a prompt's answer must be one of; None: it may be any text."""
        if not prompt.choices:
            return None
        # A stop string of one token ends a text that is the beginning of another one.
        ends = {ids[0] for ids in self._tokenize(prompt.stop) if len(ids) == 1}
        return Choices(self._tokenize(prompt.choices), self._eos | ends)

    def _write(
        self,
        read: list[list[int]],
        stops: list[tuple[str, ...]],
        choices: list[Choices | None],
        max_new_tokens: int,
        told: Told | None,
    ) -> list[Written]:
        import torch

        # A stop string can be no longer, in tokens, than in bytes.
        tails = [max((len(text.encode()) for text in stop), default=0) + _TAIL_TOKENS for stop in stops]

        told_at = [0.0] * len(read)

        def tell(row: int, tokens: list[int]) -> None:
            now = time.monotonic()
            if told is None or now - told_at[row] < _TELL_EVERY_S:
                return
            told_at[row] = now
            text = self._decode(tokens)
            # A character of several tokens is told once it is whole.
            told(row, text[: first_stop(text, stops[row])].rstrip("\ufffd"))

        def stopped(row: int, tokens: list[int]) -> bool:
            tell(row, tokens)
            given = choices[row]
            if given is not None and given.is_complete(tokens):
                return True
            return bool(stops[row]) and first_stop(self._decode(tokens[-tails[row] :]), stops[row]) is not None

        def allowed(row: int, tokens: list[int]) -> list[int] | None:
            given = choices[row]
            return None if given is None else given.allowed(tokens)

        try:
            return decode_greedy(
                self._model, read, max_new_tokens=max_new_tokens, eos=self._eos, stopped=stopped, allowed=allowed
            )
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not is_out_of_memory(error):
                raise
            if self.device == "cuda":
                torch.cuda.empty_cache()
            longest = max(map(len, read))
            raise ServiceError(
                f"out of memory on {self.device}: a batch of {len(read)} rows x {longest} + {max_new_tokens} tokens",
                hint="lower lab.base.batch_tokens or lab.base.max_rows",
            ) from error

    def _generation(
        self, row: Written, stop: tuple[str, ...], *, prompt_tokens: int, truncated_tokens: int, confidence: float
    ) -> Generation:
        text = self._decode(row.tokens[:-1] if row.stop_reason == "eos" else row.tokens)
        end = first_stop(text, stop)
        return Generation(
            text=text[:end],
            stop_reason=row.stop_reason if end is None else "stop",
            prompt_tokens=prompt_tokens,
            output_tokens=len(row.tokens),
            truncated_tokens=truncated_tokens,
            confidence=confidence,
        )

    def _tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        found = self._tokenizer(
            list(texts), add_special_tokens=False, return_attention_mask=False, return_token_type_ids=False
        )
        ids: list[list[int]] = found["input_ids"]
        return ids

    def _fitted(self, ids: list[int], max_new_tokens: int) -> list[int]:
        room = len(ids) if self._context is None else self._context - max_new_tokens
        if room < 1:
            raise UsageError(
                f"max_new_tokens {max_new_tokens} leaves no room for a prompt in {self._name},"
                f" whose context is {self._context} tokens",
                hint="lower lab.base.max_new_tokens",
            )
        if len(ids) <= room:
            return ids
        # The question stands last. A model that knows no text without its first token keeps that, too.
        return [self._bos, *ids[len(ids) - room + 1 :]] if self._bos is not None else ids[len(ids) - room :]

    def _decode(self, tokens: list[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def _native_bos(tokenizer: Tokenizer) -> int | None:
    """The token that the tokenizer puts before every text; None where it puts none."""
    ids = tokenizer("a")["input_ids"]
    return int(ids[0]) if ids and tokenizer.bos_token_id is not None and ids[0] == tokenizer.bos_token_id else None


def _end_tokens(tokenizer: Tokenizer, model: CausalModel, end_of_turn: str) -> frozenset[int]:
    configured = model.generation_config.eos_token_id
    found = set(configured) if isinstance(configured, list) else {configured}
    found |= {tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(end_of_turn)}
    found |= {i for i, token in tokenizer.added_tokens_decoder.items() if token.content == END_OF_TEXT}
    return frozenset(int(token) for token in found if token is not None)
