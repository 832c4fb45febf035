"""The decision where objectives have weights: who keeps the constraints, who is best how surely, what would change it.

The oracle and recorded arms are not here: what may not be chosen is not weighed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from ragvsft.config.experiment import Verdict as Settings
from ragvsft.verdict import choosing_words as told
from ragvsft.verdict.cost_draws import widening
from ragvsft.verdict.decision import MOST_NEEDED, Decision, Weighed, WeightReversal
from ragvsft.verdict.detectable import facts_needed
from ragvsft.verdict.intervals import FEW_CLUSTERS, LEVEL, Floats
from ragvsft.verdict.objectives import AT_LEAST, OBJECTIVES, Measured, broken_constraints, range_of
from ragvsft.verdict.weighing import best_shares, dealt, front, reversals, scaled, weight_draws

FEW_FACTS = FEW_CLUSTERS
"""With fewer facts than this nothing is chosen by what was answered: resampling them claims too much."""
CANDIDATE = 0.05
"""An arm that is best in fewer resamples than this is no candidate."""
COMBINING = frozenset({"hybrid", "router"})
"""Kinds of arms that combine fine-tuning and retrieval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    objectives: tuple[str, ...]
    """Present and weighted ones."""
    values: Floats
    """Adding up to 1."""


def choose(
    settings: Settings, measured: Measured, *, kinds: Mapping[str, str], wave: date, metric: str
) -> Decision | None:
    """Decide among the measured arms by the settings' constraints and weights; None: nothing weighted was measured.

    Args:
        settings: with weights.
        measured: the arms that may be chosen.
        kinds: of the arms, by name.
        wave: the last wave.
        metric: the primary metric, which accuracy and freshness are of.
    """
    broken = broken_constraints(settings, measured)
    out = {one.arm for one in broken}
    keeping = [arm for arm in measured.arms if arm not in out]
    weights = _weights(settings, measured)
    if weights is None:
        return None
    utilities = np.stack(
        [scaled(measured.draws[name], *range_of(settings, name)) for name in weights.objectives], axis=2
    )
    by_arm = utilities[0] @ weights.values
    decided = partial(Decision, wave=wave, metric=metric, broken=broken)
    if not keeping:
        weighed = _weighed(settings, measured, weights, keeping, by_arm)
        return decided(verdict="none_meets", sentence=told.none_keeps(broken), weighed=weighed)
    columns = [measured.arms.index(arm) for arm in keeping]
    mine = utilities[:, columns]
    drawn = weight_draws(weights.values)
    shares = best_shares(np.einsum("rao,ro->ra", mine[1:], drawn[1:]))
    at_weights = best_shares(mine[1:] @ weights.values)
    order = sorted(range(len(keeping)), key=lambda at: (-by_arm[columns[at]], -shares[at], keeping[at]))
    best, best_name = order[0], keeping[order[0]]
    turns = tuple(
        WeightReversal(
            objective=weights.objectives[one.objective],
            weight=float(weights.values[one.objective]),
            at=one.weight,
            arm=keeping[one.best],
        )
        for one in reversals(mine[0], weights.values, best)
        # Of two weights one says what the other does.
        if len(weights.objectives) != 2 or one.objective == 0
    )
    weighed = _weighed(settings, measured, weights, keeping, by_arm, shares, at_weights, turns)
    chosen = partial(decided, arm=best_name, candidates=(best_name,), weighed=weighed)
    if len(keeping) == 1:
        return chosen(verdict="only_one_arm", sentence=told.only_one(best_name, broken, measured))
    second = order[1]
    few = measured.n_facts < FEW_FACTS and not AT_LEAST.isdisjoint(weights.objectives)
    if at_weights[best] >= surely(measured.n_facts) and not few:
        combines = kinds.get(best_name) in COMBINING
        sentence = told.chosen(best_name, keeping[second], weighed, measured, broken, combines=combines)
        return chosen(verdict="combine" if combines else "choose", sentence=sentence)
    more = FEW_FACTS - measured.n_facts if few else _more(settings, measured, weights, columns[best], columns[second])
    candidates = [keeping[at] for at in order if at == best or max(shares[at], at_weights[at]) >= CANDIDATE]
    if len(candidates) == 1:
        candidates.append(keeping[second])
    return decided(
        verdict="not_enough_evidence",
        sentence=told.undecided(candidates, weighed, more, measured.n_facts if few else None),
        candidates=tuple(candidates),
        more_facts=more,
        weighed=weighed,
    )


def surely(n_facts: int) -> float:
    """How often the best must be best in the resamples before it is chosen: two alike are told apart one time in 20.

    That is one half of 5 %, as either of the two may come out ahead; resampled means of few facts vary too little, by
    √((n − 1) / n) and by what Student's t with n − 1 degrees has over the normal distribution.
    """
    from scipy.special import ndtr, ndtri

    return float(ndtr(ndtri((1 + LEVEL) / 2) * widening(max(2, n_facts))))


def _weights(settings: Settings, measured: Measured) -> _Weights | None:
    """The weights of what was measured; None where nothing that has one was."""
    given = np.array([settings.weights.get(name, 0.0) for name in OBJECTIVES])
    present = np.array([name in measured.draws for name in OBJECTIVES])
    values = dealt(given, present)
    if not values.sum():
        return None
    kept = np.flatnonzero(values > 0)
    return _Weights(objectives=tuple(OBJECTIVES[at] for at in kept), values=values[kept])


def _weighed(
    settings: Settings,
    measured: Measured,
    weights: _Weights,
    keeping: Sequence[str],
    utilities: Floats,
    shares: Iterable[float] = (),
    at_weights: Iterable[float] = (),
    turns: tuple[WeightReversal, ...] = (),
) -> Weighed:
    never = dict.fromkeys(measured.arms, 0.0)
    by_utility = dict(zip(measured.arms, map(float, utilities), strict=True))
    lead = max((by_utility[arm] for arm in keeping), default=0.0)
    return Weighed(
        weights=dict(zip(weights.objectives, map(float, weights.values), strict=True)),
        absent={
            name: measured.absent[name] for name in OBJECTIVES if name in measured.absent and settings.weights.get(name)
        },
        values={arm: measured.values(arm) for arm in measured.arms},
        utilities=by_utility,
        probability_best=never | dict(zip(keeping, map(float, shares), strict=True)),
        probability_at_weights=never | dict(zip(keeping, map(float, at_weights), strict=True)),
        front=_front(measured, keeping),
        barred=tuple(arm for arm in measured.arms if keeping and arm not in keeping and by_utility[arm] > lead),
        reversals=turns,
    )


def _front(measured: Measured, keeping: Sequence[str]) -> tuple[str, ...]:
    """Those of the arms that no other beats or equals in everything."""
    if not keeping:
        return ()
    columns = [measured.arms.index(arm) for arm in keeping]
    values = np.column_stack(
        [
            (1.0 if name in AT_LEAST else -1.0) * measured.draws[name][0, columns]
            for name in OBJECTIVES
            if name in measured.draws
        ]
    )
    on_it = front(values)
    return tuple(arm for arm, is_on in zip(keeping, on_it, strict=True) if is_on)


def _more(settings: Settings, measured: Measured, weights: _Weights, best: int, second: int) -> int | None:
    """About how many more facts would show the difference in utility, if it is real; None where facts are not it."""
    by_facts = np.stack(
        [scaled(measured.by_facts[name], *range_of(settings, name)) for name in weights.objectives], axis=2
    )
    utilities = by_facts @ weights.values
    differences = utilities[:, best] - utilities[:, second]
    spread = float(differences[1:].std()) * measured.n_facts**0.5
    needed = facts_needed(float(differences[0]), spread, 1)
    if needed is None or needed > MOST_NEEDED or needed <= measured.n_facts:
        return None
    return needed - measured.n_facts
