"""The shapes of the invented world: values, attributes, kinds of pages, pages, facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

SNAPSHOTS = ("2024-01-01", "2024-07-01", "2025-01-01")
ABSTAIN = ("I don't know", "I do not know", "The handbook does not say")
ALWAYS = (True, True, True)
Alive = tuple[bool, bool, bool]
"""Whether something stands in the handbook at each of the three snapshots."""


@dataclass(frozen=True)
class Value:
    """An answer as the page spells it, and other spellings of the same."""

    text: str
    aliases: tuple[str, ...] = ()


Draw = Callable[[Random], Value]


@dataclass(frozen=True)
class Attribute:
    """Something that pages of a kind may state, how they say it and how people ask for it."""

    name: str
    type: str
    """single_hop, numeric or date."""
    draw: Draw
    says: tuple[str, ...]
    """Sentences: {v} the value, {n} the page's subject by name, {s} the subject in short."""
    line: str
    """The same as an entry of a list."""
    asks: tuple[str, ...]
    """Questions about {n}; six of them are used for a fact."""
    signals: tuple[str, ...] = ()
    """One of these stands in every sentence and in the list entry; where the attribute is left out, none does."""
    changes: bool = True


@dataclass(frozen=True)
class Group:
    """Attributes that stand together under a heading, and sentences without facts that go with them."""

    headings: tuple[str, ...]
    attributes: tuple[str, ...]
    colour: tuple[str, ...]


@dataclass(frozen=True)
class Phantom:
    """Something that people ask and that no page of the kind tells."""

    name: str
    asks: tuple[str, ...]
    signals: tuple[str, ...]


@dataclass(frozen=True)
class Entity:
    """What a page of a kind is about."""

    key: str
    title: str
    name: str
    """As in running text, with its article: `the Skarholm depot`."""
    short: str
    """`the depot`."""
    intro: str
    """Opening sentences, one a line; no asked fact stands in them."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Further words for the kind's sentences, such as {he} and {his}."""
    alive: Alive = ALWAYS
    must: tuple[str, ...] = ()
    """Attributes that the page has to state."""


@dataclass(frozen=True)
class Kind:
    """A kind of page with what varies from page to page."""

    category: str
    attributes: tuple[Attribute, ...]
    groups: tuple[Group, ...]
    entities: tuple[Entity, ...]
    phantoms: tuple[Phantom, ...]
    pairs: tuple[tuple[str, str, str], ...] = ()
    """(attribute, attribute, sentence that states both)."""
    n_stated: tuple[int, int] = (4, 6)
    """How many attributes a page states, from and to."""


@dataclass
class Fact:
    """Something that a page states: what is asked, and its values through time."""

    page: str
    name: str
    type: str
    category: str
    draw: Draw
    asks: tuple[str, ...]
    changes: bool = True
    asked: bool = True
    pinned: bool = False
    """A question over two pages needs it at every snapshot."""
    alive: Alive = ALWAYS
    changes_at: tuple[bool, bool] = (False, False)
    """Whether another value holds from the second and from the third snapshot on."""
    given: tuple[Value, ...] = ()
    """Values that are not drawn: the first, then those that follow it."""
    values: tuple[Value | None, ...] = (None, None, None)

    @property
    def fact_id(self) -> str:
        """The page's id and the attribute's name."""
        return f"{self.page}#{self.name}"


@dataclass
class Page:
    """A page before its values are filled in."""

    doc_id: str
    title: str
    category: str
    lines: tuple[str, ...]
    """One sentence, list entry or heading each, empty between paragraphs; {name} stands for a fact's value."""
    facts: list[Fact]
    alive: Alive = ALWAYS
    fixed: dict[str, str] = field(default_factory=dict)
    """Values that nobody asks for by themselves and that never change."""
