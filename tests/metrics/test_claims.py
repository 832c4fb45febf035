"""A claim is covered where the answer says the same, with its numbers and names, and does not deny it."""

import numpy as np
import pytest

from ragvsft.metrics.claims import MIN_SIMILARITY, covered_share, statements, with_whole_sentences


def share(right: str, answer: str, similarity: float = 1.0) -> float | None:
    """As if everything were equally alike; sentences end at ' | '."""
    claims, said = statements(right.split(" | ")), with_whole_sentences(answer.split(" | "))
    return covered_share(claims, said, np.full((len(claims), len(said)), similarity, dtype=np.float32))


@pytest.mark.parametrize(
    ("right", "answer", "covered"),
    [
        ("It lasted 2 weeks.", "The trial went on for 2 weeks.", 1.0),
        ("It lasted 2 weeks.", "The trial went on for two weeks.", 1.0),
        ("It lasted 2 weeks.", "The trial went on for 3 weeks.", 0.0),
        ("It cost 1,200 euros.", "The price was 1200 euros.", 1.0),
        ("It lasted 2 weeks. | It cost 7 euros.", "It lasted 2 weeks.", 0.5),
        ("It lasted 2 weeks; it cost 7 euros.", "It cost 7 euros and lasted 2 weeks.", 1.0),
        ("It lasted 2 weeks, and it cost 7 euros.", "It lasted 7 weeks and cost euros.", 0.5),
        ("The trial helped.", "The trial did not help.", 0.0),
        ("The trial didn't help.", "The trial did not help.", 1.0),
        ("The trial didn't help.", "The trial helped.", 0.0),
        ("In March Ada Byron took over.", "Ada Byron is the new head. | She took over in March.", 1.0),
        ("In March Ada Byron took over.", "In March Bo Lin took over.", 0.0),
        ("It helps in Crohn's disease.", "It helps in Crohn's disease.", 1.0),
        ("It helps in Crohn's disease.", "Those with Crohn disease are helped.", 1.0),
        ("It is treated with mRNA.", "Treatment is by mrna.", 1.0),
        ("It lasted 2 weeks.", "", 0.0),
    ],
)
def test_numbers_names_and_denials_must_agree(right: str, answer: str, covered: float) -> None:
    assert share(right, answer) == covered
    assert share(right, answer, similarity=MIN_SIMILARITY - 0.01) == 0.0


def test_what_is_not_alike_is_not_covered_and_each_claim_has_its_own_likeness() -> None:
    claims, said = statements(["One thing.", "Another."]), with_whole_sentences(["The one thing."])
    assert covered_share(claims, said, np.array([[0.9], [0.1]], dtype=np.float32)) == 0.5
    assert covered_share((), said, np.zeros((0, 1), dtype=np.float32)) is None


def test_clauses_are_claims_where_something_is_said_on_both_sides() -> None:
    def texts(sentence: str) -> list[str]:
        return [one.text for one in statements([sentence])]

    assert texts("It rose by 2 points, but later it fell again.") == ["It rose by 2 points", "later it fell again."]
    assert texts("Red, white, and blue.") == ["Red, white, and blue."]
    assert texts("No, but it may.") == ["No, but it may."]
    assert texts(" ") == []


def test_german_nouns_are_no_names() -> None:
    (german,) = statements(["Die Hütte kostet 9 Euro."], "de")
    (english,) = statements(["The lodge in Alder costs 9 euros."], "en")
    assert (german.names, german.numbers) == (frozenset(), frozenset({"9"}))
    assert english.names == {"alder"}
