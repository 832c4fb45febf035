"""Ranking scores by hand and against pytrec_eval itself."""

import random

import pytest
import pytrec_eval

from ragvsft.metrics.ranking import ranking_scores


def test_by_hand() -> None:
    gold = {"two": ["p1", "p9"], "none": [], "empty": ["x"], "missed": ["z"]}
    ranked = {"two": ["p2", "p1", "p2", "p9"], "none": ["q"], "empty": []}
    scores = ranking_scores(gold, ranked, depths=(1, 3))
    assert set(scores) == {"recall@1", "recall@3", "reciprocal_rank", "ndcg@10"}
    assert scores["recall@1"] == {"two": 0.0, "none": None, "empty": 0.0, "missed": 0.0}
    # The repeated p2 is left out, so that p9 stands third.
    assert scores["recall@3"]["two"] == 1.0
    assert scores["reciprocal_rank"]["two"] == 0.5
    # (1/log2 3 + 1/log2 4) / (1/log2 2 + 1/log2 3)
    assert scores["ndcg@10"]["two"] == pytest.approx((0.6309298 + 0.5) / 1.6309298, abs=1e-6)
    assert all(values["none"] is None and values["missed"] == 0.0 for values in scores.values())


def test_nothing_to_rank() -> None:
    assert ranking_scores({}, {})["ndcg@10"] == {}
    assert ranking_scores({"q": []}, {"q": ["p"]})["recall@5"] == {"q": None}


def test_equals_pytrec_eval() -> None:
    rng = random.Random(5)
    passages = [f"p{n}" for n in range(30)]
    gold = {f"q{n}": rng.sample(passages, rng.randint(1, 4)) for n in range(60)}
    ranked = {question: rng.sample(passages, rng.randint(1, 20)) for question in gold}
    scores = ranking_scores(gold, ranked)
    evaluator = pytrec_eval.RelevanceEvaluator(
        {question: dict.fromkeys(some, 1) for question, some in gold.items()}, {"recall", "recip_rank", "ndcg_cut"}
    )
    theirs = evaluator.evaluate(
        {question: {p: float(100 - rank) for rank, p in enumerate(some)} for question, some in ranked.items()}
    )
    for question in gold:
        assert scores["recall@5"][question] == pytest.approx(theirs[question]["recall_5"])
        assert scores["recall@10"][question] == pytest.approx(theirs[question]["recall_10"])
        assert scores["reciprocal_rank"][question] == pytest.approx(theirs[question]["recip_rank"])
        assert scores["ndcg@10"][question] == pytest.approx(theirs[question]["ndcg_cut_10"])
