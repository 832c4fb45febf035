"""Adapters merged into the base weights: checked, kept while memory lasts, put on and taken off in place.

Merging is PEFT's and happens in float32. Of a merged model only the tensors that differ from the base are kept.
Whether an adapter's files are the ones that were trained is its manifest's business, not this file's.
"""

import json
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from ragvsft.core.errors import DataError
from ragvsft.lab.generation.loading import CausalModel
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.quiet import quiet_transformers

if TYPE_CHECKING:
    import torch

CONFIG_FILE = "adapter_config.json"
WEIGHTS_FILE = "adapter_model.safetensors"
_AGAIN = "train the adapter again, or copy its folder again"
_PROBE_TOKENS = 16

Tensors = dict[str, "torch.Tensor"]
_Key = tuple[str, int, int, int]


class AdapterShelf:
    """The adapters of one served model.

    Args:
        model: the base model as served.
        base: what it was loaded from.
        max_bytes: memory for merged tensors; None takes half of what is free now. One adapter always fits.
    """

    def __init__(self, model: CausalModel, base: ResolvedModel, *, max_bytes: int | None = None) -> None:
        self._base = base
        self._model = model
        self._served = dict(model.named_parameters())
        self._originals: Tensors = {name: parameter.data for name, parameter in self._served.items()}
        self._kept: OrderedDict[_Key, Tensors] = OrderedDict()
        self._worn: _Key | None = None
        self._changed: Tensors = {}
        self._max_bytes = _free_bytes(model.device) // 2 if max_bytes is None else max_bytes

    @property
    def n_kept(self) -> int:
        """Merged adapters in memory."""
        return len(self._kept)

    def put_on(self, folder: Path | None) -> None:
        """Make the model serve the base with an adapter, or the base alone.

        Raises:
            DataError: the adapter is damaged, belongs to another base or changes nothing.
        """
        key = _key(folder) if folder is not None else None
        if key == self._worn:
            return
        self._wear(None, {})
        if folder is None or key is None:
            return
        if key not in self._kept:
            self._kept[key] = self._checked(folder)
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > self._max_bytes:
            self._kept.popitem(last=False)
        self._wear(key, self._kept[key])

    @contextmanager
    def beside(self, folder: Path) -> Iterator[CausalModel]:
        """The served model with an adapter that is not merged; afterwards the model is the base alone.

        Raises:
            DataError: the adapter does not fit the base.
        """
        from peft import PeftModel

        self.put_on(None)
        with quiet_transformers(), _fitting(folder, self._base):
            wrapped = PeftModel.from_pretrained(self._model, str(folder))
        try:
            yield wrapped
        finally:
            wrapped.unload()

    def _checked(self, folder: Path) -> Tensors:
        merged = merge(folder, self._base, self._originals)
        before = self._probe()
        self._wear(None, merged)
        after = self._probe()
        self._wear(None, {})
        if bool((before == after).all()):
            raise DataError(
                f"the adapter in {folder} is inactive: with it the model writes what it writes without it",
                hint="its training did not reach the weights (all of lora_B is zero, or too small for the served"
                " number format); give it more steps (epochs, context_rows, a smaller batch_size) or a higher"
                " learning_rate, and run again: the adapter is trained anew",
            )
        return merged

    def _wear(self, key: _Key | None, tensors: Tensors) -> None:
        for name in self._changed:
            self._served[name].data = self._originals[name]
        for name, tensor in tensors.items():
            self._served[name].data = tensor
        self._worn, self._changed = key, tensors

    def _probe(self) -> "torch.Tensor":
        import torch

        tokens = torch.arange(1, 1 + _PROBE_TOKENS, device=self._model.device)[None]
        with torch.inference_mode():
            logits: torch.Tensor = self._model(input_ids=tokens, use_cache=False).logits
        return logits


def merge(folder: Path, base: ResolvedModel, served: Tensors) -> Tensors:
    """The base's tensors that an adapter changes, in the served number format and on the served device.

    Raises:
        DataError: the adapter is damaged or belongs to another base.
    """
    import torch
    from peft import PeftModel, get_peft_model_state_dict
    from transformers import AutoModelForCausalLM

    config = _read_config(folder)
    found = _read_keys(folder)
    _check_base(folder, config, base)
    with quiet_transformers(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AutoModelForCausalLM.from_pretrained(
            base.folder, dtype=torch.float32, local_files_only=True, use_safetensors=True
        )
        with _fitting(folder, base):
            wrapped = PeftModel.from_pretrained(model, str(folder), autocast_adapter_dtype=True)
        expected = set(get_peft_model_state_dict(wrapped, save_embedding_layers=False))
        if expected != found:
            raise DataError(
                f"the adapter in {folder} does not fit {base.name}: "
                f"{_some(expected - found, 'missing')}, {_some(found - expected, 'unknown')}",
                hint="give the base model that it was trained on, or " + _AGAIN,
            )
        try:
            merged = wrapped.merge_and_unload(safe_merge=True)
        except ValueError as error:
            raise DataError(f"the adapter in {folder} holds numbers that are not finite", hint=_AGAIN) from error
    changed: Tensors = {}
    for name, parameter in merged.named_parameters():
        original = served[name]
        tensor = parameter.data.to(dtype=original.dtype)
        if not torch.equal(tensor, original.to(tensor.device)):
            changed[name] = tensor.to(original.device)
    return changed


@contextmanager
def _fitting(folder: Path, base: ResolvedModel) -> Iterator[None]:
    """Tells what PEFT says of an adapter that does not fit."""
    try:
        yield
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        raise DataError(
            f"the adapter in {folder} does not fit {base.name}: {_first_lines(error)}",
            hint="give the base model that it was trained on",
        ) from error


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG_FILE
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{folder} is no adapter: {CONFIG_FILE} is missing", hint="give a PEFT folder") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}", hint=_AGAIN) from error
    kind = str(config.get("peft_type"))
    unsupported = [name for name in ("modules_to_save", "trainable_token_indices", "alora_invocation_tokens")
                   if config.get(name)]  # fmt: skip
    if kind != "LORA" or unsupported:
        raise DataError(
            f"the adapter in {folder} is no plain LoRA: " + (", ".join(unsupported) or f"peft_type {kind}"),
            hint="only plain LoRA adapters are served",
        )
    return config


def _read_keys(folder: Path) -> set[str]:
    from safetensors import SafetensorError, safe_open

    path = folder / WEIGHTS_FILE
    if not path.is_file():
        pickled = (folder / "adapter_model.bin").exists()
        raise DataError(
            f"{path} is missing",
            hint="save the adapter as safetensors; pickled weights are not loaded" if pickled else _AGAIN,
        )
    try:
        with safe_open(path, framework="pt") as file:
            keys = set(file.keys())
    except (SafetensorError, OSError) as error:
        raise DataError(f"{path} is damaged: {_first_lines(error)}", hint=_AGAIN) from error
    tied = sorted(key for key in keys if "lm_head" in key or "embed_tokens" in key)
    if tied:
        raise DataError(
            f"the adapter in {folder} changes the embedding or the output layer: {tied[0]}",
            hint="train it on the attention and feed-forward layers alone; the two may share their weights",
        )
    return keys


def _check_base(folder: Path, config: dict[str, Any], base: ResolvedModel) -> None:
    recorded = str(config.get("base_model_name_or_path") or "")
    # A path tells nothing on another machine, and a local folder has no name to compare: keys and shapes decide.
    is_name = recorded.startswith("bundled/") or (recorded.count("/") == 1 and not Path(recorded).exists())
    if not is_name or not base.also_known_as:
        return
    if recorded.split("@")[0] not in base.also_known_as:
        raise DataError(
            f"the adapter in {folder} was trained on {recorded}, not on {base.name}",
            hint="give the base model that it was trained on",
        )
    revision = config.get("revision")
    if revision and revision != base.revision and not base.revision.startswith("gguf-"):
        raise DataError(
            f"the adapter in {folder} was trained on revision {revision} of {recorded}, not on {base.revision}",
            hint="give the revision that it was trained on",
        )


def _key(folder: Path) -> _Key:
    try:
        weights, config = (folder / WEIGHTS_FILE).stat(), (folder / CONFIG_FILE).stat()
    except OSError:
        # What is missing is told where the files are read.
        return (str(folder.resolve()), 0, 0, 0)
    return (str(folder.resolve()), weights.st_mtime_ns, weights.st_size, config.st_mtime_ns)


def _free_bytes(device: "torch.device") -> int:
    import torch

    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def _size(tensors: Tensors) -> int:
    return sum(tensor.nbytes for tensor in tensors.values())


def _some(keys: set[str], what: str) -> str:
    return f"{len(keys)} {what} keys" + (f" such as {min(keys)}" if keys else "")


def _first_lines(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
