"""Exact match and F1 equal SQuAD's published rule, written here independently of the package."""

import random
import re
from datetime import date

from ragvsft.core.values import Outcome, Split, WaveQuestion
from ragvsft.metrics.answers import EXACT_MATCH, TOKEN_F1, score

# Articles, punctuation inside words, numbers, capitals, other scripts, repeated words.
WORDS = re.split(
    r"\s+",
    "a an the The A cat Cat cats dog rome Rome Rome's U.S. (york) New-York 12 1,200 3.5 €45 $45 don't don’t and-or "
    "theatre another an' ... -- München Ελλάδα 北京 मुंबई the, “quoted” x_y 50% & I",
)
GAPS = (" ", "  ", "\t", "\n", " \u00a0")
ABSTAIN = ("I don't know",)


def squad_normalised(text: str) -> list[str]:
    """Rajpurkar et al.: lower case, punctuation out, articles out, white space fixed."""
    bare = "".join(c for c in text.lower() if c not in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def squad_em(answer: str, accepted: str) -> float:
    return float(" ".join(squad_normalised(answer)) == " ".join(squad_normalised(accepted)))


def squad_f1(answer: str, accepted: str) -> float:
    """As in script v2.0: with an empty side, 1 only if both are empty."""
    said, right = squad_normalised(answer), squad_normalised(accepted)
    if not said or not right:
        return float(said == right)
    left = list(right)
    same = 0
    for word in said:
        if word in left:
            left.remove(word)
            same += 1
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(right)
    return 2 * precision * recall / (precision + recall)


def generated(rng: random.Random, most: int) -> str:
    words = rng.choices(WORDS, k=rng.randint(0, most))
    return "".join(word + rng.choice(GAPS) for word in words)


def question(answers: tuple[str, ...]) -> WaveQuestion:
    return WaveQuestion(
        question_id="q",
        fact_id="f",
        question="?",
        answers=answers,
        stale_answers=(),
        gold_doc_ids=(),
        split=Split.TEST,
        answerable=bool(answers),
    )


def outcome(answer: str | None) -> Outcome:
    failure = "out of memory" if answer is None else None
    return Outcome(arm="rag", wave=date(2024, 1, 1), question_id="q", seed=None, answer=answer, failure=failure)


def test_a_thousand_generated_pairs_agree_with_the_official_rule() -> None:
    rng = random.Random(11)
    n_equal = n_part = 0
    for _ in range(1000):
        accepted = tuple(generated(rng, 3) for _ in range(rng.randint(1, 3)))
        words = rng.choice(accepted).split()
        answer = " ".join(rng.sample(words, len(words))).upper() + rng.choice(("", " " + generated(rng, 3)))
        em = max(squad_em(answer, right) for right in accepted)
        f1 = max(squad_f1(answer, right) for right in accepted)
        got_em = score(EXACT_MATCH, outcome(answer), question(accepted), ABSTAIN)
        got_f1 = score(TOKEN_F1, outcome(answer), question(accepted), ABSTAIN)
        assert got_em == em, (answer, accepted)
        assert got_f1 is not None, accepted
        assert abs(got_f1 - f1) < 1e-12, (answer, accepted)
        n_equal += em == 1.0
        n_part += 0.0 < f1 < 1.0
    # The generator reaches every region of the rule.
    assert n_equal > 150
    assert n_part > 150


def test_no_answer_scores_as_in_script_v2_with_abstaining_for_the_empty_prediction() -> None:
    """v2.0 compares a question without answers with the empty string; our arms abstain in words."""
    for answer, empty in (("I don't know.", ""), ("Paris", "Paris")):
        for metric, rule in ((EXACT_MATCH, squad_em), (TOKEN_F1, squad_f1)):
            assert score(metric, outcome(answer), question(()), ABSTAIN) == rule(empty, "")
