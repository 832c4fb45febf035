"""A decision under other weights, workload and prices, from a run that was read once: nothing is scored again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from ragvsft.config.experiment import Verdict as Settings
from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.answers import score_table
from ragvsft.verdict.comparisons import Comparison
from ragvsft.verdict.cost_draws import CostDraws
from ragvsft.verdict.deciding import decision_of
from ragvsft.verdict.decision import Decision
from ragvsft.verdict.economics import Economics, economics
from ragvsft.verdict.fact_draws import FactDraws, fact_draws
from ragvsft.verdict.inputs import RunInputs
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.objectives import Measured, measure, priced
from ragvsft.verdict.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a decision rests on, whatever weighs and costs what."""

    inputs: RunInputs
    facts: FactDraws
    """Of all arms of the last wave."""
    measured: Measured
    """The arms that may be chosen, without costs."""
    scores: Mapping[str, Interval]
    """Of those arms, on the primary metric."""
    pairs: tuple[Comparison, ...]
    kinds: Mapping[str, str]
    wave: date
    metric: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The costs of arms under some prices and some workload."""

    economics: Economics | None
    """None: there is no price sheet."""
    draws: Mapping[str, CostDraws]
    """Of the arms that are priced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """A decision under other settings, and the costs that it rests on."""

    decision: Decision
    economics: Economics | None
    """None: the settings have no price sheet."""


def basis(inputs: RunInputs, verdict: Verdict) -> Basis | None:
    """Read what any decision on a run rests on; None: it is blocked, or nothing was asked.

    Args:
        inputs: the run.
        verdict: on the same inputs.
    """
    last = verdict.last_asked
    if last is None or verdict.decision.verdict in ("blocked", "nothing_asked"):
        return None
    primary = metrics_for(inputs.task, inputs.manifest.dataset.labels)[0]
    names = [arm.name for arm in inputs.arms]
    tables = [score_table(wave, names, [primary], inputs.manifest.dataset.abstain) for wave in inputs.waves]
    asked = [(table, table.of_facts(wave.drawn)) for table, wave in zip(tables, inputs.waves, strict=True)]
    asked = [(table, sample) for table, sample in asked if table.questions]
    sample = asked[-1][1]
    facts = fact_draws([table for table, _ in asked], sample.arms, primary, sample)
    choosable = [arm.name for arm in inputs.arms if arm.can_be_chosen]
    scores = {
        arm.arm: arm.scores[primary.name] for arm in last.arms if arm.arm in choosable and primary.name in arm.scores
    }
    if facts is None or not scores:
        return None
    return Basis(
        inputs=inputs,
        facts=facts,
        measured=measure(inputs.settings, sample, facts.only(list(scores)), {}, inputs.latency),
        scores=scores,
        pairs=tuple(pair for pair in last.comparisons if pair.p_adjusted is not None),
        kinds={arm.name: arm.kind for arm in inputs.arms},
        wave=last.wave,
        metric=primary.name,
    )


def costs_anew(found: Basis, settings: Settings) -> Costs:
    """What the arms cost under other prices and another workload; weights and constraints make no difference."""
    accuracy = {arm: found.facts.of(arm) for arm in found.facts.arms}
    read = economics(replace(found.inputs, settings=settings), accuracy)
    return Costs(economics=read[0], draws=read[1]) if read else Costs(economics=None, draws={})


def decide_anew(found: Basis, settings: Settings, costs: Costs | None = None) -> Anew:
    """The decision that the run comes to under other settings; the same settings give the verdict's own.

    Args:
        found: what the run's decisions rest on.
        settings: as they are now.
        costs: of the same prices and workload; None: they are worked out.
    """
    costs = costs or costs_anew(found, settings)
    decision = decision_of(
        settings,
        priced(found.measured, settings, costs.draws),
        kinds=found.kinds,
        scores=found.scores,
        pairs=found.pairs,
        wave=found.wave,
        metric=found.metric,
    )
    return Anew(decision=decision, economics=costs.economics)
