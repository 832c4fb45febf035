"""A price sheet as types: dated public prices, each with its source. What is not in it is unpriced, never guessed.

`loading.py` reads files into these types; nothing here touches the disk.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

Usd = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Source = Annotated[str, Field(min_length=4, description="where the price is published: an address, or what was quoted")]


class _Sourced(BaseModel):
    """Frozen; unknown keys are refused, and every price says where and when it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Source
    read: date = Field(description="when the price was read there")
    note: str | None = None


class Price(_Sourced):
    """One price."""

    usd: Usd


class TokenPrice(_Sourced):
    """What a served model charges for a million tokens."""

    input_usd: Usd
    output_usd: Usd


class HostingPrice(_Sourced):
    """A hosted Weaviate: the larger of a monthly minimum and the sum of what is used."""

    usd_month: Usd = Field(description="the least that a month costs")
    million_dimensions_usd_month: Usd = Field(default=0.0, description="a million stored vector dimensions, a month")
    gib_usd_month: Usd = Field(default=0.0, description="a GiB of stored objects, a month")


class PriceSheet(BaseModel):
    """A price sheet: what an hour, a token, a month cost at a date."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=80)
    date: date
    currency: Literal["USD"] = "USD"
    gpu_hour: dict[str, Price] = Field(
        default={}, description="by the GPU's name as its driver tells it; the machine around it included"
    )
    core_hour: Price | None = Field(default=None, description="an hour of one busy CPU core (a vCPU)")
    tokens: dict[str, TokenPrice] = Field(default={}, description="by a served model's name; engine: openai")
    weaviate: HostingPrice | None = Field(default=None, description="none: hosting an index is unpriced")
    storage_gb_month: Price | None = Field(default=None, description="a GB of disk a month, for adapters")
    kwh: Price | None = Field(default=None, description="energy, where the hourly prices do not include it")
    label: Price | None = Field(default=None, description="one labelled training question")


def _file_or_sheet(value: object) -> object:
    if not isinstance(value, str | dict | PriceSheet):
        raise ValueError("must be the path of a price sheet")
    return value


def _which(value: object) -> str:
    return "file" if isinstance(value, str) else "sheet"


Prices = Annotated[
    Annotated[str, Tag("file")] | Annotated[PriceSheet, Tag("sheet")],
    Discriminator(_which),
    BeforeValidator(_file_or_sheet),
]
"""A price sheet's file as an experiment names it, or what was read from it."""
