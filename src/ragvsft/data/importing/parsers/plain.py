"""Text and Markdown files: the encoding told from the file, front matter taken off, the title from the first heading.

Markdown stays as it is: `data/sections.py` reads its headings, lists, tables and fences.
"""

import codecs
import re

from ragvsft.data.importing.parsers import Parsed, Unreadable
from ragvsft.data.importing.parsers.tidying import one_line, tidy
from ragvsft.data.sections import sections

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32's little-endian mark begins with UTF-16's, so it stands first."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_LFS = b"version https://git-lfs.github.com/spec/"
_ATX = re.compile(r" {0,3}#{1,6}[ \t]+(\S.*?)[ \t]*#*")
_BEGINNING = 2000


def parse_plain(data: bytes, *, markdown: bool) -> Parsed:
    """A text or Markdown file.

    Raises:
        Unreadable: it is in no encoding of Unicode, or no text.
    """
    text = tidy(decoded(data))
    title = ""
    front = _FRONT_MATTER.match(text) if markdown else None
    if front:
        named = _FRONT_TITLE.search(front[1])
        title = one_line(named[1].strip("\"'")) if named else ""
        text = tidy(text[front.end() :])
    return Parsed(title=title or _first_heading(text), text=text)


def decoded(data: bytes, declared: str | None = None) -> str:
    """The text of a file: by its byte order mark, by what it declares itself, else UTF-8. Nothing is guessed.

    Raises:
        Unreadable: the bytes are not of that encoding, or are not text.
    """
    if data.startswith(_LFS):
        raise Unreadable("pointer of Git LFS", "the file itself is not here: git lfs pull")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), declared or "utf-8")
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise Unreadable("unknown encoding", f"it declares {encoding!r}") from None
    except UnicodeDecodeError as error:
        name = encoding.upper()
        convert = "convert it, for example: iconv -f WINDOWS-1252 -t UTF-8"
        raise Unreadable(f"text that is not {name}", f"byte {error.start} is not {name}; {convert}") from None
    if "\0" in text:
        raise Unreadable("not a text file", "it holds NUL bytes")
    return text


def _first_heading(text: str) -> str:
    """The heading that a text opens with; empty where it opens with prose."""
    first = text.lstrip("\n").split("\n", 1)[0]
    marked = _ATX.fullmatch(first)
    if marked:
        return one_line(marked[1])
    line = one_line(first)
    found = sections(text[:_BEGINNING], "en")
    heading = found[0].heading if found else ""
    return line if line and (heading == line or heading.startswith(f"{line} – ")) else ""
