"""The meter: what a stage consumes in seconds, processor time, memory and tokens.

Wall time is monotonic. Processor time is that of this process and of all its children, living or gone.

Memory is sampled every 20 ms by a thread: the system's own high-water mark belongs to the whole life of the process
and not to a stage. Where that mark rises during a stage it is used as well, so that a short peak is not missed when it
is the highest so far.
"""

import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import Any, Self

import psutil

from ragvsft.core.values import Reading, Stage
from ragvsft.lab.energy import EnergyWatch

_SAMPLE_S = 0.02
_ENERGY_SAMPLES = 500
"""Samples of memory to one look at the energy counters, which come round after minutes at the soonest."""


class Meter:
    """Measures one stage: `with Meter(Stage.GENERATE, arm="rag") as meter: ...; meter.add(n_items=8)`.

    Afterwards `meter.reading` is what it consumed. A stage that ends in an exception is marked as wasted.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        arm: str | None = None,
        resource: str | None = None,
        wave: date | None = None,
        seed: int | None = None,
        unit_key: str | None = None,
    ) -> None:
        self._labels = Reading(
            stage=stage, wall_s=0.0, arm=arm, resource=resource, wave=wave, seed=seed, unit_key=unit_key
        )
        self._counts = {"n_items": 0, "prompt_tokens": 0, "output_tokens": 0}
        self._reading: Reading | None = None

    def add(self, *, n_items: int = 0, prompt_tokens: int = 0, output_tokens: int = 0) -> None:
        """Count what the stage worked on."""
        self._counts["n_items"] += n_items
        self._counts["prompt_tokens"] += prompt_tokens
        self._counts["output_tokens"] += output_tokens

    @property
    def reading(self) -> Reading:
        """What the stage consumed; there is none before it has ended."""
        if self._reading is None:
            raise RuntimeError("the stage has not ended yet")
        return self._reading

    def __enter__(self) -> Self:
        self._reading = None
        self._energy = EnergyWatch()
        self._watch = _Watch(self._energy)
        # Looking for children costs time of its own, which is kept out of the stage: first here, last at the end.
        self._children_s = _children_cpu_s()
        self._own_s = _own_cpu_s()
        self._gpu = _GpuClock()
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        gpu_s = self._gpu.stop()
        wall_s = time.perf_counter() - self._started
        own_s = _own_cpu_s() - self._own_s
        # A child that went away in between stands in the own seconds, with what it had used before the stage.
        children_s = _children_cpu_s() - self._children_s
        peak_memory_bytes = self._watch.stop()
        self._reading = replace(
            self._labels,
            n_items=self._counts["n_items"],
            prompt_tokens=self._counts["prompt_tokens"],
            output_tokens=self._counts["output_tokens"],
            wall_s=wall_s,
            cpu_s=max(0.0, own_s + children_s),
            gpu_s=gpu_s,
            energy_kwh=self._energy.stop(),
            peak_memory_bytes=peak_memory_bytes,
            wasted=error is not None,
        )


class _Watch:
    """The most resident memory of this process while it watches; it looks at the energy counters now and then."""

    def __init__(self, energy: EnergyWatch) -> None:
        self._energy = energy
        self._process = psutil.Process()
        self._mark = _high_water_bytes()
        self._peak = 0
        self._look()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="ragvsft-meter", daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._stopped.set()
        self._thread.join()
        self._look()
        mark = _high_water_bytes()
        return max(self._peak, mark) if mark > self._mark else self._peak

    def _watch(self) -> None:
        samples = 0
        while not self._stopped.wait(_SAMPLE_S):
            self._look()
            samples += 1
            if samples % _ENERGY_SAMPLES == 0:
                self._energy.look()

    def _look(self) -> None:
        self._peak = max(self._peak, int(self._process.memory_info().rss))


class _GpuClock:
    """Seconds for which the current GPU was held, queued work waited for; None where there is no GPU.

    Held and not busy: a GPU is paid for also while it waits.
    """

    def __init__(self) -> None:
        self._began: Any = None
        cuda = _cuda()
        if cuda is not None and cuda.is_initialized():
            self._began = cuda.Event(enable_timing=True)
            self._began.record()
        self._started = time.perf_counter()

    def stop(self) -> float | None:
        cuda = _cuda()
        if cuda is None:
            return None
        if not cuda.is_initialized():
            return 0.0
        if self._began is None:  # the stage itself woke the GPU
            cuda.synchronize()
            return time.perf_counter() - self._started
        ended = cuda.Event(enable_timing=True)
        ended.record()
        ended.synchronize()
        return float(self._began.elapsed_time(ended)) / 1000.0


def _cuda() -> Any:  # noqa: ANN401
    # Only where the stage has loaded torch itself: metering must not load it.
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return torch.cuda


def _own_cpu_s() -> float:
    """Processor seconds of this process and of its children that are gone."""
    # `os.times` counts in hundredths of a second, and a single search takes less.
    own = os.times()
    return time.process_time() + own.children_user + own.children_system


def _children_cpu_s() -> float:
    """Processor seconds of the living children, theirs that are gone included."""
    seconds = 0.0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            used = child.cpu_times()
            gone = getattr(used, "children_user", 0.0) + getattr(used, "children_system", 0.0)
            seconds += used.user + used.system + gone
    return seconds


def _high_water_bytes() -> int:
    if sys.platform == "win32":
        return 0
    import resource

    mark = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return mark if sys.platform == "darwin" else mark * 1024
