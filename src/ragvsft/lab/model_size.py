"""How large a model is, read from its config.json where one is near; loads no model and asks no network."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ragvsft.data.downloading import cache_folder
from ragvsft.lab.generation.models import BUNDLED


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSize:
    """The figures that decide what reading, writing and training cost."""

    layer_parameters: int
    """Of all layers; each token passes through them."""
    embedding_parameters: int
    lora_width: int
    """Inputs and outputs of all linear layers together: an adapter of rank r has r times as many parameters."""
    disk_bytes: int
    """What it takes up on this disk that is not there already."""
    known: bool
    """False: there was no config.json to read, and it is taken to be as large as the bundled model of its kind."""


def model_size(name: str, *, embedder: bool = False) -> ModelSize:
    """The size of a model by its name in an experiment file."""
    bundled = BUNDLED.get(name)
    for path in _configs(name):
        size = _from_config(path)
        if size is not None:
            return size
    known = bundled is not None and bundled.kind == ("embedder" if embedder else "causal")
    if embedder:
        return ModelSize(
            layer_parameters=10_616_832, embedding_parameters=11_720_448, lora_width=0, disk_bytes=0, known=known
        )
    return ModelSize(
        layer_parameters=106_168_320,
        embedding_parameters=28_311_552,
        lora_width=305_280,
        disk_bytes=540_000_000,
        known=known,
    )


def _configs(name: str) -> Iterator[Path]:
    """Where the model's configuration may lie."""
    bundled = BUNDLED.get(name)
    if bundled is not None:
        if bundled.gguf_sha256:
            yield from sorted((cache_folder() / "models").glob(f"{name.rpartition('/')[2]}-*/config.json"))
        spec = find_spec(bundled.package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            yield Path(folder) / bundled.file / "config.json"
        hub_id, revision = bundled.hub_id, bundled.hub_revision
    else:
        yield Path(name).expanduser() / "config.json"
        hub_id, _, revision = name.partition("@")
    home = Path(os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser())
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    if revision and "/" in hub_id:
        yield hub / f"models--{hub_id.replace('/', '--')}" / "snapshots" / revision / "config.json"


def _from_config(path: Path) -> ModelSize | None:
    """The size that a configuration of a usual transformer comes to; None: there is none, or it is not usual."""
    try:
        config: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        config = config.get("text_config", config)
        width, layers = int(config["hidden_size"]), int(config["num_hidden_layers"])
        inner, words = int(config["intermediate_size"]), int(config["vocab_size"])
        heads = int(config["num_attention_heads"])
        head = int(config.get("head_dim") or width // heads)
        few = int(config.get("num_key_value_heads") or heads) * head
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError):
        return None
    gated = "gelu" not in str(config.get("hidden_act", ""))
    linear = [(width, heads * head), (width, few), (width, few), (heads * head, width), (width, inner), (inner, width)]
    linear += [(width, inner)] if gated else []
    untied = 2 if config.get("tie_word_embeddings") is False else 1
    return ModelSize(
        layer_parameters=layers * sum(a * b for a, b in linear),
        embedding_parameters=untied * words * width,
        lora_width=layers * sum(a + b for a, b in linear),
        disk_bytes=0,
        known=True,
    )
