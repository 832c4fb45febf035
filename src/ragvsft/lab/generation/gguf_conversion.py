"""A GGUF file as an ordinary folder of safetensors, made once and kept in the user's cache.

transformers de-quantises the weights. Its tokenizer is not taken: it drops the step that cuts numbers into digits.
The tokenizer is written out of the GGUF's own tables instead, byte for byte as it was published, and its hash checked.

The weights stay in float32, which holds scale x integer + offset exactly; float16 would round 4 of 10 of them and
bfloat16 8 of 10, before training and merging add to them. The served number format is rounded to only at the end.
"""

import copy
import io
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stderr
from hashlib import sha256 as new_sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import filelock

from ragvsft.core.errors import ServiceError
from ragvsft.core.hashing import files_hash
from ragvsft.lab.generation.quiet import quiet_transformers

CONVERTER = 1
"""Raised whenever the same GGUF would give another folder."""
MANIFEST = "conversion.json"
WAIT_S = 900.0
"""Seconds to wait for another process that is converting."""
_CONTROL = 3
"""The token type of special tokens in a GGUF."""
_BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
_PRE_TOKENIZERS: dict[str, dict[str, Any]] = {
    "smollm": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, _BYTE_LEVEL]},
}


def convert_once(gguf: Path, cache: Path, *, sha256: str, tokenizer_sha256: str) -> tuple[Path, str]:
    """The converted folder of a GGUF and the SHA-256 of its `model.safetensors`; converts it at the first call.

    A folder whose files no longer have the hashes that its manifest recorded is converted anew.

    Args:
        gguf: the file, its hash already checked.
        cache: the folder that holds converted models.
        sha256: of the GGUF; part of the converted folder's name.
        tokenizer_sha256: of the published `tokenizer.json`.

    Raises:
        ServiceError: the cache cannot be written, the libraries are missing, or the tokenizer does not come out right.
    """
    target = cache / f"{gguf.name.split('.')[0].lower()}-{sha256[:12]}-{CONVERTER}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(target.with_name(target.name + ".lock"), timeout=WAIT_S):
            weights = _verified(target)
            if weights is None:
                weights = _convert(gguf, target, sha256, tokenizer_sha256)
            return target, weights
    except filelock.Timeout as error:
        raise ServiceError(
            f"another process has been converting {gguf.name} for {WAIT_S / 60:.0f} minutes",
            hint=f"if none is, delete {error.lock_file}",
        ) from error
    except OSError as error:
        raise ServiceError(
            f"{gguf.name} cannot be converted in {cache}: {error.strerror or error}",
            hint="set RAGVSFT_CACHE to a folder with 1.5 GB of space that you may write to",
        ) from error


def _verified(target: Path) -> str | None:
    """The weights' hash, or None where the folder is missing or not what was written."""
    try:
        recorded: dict[str, str] = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
        return recorded["model.safetensors"] if files_hash(target, recorded) == recorded else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _convert(gguf: Path, target: Path, sha256: str, tokenizer_sha256: str) -> str:
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _write_tokenizer(gguf, work, tokenizer_sha256)
        _write_weights(gguf, work)
        files = files_hash(work, [path.name for path in work.iterdir()])
        manifest = {
            "source": gguf.name,
            "source_sha256": sha256,
            "converter": CONVERTER,
            "made_with": {name: version(name) for name in ("gguf", "safetensors", "torch", "transformers")},
            "files": files,
        }
        (work / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        # A process that still reads a damaged folder keeps its open files.
        shutil.rmtree(target, ignore_errors=True)
        work.chmod(0o755)
        work.replace(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return files["model.safetensors"]


def _write_tokenizer(gguf: Path, work: Path, tokenizer_sha256: str) -> None:
    from gguf import GGUFReader

    reader = GGUFReader(gguf)

    def field(name: str) -> Any:  # noqa: ANN401 - a GGUF field holds what it holds
        found = reader.fields.get(name)
        return found.contents() if found is not None else None

    tokens: list[str] = field("tokenizer.ggml.tokens")
    layout = field("tokenizer.ggml.pre")
    if field("tokenizer.ggml.model") != "gpt2" or layout not in _PRE_TOKENIZERS:
        raise ServiceError(f"the tokenizer of {gguf.name} has an unknown layout: {layout}", hint="take safetensors")
    text = _tokenizer_json(
        tokens, field("tokenizer.ggml.token_type"), field("tokenizer.ggml.merges"), _PRE_TOKENIZERS[layout]
    )
    if new_sha256(text.encode()).hexdigest() != tokenizer_sha256:
        raise ServiceError(
            f"the tokenizer made from {gguf.name} is not the published one",
            hint="install the version of gguf that ragvsft's own checks use, and report this",
        )
    (work / "tokenizer.json").write_bytes(text.encode())
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[field("tokenizer.ggml.bos_token_id")],
        "eos_token": tokens[field("tokenizer.ggml.eos_token_id")],
        "unk_token": tokens[field("tokenizer.ggml.unknown_token_id")],
        "pad_token": tokens[field("tokenizer.ggml.padding_token_id")],
        "model_max_length": int(field("llama.context_length")),
        "clean_up_tokenization_spaces": False,
    }
    (work / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    (work / "chat_template.jinja").write_text(field("tokenizer.chat_template"), encoding="utf-8")


def _tokenizer_json(
    tokens: Sequence[str], types: Sequence[int], merges: Sequence[str], pre_tokenizer: dict[str, Any]
) -> str:
    """`tokenizer.json` of a byte-level BPE, laid out as the tokenizers library writes it."""
    special = [
        {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": True}
        for i, (token, kind) in enumerate(zip(tokens, types, strict=True)) if kind == _CONTROL
    ]  # fmt: skip
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": {token: i for i, token in enumerate(tokens)},
        "merges": list(merges),
    }
    whole = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": None,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": None,
        "decoder": {**_BYTE_LEVEL, "add_prefix_space": True},
        "model": model,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _write_weights(gguf: Path, work: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    # The bar of de-quantising asks no one whether it is wanted.
    with quiet_transformers(), redirect_stderr(io.StringIO()):
        quantised = AutoModelForCausalLM.from_pretrained(
            gguf.parent, gguf_file=gguf.name, dtype=torch.float32, local_files_only=True
        )
        config = copy.deepcopy(quantised.config)
        # Trainers and savers refuse a model that still calls itself quantised, so a plain one takes the weights.
        for leftover in ("quantization_config", "_model_name_or_path"):
            if hasattr(config, leftover):
                delattr(config, leftover)
        auto: Any = AutoModelForCausalLM
        plain = auto.from_config(config, dtype=torch.float32)
        plain.load_state_dict(quantised.state_dict())
        plain.generation_config = copy.deepcopy(quantised.generation_config)
        plain.save_pretrained(work)
