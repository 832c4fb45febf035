"""The number format in which a device multiplies faster: what its processor can do, not what a stopwatch says.

Timing would tip now and then on a busy machine, and two runs of one experiment would answer differently.
"""

from typing import Literal

NumberFormat = Literal["float32", "bfloat16"]

_BFLOAT16_INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "sve_bf16", "bf16")
"""By torch's names. With them bfloat16 multiplies about twice as fast on a CPU; without them it is slower."""


def faster_format(device: str) -> NumberFormat:
    """`bfloat16` where the device (`cpu` or `cuda`) has instructions for it, else `float32`."""
    import torch

    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float32"
    able = torch.cpu.get_capabilities()
    return "bfloat16" if any(able.get(name) for name in _BFLOAT16_INSTRUCTIONS) else "float32"
