import hashlib
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
from ragvsft.data.read import read_dataset
from small_experiment import ROOT

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


def test_a_title_that_is_too_long_keeps_its_page() -> None:
    title = "A very long title of a document"
    text = "## Hotels, page 12\nOne two three. Four five six. Seven eight."
    passages = cut([document(text, title=title)], max_tokens=12, overlap_sentences=0, count_tokens=words)
    assert [(p.title, p.text) for p in passages] == [
        ("A very long – page 12", "Hotels, page 12\nOne two three."),
        ("A very long – page 12", "Four five six. Seven eight."),
    ]


def kept(text: str, max_tokens: int, *, overlap: int = 0, keep_whole: bool = True) -> list[str]:
    return texts(
        cut(
            [document(text, title="")],
            max_tokens=max_tokens,
            overlap_sentences=overlap,
            count_tokens=words,
            keep_whole=keep_whole,
        )
    )


def test_a_list_that_fits_stays_whole_with_the_line_that_introduces_it() -> None:
    text = "One two three. We sell:\n- tea\n- cold milk\n- juice\n\nFour five."
    assert kept(text, 9) == ["One two three.", "We sell:\n- tea\n- cold milk\n- juice", "Four five."]
    assert kept(text, 7) == ["One two three. We sell:", "- tea\n- cold milk\n- juice", "Four five."]
    assert kept(text, 9, keep_whole=False) == ["One two three. We sell:\n- tea", "- cold milk\n- juice\n\nFour five."]


def test_a_list_that_does_not_fit_is_cut_between_its_items() -> None:
    text = "One two. We sell:\n- tea\n- cold milk\n- juice\n- soup"
    assert kept(text, 6) == ["One two. We sell:\n- tea", "- cold milk\n- juice", "- soup"]


TABLE = "Fees stand here.\n\n| Item | Price |\n|---|---|\n| tea | 2 |\n| milk | 3 |\n| juice | 4 |\n\nThat is all."


def test_a_table_that_fits_stays_whole() -> None:
    whole = "| Item | Price |\n| tea | 2 |\n| milk | 3 |\n| juice | 4 |"
    assert kept(TABLE, 20) == ["Fees stand here.", whole, "That is all."]
    assert kept(TABLE, 23) == [f"Fees stand here.\n\n{whole}", "That is all."]


def test_a_table_that_does_not_fit_is_cut_between_rows_and_every_piece_has_its_head() -> None:
    assert kept(TABLE, 15) == [
        "Fees stand here.\n\n| Item | Price |\n| tea | 2 |",
        "| Item | Price |\n| milk | 3 |\n| juice | 4 |",
        "That is all.",
    ]
    tabs = "Item\tPrice\ntea\t2\nmilk\t3\njuice\t4"
    assert kept(tabs, 6) == ["Item\tPrice\ntea\t2\nmilk\t3", "Item\tPrice\njuice\t4"]
    headless = "| tea | 2 |\n| milk | 3 |\n| juice | 4 |"
    assert kept(headless, 10) == ["| tea | 2 |\n| milk | 3 |", "| juice | 4 |"]


def test_a_repeated_row_has_its_head_and_a_head_without_room_is_not_repeated() -> None:
    assert kept(TABLE, 15, overlap=1)[1] == "| Item | Price |\n| tea | 2 |\n| milk | 3 |"
    wide = "| Item of the shop | Price |\n|---|---|\n| tea | 2 |\n| milk | 3 |"
    assert kept(wide, 13) == ["| Item of the shop | Price |\n| tea | 2 |", "| milk | 3 |"]


def test_without_whole_lists_the_demo_is_cut_as_it_always_was() -> None:
    """The recorded results of the demo are of these passages."""
    demo = read_dataset(ROOT / "data" / "demo")
    passages = cut(demo.documents, max_tokens=40, overlap_sentences=0, count_tokens=words, keep_whole=False)
    ids = "\n".join(passage.passage_id for passage in passages)
    assert hashlib.sha256(ids.encode()).hexdigest()[:16] == "29831c0b8c680874"


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
ROWS = st.lists(st.tuples(WORD, SENTENCE), min_size=2, max_size=6)
TABLES = ROWS.map(lambda rows: "\n".join(["| a | b |", "|---|---|", *(f"| {one} | {other} |" for one, other in rows)]))
TABBED = ROWS.map(lambda rows: "\n".join(f"{one}\t{other}" for one, other in rows))
BLOCK = st.lists(LINE, min_size=1, max_size=4).map("\n".join) | TABLES | TABBED
TEXT = st.lists(BLOCK, min_size=1, max_size=6).map("\n\n".join)


@given(
    st.lists(TEXT, min_size=1, max_size=3),
    SENTENCE | st.just(""),
    st.integers(2, 30),
    st.integers(0, 3),
    st.sampled_from([words, bytes_joined]),
    st.booleans(),
)
def test_every_word_is_kept_and_no_passage_is_too_long(
    versions: list[str], title: str, max_tokens: int, overlap: int, count: object, keep_whole: bool
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
            keep_whole=keep_whole,
        )
        for passage in passages:
            assert count([passage.content])[0] <= max_tokens or len(passage.text.split()) == 1
        assert [passage.position for passage in passages] == list(range(len(passages)))
        kept = {word for passage in passages for word in passage.content.split()}
        assert {word for word in text.split() if word not in ("#", "|---|---|")} <= kept


@given(st.lists(SENTENCE.map("{}.".format) | TABLES | TABBED, min_size=1, max_size=6), st.integers(8, 40))
def test_a_table_that_fits_is_in_one_passage(blocks: list[str], max_tokens: int) -> None:
    whole = kept("\n\n".join(blocks), max_tokens)
    for block in blocks:
        table = block.replace("|---|---|\n", "")
        if "\n" in table and words([table])[0] <= max_tokens:
            assert any(table in text for text in whole)


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
