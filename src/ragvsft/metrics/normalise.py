"""What counts as the same text: SQuAD's normalisation for equality, tokens with numbers by value for containment.

`normalise` is the published rule of SQuAD (Rajpurkar et al. 2016, evaluation script v1.1) on any text. `tokens` is
ours: SQuAD's rule turns "3.5" into "35" and "30-60" into "3060", which would find numbers that nobody wrote.
"""

import re
import string
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

Span = tuple[int, int]
T = TypeVar("T")

_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_ARTICLES = frozenset({"a", "an", "the"})

_GROUP_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f'’](?=\d{3}(?!\d))")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d|,\d)")
_NUMBER = re.compile(r"([-\u2212]?)(\d*)(?:\.(\d+))?")
_DASH = re.compile(r"[\u2010-\u2013\u2212]")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w\s]+(?=\d)")
_SEPARATOR = re.compile(r"[/\u2013-\u2015\u2026|]+|\.{2,}|-{2,}")
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])"  # kana, Chinese characters
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_MARKS = ".,:/-"
_KEPT = str.maketrans({mark: chr(0xE000 + n) for n, mark in enumerate(_MARKS)})
_GIVEN_BACK = str.maketrans({chr(0xE000 + n): mark for n, mark in enumerate(_MARKS)})


@lru_cache(maxsize=65_536)
def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation and English articles, single spaces: the rule of SQuAD's script."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_ASCII_PUNCTUATION)).split())


def tokens(text: str) -> list[str]:
    """The words of a text as containment compares them.

    Lower case; punctuation and symbols of every script dropped; articles dropped; numbers written one way by value
    ("1,200", "1200" and "1200.0" are one token, in any script's digits; the comma groups, the point is decimal). What
    stands between two digits and is not a number stays ("30-60", "14:30", "3.11.2"), so that no other number arises.
    Scripts without spaces between words (Chinese, Japanese, Thai, …) give one token a character.
    """
    return [token for token in _tokens(text) if token not in _ARTICLES]


def contains_answer(text: str, answer: str) -> bool:
    """Whether the answer stands in the text as a span of whole tokens; see `tokens`.

    Units and other writings ("€ 45", "45 euros", "forty-five") are the same only where an alias says so. An answer
    that is nothing but articles keeps them; one without any word or digit is looked for as it is.
    """
    wanted = tokens(answer)
    if wanted:
        return f" {' '.join(wanted)} " in f" {' '.join(tokens(text))} "
    return bool(answer_spans(text, answer))


def answer_spans(text: str, answer: str) -> list[Span]:
    """Where `contains_answer` finds the answer: (first, end) in the text's `tokens`.

    An answer of articles or symbols alone has no place there and is found at (-1, -1).
    """
    wanted, words = tokens(answer), tokens(text)
    if wanted:
        size = len(wanted)
        return [(at, at + size) for at in range(len(words) - size + 1) if words[at : at + size] == wanted]
    articles = list(_tokens(answer))
    if articles:
        kept, size = list(_tokens(text)), len(articles)
        found = any(kept[at : at + size] == articles for at in range(len(kept) - size + 1))
    else:
        found = bool(answer.strip()) and answer.strip().lower() in text.lower()
    return [(-1, -1)] if found else []


def outermost(found: Sequence[tuple[Span, T]]) -> list[tuple[Span, T]]:
    """The spans that do not lie inside a longer one of the same list."""
    return [
        (span, what)
        for span, what in found
        if not any(span != other and other[0] <= span[0] and span[1] <= other[1] for other, _ in found)
    ]


def split_unspaced(text: str) -> str:
    """The text with spaces around each character of a script that has none between words."""
    return _UNSPACED.sub(r" \1 ", text)


@lru_cache(maxsize=32_768)
def _tokens(text: str) -> tuple[str, ...]:
    """All tokens, articles included. Cached: a passage is searched for every question of its document."""
    text = _GROUP_SPACE.sub("", text)
    if not text.isascii():
        # Not NFKC: it would turn "10²" into 102 and "1½" into 11/2.
        text = unicodedata.normalize("NFC", text).translate(_FULL_WIDTH)
        text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
        text = split_unspaced(text)
    text = _GROUPED.sub(lambda found: found.group().replace(",", ""), text.lower())
    return tuple(token for chunk in text.split() for token in _chunk_tokens(chunk))


def _chunk_tokens(chunk: str) -> list[str]:
    """The tokens of a piece without white space."""
    if chunk.isalpha():
        return [chunk]
    number = _as_number(chunk)
    if number is not None:
        return [number]
    chunk = _BETWEEN_DIGITS.sub(_inner_mark, chunk)
    pieces = _SEPARATOR.sub(" ", chunk).split()
    words = ("".join(char for char in piece if not _is_dropped(char)) for piece in pieces)
    found = (word.translate(_GIVEN_BACK) for piece in words for word in piece.split())
    return [_as_number(word) or word for word in found]


def _as_number(chunk: str) -> str | None:
    """The one writing of a number that stands alone but for symbols around it ("($45)", "45%."), or None."""
    start, end = 0, len(chunk)
    while start < end and not chunk[start].isdigit() and _is_outside(chunk, start):
        start += 1
    while end > start and not chunk[end - 1].isalnum():
        end -= 1
    found = _NUMBER.fullmatch(chunk, start, end)
    if found is None or not (found[2] or found[3]):
        return None
    whole = found[2].lstrip("0") or "0"
    fraction = (found[3] or "").rstrip("0")
    value = f"{whole}.{fraction}" if fraction else whole
    negative = bool(found[1]) or chunk[:start].lstrip("([\"'").startswith(("-", "\u2212"))
    return f"-{value}" if negative and value != "0" else value


def _is_outside(chunk: str, at: int) -> bool:
    """Whether a character before a number is only decoration: neither word, nor the number's sign or point."""
    followed_by_digit = chunk[at + 1 : at + 2].isdigit()
    return not chunk[at].isalnum() and not (followed_by_digit and chunk[at] in "-\u2212.")


def _inner_mark(found: re.Match[str]) -> str:
    """Keep a single mark between digits, dashes written one way; anything else parts the two numbers."""
    mark = _DASH.sub("-", found.group())
    return mark.translate(_KEPT) if mark in _MARKS else " "


def _is_dropped(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
