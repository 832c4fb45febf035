"""Which questions have to be asked again after a change, by hand, and how the sample beside them is drawn."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task, WaveQuestion
from ragvsft.data.affected import affected_facts, asked_again, drawn_facts
from ragvsft.data.snapshots import questions_at

DAYS = (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1))


def document(doc_id: str, text: str, since: int = 0, until: int | None = None) -> Document:
    return Document(
        doc_id=doc_id, title=doc_id, text=text, valid_from=DAYS[since], valid_to=None if until is None else DAYS[until]
    )


def question(fact: str, *answers: tuple[str, int, int | None], gold: str | None = None, n: int = 0) -> Question:
    return Question(
        question_id=f"{fact}-{n}",
        fact_id=fact,
        question=f"{fact}?",
        answers=("a",),
        split=Split.TEST,
        gold_doc_ids=(gold or fact,),
        answer_history=tuple(
            AnswerInterval(
                answers=(text,) if text else (), valid_from=DAYS[since], valid_to=None if until is None else DAYS[until]
            )
            for text, since, until in answers
        ),
    )


DATASET = Dataset(
    name="d", description="", licence="", language="en", task=Task.SHORT_ANSWER, snapshots=DAYS,
    documents=(
        document("changed", "was", 0, 1), document("changed", "is", 1),
        document("removed", "there"),
        document("reworded", "one way", 0, 1), document("reworded", "another way", 1),
        document("same", "same"),
        document("late", "late", 1),
        document("later", "later", 0, 2), document("later", "latest", 2),
        document("gone", "gone", 0, 1),
        document("redated", "as it was", 0, 1), document("redated", "as it was", 1),
    ),
    questions=(
        question("changed", ("was", 0, 1), ("is", 1, None)),
        question("removed", ("there", 0, 1), ("", 1, None)),
        question("reworded"), question("reworded", n=1),
        question("same"), question("redated"),
        question("late"),
        question("later"),
        question("gone"),
    ),
)  # fmt: skip


def test_a_fact_is_affected_by_its_own_change_and_by_its_documents() -> None:
    assert affected_facts(DATASET, DAYS[:1]) == frozenset()
    assert affected_facts(DATASET, DAYS[:2]) == {"changed", "removed", "reworded", "late", "gone"}


def test_what_was_affected_once_is_asked_from_then_on() -> None:
    """An arm may answer it right for the first time at any later wave."""
    assert affected_facts(DATASET, DAYS) == affected_facts(DATASET, DAYS[:2]) | {"later"}


def test_all_phrasings_of_an_affected_fact_are_asked_and_a_sample_of_all_facts() -> None:
    known, _ = questions_at(DATASET, DAYS[1], DAYS[0])

    def asked(sample: int | None, days: int = 2) -> set[str]:
        return {one.question_id for one in asked_again(DATASET, DAYS[:days], known, sample=sample, seed=0)}

    everything = {one.question_id for one in known}
    assert asked(None) == asked(1, days=1) == asked(99) == everything
    affected = {one.question_id for one in known if one.fact_id in affected_facts(DATASET, DAYS[:2])}
    assert {"reworded-0", "reworded-1"} <= affected
    for n in range(1, 8):
        drawn = drawn_facts((one.fact_id for one in known), n, seed=0)
        assert len(drawn) == n
        assert asked(n) == affected | {one.question_id for one in known if one.fact_id in drawn}


def test_the_order_of_the_questions_stays() -> None:
    known: tuple[WaveQuestion, ...] = tuple(reversed(questions_at(DATASET, DAYS[1], DAYS[0])[0]))
    asked = asked_again(DATASET, DAYS[:2], known, sample=3, seed=1)
    assert list(asked) == [one for one in known if one in asked]


@given(st.frozensets(st.text(max_size=3), max_size=30), st.integers(1, 20), st.integers(0, 3), st.data())
def test_a_sample_can_be_told_from_what_was_asked_alone(facts: frozenset[str], n: int, seed: int, data) -> None:
    """The verdict knows the asked facts and not the others: it finds the same sample."""
    drawn = drawn_facts(facts, n, seed)
    affected = data.draw(st.frozensets(st.sampled_from(sorted(facts)))) if facts else frozenset()
    assert drawn_facts(drawn | affected, n, seed) == drawn
    assert drawn_facts(drawn, n + 1, seed) == drawn


def test_samples_of_other_seeds_differ() -> None:
    facts = [f"f{n}" for n in range(100)]
    assert len({drawn_facts(facts, 10, seed) for seed in range(5)}) == 5


def test_a_title_is_part_of_a_document() -> None:
    renamed = replace(document("same", "same", 1), title="Another")
    documents = (*(one for one in DATASET.documents if one.doc_id != "same"), document("same", "same", 0, 1), renamed)
    assert "same" in affected_facts(replace(DATASET, documents=documents), DAYS[:2])
