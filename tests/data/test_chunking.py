import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.core.values import Document, Passage
from ragvsft.data.chunking import cut

JAN, APR, JUL = date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)


def words(texts: Sequence[str]) -> list[int]:
    """A word a token."""
    return [len(text.split()) for text in texts]


def bytes_joined(texts: Sequence[str]) -> list[int]:
    """A tokenizer that counts white space too, so that joined texts have more tokens than their parts."""
    return [len(re.findall(r"\w{1,4}|\W", text)) for text in texts]


def document(text: str, title: str = "T", doc_id: str = "d", start: date = JAN, end: date | None = None) -> Document:
    return Document(doc_id=doc_id, title=title, text=text, valid_from=start, valid_to=end)


def texts(passages: Sequence[Passage]) -> list[str]:
    return [passage.text for passage in passages]


def test_packs_whole_sentences_with_the_title_counted() -> None:
    text = "One two three. Four five six. Seven eight nine.\n\nTen."
    passages = cut([document(text)], max_tokens=7, overlap_sentences=0, count_tokens=words)
    assert texts(passages) == ["One two three. Four five six.", "Seven eight nine.\n\nTen."]
    assert [passage.position for passage in passages] == [0, 1]
    assert {passage.title for passage in passages} == {"T"}


def test_the_heading_is_part_of_the_title_and_parts_passages() -> None:
    text = "Intro here.\n\n# Leave\nThere are 25 days.\n\n# T\nAgain."
    passages = cut([document(text)], max_tokens=50, overlap_sentences=0, count_tokens=words)
    assert [(p.title, p.text) for p in passages] == [
        ("T", "Intro here."),
        ("T – Leave", "There are 25 days."),
        ("T", "Again."),
    ]


def test_only_a_sentence_that_is_too_long_alone_is_split_and_by_words() -> None:
    text = "Short one. This sentence has far too many words to fit. End."
    passages = cut([document(text)], max_tokens=6, overlap_sentences=0, count_tokens=words)
    assert texts(passages) == ["Short one. This sentence has", "far too many words to", "fit. End."]


def test_a_list_item_that_is_too_long_is_split_by_sentences_first() -> None:
    text = "- One two three. Four five six.\n- Seven."
    passages = cut([document(text)], max_tokens=6, overlap_sentences=0, count_tokens=words)
    assert texts(passages) == ["- One two three.", "Four five six.\n- Seven."]


def test_overlap_repeats_last_sentences_as_far_as_there_is_room() -> None:
    text = "All agreed. Both came. Cats ran. Dogs ate. Everybody else ate at noon."
    passages = cut([document(text, title="")], max_tokens=6, overlap_sentences=1, count_tokens=words)
    assert texts(passages) == ["All agreed. Both came. Cats ran.", "Cats ran. Dogs ate.", "Everybody else ate at noon."]


def test_a_title_that_is_too_long_is_shortened_and_its_heading_moves_to_the_text() -> None:
    title = "A very long title of a document"
    passages = cut([document("# Pay\nMonthly.", title=title)], max_tokens=8, overlap_sentences=0, count_tokens=words)
    assert [(p.title, p.text) for p in passages] == [("A very long title", "Pay\nMonthly.")]


def test_equal_pieces_share_their_id_across_versions_and_are_joined_where_these_touch() -> None:
    versions = [
        document("Same text.\n\n# New\nFirst.", start=JAN, end=APR),
        document("# Old\nBefore.\n\n# New\nFirst.", start=APR, end=JUL),
        document("Same text.", start=JUL),
    ]
    passages = cut(versions, max_tokens=20, overlap_sentences=0, count_tokens=words)
    same = [(p.valid_from, p.valid_to) for p in passages if p.text == "Same text."]
    assert same == [(JAN, APR), (JUL, None)]
    assert len({p.passage_id for p in passages if p.text == "Same text."}) == 1
    first = [(p.valid_from, p.valid_to, p.position) for p in passages if p.text == "First."]
    assert first == [(JAN, JUL, 1)]
    assert [p.passage_id for p in cut(versions[1:2], max_tokens=20, overlap_sentences=0, count_tokens=words)] == [
        next(p.passage_id for p in passages if p.text == text) for text in ("Before.", "First.")
    ]


def test_equal_pieces_of_one_version_and_of_two_documents_have_their_own_ids() -> None:
    documents = [document("# A\nSame.\n# A\nSame."), document("# A\nSame.", doc_id="e")]
    passages = cut(documents, max_tokens=20, overlap_sentences=0, count_tokens=words)
    assert len(passages) == len({passage.passage_id for passage in passages}) == 3
    assert {uuid.UUID(passage.passage_id).version for passage in passages} == {5}


def test_ids_stay_what_they_were() -> None:
    """An index that exists is found again only if ids never change."""
    (passage,) = cut([document("Same text.")], max_tokens=20, overlap_sentences=0, count_tokens=words)
    assert passage.passage_id == "6aaec109-e090-5cf3-aa20-2676f9f1b433"


def test_tokens_are_counted_in_few_calls() -> None:
    calls = 0

    def count(given: Sequence[str]) -> list[int]:
        nonlocal calls
        calls += 1
        return words(given)

    documents = [document(f"One {n}. Two {n}.\n\n# H {n}\nThree.", doc_id=str(n)) for n in range(200)]
    cut(documents, max_tokens=5, overlap_sentences=0, count_tokens=count)
    assert calls <= 6


def test_blank_documents_give_nothing() -> None:
    assert cut([document(" \n\n ")], max_tokens=20, overlap_sentences=0, count_tokens=words) == ()


@pytest.mark.parametrize(("max_tokens", "overlap"), [(1, 0), (9, -1)])
def test_sizes_that_make_no_sense_are_refused(max_tokens: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="cannot cut"):
        cut([], max_tokens=max_tokens, overlap_sentences=overlap, count_tokens=words)


WORD = st.text("abcdefgHI123", min_size=1, max_size=9)
SENTENCE = st.lists(WORD, min_size=1, max_size=14).map(" ".join)
LINE = st.tuples(st.sampled_from(["", "- ", "# ", "1. "]), SENTENCE, st.sampled_from([".", "", ":", "?"])).map("".join)
TEXT = st.lists(st.lists(LINE, min_size=1, max_size=4).map("\n".join), min_size=1, max_size=6).map("\n\n".join)


@given(
    st.lists(TEXT, min_size=1, max_size=3),
    SENTENCE | st.just(""),
    st.integers(2, 30),
    st.integers(0, 3),
    st.sampled_from([words, bytes_joined]),
)
def test_every_word_is_kept_and_no_passage_is_too_long(
    versions: list[str], title: str, max_tokens: int, overlap: int, count: object
) -> None:
    assert callable(count)
    days = [JAN, APR, JUL, None]
    for text, start, end in zip(versions, days, days[1:], strict=False):
        assert start is not None
        passages = cut(
            [document(text, title=title, start=start, end=end)],
            max_tokens=max_tokens,
            overlap_sentences=overlap,
            count_tokens=count,
        )
        for passage in passages:
            assert count([passage.content])[0] <= max_tokens or len(passage.text.split()) == 1
        assert [passage.position for passage in passages] == list(range(len(passages)))
        kept = {word for passage in passages for word in passage.content.split()}
        assert {word for word in text.split() if word != "#"} <= kept


PROSE = st.lists(SENTENCE.map("{}.".format), min_size=1, max_size=12)


@given(PROSE, st.sampled_from([" ", "\n", "\n\n"]), st.integers(2, 30))
def test_without_overlap_the_words_come_once_and_in_order(prose: list[str], gap: str, max_tokens: int) -> None:
    text = gap.join(prose)
    passages = cut([document(text)], max_tokens=max_tokens, overlap_sentences=0, count_tokens=words)
    assert [word for passage in passages for word in passage.text.split()] == text.split()


@given(st.lists(TEXT, min_size=1, max_size=3), st.integers(3, 30))
def test_the_order_of_the_documents_decides_nothing(given_texts: list[str], max_tokens: int) -> None:
    days = [JAN, APR, JUL, None]
    documents = [
        replace(document(text), valid_from=start or JAN, valid_to=end)
        for text, start, end in zip(given_texts, days, days[1:], strict=False)
    ]
    passages = cut(documents, max_tokens=max_tokens, overlap_sentences=0, count_tokens=words)
    assert cut(documents[::-1], max_tokens=max_tokens, overlap_sentences=0, count_tokens=words) == passages
    intervals = [(p.passage_id, p.valid_from) for p in passages]
    assert len(intervals) == len(set(intervals))
