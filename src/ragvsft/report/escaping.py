"""Text of models and datasets made harmless: nothing in it becomes a link, an image, HTML or a terminal command.

Nor does it turn what stands round it: a text with letters written from right to left has a direction of its own.
"""

import re
import unicodedata

_BACKTICKS = re.compile(r"`+")
_SPACE = re.compile(r"\s+")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_MARKS = re.compile(r"([\\`*\[\]!~#<>&$])|(?<![^\W_])_|_(?![^\W_])")
_LINKS = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|(www)(\.)|(@)")
_HINTS = re.compile("[\u061c\u200e\u200f]")
_NEEDED = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]")
_UNSEEN = ("Cc", "Cf", "Cs")
_BREAK = "\u2060"
"""A word joiner: invisible, and no address goes on across it."""


def without_controls(text: str) -> str:
    """On one line; terminal sequences out, control and direction characters replaced by �."""
    return visible(_SPACE.sub(" ", _ANSI.sub("", text)).strip())


def visible(text: str) -> str:
    """A text with its lines; what would be invisible or would turn the direction of reading becomes �.

    What scripts need stays (joiners between letters, Arabic signs of category Cf); hints of direction are left out, as
    a text is shown in its own direction.
    """
    bare = _HINTS.sub("", text.replace("\r\n", "\n"))
    needed = {found.start() for found in _NEEDED.finditer(bare)}
    return "".join(
        "\ufffd" if unicodedata.category(char) in _UNSEEN and char not in "\n\t" and at not in needed else char
        for at, char in enumerate(bare)
    )


def is_right_to_left(text: str) -> bool:
    """Whether its first letter is of a script written from right to left (rules P2 and P3 of Unicode's UAX #9)."""
    strong = (unicodedata.bidirectional(char) for char in text)
    return next((one in ("R", "AL") for one in strong if one in ("L", "R", "AL")), False)


def has_right_to_left(text: str) -> bool:
    """Whether a letter or number of it is of a script written from right to left."""
    return any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text)


def isolated(text: str) -> str:
    """A shown text that neither turns what stands round it nor is turned by that (first strong isolate, UAX #9)."""
    return set_apart(text) if has_right_to_left(text) else text


def set_apart(text: str) -> str:
    """As `isolated`, whatever letters it has."""
    return f"\u2068{text}\u2069"


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last an ellipsis where something is cut off."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def code(text: str, most: int = 240) -> str:
    """A text as a Markdown code span: shown as it is, and nothing in it is active."""
    shown = shortened(without_controls(text), most)
    if not shown:
        return "*(empty)*"
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return isolated(f"{fence}{pad}{shown}{pad}{fence}")


def plain(text: str) -> str:
    """A text as Markdown prose: its marks are escaped, its addresses broken, its direction its own."""
    return isolated(escaped(text))


def escaped(text: str) -> str:
    """As `plain`, for a piece of a text whose whole has a direction."""
    shown = _MARKS.sub(lambda found: _ENTITIES.get(found.group(), f"\\{found.group()}"), without_controls(text))
    return _LINKS.sub(lambda found: f"{found.group()}{_BREAK}", shown)


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
