"""How long each arm takes to answer right after a fact changed, and what a refreshed fact costs.

Counted over the later waves: a fact that moved there, once for every wave at which it did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ragvsft.core.values import Change
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.cost_draws import Estimate
from ragvsft.verdict.costs import ArmCost
from ragvsft.verdict.economics import ArmEconomics, Economics
from ragvsft.verdict.freshness import MOVED, Freshness
from ragvsft.verdict.intervals import Interval

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeToFresh:
    """An arm over all later waves. Outcomes are those on new, changed and removed facts; each training seed counts."""

    arm: str
    n: int
    n_at_once: int
    """Right at the wave of the change."""
    n_later: int
    """Right at a later wave for the first time, the fact not having moved again."""
    n_never: int
    """Not right at any wave up to the fact's next change or the last wave: censored."""
    median_s: float | None
    """From the change of the document to the first right answer: the update's own seconds (index and training), the
    days until training answers are written where an adapter was trained, one answer, and the time between the waves
    where it took more than one. None: half or more of them never became fresh."""
    refresh_s: float
    """An update, the mean of the later waves; 0: nothing is refreshed."""
    refreshed_s: float | None
    """Seconds of updates for each fact that was right at the wave of its change; None: there was none."""
    refreshed_usd: Estimate | None
    """The same in money, the interval that of the share which became fresh; None: unpriced, or none became fresh."""


def times_to_fresh(
    tables: Sequence[ScoreTable],
    waves: Sequence[date],
    freshness: Sequence[Sequence[Freshness]],
    costs: Mapping[str, ArmCost],
    priced: Economics | None,
    *,
    answer_s: Mapping[str, float],
    label_days: float,
    trained: Mapping[str, frozenset[date]],
) -> tuple[TimeToFresh, ...]:
    """Every arm that was asked about a fact that moved; nothing where no wave has one.

    An update is made for all that changed, also for facts that nobody asked about: what it costs for each fact is told
    of those that were asked about, and is the less the more of them are.

    Args:
        tables: of the waves.
        waves: their dates.
        freshness: of each wave, by arm.
        costs: by arm.
        priced: by arm; None: no price sheet.
        answer_s: by arm, one answer.
        label_days: from a change until training answers are written.
        trained: by arm, the waves at which an adapter was trained for it.
    """
    arms = dict.fromkeys(one.arm for some in freshness for one in some)
    found = []
    for arm in arms:
        cost = costs.get(arm)
        updates = dict(cost.refresh_s) if cost else {}
        ready = {
            wave: updates.get(wave, 0.0) + (label_days * DAY_S if wave in trained.get(arm, frozenset()) else 0.0)
            for wave in waves
        }
        times = _times(tables, waves, arm, ready, answer_s.get(arm, 0.0))
        if not times:
            continue
        shares = [one.fresh for some in freshness for one in some if one.arm == arm and one.fresh]
        n_fresh = sum(share.mean * share.n_facts for share in shares)
        later = [wave for wave in waves[1:] if wave in updates]
        spent = sum(updates[wave] for wave in later)
        at_once = [seconds for seconds, n_waves in times if n_waves == 0]
        found.append(
            TimeToFresh(
                arm=arm,
                n=len(times),
                n_at_once=len(at_once),
                n_later=sum(n_waves not in (0, None) for _, n_waves in times),
                n_never=sum(n_waves is None for _, n_waves in times),
                median_s=_median([seconds for seconds, _ in times]),
                refresh_s=spent / len(later) if later else 0.0,
                refreshed_s=spent / n_fresh if n_fresh else None,
                refreshed_usd=_usd(priced.arm(arm) if priced else None, shares),
            )
        )
    return tuple(found)


def _times(
    tables: Sequence[ScoreTable], waves: Sequence[date], arm: str, ready: Mapping[date, float], answer_s: float
) -> list[tuple[float | None, int | None]]:
    """Seconds from each change to the first right answer, and how many waves after the change it came; None: never."""
    kinds = [_kinds(table, arm) for table in tables]
    times: list[tuple[float | None, int | None]] = []
    for start in range(1, len(tables)):
        for place, (change, _) in kinds[start].items():
            if change in MOVED:
                at = _first_right(kinds, start, place)
                if at is None:
                    times.append((None, None))
                else:
                    waited = (waves[at] - waves[start]).days * DAY_S
                    times.append((waited + ready[waves[at]] + answer_s, at - start))
    return times


def _first_right(
    kinds: Sequence[Mapping[tuple[str, int | None], tuple[Change | None, OutcomeKind]]],
    start: int,
    place: tuple[str, int | None],
) -> int | None:
    """The first wave from the change on at which the answer is right, before the fact moves again."""
    for at in range(start, len(kinds)):
        change, kind = kinds[at].get(place, (None, None))
        if at > start and change is not Change.UNCHANGED:
            return None
        if kind is OutcomeKind.CURRENT:
            return at
    return None


def _kinds(table: ScoreTable, arm: str) -> dict[tuple[str, int | None], tuple[Change | None, OutcomeKind]]:
    """What each question and seed came to."""
    if arm not in table.arms:
        return {}
    return {
        (question.question_id, outcome.seed): (question.change, outcome_kind(question, outcome, table.abstain))
        for question, outcome in table.arm_outcomes(arm)
        if question.answerable
    }


def _median(times: Sequence[float | None]) -> float | None:
    """The middle one, those that never came counted as the longest; None: that is the middle."""
    ranked = sorted(float("inf") if one is None else one for one in times)
    middle = (ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2
    return middle if middle < float("inf") else None


def _usd(priced: ArmEconomics | None, shares: Sequence[Interval]) -> Estimate | None:
    """Money for each fact that became fresh, over the waves that are in `shares`."""
    if priced is None or not priced.updates_usd:
        return None
    known = [usd for usd in priced.updates_usd.values() if usd is not None]
    if len(known) < len(priced.updates_usd):
        return None
    most, mean, least = (
        sum(share_of * one.n_facts for one, share_of in zip(shares, limits, strict=True))
        for limits in (
            [one.high for one in shares],
            [one.mean for one in shares],
            [one.low for one in shares],
        )
    )
    if not mean:
        return None
    spent = sum(known)
    return Estimate(usd=spent / mean, low=spent / most, high=spent / least if least else None)
