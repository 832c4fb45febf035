"""A settings file as plain values, and where each of its keys stands: YAML 1.2, nothing that runs or explodes.

Numbers, strings, truth values, dates (as text), lists and mappings; everything else is refused.
"""

import difflib
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, CommentedSet, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ragvsft.core.errors import UsageError
from ragvsft.core.redaction import redact

MAX_FILE_BYTES = 1_000_000
MAX_NODES = 100_000
MAX_DEPTH = 50

KeyPath = tuple[str | int, ...]
Tree = dict[str, Any]
Places = dict[KeyPath, str]
"""Where a key was set, in words: `line 12`, or the option of the command line."""


class _Constructor(RoundTripConstructor):
    """Leaves dates as they are written: which of them is one, and whether it is real, the schema says with a line."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda self, node: node.value)


def read_tree(path: Path) -> tuple[Tree, Places]:
    """The settings of a YAML file and the line of each key.

    Raises:
        UsageError: the file is missing, too large, no UTF-8, no YAML, or holds what is not a setting.
    """
    loaded = _parse(_read_text(path), str(path))
    if not isinstance(loaded, CommentedMap):
        raise UsageError(f"{path} holds no settings", hint="It must be a mapping of key: value.")
    places: Places = {}
    tree: Tree = _plain(loaded, (), places, str(path), iter(range(MAX_NODES)))
    return tree, places


def set_key(tree: Tree, places: Places, override: str) -> None:
    """Change a tree by `dotted.key=value`; the value is read as YAML.

    Raises:
        UsageError: it is not of that form, or leads through a value that has no keys.
    """
    key, sign, raw = override.partition("=")
    told = redact(f"--set {override}")
    if not sign or not key.strip():
        raise UsageError(f"{told!r} is not key=value", hint="Write --set lab.search.tries=4")
    node = tree
    *parents, last = key.strip().split(".")
    at: KeyPath = ()
    for parent in parents:
        at = (*at, parent)
        if parent not in node:
            places[at] = told
        child = node.setdefault(parent, {})
        if not isinstance(child, dict):
            raise UsageError(
                f"{told!r}: {'.'.join(map(str, at))} has no keys of its own",
                hint="A list or value is set whole, as in --set lab.waves=[2024-01-01]",
            )
        node = child
    at = (*at, last)
    for inside in [place for place in places if place[: len(at)] == at]:
        del places[inside]
    node[last] = _plain(_parse(raw, told), at, {}, told, iter(range(MAX_NODES)))
    places[at] = told


def place_of(places: Places, where: KeyPath) -> str:
    """The nearest place that is known: that of the key, else of what holds it."""
    while where and where not in places:
        where = where[:-1]
    return places.get(where, "line 1")


def _read_text(path: Path) -> str:
    path = Path(os.path.normpath(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        near = difflib.get_close_matches(path.name, _siblings(path), n=1)
        hint = f"Did you mean {path.parent / near[0]}?" if near else "`ragvsft init` writes one to start from."
        raise UsageError(f"there is no file {path}", hint=hint) from None
    except IsADirectoryError:
        inside = [name for name in _siblings(path / "any") if name.endswith((".yaml", ".yml"))]
        hint = f"It holds {', '.join(inside[:5])}." if inside else "Give a YAML file."
        raise UsageError(f"{path} is a folder and no file", hint=hint) from None
    except PermissionError:
        raise UsageError(f"{path} may not be read", hint="Allow reading it, or copy it to where you may.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{path} is larger than {MAX_FILE_BYTES:,} bytes", hint="Is it a settings file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{path}, line {line}: byte {error.start:,} is not UTF-8", hint="Save the file as UTF-8."
        ) from None


def _siblings(path: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return []


def _parse(text: str, source: str) -> Any:  # noqa: ANN401
    if _bracket_depth(text) > MAX_DEPTH:  # the parser would take seconds to find out
        raise UsageError(f"{source} is nested too deeply", hint="Is it a settings file?")
    yaml = YAML(typ="rt", pure=True)
    yaml.Constructor = _Constructor
    try:
        return yaml.load(text)
    except DuplicateKeyError as error:
        found = re.search(r'duplicate key "(.*?)"', str(error.problem))
        raise UsageError(
            f"{source}, {_line(error)}: the key {found[1] if found else ''} stands there twice",
            hint="Take one of the two away.",
        ) from None
    except MarkedYAMLError as error:
        told = "a second document begins" if "single document" in str(error.context) else error.problem or error.context
        raise UsageError(
            f"{source}, {_line(error)}: {_one_line(told)}", hint="That is no valid YAML: mend it there."
        ) from None
    except RecursionError:
        raise UsageError(f"{source} is nested too deeply", hint="Is it a settings file?") from None
    except (YAMLError, ValueError) as error:
        raise UsageError(f"{source} is no valid YAML: {_one_line(error)}", hint="Mend it, or write it anew.") from None


def _bracket_depth(text: str) -> int:
    """The deepest nesting of brackets, those in quoted texts and comments counted as well."""
    depth = deepest = 0
    for found in re.finditer(r"[\[{]|[\]}]", text):
        depth = max(0, depth + (1 if found[0] in "[{" else -1))
        deepest = max(deepest, depth)
    return deepest


def _line(error: MarkedYAMLError) -> str:
    return f"line {error.problem_mark.line + 1 if error.problem_mark else 1}"


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


def _plain(node: Any, at: KeyPath, places: Places, source: str, budget: Iterator[int]) -> Any:  # noqa: ANN401
    """The node without ruamel's types; notes the line of every key; refuses tags, cycles and alias bombs."""
    if next(budget, None) is None or len(at) > MAX_DEPTH:
        raise UsageError(
            f"{source} holds more than {MAX_NODES:,} values or {MAX_DEPTH} levels", hint="Are there nested aliases?"
        )
    tag = getattr(getattr(node, "tag", None), "value", None)
    if tag is not None or isinstance(node, TaggedScalar | CommentedSet | bytes):
        name = str(tag or type(node).__name__).replace("tag:yaml.org,2002:", "!!")
        raise UsageError(
            f"{source}, {place_of(places, at)}: the tag {name} is not allowed here", hint="Take the tag away."
        )
    match node:
        case CommentedMap():
            known = node.lc.data or {}
            plain: Tree = {}
            for key, value in node.items():
                inside = (*at, str(key))
                places[inside] = f"line {node.lc.key(key)[0] + 1}" if key in known else place_of(places, at)
                plain[str(key)] = _plain(value, inside, places, source, budget)
            return plain
        case CommentedSeq():
            for position in range(len(node)):
                places[(*at, position)] = f"line {node.lc.item(position)[0] + 1}"
            return [_plain(value, (*at, i), places, source, budget) for i, value in enumerate(node)]
        case bool() | None:
            return node
        case int():
            return int(node)
        case float():
            if not math.isfinite(node):
                raise UsageError(
                    f"{source}, {place_of(places, at)}: {'.'.join(map(str, at))}: {node} is no number to work with",
                    hint="Write a finite number.",
                )
            return float(node)
    return str(node)
