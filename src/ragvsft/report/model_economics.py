"""The economics of `report.json` as types."""

from datetime import date
from typing import Annotated

from pydantic import Field

from ragvsft.report.model_part import Count, Fraction, Part, Usd


class Money(Part):
    """An amount with its 95 % interval; no interval where nothing was repeated, no upper end where there is none."""

    usd: Usd
    low: Usd | None = None
    high: Usd | None = None


class PriceRead(Part):
    """A price of the sheet, and where it was read."""

    what: str
    usd: Usd
    per: str
    source: str
    read: date
    note: str | None = None


class ArmEconomicsPart(Part):
    """What an arm costs; unpriced amounts are absent."""

    setup_usd: Usd | None = None
    setup_parts_usd: dict[str, Usd] = Field(description="index, training, search, labels; stages are charged whole")
    refresh_usd: Usd | None = Field(default=None, description="an update; absent with one wave")
    standing_usd_month: Usd | None = None
    question: Money | None = Field(default=None, description="an answer; failures are paid for by the answers")
    correct: Money | None = Field(default=None, description="a question divided by the mean of the primary metric")
    total: Money | None = Field(default=None, description="of the whole workload")
    month: Money | None = None
    n_labels: Count | None = None
    unpriced: list[str] | None = Field(default=None, description="what keeps the total from being known")
    left_out: list[str] | None = Field(default=None, description="what the totals do not hold")


class BreakEvenPart(Part):
    """From how many questions on `arm`, which costs more to begin with, is cheaper than `other`."""

    arm: str
    other: str
    fixed_difference_usd: float
    question_difference_usd: float
    n_questions: Annotated[float, Field(ge=0.0)] | None = Field(default=None, description="absent: never")
    low: Annotated[float, Field(ge=0.0)] | None = None
    high: Annotated[float, Field(ge=0.0)] | None = Field(default=None, description="absent: the upper end is never")
    n_correct: Annotated[float, Field(ge=0.0)] | None = Field(
        default=None, description="counted in correct answers; absent: never"
    )
    correct_low: Annotated[float, Field(ge=0.0)] | None = None
    correct_high: Annotated[float, Field(ge=0.0)] | None = None
    has_interval: bool


class WorkloadPart(Part):
    """What the answers would be used for."""

    questions_per_month: Count
    updates_per_month: Annotated[float, Field(ge=0.0)]
    months: Count


class EconomicsPart(Part):
    """Costs by a price sheet."""

    sheet: str
    date: date
    currency: str
    workload: WorkloadPart
    has_updates: bool = Field(description="false: one wave, so no update was measured and the totals hold none")
    share_changed: Fraction | None = Field(default=None, description="of the facts, at the updates that were measured")
    arms: dict[str, ArmEconomicsPart]
    break_even: list[BreakEvenPart]
    prices: list[PriceRead] = Field(description="of the whole sheet")
