"""The freshness of `report.json` as types."""

from datetime import date
from typing import Annotated

from pydantic import Field

from ragvsft.core.values import Change
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report.model_economics import Money
from ragvsft.report.model_part import Count, Difference, Fraction, Part, Score, Seconds

NotNegative = Annotated[float, Field(ge=0.0)]


class FuarPart(Part):
    """Forgotten over (updated + acquired), in outcomes."""

    ratio: float | None = Field(default=None, description="absent where nothing was updated or acquired")
    n_forgotten: Count
    n_updated: Count
    n_acquired: Count


class FreshnessPart(Part):
    """What became of the facts that changed, and of those that did not."""

    fresh: Score | None = Field(default=None, description="current, among new, changed and removed facts")
    stale: Score | None = Field(default=None, description="stale or conflated, among changed and removed facts")
    retention: Score | None = Field(
        default=None, description="current, among unchanged facts that were current at the wave before"
    )
    fuar: FuarPart
    stale_hits: Score | None = Field(
        default=None, description="shown a passage that states the old answer alone, among changed and removed facts"
    )
    stale_when_shown: Score | None = Field(default=None, description="stale or conflated, among those questions")
    current_hits: Score | None = Field(
        default=None, description="shown a passage that states the current answer, among new and changed facts"
    )
    stale_against: Score | None = Field(
        default=None, description="stale or conflated, among the changed facts of those questions"
    )
    outcomes: dict[Change, dict[OutcomeKind, Count]] = Field(description="by what happened to the fact")


class SinceBeforePart(Part):
    """A paired difference of an arm from itself a wave earlier."""

    difference: Difference
    low: Difference
    high: Difference
    n: Count
    n_facts: Count
    p: Fraction
    p_adjusted: Fraction = Field(description="Holm's, over the arms")
    caution: str | None = None


class TimeToFreshPart(Part):
    """From the change of a document to the first right answer, over all later waves."""

    n: Count = Field(description="outcomes on new, changed and removed facts")
    n_at_once: Count = Field(description="right at the wave of the change")
    n_later: Count = Field(description="right at a later wave for the first time")
    n_never: Count = Field(description="censored: not right up to the fact's next change or the last wave")
    median_s: Seconds | None = Field(default=None, description="absent: half or more were never right")
    refresh_s: Seconds = Field(description="an update, mean")
    refreshed_s: Seconds | None = Field(default=None, description="seconds of updates for each fact that became fresh")
    refreshed_usd: Money | None = Field(default=None, description="money for each fact that became fresh")


class DuePart(Part):
    """When less than the floor is kept, if each update loses the same share of what is left."""

    updates: NotNegative | None = Field(default=None, description="from the first wave on; absent: no end is in sight")
    low: NotNegative
    high: NotNegative | None = Field(default=None, description="absent: no end")
    days: NotNegative | None = Field(default=None, description="the same at the pace of the waves")
    every: Count | None = Field(default=None, description="refresh after so many updates")


class DecayPart(Part):
    """What is kept at each later wave of what was right at the first."""

    arm: str | None = Field(default=None, description="absent: the facts themselves")
    kept: dict[date, Score]
    due: DuePart
