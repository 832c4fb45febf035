"""From a page and the values at a snapshot to text; and the words of a text, for comparing answers."""

import re
import string
from collections.abc import Mapping, Sequence

PLACE = re.compile(r"\{(\w+)\}")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def fields(line: str) -> list[str]:
    """The names of the values that a line states."""
    return PLACE.findall(line)


def stated(lines: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The lines with their values filled in; a line that lacks a value is left out, and so is a bare heading."""
    filled = [
        _capital(PLACE.sub(lambda match: values[match[1]], line))
        for line in lines
        if all(name in values for name in fields(line))
    ]
    kept: list[str] = []
    for position, line in enumerate(filled):
        if line.startswith("## "):
            below = next((other for other in filled[position + 1 :] if other), "## ")
            if below.startswith("## "):
                continue
        kept.append(line)
    return kept


def text_of(lines: Sequence[str]) -> str:
    """Sentences of a paragraph in one line, list entries below each other, an empty line between paragraphs."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        alone = line.startswith("## ")
        if not line or alone or (blocks[-1] and _is_entry(line) != _is_entry(blocks[-1][-1])):
            blocks.append([])
        if line:
            blocks[-1].append(line)
        if alone:
            blocks.append([])
    return "\n\n".join(("\n" if _is_entry(block[0]) else " ").join(block) for block in blocks if block)


def tokens(text: str) -> list[str]:
    """Lower-case words without punctuation and articles."""
    words = text.lower().translate(_PUNCTUATION).split()
    return [word for word in words if word not in ("a", "an", "the")]


def occurrences(phrase: str, text: str) -> int:
    """How often the words of a phrase stand in a text one after the other."""
    sought, given = tokens(phrase), tokens(text)
    return sum(given[start : start + len(sought)] == sought for start in range(len(given) - len(sought) + 1))


def _is_entry(line: str) -> bool:
    return line.startswith("- ")


def _capital(line: str) -> str:
    start = 2 if _is_entry(line) else 3 if line.startswith("## ") else 0
    return line[:start] + line[start : start + 1].upper() + line[start + 1 :]
