"""Which questions have to be asked again: those that a change can have touched, and a sample of all facts.

The sample is drawn from all facts and not from the untouched ones alone. So what is read on it holds for all of them
without weights, and the same facts are in it at every wave.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise

from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Change, Dataset, WaveQuestion
from ragvsft.data.snapshots import documents_at, questions_at


def asked_again(
    dataset: Dataset, days: Sequence[date], questions: Sequence[WaveQuestion], *, sample: int | None, seed: int
) -> tuple[WaveQuestion, ...]:
    """Of a wave's questions those that are asked, in their order.

    Args:
        dataset: a dataset as it was read.
        days: the waves up to this one, ascending.
        questions: those that a full wave asks.
        sample: facts drawn besides the affected ones; None: every question is asked, as at the first wave.
        seed: of the draw.
    """
    if sample is None or len(days) < 2:
        return tuple(questions)
    wanted = affected_facts(dataset, days) | drawn_facts((one.fact_id for one in questions), sample, seed)
    return tuple(one for one in questions if one.fact_id in wanted)


def affected_facts(dataset: Dataset, days: Sequence[date]) -> frozenset[str]:
    """Facts that a wave after the first moved or brought, or whose gold documents it changed.

    What was affected once stays so: when an arm answers it right for the first time is not known otherwise.
    """
    affected: set[str] = set()
    for before, now in pairwise(days):
        then, texts = _texts(dataset, before), _texts(dataset, now)
        moved = {doc_id for doc_id in then.keys() | texts.keys() if then.get(doc_id) != texts.get(doc_id)}
        earlier = {one.question_id: one for one in questions_at(dataset, before, None)[0]}
        for one in questions_at(dataset, now, before)[0]:
            was = earlier.get(one.question_id)
            stands_on = {*one.gold_doc_ids, *(was.gold_doc_ids if was else ())}
            if was is None or one.change not in (None, Change.UNCHANGED) or not moved.isdisjoint(stands_on):
                affected.add(one.fact_id)
    return frozenset(affected)


def drawn_facts(facts: Iterable[str], n: int, seed: int) -> frozenset[str]:
    """`n` facts, or all there are; a fact that is drawn is also drawn from any part of them that holds it."""
    return frozenset(sorted(set(facts), key=lambda fact: text_hash("sample", str(seed), fact))[:n])


def _texts(dataset: Dataset, at: date) -> dict[str, tuple[str, str]]:
    return {document.doc_id: (document.title, document.text) for document in documents_at(dataset, at)}
