"""The primary metric of parts of the questions: slices, change kinds, and facts that an adapter's rows covered."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragvsft.verdict.answers import ScoreTable, score_intervals
from ragvsft.verdict.inputs import WaveInputs
from ragvsft.verdict.intervals import FEW_CLUSTERS, Interval

MOST_VALUES = 20
"""A division into more parts than this says nothing about any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of the questions, and every arm's scores on them."""

    by: str
    """What divides them: a slice's name, `change`, or `answerable`."""
    value: str
    n_questions: int
    n_facts: int
    scores: dict[str, dict[str, Interval]]
    """Arm -> metric -> mean with interval."""

    @property
    def caution(self) -> str | None:
        """Why the part says little; None with enough facts."""
        return f"only {self.n_facts:,} facts" if self.n_facts < FEW_CLUSTERS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Every arm's scores on facts that an adapter was trained on, and on facts that it was not.

    Retrieval sees all documents, an adapter only its rows: a difference between the two columns is not a difference
    between methods.
    """

    adapter: str
    arms: tuple[str, ...]
    """The arms that use the adapter."""
    n_covered_facts: int
    n_other_facts: int
    covered: dict[str, dict[str, Interval]]
    """Arm -> metric -> mean with interval; empty without such a fact."""
    other: dict[str, dict[str, Interval]]


def parts(table: ScoreTable) -> tuple[Part, ...]:
    """The slices of the questions; a division into one part, or into more than `MOST_VALUES`, is left out."""
    groups: dict[str, dict[str, list[int]]] = {}
    for row, question in enumerate(table.questions):
        labels = dict(question.slice)
        if question.change is not None:
            labels["change"] = question.change.value
        labels["answerable"] = "yes" if question.answerable else "no"
        for by, value in labels.items():
            groups.setdefault(by, {}).setdefault(value, []).append(row)
    return tuple(
        Part(
            by=by,
            value=value,
            n_questions=len(rows),
            n_facts=_n_facts(table, rows),
            scores=score_intervals(table, rows),
        )
        for by, values in sorted(groups.items())
        if 1 < len(values) <= MOST_VALUES
        for value, rows in sorted(values.items())
    )


def coverage(wave: WaveInputs, table: ScoreTable, users: dict[str, tuple[str, ...]]) -> tuple[Coverage, ...]:
    """The split by each adapter that an arm of the table uses.

    Args:
        wave: what the adapters' rows covered.
        table: the scores.
        users: adapter -> arms.
    """
    found = []
    for adapter, arms in sorted(users.items()):
        using = tuple(arm for arm in arms if arm in table.arms)
        facts = wave.covered.get(adapter)
        if not using or facts is None:
            continue
        inside = [row for row, question in enumerate(table.questions) if question.fact_id in facts]
        outside = [row for row, question in enumerate(table.questions) if question.fact_id not in facts]
        found.append(
            Coverage(
                adapter=adapter,
                arms=using,
                n_covered_facts=_n_facts(table, inside),
                n_other_facts=_n_facts(table, outside),
                covered=score_intervals(table, inside) if inside else {},
                other=score_intervals(table, outside) if outside else {},
            )
        )
    return tuple(found)


def _n_facts(table: ScoreTable, rows: Sequence[int]) -> int:
    return len({table.questions[row].fact_id for row in rows})
