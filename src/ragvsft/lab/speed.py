"""How long work takes on this machine's CPU, roughly: a short multiplication, and what runs reached of its speed.

The shares below were read off the meters of runs of the bundled models on two cores of an AMD EPYC with bfloat16
instructions, of which the probe says 190 GFLOP/s.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ragvsft.lab.generation.placement import physical_cores
from ragvsft.lab.model_size import ModelSize

PROBE_SIZE = 64
"""Small enough that the multiplication stays on one core, where other processes do not make it wait."""
PROBE_S = 0.15

READ_SHARE = {"bfloat16": 1.5, "float32": 0.6}
"""Of the float32 multiplication's speed, what a model reaches that reads prompts, by number format."""
TRAIN_SHARE = {"bfloat16": 1.2, "float32": 0.5}
"""The same of a training, whose packs are padded."""
TRAIN_STEP_S = 0.12
"""Of a training step that its tokens do not explain: the optimiser, the making of the batch."""
EMBED_SHARE = 0.6
PASSES_OF_TRAINING = 2
"""Forwards and backwards, in readings: base weights are frozen and get no gradient."""
MEMORY_BYTES_A_S = 8e9
"""Weights that pass by when a token is written."""
STEP_S = 0.03
"""Of a token's writing that no weight explains."""
ROW_TOKENS = 4.0
"""Writing a token of one row of a batch costs as much as reading so many, and more the longer its context is."""
CONTEXT_TOKENS = 50.0
"""Context that makes a written token as dear as one more token read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What this machine's CPU does in a second."""

    flops: float
    """Of a float32 matrix multiplication, all cores."""
    number_format: str
    """In which a model of `dtype: auto` would compute."""

    def read_s(self, size: ModelSize, tokens: float) -> float:
        """Seconds to read so many tokens of prompts."""
        return 2 * size.layer_parameters * tokens / (self.flops * READ_SHARE[self.number_format])

    def write_s(self, size: ModelSize, *, steps: float, rows: float, context: float) -> float:
        """Seconds to write for so many steps, each a token in each of so many rows after so many tokens."""
        n_bytes = 2 if self.number_format == "bfloat16" else 4
        weights_s = n_bytes * (size.layer_parameters + size.embedding_parameters) / MEMORY_BYTES_A_S
        return steps * (STEP_S + weights_s + self.read_s(size, rows * (ROW_TOKENS + context / CONTEXT_TOKENS)))

    def train_s(self, size: ModelSize, *, steps: float, tokens: float) -> float:
        """Seconds to train an adapter for so many steps that read so many tokens in all."""
        flop = 2 * size.layer_parameters * tokens * PASSES_OF_TRAINING
        return steps * TRAIN_STEP_S + flop / (self.flops * TRAIN_SHARE[self.number_format])

    def embed_s(self, size: ModelSize, tokens: float) -> float:
        """Seconds to embed texts of so many tokens."""
        return 2 * size.layer_parameters * tokens / (self.flops * EMBED_SHARE)


def measured_speed(dtype: str = "auto") -> Speed:
    """This machine's speed, in a sixth of a second; `dtype` as an experiment gives it.

    The best of many short multiplications, so that a busy machine is measured as if it were quiet.
    """
    square = np.ones((PROBE_SIZE, PROBE_SIZE), dtype=np.float32)
    product = np.empty_like(square)
    best, end = math.inf, time.perf_counter() + PROBE_S
    while (begin := time.perf_counter()) < end:
        np.matmul(square, square, out=product)
        best = min(best, time.perf_counter() - begin)
    if dtype == "auto":
        dtype = "bfloat16" if _multiplies_bfloat16() else "float32"
    flops = physical_cores() * 2 * PROBE_SIZE**3 / best
    return Speed(flops=flops, number_format="bfloat16" if dtype == "bfloat16" else "float32")


def has_gpu() -> bool:
    """Whether an NVIDIA GPU is there, which would make a run faster than foretold."""
    return Path("/proc/driver/nvidia/version").exists()


def _multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for it; such a one computes in bfloat16 by itself."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    flags = set(text.split())
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"})
