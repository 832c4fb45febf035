"""The freshness of `report.json`."""

from dataclasses import asdict

from ragvsft.report import model_freshness as model
from ragvsft.report.json_economics import money
from ragvsft.report.json_scores import score, scores
from ragvsft.verdict.decay import Decay
from ragvsft.verdict.freshness import Freshness
from ragvsft.verdict.freshness_pairs import SinceBefore
from ragvsft.verdict.time_to_fresh import TimeToFresh


def freshness_part(found: Freshness) -> model.FreshnessPart:
    """An arm at a wave after the first."""
    shares = {
        "fresh": found.fresh,
        "stale": found.stale,
        "retention": found.retention,
        "stale_hits": found.stale_hits,
        "stale_when_shown": found.stale_when_shown,
        "current_hits": found.current_hits,
        "stale_against": found.stale_against,
    }
    return model.FreshnessPart(
        **scores({name: one for name, one in shares.items() if one is not None}),
        fuar=model.FuarPart(ratio=found.fuar.ratio, **asdict(found.fuar)),
        outcomes={change: dict(counts) for change, counts in found.kinds.items()},
    )


def since_before_part(found: SinceBefore) -> model.SinceBeforePart:
    """An arm against itself at the wave before."""
    return model.SinceBeforePart(
        **{name: getattr(found, name) for name in model.SinceBeforePart.model_fields},
    )


def time_to_fresh_part(found: TimeToFresh) -> model.TimeToFreshPart:
    """An arm over all later waves."""
    plain = {name: getattr(found, name) for name in model.TimeToFreshPart.model_fields if name != "refreshed_usd"}
    return model.TimeToFreshPart(**plain, refreshed_usd=money(found.refreshed_usd))


def decay_part(found: Decay) -> model.DecayPart:
    """The facts, or an arm, over all later waves."""
    due = found.due
    return model.DecayPart(
        arm=found.arm,
        kept={wave: score(share) for wave, share in found.kept},
        due=model.DuePart(updates=due.updates, low=due.low, high=due.high, days=due.days, every=due.every),
    )
