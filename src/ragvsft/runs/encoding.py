"""How texts, dates, seeds and JSON values stand in SQLite, so that what comes out is what went in.

SQLite keeps text as UTF-8, which has no form for half a surrogate pair; such a text is kept as bytes instead.
A missing seed stands as the empty text: it can be part of a key, which NULL cannot, and equals no number.
"""

import json
import math
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from ragvsft.core.errors import DataError

SqlValue = str | bytes | int | float | None

NO_SEED = ""


def bound(*values: object) -> tuple[SqlValue, ...]:
    """The values as SQLite takes them.

    Raises:
        DataError: a number is not finite, or a value has no form in the database.
    """
    return tuple(_one(value) for value in values)


def text_from(value: str | bytes) -> str:
    """A text as it was before `bound`."""
    return value if isinstance(value, str) else value.decode("utf-8", "surrogatepass")


def optional_text_from(value: str | bytes | None) -> str | None:
    """A text, or None."""
    return None if value is None else text_from(value)


def seed_to(seed: int | None) -> int | str:
    """A seed as it stands in a key."""
    return NO_SEED if seed is None else seed


def seed_from(value: int | str) -> int | None:
    """A seed out of a key."""
    return None if value == NO_SEED else int(value)


def json_to(value: object) -> str:
    """JSON text in ASCII, with sorted keys.

    Raises:
        DataError: the value holds something that JSON has no form for.
    """
    try:
        return json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise DataError(f"a record of the run has no form in JSON: {error}") from error


def json_from(text: str) -> Any:  # noqa: ANN401
    """The value of a JSON text."""
    return json.loads(text)


def texts_to(texts: Iterable[str]) -> str:
    """Several texts as one JSON list."""
    return json_to(list(texts))


def texts_from(text: str) -> tuple[str, ...]:
    """Several texts out of a JSON list."""
    return () if text == "[]" else tuple(json.loads(text))


@lru_cache(maxsize=4096)
def date_from(text: str) -> date:
    """A date of the form 2024-01-31."""
    return date.fromisoformat(text)


def optional_date_from(text: str | None) -> date | None:
    """A date, or None."""
    return None if text is None else date_from(text)


def now() -> datetime:
    """The wall clock in UTC. For labels only: durations come from a monotonic clock."""
    return datetime.now(UTC)


def time_from(text: str) -> datetime:
    """A moment of the form that `bound` writes."""
    return datetime.fromisoformat(text)


def _one(value: object) -> SqlValue:
    match value:
        case None | bytes():
            return value
        case bool() | int():
            return int(value)
        case float():
            if not math.isfinite(value):
                raise DataError(f"a record of the run holds the number {value}; an undefined number is None")
            return value
        case str():
            return _text(str(value))
        case date():  # also a datetime
            return value.isoformat()
        case _:
            raise DataError(f"a record of the run holds a {type(value).__name__}, which the database has no form for")


def _text(value: str) -> str | bytes:
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
    return value
