"""Text of models and datasets made harmless: nothing in it becomes a link, an image, HTML or a terminal command."""

import re
import unicodedata

_BACKTICKS = re.compile(r"`+")
_SPACE = re.compile(r"\s+")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_MARKS = re.compile(r"([\\`*\[\]!~#<>&$])|(?<![^\W_])_|_(?![^\W_])")
_LINKS = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(:)|(www)(\.)|(@)")
_BREAK = "\u2060"
"""A word joiner: invisible, and no address goes on across it."""


def without_controls(text: str) -> str:
    """On one line; terminal sequences out, control and direction characters replaced by �."""
    bare = _SPACE.sub(" ", _ANSI.sub("", text)).strip()
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in bare)


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
    return f"{fence}{pad}{shown}{pad}{fence}"


def plain(text: str) -> str:
    """A text as Markdown prose: its marks are escaped, its addresses broken."""
    shown = _MARKS.sub(lambda found: _ENTITIES.get(found.group(), f"\\{found.group()}"), without_controls(text))
    return _LINKS.sub(lambda found: f"{found.group()}{_BREAK}", shown)


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
