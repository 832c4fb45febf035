"""Which decision a wave gets: blocked, by constraints and weights where there are some, else by the primary metric."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from ragvsft.config.experiment import Verdict as Settings
from ragvsft.verdict.answers import ScoreTable
from ragvsft.verdict.choosing import choose
from ragvsft.verdict.choosing_words import breaches, none_keeps, nothing_weighed
from ragvsft.verdict.comparisons import Comparison
from ragvsft.verdict.cost_draws import CostDraws
from ragvsft.verdict.decision import Decision, decide
from ragvsft.verdict.fact_draws import FactDraws
from ragvsft.verdict.inputs import RunInputs
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.objectives import Measured, broken_constraints, measure


def decision_at(
    inputs: RunInputs,
    *,
    scores: Mapping[str, Interval],
    pairs: Sequence[Comparison],
    wave: date,
    metric: str,
    blocked: Sequence[str],
    table: ScoreTable | None,
    drawn: FactDraws | None,
    costs: Mapping[str, CostDraws],
) -> Decision:
    """Decide among the arms that may be chosen.

    Args:
        inputs: the run.
        scores: of those arms, on the primary metric.
        pairs: all of them, corrected together.
        wave: the last wave that was asked.
        metric: the primary metric.
        blocked: what blocks a verdict, in words.
        table: the wave's scores.
        drawn: the primary metric resampled; None where no weight or constraint asks for it.
        costs: of the arms that are priced.
    """
    settings = inputs.settings
    is_weighed = bool(settings.weights or settings.constraints)
    if blocked or not is_weighed or not scores or table is None or drawn is None:
        return decide(scores, pairs, wave=wave, metric=metric, broken=blocked)
    measured = measure(settings, table, drawn.only(list(scores)), costs, inputs.latency)
    kinds = {arm.name: arm.kind for arm in inputs.arms}
    return decision_of(settings, measured, kinds=kinds, scores=scores, pairs=pairs, wave=wave, metric=metric)


def decision_of(
    settings: Settings,
    measured: Measured,
    *,
    kinds: Mapping[str, str],
    scores: Mapping[str, Interval],
    pairs: Sequence[Comparison],
    wave: date,
    metric: str,
) -> Decision:
    """Decide by the settings' constraints and weights, among arms that were measured; the rest as in `decision_at`."""
    if settings.weights:
        chosen = choose(settings, measured, kinds=kinds, wave=wave, metric=metric)
        if chosen is not None:
            return chosen
    out = broken_constraints(settings, measured)
    kept = {name: score for name, score in scores.items() if name not in {one.arm for one in out}}
    if not kept:
        return Decision(verdict="none_meets", sentence=none_keeps(out), wave=wave, metric=metric, broken=out)
    among = [pair for pair in pairs if pair.arm in kept and pair.other in kept]
    found = decide(kept, among, wave=wave, metric=metric, broken=())
    sentence = f"{found.sentence} Out by the constraints: {breaches(out)}." if out else found.sentence
    if settings.weights:
        sentence = f"{sentence} {nothing_weighed(settings, measured)}"
    return replace(found, sentence=sentence, broken=out)
