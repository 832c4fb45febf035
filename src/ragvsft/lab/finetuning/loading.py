"""The base model with LoRA layers, in the number format that this machine multiplies faster.

In bfloat16 the frozen weights are held in it, so that no step casts them again; LoRA weights, their gradients and the
loss stay in float32, and autocast casts what goes into a product. It is the format in which such a machine serves.
"""

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal

from ragvsft.config.experiment import Adapter
from ragvsft.core.errors import ServiceError
from ragvsft.lab.number_format import NumberFormat

Attention = Literal["eager", "sdpa"]

EAGER_WIDTH = 320
"""Up to this width a CPU is faster with plain attention: the fused kernel goes back slowly over short rows."""
MEMORY_BYTES = 4e9
"""What a CPU may hold of a step between forward and backward. A GPU may give half of its memory."""
BYTES_PER_WIDTH = 24
"""Held for a token in a layer by each unit of its hidden and intermediate width; measured, rounded up."""
MIN_PART_TOKENS, MAX_PART_TOKENS = 256, {"cpu": 2048, "cuda": 16384}


def faster_attention(device: str, width: int) -> Attention:
    """The attention that is faster for packs of a usual width on a device."""
    return "eager" if device == "cpu" and width <= EAGER_WIDTH else "sdpa"


def load_tokenizer(folder: Path) -> Any:  # noqa: ANN401 - transformers has no one type for tokenizers
    """The base model's tokenizer.

    Raises:
        ServiceError: the folder holds none.
    """
    from transformers import AutoTokenizer

    try:
        with quiet_libraries():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise ServiceError(
            f"the tokenizer in {folder} cannot be loaded: {' '.join(str(error).split())[:200]}",
            hint="the folder must hold tokenizer.json and tokenizer_config.json",
        ) from error
    # Its advice about long texts is not needed: max_length decides.
    tokenizer.model_max_length = 2**31
    return tokenizer


def load_trainable(
    folder: Path,
    *,
    adapter: Adapter,
    number_format: NumberFormat,
    attention: Attention,
    device: str,
    init_seed: int,
    start_from: Path | None = None,
) -> Any:  # noqa: ANN401 - a PEFT model
    """The base with trainable LoRA layers on every linear layer but the output layer.

    Args:
        folder: the base model.
        adapter: rank and alpha; read from `start_from` where that is given.
        number_format: of the frozen weights.
        attention: which attention the model uses.
        device: `cpu` or `cuda`.
        init_seed: of the first LoRA weights.
        start_from: an adapter to go on from.

    Raises:
        ServiceError: the base cannot be loaded.
    """
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM

    try:
        with quiet_libraries():
            base = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=getattr(torch, number_format),
                attn_implementation=attention,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ServiceError(
            f"the base model in {folder} cannot be loaded: {' '.join(str(error).split())[:200]}",
            hint="give the folder of a causal language model that transformers knows",
        ) from error
    with quiet_libraries(), torch.random.fork_rng():
        torch.manual_seed(init_seed)
        if start_from is not None:
            model = PeftModel.from_pretrained(base, str(start_from), is_trainable=True)
        else:
            settings = LoraConfig(
                r=adapter.rank,
                lora_alpha=adapter.lora_alpha,
                lora_dropout=0.0,
                target_modules="all-linear",
                task_type="CAUSAL_LM",
            )
            model = get_peft_model(base, settings)
    # PEFT looks for this folder when it saves, and would ask the Hub for any other name.
    model.peft_config["default"].base_model_name_or_path = str(folder)
    return model.to(device)


def computing(model: Any, number_format: NumberFormat) -> AbstractContextManager[None]:  # noqa: ANN401
    """The context in which the model is run forward, in its number format."""
    return nullcontext() if number_format == "float32" else _autocast(model)


def builds_own_masks(model: Any, width: int) -> bool:  # noqa: ANN401
    """Whether rows of this many tokens need masks that the model itself builds (a sliding window, a running state)."""
    config = model.config.get_text_config(decoder=True)
    kinds = set(getattr(config, "layer_types", None) or ())
    slides = "sliding_attention" in kinds if kinds else getattr(config, "use_sliding_window", True)
    window = getattr(config, "sliding_window", None) if slides else None
    stateful = getattr(model.get_base_model(), "_is_stateful", False)
    return bool(stateful or kinds - {"full_attention", "sliding_attention"} or (window and width > window))


def part_tokens_for(model: Any, device: str) -> int:  # noqa: ANN401
    """How many tokens a model may read at once, a power of two: more are faster, and are held until the way back.

    It depends on the model and the kind of machine alone and not on what is free now, because it moves the last bits.
    """
    import torch

    config = model.config.get_text_config(decoder=True)
    hidden = config.hidden_size
    widths = hidden + (getattr(config, "intermediate_size", None) or 4 * hidden)
    budget = MEMORY_BYTES if device == "cpu" else torch.cuda.get_device_properties(device).total_memory / 2
    fits = int(budget / (config.num_hidden_layers * widths * BYTES_PER_WIDTH))
    return min(MAX_PART_TOKENS[device], max(MIN_PART_TOKENS, 1 << (fits.bit_length() - 1)))


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """No progress bars and no advice on the terminal, which belongs to the command that runs."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def _autocast(model: Any) -> Iterator[None]:  # noqa: ANN401
    import torch
    from peft.helpers import disable_input_dtype_casting

    # Autocast casts a product's inputs; PEFT would first cast them to LoRA's float32, for nothing.
    with torch.autocast(model.device.type, torch.bfloat16), disable_input_dtype_casting(model):
        yield
