"""How much of what a right answer claims an answer says too: claims, what must stand in both, and the share covered.

The arithmetic alone: sentences are cut, and their likeness is measured, by whoever calls.

A claim is a sentence of the right answer, or a clause of one. It is covered when a sentence or clause of the answer

- is alike: the cosine of their embeddings is at least `MIN_SIMILARITY`,
- holds the claim's numbers, by value,
- denies where the claim denies, and not where it does not,

and the claim's names stand anywhere in the answer, because a second sentence says "it". The last three are there
because embeddings hardly tell "6 points" from "7 points", or "helped" from "did not help".

What it cannot do: tell a claim from its opposite where that is said by another word ("rose", "fell") or in a way of
denying that is not listed; see that an answer also claims what is wrong (it is a recall); and know names in scripts
without capitals, or in German, whose nouns all have them. A person's reading or a strong judge knows better; this one
is the same on every machine and costs an embedding a sentence.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ragvsft.metrics.normalise import tokens

MIN_SIMILARITY = 0.7
"""Chosen for all-MiniLM-L6-v2 on pairs of sentences that say the same and that do not: docs/results/claims.md."""
FEWEST_WORDS = 3
"""Of a clause that is parted from its sentence, on either side."""

_CLAUSES = re.compile(r"(;\s+|,\s+(?:and|but|while|whereas|although|though)\s+)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s\b")
_DENIAL = re.compile(
    r"not?|never|none|neither|nor|without|hardly|nobody|nothing|nowhere|lack(?:s|ed)?|fail(?:s|ed)?|cannot|cant|"
    r"(?:do|does|did|is|are|was|were|has|have|had|wo|would|could|should)nt"
)
_DIGITS = {
    word: str(value)
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
_ALL_NOUNS_HAVE_CAPITALS = frozenset({"de", "lb"})


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or clause, and what must not differ where two of them say the same."""

    text: str
    numbers: frozenset[str]
    names: frozenset[str]
    """Words with a capital that does not come from beginning the sentence, in lower case."""
    denies: bool


def statements(sentences: Iterable[str], language: str = "en") -> tuple[Statement, ...]:
    """The claims of a text given by its sentences: a sentence of several clauses is its clauses."""
    return tuple(_statement(clause, language) for sentence in sentences for clause in _clauses(sentence))


def with_whole_sentences(sentences: Sequence[str], language: str = "en") -> tuple[Statement, ...]:
    """What an answer says: its clauses, and its sentences of several clauses whole as well."""
    found = statements(sentences, language)
    whole = (_statement(sentence, language) for sentence in sentences if len(_clauses(sentence)) > 1)
    return *found, *whole


def covered_share(
    claims: Sequence[Statement], said: Sequence[Statement], similarities: npt.NDArray[np.float32]
) -> float | None:
    """The share of claims that an answer covers, 0-1; None where there is no claim.

    Args:
        claims: of the right answer.
        said: what the answer says.
        similarities: cosine of each claim with each of `said`, shape (len(claims), len(said)).
    """
    if not claims:
        return None
    words = frozenset(word for one in said for word in (*tokens(one.text), *_words(one.text)))
    numbers = [one.numbers | {_DIGITS[word] for word in tokens(one.text) if word in _DIGITS} for one in said]
    covered = sum(
        claim.names <= words
        and any(
            similarities[row, column] >= MIN_SIMILARITY
            and claim.numbers <= numbers[column]
            and claim.denies == one.denies
            for column, one in enumerate(said)
        )
        for row, claim in enumerate(claims)
    )
    return covered / len(claims)


def _clauses(sentence: str) -> list[str]:
    """A sentence at its semicolons, and at commas before a conjunction where something is said on both sides."""
    first, *rest = _CLAUSES.split(sentence.strip())
    found = [first]
    for mark, part in zip(rest[::2], rest[1::2], strict=True):
        if len(part.split()) < FEWEST_WORDS or len(found[-1].split()) < FEWEST_WORDS:
            found[-1] += mark + part
        else:
            found.append(part)
    return [part for part in found if part]


def _statement(text: str, language: str) -> Statement:
    words = tokens(text)
    return Statement(
        text=text,
        numbers=frozenset(word for word in words if any(character.isdigit() for character in word)),
        names=frozenset() if language[:2] in _ALL_NOUNS_HAVE_CAPITALS else _names(text),
        denies=any(_DENIAL.fullmatch(word) for word in words),
    )


def _words(text: str) -> list[str]:
    """The words of a text piece by piece, as `_names` takes them."""
    return [word for chunk in text.split() for word in tokens(_whose(chunk))]


def _whose(chunk: str) -> str:
    return _POSSESSIVE.sub("", chunk)


def _names(text: str) -> frozenset[str]:
    found: set[str] = set()
    for place, chunk in enumerate(text.split()):
        letters = [character for character in chunk if character.isalpha()]
        inner = any(character.isupper() for character in letters[1:])
        # The first word of a sentence has a capital anyhow; "I" is no name.
        if letters and len(letters) > 1 and (inner or (place and letters[0].isupper())):
            found.update(tokens(_whose(chunk)))
    return frozenset(word for word in found if not any(character.isdigit() for character in word))
