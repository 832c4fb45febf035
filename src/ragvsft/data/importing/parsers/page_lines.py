"""From the lines of pages to text: running heads off, headings found, wrapped words and sentences put together.

Every page begins with a heading that ends in its number ("Hotels, page 3"), and so does every heading inside it, so
that a passage's title says where it comes from.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

EDGE_LINES = 2
"""Lines at the top and at the bottom of a page that may be running heads."""
REPEATED_SHARE = 0.5
REPEATED_PAGES = 3
"""A running head stands on at least so many pages, and on at least that share of them."""
HEADING_SIZE = 1.12
"""Letters larger than the body's by this factor make a heading."""
HEADING_CHARACTERS = 90
PARAGRAPH_GAP = 1.35
"""A gap larger than the usual one by this factor begins a paragraph."""
CARRIED_LINES = 4
"""A sentence that goes on over the page's end is finished there if it needs no more lines of the next page."""

_OWN = "\0"
"""Stands for the page's own number."""
_NUMBER = re.compile(r"(?<!\d)\d{1,4}(?!\d)")
_ENDS = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*(?=\s|$)")
_BROKEN = re.compile(r"(\w*[^\W\d_])[-\u2010]$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\uf001": "fi", "\uf002": "fl"}
)
"""Also those that some fonts keep where Unicode leaves room for private use."""
_BULLET = re.compile(r"^[•▪◦‣●■○·]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a page."""

    text: str
    size: float
    """Of its largest letters, in points."""
    x: float = 0.0
    """Of its beginning, from the page's left, in points."""
    y: float
    """Height above the page's foot, in points."""
    is_row: bool = False
    """A row of a table, or the rule below its head, as Markdown has it; it stays as it is."""


@dataclass(slots=True)
class _Piece:
    """A heading, or a line of text."""

    text: str
    is_heading: bool = False
    begins_paragraph: bool = False
    is_row: bool = False


def page_texts(
    pages: Sequence[Sequence[Line]], bookmarks: Mapping[int, Sequence[str]], *, title: str = ""
) -> list[str]:
    """The text of every page that has one, each opened by its heading.

    Args:
        pages: their lines in reading order; an empty page gives no text.
        bookmarks: titles of the outline by page, counted from 0.
        title: of the document; a heading of the same words says only its page.
    """
    kept = _without_running_heads([[_plain(line) for line in lines] for lines in pages])
    body = _body_size(kept)
    pieces = [list(_pieces(lines, body, bookmarks.get(n, ()))) for n, lines in enumerate(kept)]
    _finish_sentences(pieces)
    words = Counter(word.casefold() for page in pieces for piece in page for word in _WORD.findall(piece.text))
    return list(_written(pieces, words, _key_of_title(title)))


def biggest_heading(pages: Sequence[Sequence[Line]]) -> str:
    """The line of the largest letters on the first page with text, where they are larger than the body's."""
    first = next((lines for lines in pages if lines), [])
    body = _body_size(pages)
    headings = [line for line in first if _is_heading(line, body)]
    return max(headings, key=lambda line: line.size).text if headings else ""


def _plain(line: Line) -> Line:
    text = line.text.translate(_LIGATURES)
    return replace(line, text=text if line.is_row else _BULLET.sub("- ", text))


def _without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without lines that repeat at their edges, their own number left out of account.

    What might be asked about stays: a line that ends a sentence, one whose numbers are not the page's, and of the
    others the first of each.
    """
    least = max(REPEATED_PAGES, REPEATED_SHARE * sum(1 for lines in pages if lines))
    shift = _shift(pages, least)
    keys = [{id(line): _keys(line, page, shift) for line in _edges(lines)} for page, lines in enumerate(pages, start=1)]
    counts = Counter(key for of_page in keys for key in {key for both in of_page.values() for key in both})
    kept: list[list[Line]] = []
    seen: set[str] = set()
    for lines, of_page in zip(pages, keys, strict=True):
        repeated = {key for both in of_page.values() for key in both if counts[key] >= least}
        dropped = {key for key in repeated if key in seen or _OWN in key}
        kept.append([line for line in lines if not dropped.intersection(of_page.get(id(line), ()))])
        seen |= repeated
    return kept


def _shift(pages: Sequence[Sequence[Line]], least: float) -> int:
    """What the numbers printed at the edges are ahead of the count of pages; 0 where they are none."""
    shifts = Counter(
        shift
        for page, lines in enumerate(pages, start=1)
        for shift in {
            int(number) - page
            for line in _edges(lines)
            if not line.is_row and not _ENDS.search(line.text)
            for number in _NUMBER.findall(line.text)
        }
    )
    shift, n = max(shifts.items(), key=lambda item: (item[1], item[0] == 0), default=(0, 0))
    return shift if n >= least else 0


def _edges(lines: Sequence[Line]) -> list[Line]:
    return [*lines[:EDGE_LINES], *lines[max(EDGE_LINES, len(lines) - EDGE_LINES) :]]


def _keys(line: Line, page: int, shift: int) -> tuple[str, ...]:
    """What two running heads may have in common: the line, and the line without its page's number."""
    if line.is_row or _ENDS.search(line.text):
        return ()
    text = line.text.casefold()
    own = next((number for number in _NUMBER.finditer(text) if number[0] in (str(page), str(page + shift))), None)
    # Only the first such number: "page 4 of 4" is the last of "page 1 of 4".
    return (text, f"{text[: own.start()]}{_OWN}{text[own.end() :]}") if own else (text,)


def _body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size that most letters have."""
    letters: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            letters[line.size] += len(line.text)
    return max(letters, key=lambda size: (letters[size], -size), default=0.0)


def _is_heading(line: Line, body: float) -> bool:
    text = line.text
    return (
        body > 0
        and not line.is_row
        and line.size >= HEADING_SIZE * body
        and len(text) <= HEADING_CHARACTERS
        and any(char.isalpha() for char in text)
        and not text.endswith((".", ",", ";"))
    )


def _pieces(lines: Sequence[Line], body: float, bookmarks: Sequence[str]) -> Iterator[_Piece]:
    """Headings and lines; a bookmark whose line is not found on its page stands at the page's beginning."""
    wanted = {_key_of_title(title) for title in bookmarks}
    found = {_key_of_title(line.text) for line in lines}
    for title in bookmarks:
        if _key_of_title(title) not in found:
            yield _Piece(title, is_heading=True)
    gaps = [above.y - below.y for above, below in pairwise(lines) if above.y > below.y]
    usual = median(gaps) if gaps else 0.0
    above: Line | None = None
    heading: _Piece | None = None
    for line in lines:
        is_heading = _is_heading(line, body) or (not line.is_row and _key_of_title(line.text) in wanted)
        if is_heading and heading and above and above.size == line.size and above.y - line.y <= 2 * line.size:
            heading.text += f" {line.text}"
        elif is_heading:
            if heading:
                yield heading
            heading = _Piece(line.text, is_heading=True)
        else:
            if heading:
                yield heading
                heading = None
            gap = above.y - line.y if above else 0.0
            begins = usual > 0 and (gap > PARAGRAPH_GAP * usual or gap < 0)
            yield _Piece(line.text, begins_paragraph=begins, is_row=line.is_row)
        above = line
    if heading:
        yield heading


def _key_of_title(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalpha())


def _finish_sentences(pages: Sequence[list[_Piece]]) -> None:
    """Give a page the end of its last sentence, from the top of the next page."""
    for page, following in pairwise(pages):
        if not page or not following or page[-1].is_heading or page[-1].is_row or _ENDS.search(page[-1].text):
            continue
        if following[0].is_heading or not following[0].text[:1].islower():
            continue
        for n, piece in enumerate(following[:CARRIED_LINES]):
            if piece.is_heading or piece.is_row:
                break
            end = _SENTENCE_END.search(piece.text)
            if end:
                rest = piece.text[end.end() :].strip()
                page.extend(_Piece(earlier.text) for earlier in following[:n])
                page.append(_Piece(piece.text[: end.end()]))
                following[: n + 1] = [_Piece(rest)] if rest else []
                break


def _written(pages: Sequence[Sequence[_Piece]], words: Mapping[str, int], title: str) -> Iterator[str]:
    section = ""
    for number, pieces in enumerate(pages, start=1):
        if not pieces:
            continue
        out: list[str] = []
        in_table = False
        if not pieces[0].is_heading:
            out.append(_heading(section, number))
        for piece in pieces:
            if piece.is_heading:
                section = "" if _key_of_title(piece.text) == title else piece.text
                out.append(_heading(section, number))
            elif piece.is_row and in_table and not piece.begins_paragraph:
                out[-1] += f"\n{piece.text}"
            elif out[-1].startswith("#") or piece.begins_paragraph or piece.is_row or in_table:
                out.append(piece.text)
            else:
                out[-1] = _joined(out[-1], piece.text, words)
            in_table = piece.is_row
        yield "\n\n".join(out)


def _heading(section: str, page: int) -> str:
    return f"## {section}, page {page}" if section else f"## Page {page}"


def _joined(above: str, below: str, words: Mapping[str, int]) -> str:
    """Two lines of a paragraph; a word that was parted at the line's end is whole again.

    Whether the hyphen belongs to the word is told by how the document writes it elsewhere.
    """
    broken = _BROKEN.search(above)
    rest = _WORD.match(below)
    if not broken or not rest or not below[0].islower():
        return f"{above}\n{below}"
    whole, hyphened = f"{broken[1]}{rest[0]}".casefold(), f"{broken[1]}-{rest[0]}".casefold()
    keeps = words.get(hyphened, 0) > words.get(whole, 0)
    return f"{above}{below}" if keeps else f"{above[:-1]}{below}"
