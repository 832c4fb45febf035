"""The energy counters of processors (RAPL) and of an NVIDIA GPU (NVML), where they can be read; nothing is estimated.

They count for the whole package and the whole GPU, whoever uses them: beside other work a stage is charged for both.
"""

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

POWERCAP = Path("/sys/class/powercap")
J_KWH = 3_600_000.0

_DOMAIN = re.compile(r"[a-z-]*rapl:\d+(:\d+)?")
_COUNTED = re.compile(r"package-\d+|dram")
"""Other domains are parts of a package (core, uncore) or hold it (psys)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A counter of joules that goes back to 0 at its range; 0: it never does."""

    read_j: Callable[[], float]
    range_j: float = 0.0


class EnergyWatch:
    """What the counters gave out since it began; `look` often enough that no counter comes round twice."""

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self._counters: Sequence[Counter] | None = None
        with suppress(OSError, ValueError):
            self._counters = (*_rapl(powercap), *_nvml())
        self._joules = 0.0
        self._last: list[float] = []
        self.look()

    def look(self) -> None:
        """Add what the counters gave out since the last look; one that cannot be read ends the watch."""
        if not self._counters:
            return
        try:
            now = [counter.read_j() for counter in self._counters]
        except Exception:
            self._counters = None  # of NVML's own errors none may stop a stage
            return
        for counter, before, after in zip(self._counters, self._last or now, now, strict=True):
            self._joules += after - before if after >= before else after - before + counter.range_j
        self._last = now

    def stop(self) -> float | None:
        """Kilowatt-hours; None: no counter can be read, or not that of every processor in use."""
        self.look()
        return self._joules / J_KWH if self._counters else None


def _rapl(powercap: Path) -> list[Counter]:
    """The packages' counters and their memory's; often only root may read them.

    Raises:
        OSError: one of them may not be read.
    """
    found = []
    for domain in sorted(powercap.iterdir()) if powercap.is_dir() else ():
        if _DOMAIN.fullmatch(domain.name) and _COUNTED.fullmatch((domain / "name").read_text().strip()):
            counter = Counter(
                read_j=partial(_joules, domain / "energy_uj"), range_j=_joules(domain / "max_energy_range_uj")
            )
            counter.read_j()
            found.append(counter)
    return found


def _joules(file: Path) -> float:
    return int(file.read_text()) / 1e6


def _nvml() -> list[Counter]:
    """The current GPU's counter; none where torch sees no GPU.

    Raises:
        OSError: there is a GPU, and it cannot be metered.
    """
    # Only where the stage has loaded torch itself: metering must not load it.
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return []
    try:
        import pynvml

        pynvml.nvmlInit()
        uuid = torch.cuda.get_device_properties(torch.cuda.current_device()).uuid
        device: Any = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}")
        counter = Counter(read_j=lambda: pynvml.nvmlDeviceGetTotalEnergyConsumption(device) / 1e3)
        counter.read_j()
    except Exception as error:
        raise OSError("the GPU's energy cannot be read") from error
    return [counter]
