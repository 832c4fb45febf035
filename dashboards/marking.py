"""Texts with marks of ours in them: where a passage states an answer, and what differs between two answers.

The text itself stays inert: every piece is escaped, and no line can begin a list, a heading or a table.
"""

import difflib
import re
from collections.abc import Sequence

from ragvsft.metrics.normalise import contains_answer
from ragvsft.report.escaping import has_right_to_left, is_right_to_left, set_apart
from shown import inert

LONGEST_PLACE = 12
"""Words that a place of an answer has at most, besides those of the answer itself."""
_WORD = re.compile(r"\S+")
_JOINER = "\u2060"
"""Invisible, and no construct of Markdown begins with it."""
_RIGHT_TO_LEFT = "\u200f"


def places(text: str, answers: Sequence[str]) -> list[tuple[int, int]]:
    """Where an answer stands in a text, by the rules of the metrics: first character and the one after the last."""
    found: list[tuple[int, int]] = []
    spans = [match.span() for match in _WORD.finditer(text)]
    for answer in answers:
        if not answer.strip() or not contains_answer(text, answer):
            continue
        size = len(answer.split())
        at = 0
        while at < len(spans):
            end = _end(text, spans, at, answer, size)
            if end is None:
                at += 1
                continue
            found.append((spans[at][0], spans[end - 1][1]))
            at = end
    return _joined(found)


def marked(text: str, found: Sequence[tuple[int, int]], *, colour: str = "green") -> str:
    """A text as Markdown, these places of it in bold on a colour."""
    pieces, last = [], 0
    for start, end in found:
        pieces.append(_lines(text[last:start]))
        pieces.append(f":{colour}-background[**{inert(text[start:end])}**]")
        last = end
    pieces.append(_lines(text[last:]))
    return f"{_begin(text)}{''.join(pieces)}"


def difference(before: str, now: str) -> str:
    """What was said now against another text, word by word: + is only here, − only there."""
    old, new = before.split(), now.split()
    apart = has_right_to_left(before + now)
    told = []
    for what, old_start, old_end, new_start, new_end in difflib.SequenceMatcher(
        None, [word.casefold() for word in old], [word.casefold() for word in new], autojunk=False
    ).get_opcodes():
        if what == "equal":
            told.append(inert(" ".join(new[new_start:new_end])))
            continue
        if old_end > old_start:
            told.append(f":red-background[{_signed('−', old[old_start:old_end], apart=apart)}]")
        if new_end > new_start:
            told.append(f":green-background[{_signed('+', new[new_start:new_end], apart=apart)}]")
    return f"{_begin(now)}{' '.join(told)}"


def _end(text: str, spans: Sequence[tuple[int, int]], at: int, answer: str, size: int) -> int | None:
    """Behind the last word of the shortest place of the answer that begins at a word; None: none does."""
    most = min(len(spans), at + size + LONGEST_PLACE)
    if not contains_answer(text[spans[at][0] : spans[most - 1][1]], answer):
        return None
    for end in range(at + 1, most + 1):
        if contains_answer(text[spans[at][0] : spans[end - 1][1]], answer):
            later = at + 1 < end and contains_answer(text[spans[at + 1][0] : spans[end - 1][1]], answer)
            return None if later else end
    return None


def _joined(found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _signed(sign: str, words: Sequence[str], *, apart: bool) -> str:
    """Words behind their sign; set apart they stay together whatever direction they and the text have."""
    told = f"{sign} {inert(' '.join(words))}"
    return set_apart(told) if apart else told


def _begin(text: str) -> str:
    """Nothing that is seen: no Markdown begins here, and the paragraph runs in the text's direction."""
    return f"{_JOINER}{_RIGHT_TO_LEFT if is_right_to_left(text) else ''}"


def _lines(text: str) -> str:
    """A piece of a text with its line breaks, and the spaces at its ends that part it from a mark."""
    lines = [inert(line) for line in text.split("\n")]
    before = " " if text[:1].isspace() and text[:1] != "\n" else ""
    after = " " if text[-1:].isspace() and text[-1:] != "\n" and text.strip() else ""
    return f"{before}{f'  {chr(10)}{_JOINER}'.join(lines)}{after}"
