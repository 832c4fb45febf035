from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ragvsft.core.values import AnswerInterval, Change, Dataset, Document, Question, Split, Task, WaveQuestion
from ragvsft.data.snapshots import documents_at, questions_at

JAN, APR, JUL, OCT = date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1)
QUESTION = Question(question_id="q", fact_id="f", question="Who?", answers=("Ada",), split=Split.TEST)


def version(doc_id: str, start: date, end: date | None = None) -> Document:
    return Document(doc_id=doc_id, title="", text=f"{doc_id} {start}", valid_from=start, valid_to=end)


def dataset(*questions: Question, documents: tuple[Document, ...] = (version("d", JAN),)) -> Dataset:
    return Dataset(
        name="n",
        description="",
        licence="CC0",
        language="en",
        task=Task.SHORT_ANSWER,
        snapshots=(JAN, APR, JUL, OCT),
        documents=documents,
        questions=questions,
    )


def history(*intervals: tuple[tuple[str, ...], date, date | None]) -> Question:
    rows = tuple(AnswerInterval(answers=a, valid_from=start, valid_to=end) for a, start, end in intervals)
    return replace(QUESTION, answer_history=rows)


def only(question: Question, at: date, previous: date | None = None) -> WaveQuestion:
    found, n_left_out = questions_at(dataset(question), at, previous)
    assert n_left_out == 0
    return found[0]


def not_asked(question: Question, at: date, documents: tuple[Document, ...] = (version("d", JAN),)) -> bool:
    found, n_left_out = questions_at(dataset(question, documents=documents), at, None)
    assert len(found) + n_left_out == 1
    return not found


def test_a_version_is_valid_from_its_first_day_until_before_its_last() -> None:
    data = dataset(QUESTION, documents=(version("d", JAN, APR), version("d", APR, JUL), version("e", APR)))
    assert [d.text for d in documents_at(data, date(2024, 3, 31))] == ["d 2024-01-01"]
    assert [d.text for d in documents_at(data, APR)] == ["d 2024-04-01", "e 2024-04-01"]
    assert [d.text for d in documents_at(data, JUL)] == ["e 2024-04-01"]


def test_the_end_of_a_version_is_hidden_while_it_is_valid() -> None:
    data = dataset(QUESTION, documents=(version("d", JAN, APR), version("e", JAN)))
    assert {d.valid_to for d in documents_at(data, JAN)} == {None}


def test_answers_are_of_the_interval_and_stale_ones_of_those_before() -> None:
    question = history((("Ada", "A. L."), JAN, APR), (("Bea",), APR, JUL), (("Cem", "a. l"), JUL, None))
    assert only(question, JAN).answers == ("Ada", "A. L.")
    assert only(question, JAN).stale_answers == ()
    assert only(question, APR).stale_answers == ("Ada", "A. L.")
    assert only(question, JUL).answers == ("Cem", "a. l")
    assert only(question, JUL).stale_answers == ("Bea", "Ada")


def test_an_answer_that_came_back_is_not_stale() -> None:
    question = history((("Ada",), JAN, APR), (("Bea",), APR, JUL), (("ada",), JUL, None))
    assert only(question, JUL).stale_answers == ("Bea",)


def test_numbers_are_compared_by_value() -> None:
    question = history((("1,200",), JAN, APR), (("1200.0",), APR, None))
    assert only(question, APR, JAN).stale_answers == ()
    assert only(question, APR, JAN).change is Change.UNCHANGED


def test_without_a_history_the_answers_always_hold() -> None:
    assert only(QUESTION, JAN).answers == ("Ada",)
    assert only(QUESTION, OCT, JUL).change is Change.UNCHANGED


def test_a_gap_and_a_later_beginning_are_not_asked() -> None:
    question = history((("Ada",), APR, JUL), (("Bea",), OCT, None))
    assert [not_asked(question, at) for at in (JAN, APR, JUL, OCT)] == [True, False, True, False]


def test_a_question_is_asked_when_its_first_gold_document_is_there() -> None:
    documents = (version("d", JUL), version("e", APR, JUL), version("e", JUL))
    question = replace(QUESTION, gold_doc_ids=("d", "e"))
    assert [not_asked(question, at, documents) for at in (JAN, APR, JUL)] == [True, False, False]
    found, _ = questions_at(dataset(question, documents=documents), APR, JAN)
    assert (found[0].gold_doc_ids, found[0].change) == (("e",), Change.NEW)


def test_a_withdrawn_gold_document_is_gold_no_more() -> None:
    question = replace(QUESTION, gold_doc_ids=("d",))
    found, _ = questions_at(dataset(question, documents=(version("d", JAN, APR),)), APR, None)
    assert found[0].gold_doc_ids == ()


def test_a_removed_answer_leaves_nothing_right_and_the_earlier_one_stale() -> None:
    question = history((("Ada",), JAN, APR), ((), APR, None))
    found = only(question, APR, JAN)
    assert (found.answers, found.stale_answers, found.answerable) == ((), ("Ada",), True)
    assert found.change is Change.REMOVED
    assert only(question, JUL, APR).change is Change.UNCHANGED


def test_an_unanswerable_question_is_always_asked() -> None:
    question = replace(QUESTION, answers=(), answerable=False)
    found = only(question, JUL, JAN)
    assert (found.answers, found.stale_answers, found.answerable, found.change) == ((), (), False, None)


def test_change_is_against_the_wave_before() -> None:
    question = history((("Ada",), JAN, APR), (("Bea",), APR, JUL), (("Ada",), OCT, None))
    assert only(question, JAN).change is None
    assert only(question, APR, JAN).change is Change.CHANGED
    assert only(question, OCT, JAN).change is Change.UNCHANGED
    assert only(question, OCT, JUL).change is Change.NEW


def test_a_further_alias_is_no_change_and_a_lost_one_is() -> None:
    more = history((("Ada",), JAN, APR), (("Ada", "Countess"), APR, None))
    assert only(more, APR, JAN).change is Change.UNCHANGED
    less = history((("Ada", "Bea"), JAN, APR), (("Ada",), APR, None))
    assert only(less, APR, JAN).change is Change.CHANGED
    assert only(less, APR, JAN).stale_answers == ("Bea",)


def test_a_fact_that_is_removed_after_a_gap_was_lost() -> None:
    question = history((("Ada",), JAN, APR), ((), JUL, None))
    assert only(question, JUL, APR).change is Change.REMOVED
    never = history(((), JUL, OCT), (("Ada",), OCT, None))
    assert only(never, JUL, APR).change is Change.UNCHANGED
    assert only(never, OCT, JUL).change is Change.NEW


@st.composite
def histories(draw: st.DrawFn) -> Question:
    """Touching or parted intervals whose answers name the day on which they begin."""
    days = [JAN + timedelta(days=n) for n in sorted(draw(st.sets(st.integers(0, 300), min_size=2, max_size=7)))]
    rows = []
    for place, start in enumerate(days[:-1]):
        if draw(st.booleans()):
            answers = (start.isoformat(),) if draw(st.integers(0, 4)) else ()
            last = place == len(days) - 2 and draw(st.booleans())
            rows.append((answers, start, None if last else days[place + 1]))
    rows = rows or [((days[0].isoformat(),), days[0], None)]
    return replace(history(*rows), gold_doc_ids=("d",))


@given(histories(), st.integers(-10, 320), st.integers(1, 60))
def test_nothing_of_the_future_is_seen(question: Question, day: int, back: int) -> None:
    """What a wave sees is the same whether or not anybody has written down what came after it."""
    at = JAN + timedelta(days=day)
    previous = at - timedelta(days=back)
    documents = (version("d", JAN, at + timedelta(days=1)), version("d", at + timedelta(days=1)), version("e", JAN))
    data = dataset(question, documents=documents)
    past = tuple(
        replace(row, valid_to=None if row.valid_to and row.valid_to > at else row.valid_to)
        for row in question.answer_history
        if row.valid_from <= at
    )
    known = dataset(
        replace(question, answers=("unknown",), answer_history=past),
        documents=tuple(d for d in documents_at(data, at) if d.valid_from <= at),
    )
    found, n_left_out = questions_at(data, at, previous)
    if past:
        assert questions_at(known, at, previous) == (found, n_left_out)
    else:
        assert (found, n_left_out) == ((), 1)
    for asked in found:
        assert all(date.fromisoformat(answer) <= at for answer in (*asked.answers, *asked.stale_answers))
    assert all(d.valid_from <= at and d.valid_to is None for d in documents_at(data, at))
