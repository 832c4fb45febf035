"""What pydantic finds wrong in a settings file, in words: place, key, what is wrong, and what was meant."""

import difflib
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from ragvsft.config.yaml_tree import KeyPath, Places, place_of

MAX_SHOWN = 40
WORDS = {
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid string": "a text",
    "a valid boolean": "true or false",
    "a valid array": "a list, as in [a, b]",
    "an object": "a mapping of key: value",
    "a valid dictionary": "a mapping of key: value",
    "Tuple should": "must",
    " after validation": "",
}
"""Pydantic's words, and those of a settings file."""
NAME_RULE = "a name starts with a letter or digit and goes on with letters, digits, '.', '_' and '-', at most 64"
SHORT_NAME_RULE = "a name is lower case: a letter, then letters, digits and '_', at most 40"


def problem(detail: Mapping[str, Any], model: type[BaseModel], places: Places) -> str:
    """One of pydantic's error details as a line: `line 12: lab.arms.rag.kk: no such key, did you mean k?`."""
    loc: KeyPath = tuple(part for part in detail["loc"] if part != "[key]")
    message = _message(detail, model, loc)
    where = _without_tags(loc, places)
    if detail["type"] == "value_error":
        # Our own checks over several keys begin with the key's place.
        key, _, rest = message.partition(": ")
        inner = (*where, *key.split("."))
        if rest and inner in places:
            where, message = inner, rest
    elif detail["type"] == "union_tag_invalid":
        where = (*where, "kind")
    dotted = ".".join(str(part) for part in where)
    place = place_of(places, where)
    if place.startswith(f"--set {dotted}="):
        return f"{place}: {message}"
    return f"{place}: {dotted}: {message}" if dotted else message


def _message(detail: Mapping[str, Any], model: type[BaseModel], loc: KeyPath) -> str:
    given = detail["input"]
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return "no such key" + _meant(str(loc[-1]), _keys_at(model, loc[:-1]))
        case "missing":
            return "this key is missing"
        case "union_tag_not_found":
            return f"its kind is missing; there are: {_listed(_tags(context))}"
        case "union_tag_invalid":
            return f"no such kind: {_shown(context.get('tag'))}" + _meant(str(context.get("tag")), _tags(context))
        case "string_pattern_mismatch":
            rule = SHORT_NAME_RULE if str(context.get("pattern", "")).startswith("^[a-z]") else NAME_RULE
            return f"{rule} (it is {_shown(given)})"
        case "literal_error" | "enum":
            expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
            return f"{_shown(given)} is none of the values" + _meant(str(given), expected)
        case "value_error":
            return str(detail["msg"]).removeprefix("Value error, ")
    message = str(detail["msg"]).replace("Input should", "must", 1)
    for theirs, ours in WORDS.items():
        message = message.replace(theirs, ours)
    return message if isinstance(given, dict | list) else f"{message} (it is {_shown(given)})"


def _meant(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    if near:
        return f", did you mean {near[0]}?"
    return f"; there are: {_listed(known)}" if known else ""


def _listed(known: Iterable[str]) -> str:
    return ", ".join(known)


def _shown(value: object) -> str:
    text = {True: "true", False: "false", None: "empty"}[value] if isinstance(value, bool | None) else repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"


def _tags(context: Mapping[str, Any]) -> list[str]:
    expected = context.get("expected_tags")
    if expected is None:
        return ["closed_book", "rag", "fine_tuned", "hybrid", "oracle", "recorded"]
    return [tag.strip().strip("'") for tag in str(expected).split(",")]


def _without_tags(loc: KeyPath, places: Places) -> KeyPath:
    """An error's place in the file: pydantic puts the chosen member of a union into it, the file does not."""
    where: KeyPath = ()
    for position, part in enumerate(loc):
        if (*where, part) in places or position == len(loc) - 1:
            where = (*where, part)
    return where


def _keys_at(model: type[BaseModel], loc: KeyPath) -> list[str]:
    """The keys that are known at a place of the file."""
    kind: Any = model
    for part in loc:
        kind = _inside(kind, part)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _inside(kind: Any, part: str | int) -> Any:  # noqa: ANN401
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return _bare(field.annotation) if field else None
    origin, args = get_origin(kind), get_args(kind)
    if origin is dict:
        return _bare(args[1])
    if origin in (list, tuple):
        return _bare(args[0])
    if origin in (Union, UnionType):
        for member in map(_bare, args):
            if isinstance(member, type) and issubclass(member, BaseModel):
                tag = member.model_fields.get("kind")
                if tag and get_origin(tag.annotation) is Literal and part in get_args(tag.annotation):
                    return member
    return None


def _bare(kind: Any) -> Any:  # noqa: ANN401
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind
