"""The threshold of `claims_covered`: what it tells apart on sentences that say the same and on sentences that do not.

PYTHONPATH=src .venv/bin/python benchmarks/claims.py data/demo PUBMEDQA_FOLDER
"""

import argparse
import json
import random
from itertools import combinations
from pathlib import Path

import numpy as np

from ragvsft.core.values import Split
from ragvsft.data.read import read_dataset
from ragvsft.data.sections import sentences
from ragvsft.lab.annotate import claims_covered
from ragvsft.lab.generation.models import resolve_model
from ragvsft.lab.retrieval.embedder import SentenceTransformerEmbedder
from ragvsft.metrics.claims import MIN_SIMILARITY, statements

RESULTS = Path(__file__).parent / "results"
Pair = tuple[str, str]


def main() -> None:
    """Measure, print and write `results/claims.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("pubmedqa", type=Path)
    chosen = parser.parse_args()
    embedder = SentenceTransformerEmbedder(resolve_model("bundled/all-minilm-l6-v2", "embedder").folder, "minilm")
    same, near, subject = phrasings(chosen.demo)
    told: dict[str, object] = {"threshold": MIN_SIMILARITY}
    for name, pairs in (("one fact", same), ("another fact of its document", near), ("another subject", subject)):
        found = similarities(embedder, pairs)
        told[f"demo, {name}"] = {
            "n": len(found),
            **{f">= {t:.2f}": round(float((found >= t).mean()), 3) for t in np.arange(0.4, 0.86, 0.05)},
        }
    conclusions = pubmedqa(chosen.pubmedqa)
    rng = random.Random(0)
    single = [answer for answer, _ in conclusions if len(statements(sentences(answer, "en"))) == 1]
    shuffled = conclusions[1:] + conclusions[:1]
    tried = {
        "itself": [(answer, answer) for answer, _ in conclusions],
        "another abstract's conclusion": [
            (other, answer) for (answer, _), (other, _) in zip(conclusions, shuffled, strict=True)
        ],
        "the abstract's first sentences": [(" ".join(context[:3]), answer) for answer, context in conclusions],
        "the abstract's last sentences": [(" ".join(context[-3:]), answer) for answer, context in conclusions],
        "one claim, with other numbers": [(numbered(one, rng), one) for one in single if any(c.isdigit() for c in one)],
        "one claim, denied": [(text, one) for one in single if (text := denied(one)) is not None],
    }
    told["pubmedqa: mean share covered"] = {
        name: {"n": len(pairs), "share": round(mean_share(embedder, pairs), 3)} for name, pairs in tried.items()
    }
    print(json.dumps(told, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "claims.json").write_text(json.dumps(told, indent=1) + "\n")


def phrasings(folder: Path) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Pairs of questions: two phrasings of a fact, two facts of a document, one kind of fact of two documents."""
    questions = [question for question in read_dataset(folder).questions if question.split is not Split.DEV]
    rng = random.Random(0)
    by_fact: dict[str, list[str]] = {}
    for question in questions:
        by_fact.setdefault(question.fact_id, []).append(question.question)
    documents: dict[str, list[str]] = {}
    kinds: dict[str, list[str]] = {}
    for fact in by_fact:
        document, _, kind = fact.partition("#")
        documents.setdefault(document, []).append(fact)
        kinds.setdefault(kind, []).append(fact)
    same = [pair for texts in by_fact.values() for pair in combinations(texts, 2)]

    def across(groups: dict[str, list[str]]) -> list[Pair]:
        pairs = [pair for facts in groups.values() for pair in combinations(sorted(facts), 2)]
        chosen = rng.sample(pairs, min(len(pairs), 800))
        return [(rng.choice(by_fact[one]), rng.choice(by_fact[two])) for one, two in chosen]

    return rng.sample(same, min(len(same), 800)), across(documents), across(kinds)


def pubmedqa(folder: Path) -> list[tuple[str, list[str]]]:
    """Conclusions with the sentences of their abstracts."""
    rows = json.loads((folder / "ori_pqal.json").read_text("utf-8")).values()
    rows = random.Random(0).sample(list(rows), 200)
    return [
        (row["LONG_ANSWER"], [one.strip() for text in row["CONTEXTS"] for one in sentences(text, "en") if one.strip()])
        for row in rows
    ]


def numbered(text: str, rng: random.Random) -> str:
    """The text with one digit more in each number."""
    return "".join(f"{c}{rng.randrange(1, 10)}" if c.isdigit() else c for c in text)


def denied(text: str) -> str | None:
    """The text with its first auxiliary denied, or no longer; None where there is none."""
    for plain in (" is ", " are ", " was ", " were ", " can ", " may ", " does ", " did ", " should "):
        for before, after in ((f"{plain}not ", plain), (plain, f"{plain}not ")):
            if before in text:
                return text.replace(before, after)
    return None


def similarities(embedder: SentenceTransformerEmbedder, pairs: list[Pair]) -> np.ndarray:
    """Cosines of pairs."""
    texts = sorted({text for pair in pairs for text in pair})
    rows = dict(zip(texts, embedder.embed(texts), strict=True))
    return np.array([float(rows[one] @ rows[two]) for one, two in pairs])


def mean_share(embedder: SentenceTransformerEmbedder, pairs: list[Pair]) -> float:
    """The mean share of claims covered, of (answer, right answer)."""
    shares = claims_covered([(answer, (right,)) for answer, right in pairs], embedder, "en")
    return float(np.mean([share for share in shares if share is not None]))


if __name__ == "__main__":
    main()
