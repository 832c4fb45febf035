"""Counts tokens with a model's own `tokenizer.json`: as the embedder does, without its weights and without torch."""

from collections.abc import Sequence
from pathlib import Path

from ragvsft.core.errors import ServiceError
from ragvsft.data.chunking import CountTokens


def token_counter(file: Path) -> CountTokens:
    """A function that counts the tokens of texts, without special tokens and never truncated.

    Args:
        file: a `tokenizer.json`.

    Raises:
        ServiceError: the library is not installed, or the file is no tokenizer.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise ServiceError("tokenizers is not installed", hint="pip install 'ragvsft[train]'") from error
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises a bare Exception
        raise ServiceError(f"{file} is no tokenizer: {error}", hint="install the model anew") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def count(texts: Sequence[str]) -> list[int]:
        return [len(encoded.ids) for encoded in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    return count
