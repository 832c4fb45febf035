"""Comparisons that may be looked at while answers still come in, and whether they settle which arm leads.

A test made for a fixed number of facts and looked at again and again finds differences that are not there. These are
read off confidence sequences, which hold at every look (see `sequential.py`).
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.answers import score_table
from ragvsft.verdict.comparisons import Comparison, holm, reversed_comparison
from ragvsft.verdict.inputs import RunInputs
from ragvsft.verdict.intervals import FEW_CLUSTERS, LEVEL, Floats, cluster
from ragvsft.verdict.sequential import TUNED_FOR, mixture_parameter, normal_mixture_boundary

ALPHA = 1.0 - LEVEL


def early_comparisons(
    values: Floats, arms: Sequence[str], facts: Sequence[str], *, metric: str, family: frozenset[str]
) -> tuple[Comparison, ...]:
    """Every pair of arms, the first named first, at whatever number of facts there is now.

    Two invented facts, one each way, are counted in the spread alone, so that arms which have differed on no fact yet
    have an interval that is no point. Below `FEW_CLUSTERS` facts nothing is told.

    The p-value is the smallest level at which the sequence leaves out no difference, its mixture's parameter as at the
    level that is used; it is valid at any look, so Holm's correction holds for it too.

    Args:
        values: fractions, shape (n_questions, n_arms), of the questions asked so far, which are drawn at random.
        arms: the columns.
        facts: the fact of each row.
        metric: told with each pair.
        family: the arms among which a choice is made.
    """
    pairs = list(combinations(range(len(arms)), 2))
    if not pairs or not len(values):
        return ()
    differences = np.column_stack([values[:, a] - values[:, b] for a, b in pairs])
    data = cluster(differences, np.ones_like(differences, dtype=np.bool_), facts)
    each = data.sums / data.counts
    n = data.n_facts
    means = each.mean(axis=0)
    spread = np.sqrt(((each**2).sum(axis=0) + 2.0) / (n + 2) - (means * n / (n + 2)) ** 2)
    rho = mixture_parameter(TUNED_FOR, ALPHA)
    half = spread * normal_mixture_boundary(np.array(float(n)), rho, ALPHA) / n
    p_values = np.minimum(1.0, np.sqrt((n + rho) / rho) * np.exp(-0.5 * (means * n / spread) ** 2 / (n + rho)))
    if n < FEW_CLUSTERS:
        half, p_values = np.full(len(pairs), 2.0), np.ones(len(pairs))
    chosen = [at for at, (a, b) in enumerate(pairs) if arms[a] in family and arms[b] in family]
    adjusted = dict(zip(chosen, holm([float(p_values[at]) for at in chosen]), strict=True))
    return tuple(
        Comparison(
            arm=arms[a],
            other=arms[b],
            metric=metric,
            difference=float(means[at]),
            low=max(-1.0, float(means[at] - half[at])),
            high=min(1.0, float(means[at] + half[at])),
            n=len(differences),
            n_facts=n,
            wins=int((differences[:, at] > 0).sum()),
            ties=int((differences[:, at] == 0).sum()),
            losses=int((differences[:, at] < 0).sum()),
            test="confidence_sequence",
            p=float(p_values[at]),
            p_adjusted=float(adjusted[at]) if at in adjusted else None,
            standard_error=float(spread[at] / n**0.5),
        )
        for at, (a, b) in enumerate(pairs)
    )


def settled_leader(comparisons: Sequence[Comparison]) -> str | None:
    """The arm that is told apart from every other arm of the family, and above it; None: not settled."""
    family = [one for one in comparisons if one.p_adjusted is not None]
    for arm in dict.fromkeys(name for one in family for name in (one.arm, one.other)):
        mine = [one if one.arm == arm else reversed_comparison(one) for one in family if arm in (one.arm, one.other)]
        if all(one.distinguishable and one.difference > 0 for one in mine):
            return arm
    return None


def leader_so_far(inputs: RunInputs) -> str | None:
    """The arm that leads for certain at the last planned wave, by what is answered now; None: not settled."""
    if not inputs.waves or inputs.waves[-1].wave != max(inputs.planned_waves, default=None):
        return None
    primary = metrics_for(inputs.task, inputs.manifest.dataset.labels)[0]
    names = [arm.name for arm in inputs.arms]
    table = score_table(inputs.waves[-1], names, [primary], inputs.manifest.dataset.abstain)
    table = table.of_facts(inputs.waves[-1].drawn)
    if set(table.arms) != set(names) or not table.questions:
        return None
    family = frozenset(arm.name for arm in inputs.arms if arm.can_be_chosen)
    found = early_comparisons(table.of(primary.name), table.arms, table.facts, metric=primary.name, family=family)
    return settled_leader(found)
