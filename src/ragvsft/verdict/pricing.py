"""What readings cost by a price sheet: a product of what was measured and a public price, or nothing at all.

Linear in the prices: twice the prices are twice the costs, and a cost under two sheets added is the sum of both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ragvsft.config.prices import HostingPrice, PriceSheet
from ragvsft.core.values import Reading, Stage
from ragvsft.runs.manifest import Manifest
from ragvsft.verdict.arm_readings import n_seeds
from ragvsft.verdict.inputs import settings_of

HOUR_S = 3600.0
MILLION = 1_000_000
GIB = 2**30
GB = 1_000_000_000
MOST_DIMENSIONS = 8_192
MOST_PASSAGE_BYTES = 65_536
"""No passage needs more, text and vector together: where even so the monthly minimum holds, no size need be known."""
_SERVED = frozenset({Stage.GENERATE, Stage.SEARCH})
"""Stages in which a served model does the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """A price sheet, and what decides which of its prices hold for a run."""

    sheet: PriceSheet
    engine: str
    model: str
    gpu: str | None

    def usd(self, reading: Reading) -> float | None:
        """What a reading cost; None: it is unpriced.

        On a GPU that was held, the GPU's hour, the machine around it included; else the processor seconds that were
        used; of a served model the tokens. The energy that was metered is added where the sheet has a price for it.
        """
        sheet = self.sheet
        if self.engine == "openai" and reading.stage in _SERVED:
            token = sheet.tokens.get(self.model)
            if token is None:
                return None
            return (reading.prompt_tokens * token.input_usd + reading.output_tokens * token.output_usd) / MILLION
        if reading.gpu_s:
            hour = sheet.gpu_hour.get(self.gpu or "")
            return None if hour is None else reading.gpu_s * hour.usd / HOUR_S + self._energy_usd(reading)
        if sheet.core_hour is None or not _has_cpu(reading):
            return None
        return reading.cpu_s * sheet.core_hour.usd / HOUR_S + self._energy_usd(reading)

    def total(self, readings: Sequence[Reading]) -> float | None:
        """What readings cost together; None where one of them is unpriced."""
        return added(*(self.usd(one) for one in readings))

    def of_a_seed(self, training: Sequence[Reading]) -> float | None:
        """What training one adapter cost, the mean of its seeds."""
        total = self.total(training)
        return None if total is None else total / n_seeds(training)

    def missing(self, readings: Sequence[Reading]) -> tuple[str, ...]:
        """The prices that readings would need and the sheet does not have, in words."""
        unpriced = [one for one in readings if self.usd(one) is None]
        return tuple(dict.fromkeys(self._needed(one) for one in unpriced))

    def _energy_usd(self, reading: Reading) -> float:
        """0 where energy has no price or was not metered, which the report says."""
        return (reading.energy_kwh or 0.0) * self.sheet.kwh.usd if self.sheet.kwh else 0.0

    def _needed(self, reading: Reading) -> str:
        if self.engine == "openai" and reading.stage in _SERVED:
            return f"tokens of {self.model}"
        if reading.gpu_s:
            return f"an hour of the GPU {self.gpu or 'unknown'}"
        return (
            "an hour of a CPU core" if _has_cpu(reading) else f"the processor seconds of {reading.stage}, not metered"
        )


def pricing_by(sheet: PriceSheet, manifest: Manifest) -> Pricing:
    """How a sheet prices what the arms of a run consume: its model's tokens, its GPU."""
    engine = str(manifest.configuration.get("lab", {}).get("base", {}).get("engine", "transformers"))
    return Pricing(sheet=sheet, engine=engine, model=manifest.model.name, gpu=manifest.machine.gpu)


def pricing_of(manifest: Manifest) -> Pricing | None:
    """How a run's own price sheet prices what its arms consume; None: it names no sheet.

    Raises:
        DataError: its verdict settings cannot be read.
    """
    sheet = settings_of(manifest).prices
    return pricing_by(sheet, manifest) if isinstance(sheet, PriceSheet) else None


def added(*amounts: float | None) -> float | None:
    """Amounts together; None where one of them is unpriced."""
    known = [one for one in amounts if one is not None]
    return sum(known) if len(known) == len(amounts) else None


def _has_cpu(reading: Reading) -> bool:
    """Whether processor seconds were metered: nothing takes time and uses none."""
    return reading.cpu_s > 0.0 or reading.wall_s <= 0.0


def hosting_usd_month(price: HostingPrice, report: Mapping[str, object]) -> float | None:
    """What a month of hosting an index costs, from its last sync; None where its size decides and is not known.

    Args:
        price: the larger of its minimum and its usage is charged.
        report: of the sync: `n_passages`, and `dimensions` and `n_bytes` where they were recorded.
    """
    n_passages = report.get("n_passages")
    if not isinstance(n_passages, int):
        return None
    dimensions, n_bytes = report.get("dimensions"), report.get("n_bytes")
    is_known = isinstance(dimensions, int) and isinstance(n_bytes, int)
    each = dimensions if isinstance(dimensions, int) else MOST_DIMENSIONS
    size = n_bytes if isinstance(n_bytes, int) else n_passages * MOST_PASSAGE_BYTES
    usage = n_passages * each / MILLION * price.million_dimensions_usd_month + size / GIB * price.gib_usd_month
    if usage <= price.usd_month:
        return price.usd_month
    return usage if is_known else None
