"""What a text is made of: headings, and under each the sentences, lists and tables that a passage is packed from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from sentencex import segment

_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x1c-\x1e\x85]")
_MARKDOWN_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*?)[ \t]*#*")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_ITEM = re.compile(r"\s*([-*+•–—·▪◦‣]\s|\d{1,3}[.)]\s|[a-zA-Z]\)\s)")
_WHOLE_LINE = re.compile(rf"{_ITEM.pattern}|\s*[|>]")
_INDENTED = re.compile(r" {2}|\t")
_DASHES = re.compile(r":?-+:?")
_PAGE = re.compile(r"(?:^|, )(page \d+)$", re.IGNORECASE)
_KEY = re.compile(r"[^\s:][^:.]{0,39}:\s")
_ENDS_SENTENCE = re.compile(r"[.!?…:;。！？][\"'”’»)\]]*$")
_SPACE = re.compile(r"\s")
_BEFORE_NUMBER = re.compile(
    r"(^|[\s(])(approx|ca|est|vols?|ch|secs?|arts?|pp?|nos?|figs?|eqs?|tabs?|min|max)\.\s*$", re.I
)

_MOST_HEAD_ROWS = 3
_HEADING_WORDS = 8
_HEADING_CHARACTERS = 60
_WRAPPED_CHARACTERS = 60
"""A line at least this long that ends no sentence is taken to be wrapped: the next line goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A sentence, or a line that stays whole."""

    text: str
    gap: str
    """What stood before it: nothing, a space, a line end or a blank line."""
    whole: bool = False
    """A list item, a table row or a line of code."""
    group: int = 0
    """Units of one list, or of one table, share a number; 0: it is of none."""
    is_head: bool = False
    """A table's row that names its columns."""


@dataclass(slots=True)
class Section:
    """What stands under one heading."""

    heading: str
    """Without its marks; empty: before the first heading. Headings without a text of their own are joined to it."""
    units: list[Unit] = field(default_factory=list)

    @property
    def page(self) -> str:
        """The page that the heading names at its end, such as `page 3`; empty: none."""
        found = _PAGE.search(self.heading)
        return found[1].lower() if found else ""


def sections(text: str, language: str) -> list[Section]:
    """The sections of a text in order; every word of the text is in a heading or in a unit.

    Lists are lines that begin with a mark or a number. Tables are rows of Markdown, with or without pipes at their
    ends, or at least two lines of cells parted by tabs; of the latter the first row names the columns. The line of
    dashes below a Markdown table's head is a mark, as # is, and in no unit.
    """
    found = [Section("")]
    gap = ""
    for block in _blocks(_LINE_ENDS.sub("\n", text).split("\n")):
        match block:
            case _Blank():
                gap = "\n\n"
            case _Heading(text=heading):
                if found[-1].units or not found[-1].heading:
                    found.append(Section(heading))
                else:
                    found[-1].heading += f" – {heading}"
                gap = ""
            case _Line():
                found[-1].units.extend(_units(block, gap, language))
                gap = "\n"
    last = found[-1]
    if last.heading and not last.units:
        # A heading with nothing below it is kept as a line of its own, or its words would be nowhere.
        found.pop()
        found[-1].units.append(Unit(text=last.heading, gap="\n\n", whole=True))
    return [section for section in found if section.units]


def sentences(text: str, language: str) -> list[str]:
    """The sentences of a text; joined they give it back, white space included.

    Segmented by sentencex (rules of many languages, no model). Its English rules part "approx." from its number.
    """
    # The library stops on white space of several bytes, so it reads ordinary spaces in their place.
    plain = _SPACE.sub(" ", text)
    found: list[str] = []
    start = 0
    for piece in segment(language, plain):
        original = text[start : start + len(piece)]
        start += len(piece)
        number_after = original[:1].isdigit() and _BEFORE_NUMBER.search(found[-1]) if found else None
        if found and (number_after or not original.strip()):
            found[-1] += original
        else:
            found.append(original)
    return found


@dataclass(frozen=True, slots=True)
class _Blank:
    pass


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    whole: bool
    group: int = 0
    is_head: bool = False


_Block = _Blank | _Heading | _Line


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """Headings, blank lines, lists, tables, whole lines, and prose with wrapped lines put together again."""
    fence = ""
    at = 0
    groups = count(1)
    while at < len(lines):
        line = lines[at]
        mark = _FENCE.match(line)
        end = at + 1
        if fence or mark:
            if mark and fence in ("", mark[1]):
                fence = "" if fence else mark[1]
            yield _Line(line.rstrip(), whole=True) if line.strip() else _Blank()
        elif not line.strip():
            yield _Blank()
        elif table_end := _table_end(lines, at):
            end = table_end
            yield from _rows(lines[at:end], next(groups))
        elif _ITEM.match(line):
            end = _list_end(lines, at)
            yield from _items(lines[at:end], next(groups))
        elif heading := _MARKDOWN_HEADING.fullmatch(line):
            yield _Heading(heading[1])
        elif end < len(lines) and _UNDERLINE.fullmatch(lines[end]) and _looks_like_title(line):
            end += 1
            yield _Heading(line.strip())
        elif _is_title(lines, at):
            yield _Heading(line.strip())
        elif _WHOLE_LINE.match(line):
            yield _Line(line.strip(), whole=True)
        else:
            prose = [line.strip()]
            while end < len(lines) and _goes_on(prose[-1], lines[end]):
                prose.append(lines[end].strip())
                end += 1
            yield _Line(" ".join(prose), whole=False)
        at = end


def _table_end(lines: list[str], at: int) -> int:
    """Where the table that begins here ends; 0: none begins."""
    line = lines[at]
    if line.lstrip().startswith("|"):
        return _end_of_run(lines, at, lambda row: row.lstrip().startswith("|"))
    if _ITEM.match(line) or _MARKDOWN_HEADING.fullmatch(line):
        return 0
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if "|" in line and _is_rule(below) and line.count("|") == below.strip().strip("|").count("|"):
        return _end_of_run(lines, at, lambda row: "|" in row)
    # Cells that are empty at a row's end may have lost their tabs.
    end = _end_of_run(lines, at, lambda row: "\t" in row.strip() and row.count("\t") <= line.count("\t"))
    return end if end > at + 1 else 0


def _end_of_run(lines: list[str], at: int, belongs: Callable[[str], bool]) -> int:
    while at < len(lines) and belongs(lines[at]):
        at += 1
    return at


def _is_rule(line: str) -> bool:
    """Whether it is the line of dashes below a Markdown table's head."""
    return "|" in line and all(_DASHES.fullmatch(cell.strip()) for cell in line.strip().strip("|").split("|"))


def _rows(lines: list[str], group: int) -> Iterator[_Line]:
    rule = next((n for n, line in enumerate(lines[: _MOST_HEAD_ROWS + 1]) if n and _is_rule(line)), 0)
    n_head = rule or (0 if "\t" not in lines[0] or any(cell.endswith(":") for cell in lines[0].split("\t")) else 1)
    for n, line in enumerate(lines):
        if n != rule or not rule:
            yield _Line(line.rstrip() if "\t" in line else line.strip(), whole=True, group=group, is_head=n < n_head)


def _list_end(lines: list[str], at: int) -> int:
    """Where the list that begins here ends; blank lines between two of its items are in it."""
    end = at = at + 1
    while at < len(lines):
        line = lines[at]
        if _ITEM.match(line) or (end == at and _goes_on_in_item(line)):
            end = at + 1
        elif line.strip():
            break
        at += 1
    return end


def _items(lines: list[str], group: int) -> Iterator[_Line | _Blank]:
    """Items, each with the indented lines below it."""
    found: list[_Line | _Blank] = []
    for line in lines:
        last = found[-1] if found else None
        if not line.strip():
            found.append(_Blank())
        elif isinstance(last, _Line) and not _ITEM.match(line):
            found[-1] = replace(last, text=f"{last.text} {line.strip()}")
        else:
            found.append(_Line(line.strip(), whole=True, group=group))
    yield from found


def _goes_on_in_item(line: str) -> bool:
    """Whether a line below an item is indented prose, and so belongs to the item."""
    text = line.strip()
    is_other = _WHOLE_LINE.match(line) or _FENCE.match(text) or text.startswith("#")
    return bool(text and _INDENTED.match(line) and not is_other)


def _units(line: _Line, gap: str, language: str) -> Iterator[Unit]:
    if line.whole:
        yield Unit(text=line.text, gap=gap, whole=True, group=line.group, is_head=line.is_head)
        return
    for sentence in sentences(line.text, language):
        text = sentence.rstrip()
        yield Unit(text=text, gap=gap)
        gap = " " if len(text) < len(sentence) else ""


def _looks_like_title(line: str) -> bool:
    text = line.strip()
    return (
        len(text) <= _HEADING_CHARACTERS
        and len(text.split()) <= _HEADING_WORDS
        and (text[0].isupper() or text[0].isdigit())
        and any(char.isalpha() for char in text)
        and not _ENDS_SENTENCE.search(text)
        and not text.endswith(",")
        and not _WHOLE_LINE.match(line)
        and not _KEY.match(text)
    )


def _is_title(lines: list[str], at: int) -> bool:
    """A short line of its own with text below it: after a blank line a paragraph, or at once a long line."""
    if not _looks_like_title(lines[at]) or (at > 0 and lines[at - 1].strip()):
        return False
    below = [line.strip() for line in lines[at + 1 : at + 3]]
    if below and below[0]:
        return len(below[0]) >= _WRAPPED_CHARACTERS and below[0][0].isupper()
    return len(below) > 1 and _is_body(below[1])


def _is_body(text: str) -> bool:
    """Whether a line can be what a heading stands over."""
    is_long = len(text) >= _WRAPPED_CHARACTERS
    return is_long or "\t" in text or bool(_WHOLE_LINE.match(f"{text} ") or _ENDS_SENTENCE.search(text))


def _goes_on(line: str, following: str) -> bool:
    """Whether the next line is the rest of this one, wrapped."""
    text = following.strip()
    if not text or _WHOLE_LINE.match(following) or _MARKDOWN_HEADING.fullmatch(following) or _FENCE.match(following):
        return False
    if _ENDS_SENTENCE.search(line) or _KEY.match(text):
        return False
    return text[0].islower() or len(line) >= _WRAPPED_CHARACTERS
