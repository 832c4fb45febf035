"""What every part of `report.json` is made from: frozen, strict, and numbers that say their range."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Difference = Annotated[float, Field(ge=-1.0, le=1.0)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0.0)]
Usd = Annotated[float, Field(ge=0.0)]


class Part(BaseModel):
    """Frozen; unknown keys, NaN and infinities are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Score(Part):
    """A mean with its 95 % interval."""

    mean: Fraction
    low: Fraction
    high: Fraction
    n: Count = Field(description="outcomes")
    n_failed: Count = Field(description="of those; a failure has the metric's worst value")
    n_facts: Count = Field(description="facts behind the interval")
    method: Literal["student_t", "wilson", "bootstrap"]
    caution: str | None = Field(default=None, description="why the interval may not hold its level")
