"""What all later dates together say: how long each arm takes to be right again, and how fast what it knew is lost."""

from datetime import date

from cells import Cell, Row, estimate, interval, number, text
from ragvsft.report import figures
from ragvsft.verdict.decay import Decay, expires
from ragvsft.verdict.time_to_fresh import TimeToFresh
from ragvsft.verdict.verdict import Verdict
from tables import show_table


def show_times(verdict: Verdict) -> None:
    """Time to fresh, one row an arm; nothing where no fact moved."""
    show_table(
        "Time to fresh",
        [_times(one, priced=verdict.economics is not None) for one in verdict.times_to_fresh],
        "From the change of a document to the first right answer about a new, changed or removed fact, over all later "
        "dates: the update's own seconds (index and training), one answer, and the time between the dates where it "
        "took more than one; with half of them never right, no median is reached. An update serves all that changed, "
        "asked about or not: what a fresh fact costs is told of those that were asked about.",
    )


def show_kept(verdict: Verdict) -> None:
    """What is kept of what was right at the first wave, the facts themselves first; nothing with one wave."""
    later = list(dict.fromkeys(wave for one in verdict.decays for wave, _ in one.kept))
    floor = figures.percent(verdict.freshness_floor)
    last = expires(verdict.decays, verdict.waves[0].wave) if verdict.waves else None
    until = f" By the same rule under {floor} % of the facts asked about hold from {last} on: measure again by then."
    show_table(
        "What is kept",
        [_kept(one, later, floor) for one in verdict.decays],
        "In percent of what was right at the first date, with 95 % intervals; of the facts themselves, those whose "
        "first answer still holds. The last column takes each update to lose the same share of what is left: it is "
        f"when an arm that is not refreshed otherwise should be.{until if last else ''}",
        alt="What is kept, the facts themselves and then one row an arm",
    )


def _times(one: TimeToFresh, *, priced: bool) -> Row:
    row = {
        "arm": text(one.arm),
        "changes": number(one.n),
        "right at once": number(one.n_at_once),
        "later": number(one.n_later),
        "never": number(one.n_never),
        "median time to fresh": Cell(
            "not reached" if one.median_s is None else figures.duration(one.median_s), {"s": one.median_s}
        ),
        "an update, s": number(one.refresh_s or None, figures.seconds),
        "s a fresh fact": number(one.refreshed_s, figures.seconds),
    }
    return row | {"USD a fresh fact": estimate(one.refreshed_usd)} if priced else row


def _kept(one: Decay, later: list[date], floor: str) -> Row:
    shares = dict(one.kept)
    due = one.due
    return {
        "arm": text("the facts themselves" if one.arm is None else one.arm),
        **{str(wave): interval(shares.get(wave)) for wave in later},
        f"under {floor} % after updates": Cell(
            figures.due(due), {"": due.updates, "low": due.low, "high": due.high, "days": due.days}
        ),
    }
