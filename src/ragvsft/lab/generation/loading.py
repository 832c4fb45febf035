"""Models and tokenizers from checked folders: whole, never quantised, never with code of their own."""

from typing import Any

from ragvsft.core.errors import ServiceError
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.generation.placement import torch_dtype
from ragvsft.lab.generation.quiet import quiet_transformers

CausalModel = Any
"""A causal language model of transformers, which has no one type for what they share."""
Tokenizer = Any
"""A tokenizer of transformers; the same holds."""


def load_tokenizer(model: ResolvedModel) -> Tokenizer:
    """A model's tokenizer.

    Raises:
        ServiceError: the folder holds none that transformers can load.
    """
    from transformers import AutoTokenizer

    try:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(model.folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise ServiceError(
            f"the tokenizer of {model.name} cannot be loaded: {first_line(error)}",
            hint=f"{model.folder} must hold tokenizer.json and tokenizer_config.json",
        ) from error
    # Its advice about long texts is not needed: the engine cuts them.
    tokenizer.model_max_length = 2**31
    return tokenizer


def load_model(model: ResolvedModel, *, dtype: str, device: str) -> CausalModel:
    """A causal language model in a number format on a device, for reading only.

    Raises:
        ServiceError: weights are missing, damaged or quantised, or memory does not hold them.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(model.folder, local_files_only=True, trust_remote_code=False)
        if getattr(config, "quantization_config", None) is not None:
            raise ServiceError(
                f"the weights of {model.name} are quantised, and adapters cannot be merged into them",
                hint="take the model's plain weights",
            )
        with quiet_transformers():
            auto: Any = AutoModelForCausalLM
            loaded, info = auto.from_pretrained(
                model.folder,
                config=config,
                dtype=torch_dtype(dtype),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
        if info["missing_keys"] or info["mismatched_keys"]:
            raise ServiceError(
                f"the weights of {model.name} lack {len(info['missing_keys']) + len(info['mismatched_keys'])} tensors"
                f" that the model needs, such as {min(map(str, info['missing_keys'] or info['mismatched_keys']))}",
                hint="give the folder of a whole causal language model",
            )
        loaded = loaded.to(device).eval().requires_grad_(False)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if isinstance(error, (torch.OutOfMemoryError, RuntimeError)) and is_out_of_memory(error):
            raise ServiceError(
                f"{model.name} in {dtype} does not fit into the memory of {device}",
                hint="take a smaller model, or a smaller lab.base.dtype",
            ) from error
        raise ServiceError(
            f"{model.name} cannot be loaded from {model.folder}: {first_line(error)}",
            hint="give the folder of a causal language model that transformers knows",
        ) from error
    if getattr(loaded, "_is_stateful", False):
        raise ServiceError(
            f"{model.name} keeps a running state instead of a cache of its tokens, and cannot be asked in batches",
            hint="take a transformer model",
        )
    return loaded


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory did not suffice, on a GPU or on a CPU."""
    import torch

    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in words or "can't allocate memory" in words


def first_line(error: Exception) -> str:
    """The first line of an error's text, or its class where it has none."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
