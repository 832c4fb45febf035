"""Where a model runs: device, number format and CPU threads, stated or found."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from ragvsft.config.experiment import Base
from ragvsft.core.errors import ServiceError
from ragvsft.lab.number_format import faster_format

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Device, number format and threads as resolved; `auto` is gone."""

    device: str
    """`cpu` or `cuda`."""
    dtype: str
    """`float32`, `bfloat16` or `float16`."""
    threads: int


def wait_briefly() -> None:
    """Let idle OpenMP threads spin for microseconds and then sleep; works only before torch is first imported.

    On a shared machine a spinning thread takes the core from the one that it waits for, and on a quiet one a thread
    that sleeps at once must be woken for every little product. A step of training on two cores, in seconds: spinning
    0.7 quiet and 5.4 busy, sleeping 1.1 and 1.9, spinning briefly 0.7 and 1.9.
    """
    if "torch" not in sys.modules and "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "2000")
        os.environ.setdefault("KMP_BLOCKTIME", "1")


def place(base: Base) -> Placement:
    """Resolve device, number format and threads, and set torch's threads.

    Raises:
        ServiceError: the device asked for is not there.
    """
    import torch

    threads = base.threads or physical_cores()
    torch.set_num_threads(threads)
    if base.device == "cuda" and not torch.cuda.is_available():
        raise ServiceError(
            "lab.base.device is cuda, and torch finds no CUDA device",
            hint="set device: auto or cpu, or install a torch build that fits the GPU's driver",
        )
    device = "cuda" if base.device != "cpu" and torch.cuda.is_available() else "cpu"
    dtype: str = base.dtype
    if dtype == "auto":
        dtype = faster_format(device)
    return Placement(device=device, dtype=dtype, threads=threads)


def torch_dtype(name: str) -> "torch.dtype":
    """The torch dtype of a number format's name."""
    import torch

    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[name]


def physical_cores() -> int:
    """Cores that this process may keep busy: no second thread a core, none beyond a container's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed, _quota_cores() or allowed))


def _quota_cores() -> int | None:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return None
