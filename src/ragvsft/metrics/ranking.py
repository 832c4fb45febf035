"""The scores of rankings against gold passages, by ir-measures on its pytrec_eval provider."""

from collections.abc import Collection, Iterable, Mapping, Sequence

DEPTHS = (1, 3, 5, 10)
"""The cut-offs at which recall is read, as far as the ranking is that deep."""


def ranking_scores(
    gold: Mapping[str, Collection[str]], ranked: Mapping[str, Sequence[str]], depths: Iterable[int] = DEPTHS
) -> dict[str, dict[str, float | None]]:
    """Recall at some depths, reciprocal rank and nDCG@10 of each question.

    Args:
        gold: ids of the relevant passages of each question; relevance is binary.
        ranked: ids of the retrieved passages of each question, best first; an id that comes again is left out.
        depths: cut-offs of recall.

    Returns:
        `recall@k`, `reciprocal_rank` and `ndcg@10`: for each question of `gold` a fraction 0-1, 0 where nothing was
        retrieved, None where no passage is relevant (the measure is undefined there, and not 0).
        Järvelin and Kekäläinen 2002 for nDCG; reciprocal rank without a cut-off.
    """
    import ir_measures
    from ir_measures import RR, R, nDCG
    from ir_measures.util import ScoredDoc

    measures = {f"recall@{depth}": R @ depth for depth in depths}
    measures |= {"reciprocal_rank": RR, "ndcg@10": nDCG @ 10}
    names = {measure: name for name, measure in measures.items()}
    judged = {question: set(passages) for question, passages in gold.items() if passages}
    scores: dict[str, dict[str, float | None]] = {
        name: {question: 0.0 if question in judged else None for question in gold} for name in measures
    }
    qrels = [ir_measures.Qrel(question, passage, 1) for question, some in judged.items() for passage in sorted(some)]
    # Strictly falling similarities: ties are broken differently by different measures.
    run = [
        ScoredDoc(question, passage, float(-rank))
        for question in judged
        for rank, passage in enumerate(dict.fromkeys(ranked.get(question, ())))
    ]
    if qrels and run:
        for found in ir_measures.pytrec_eval.iter_calc(list(measures.values()), qrels, run):
            scores[names[found.measure]][found.query_id] = float(found.value)
    return scores
