"""Cuts document versions into passages: by heading and sentence, sized in the embedder's own tokens.

`sections.py` knows what a heading and a sentence is; this file packs them and gives each piece its id and interval.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from ragvsft.config.experiment import Chunking
from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Document, Passage
from ragvsft.data.sections import Section, Unit, sections, sentences

CountTokens = Callable[[Sequence[str]], list[int]]

_NAMESPACE = uuid.UUID("2b0c2f0e-6f2d-5c39-9d0e-7f6c3f0f8a51")
"""Of passage ids; changing it would make every index be built anew."""


def cut_by(
    chunking: Chunking, documents: Sequence[Document], *, count_tokens: CountTokens, language: str
) -> tuple[Passage, ...]:
    """The passages of some versions by an index's settings; see `cut`."""
    return cut(
        documents,
        max_tokens=chunking.max_tokens,
        overlap_sentences=chunking.overlap_sentences,
        count_tokens=count_tokens,
        language=language,
        keep_whole=chunking.keep_whole,
    )


def cut(
    documents: Sequence[Document],
    *,
    max_tokens: int,
    overlap_sentences: int,
    count_tokens: CountTokens,
    language: str = "en",
    keep_whole: bool = True,
) -> tuple[Passage, ...]:
    """The passages of some versions, by document and place in it.

    A passage holds whole sentences, at most `max_tokens` tokens with its title (the document's and, where there is
    one, the heading's). Only a sentence longer than that is split, between words; a single word may be longer. A title
    that would take more than half of the room is shortened, and its heading then stands in the text, but for the page
    that it names.

    A list or table that fits into a passage is in one, with the line before it where that ends in a colon. One that
    does not is cut between items or rows, and the rows that name a table's columns begin every further piece of it.

    An id is made of document, content and occurrence, so equal pieces of two versions are one passage: their
    intervals are joined where the versions touch, and stand as two entries of one id where they do not.

    Args:
        documents: versions; blank ones give no passage.
        max_tokens: of a passage with its title.
        overlap_sentences: how many last sentences of a passage the next one of the same heading begins with, as far
            as there is room.
        count_tokens: tokens of each text, without special tokens; called a few times with many texts.
        language: code by which sentences are told apart.
        keep_whole: False: lists and tables are filled up with as any other lines.

    Raises:
        ValueError: `max_tokens` is below 2 or `overlap_sentences` is negative.
    """
    if max_tokens < 2 or overlap_sentences < 0:
        raise ValueError(f"cannot cut with max_tokens={max_tokens} and overlap_sentences={overlap_sentences}")
    counts = _Counts(count_tokens)
    ordered = sorted(documents, key=lambda document: (document.doc_id, document.valid_from))
    parts = [_Part(n, section) for n, d in enumerate(ordered) for section in sections(d.text, language)]
    _set_titles(parts, ordered, max_tokens, counts)
    _pack(parts, max_tokens, overlap_sentences, counts, language, keep_whole=keep_whole)
    pieces: dict[int, list[tuple[str, str]]] = {}
    for part in parts:
        pieces.setdefault(part.document, []).extend((part.title, text) for text in part.texts)
    passages = [passage for n, d in enumerate(ordered) for passage in _passages(d, pieces.get(n, []))]
    return tuple(_joined(passages))


@dataclass(slots=True)
class _Part:
    """A section on its way to passages."""

    document: int
    """Place of its version in the sorted list."""
    section: Section
    title: str = ""
    budget: int = 0
    """Tokens that a passage's text may have."""
    texts: list[str] = field(default_factory=list)


class _Counts:
    """Token counts, each distinct text counted once, many in one call."""

    def __init__(self, count_tokens: CountTokens) -> None:
        self._count_tokens = count_tokens
        self._known: dict[str, int] = {}

    def learn(self, texts: Iterable[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._count_tokens(new), strict=True))

    def __getitem__(self, text: str) -> int:
        return self._known[text]


def _set_titles(parts: Sequence[_Part], documents: Sequence[Document], max_tokens: int, counts: _Counts) -> None:
    """Give every part its title and what room that leaves; a heading that has no place in it goes to the text."""
    room = max_tokens // 2
    titles = [" ".join(documents[part.document].title.split()) for part in parts]
    for part, title in zip(parts, titles, strict=True):
        headings = [title, part.section.heading] if part.section.heading != title else [title]
        part.title = " – ".join(text for text in headings if text)
    counts.learn(part.title for part in parts)
    long = [(part, title) for part, title in zip(parts, titles, strict=True) if counts[part.title] > room]
    counts.learn(text for part, title in long for text in (title, *title.split(), _page_of(part)))
    for part, title in long:
        if part.section.heading and part.section.heading != title:
            part.section.units.insert(0, Unit(text=part.section.heading, gap="", whole=True))
            part.section.units[1:2] = [replace(unit, gap="\n") for unit in part.section.units[1:2]]
        page = _page_of(part) if counts[_page_of(part)] < room else ""
        left = room - counts[page] if page else room
        part.title = (title if counts[title] <= left else _beginning(title.split(), left, counts)) + page
    counts.learn(part.title for part in parts)
    for part in parts:
        part.budget = max(1, max_tokens - counts[part.title])


def _page_of(part: _Part) -> str:
    return f" – {part.section.page}" if part.section.page else ""


def _beginning(words: Sequence[str], room: int, counts: _Counts) -> str:
    taken: list[str] = []
    for word in words:
        room -= counts[word]
        if room < 0:
            break
        taken.append(word)
    return " ".join(taken)


def _pack(
    parts: Sequence[_Part], max_tokens: int, overlap: int, counts: _Counts, language: str, *, keep_whole: bool
) -> None:
    """Pack every part's units into texts that fit.

    Tokens of joined texts need not be the sum of their tokens, so what was packed is counted again, and a part with
    too long a passage is packed anew with less room.
    """
    todo = list(parts)
    while todo:
        units = _fitting(todo, counts, language)
        for part, fitting in zip(todo, units, strict=True):
            if not keep_whole:
                fitting = [replace(unit, group=0, is_head=False) for unit in fitting]
            part.texts = list(_packed(fitting, part.budget, overlap, counts))
        counts.learn(_content(part.title, text) for part in todo for text in part.texts)
        again = []
        for part in todo:
            sizes = [counts[_content(part.title, text)] for text in part.texts if len(text.split()) > 1]
            excess = max(sizes, default=0) - max_tokens
            if excess > 0 and part.budget > 1:
                part.budget = max(1, part.budget - excess)
                again.append(part)
        todo = again


def _fitting(parts: Sequence[_Part], counts: _Counts, language: str) -> list[list[Unit]]:
    """The units of each part, the ones that are too long split: a whole line into sentences, a sentence into words."""
    counts.learn(unit.text for part in parts for unit in part.section.units)
    by_sentence = [
        [
            smaller
            for unit in part.section.units
            for smaller in (_sentences(unit, language) if unit.whole and counts[unit.text] > part.budget else [unit])
        ]
        for part in parts
    ]
    counts.learn(unit.text for units in by_sentence for unit in units)
    by_word = [
        [smaller for unit in units for smaller in (_words(unit) if counts[unit.text] > part.budget else [unit])]
        for part, units in zip(parts, by_sentence, strict=True)
    ]
    counts.learn(unit.text for units in by_word for unit in units)
    return by_word


def _sentences(unit: Unit, language: str) -> list[Unit]:
    gap, found = unit.gap, []
    for sentence in sentences(unit.text, language):
        text = sentence.rstrip()
        found.append(replace(unit, text=text, gap=gap, whole=False))
        gap = " " if len(text) < len(sentence) else ""
    return found


def _words(unit: Unit) -> list[Unit]:
    return [replace(unit, text=word, gap=" " if n else unit.gap) for n, word in enumerate(unit.text.split())]


def _packed(units: Sequence[Unit], budget: int, overlap: int, counts: _Counts) -> Iterable[str]:
    """Texts of as many units as fit, in order; each begins with up to `overlap` last units of the one before."""
    until = [0, *accumulate(counts[unit.text] for unit in units)]
    ends = _ends(units, budget, until)
    heads = _heads(units, budget, counts)

    def size(begin: int, end: int) -> int:
        return until[end] - until[begin]

    start = at = 0
    while at < len(units):
        end = ends[at]
        while start < at and size(start, end) > budget:
            start += 1
        head = heads.get(start, ())
        room = budget - sum(counts[unit.text] for unit in head)
        if size(start, end) > room:
            head, room = (), budget
        while end < len(units) and size(start, ends[end]) <= room:
            end = ends[end]
        lines = [unit.text for unit in head]
        text = "".join(unit.gap * (n > 0) + unit.text for n, unit in enumerate(units[start:end]))
        yield "\n".join([*lines, text])
        start, at = max(start + 1, end - overlap), end


def _ends(units: Sequence[Unit], budget: int, until: Sequence[int]) -> dict[int, int]:
    """Where what must not be parted ends, by where it begins: whole lists and tables that fit, else single units.

    A line that ends in a colon stays with the list or table below it, and the head of a table with a row.
    """

    def fits(begin: int, end: int) -> bool:
        return until[end] - until[begin] <= budget

    ends: dict[int, int] = {}
    at = 0
    while at < len(units):
        introduces = not units[at].group and units[at].text.endswith(":") and at + 1 < len(units)
        first = at + 1 if introduces and units[at + 1].group else at
        end = least = first + 1
        while end < len(units) and units[first].group and units[end].group == units[first].group:
            end += 1
        while least < end and units[least - 1].is_head:
            least += 1
        if first > at and not fits(at, end) and (fits(first, end) or not fits(at, least)):
            ends[at] = end = first
        elif fits(at, end):
            ends[at] = end
        else:
            ends[at] = least if fits(at, least) else at + 1
            ends.update((n, n + 1) for n in range(ends[at], end))
        at = end
    return ends


def _heads(units: Sequence[Unit], budget: int, counts: _Counts) -> dict[int, tuple[Unit, ...]]:
    """What is repeated above a piece of a table, by the unit that the piece begins with; no head of half the room."""
    of_group: dict[int, tuple[Unit, ...]] = {}
    for unit in units:
        if unit.is_head:
            of_group[unit.group] = (*of_group.get(unit.group, ()), unit)
    fitting = {
        group: head for group, head in of_group.items() if sum(counts[unit.text] for unit in head) <= budget // 2
    }
    return {n: fitting[unit.group] for n, unit in enumerate(units) if unit.group in fitting and not unit.is_head}


def _content(title: str, text: str) -> str:
    return f"{title}\n{text}" if title else text


def _passages(document: Document, pieces: Sequence[tuple[str, str]]) -> Iterable[Passage]:
    occurrences: dict[tuple[str, str], int] = {}
    for position, piece in enumerate(pieces):
        title, text = piece
        occurrence = occurrences[piece] = occurrences.get(piece, 0) + 1
        name = text_hash(document.doc_id, _content(title, text), str(occurrence))
        yield Passage(
            passage_id=str(uuid.uuid5(_NAMESPACE, name)),
            doc_id=document.doc_id,
            title=title,
            text=text,
            position=position,
            valid_from=document.valid_from,
            valid_to=document.valid_to,
        )


def _joined(passages: Iterable[Passage]) -> Iterable[Passage]:
    """Passages of one id joined where their intervals touch; a joined one stands where its latest version has it."""
    latest: dict[str, Passage] = {}
    done = []
    for passage in passages:
        earlier = latest.get(passage.passage_id)
        if earlier is not None and earlier.valid_to == passage.valid_from:
            passage = replace(passage, valid_from=earlier.valid_from)
        elif earlier is not None:
            done.append(earlier)
        latest[passage.passage_id] = passage
    done.extend(latest.values())
    return sorted(done, key=lambda passage: (passage.doc_id, passage.valid_from, passage.position))
