"""Takes the fields of one JSON object one by one and says of each what is wrong with it."""

import difflib
import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeVar

from ragvsft.data.problems import Problems

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_JSON_NAMES = {str: "a string", bool: "true or false", int: "a number", float: "a number", list: "a list"}
_EARLIEST = date(1, 1, 1)
T = TypeVar("T")


class Fields:
    """One row; every `take` notes a problem and goes on with an empty value where the field is wrong."""

    def __init__(
        self,
        row: object,
        where: str,
        problems: Problems,
        *,
        required: Collection[str],
        optional: Collection[str] = (),
    ) -> None:
        self.where = where
        self.problems = problems
        self.row: Mapping[str, object] = {}
        if not isinstance(row, dict):
            self.wrong(f"a row must be an object with fields, not {_json_name(row)}")
            return
        self.row = row
        absent = [name for name in (*required, *optional) if name not in row]
        guessed = set()
        for name in row:
            if name not in required and name not in optional:
                near = difflib.get_close_matches(name, absent, n=1)
                guessed.update(near)
                self.wrong(f'unknown field "{name}"' + (f'; did you mean "{near[0]}"?' if near else ""))
        for name in required:
            if name in absent and name not in guessed:
                self.wrong(f'the field "{name}" is missing')

    def wrong(self, what: str, *, hint: str | None = None) -> None:
        """Note a problem of this row."""
        self.problems.add(self.where, what, hint=hint)

    def text(self, name: str, *, blank: bool = False) -> str:
        """A string; `blank`: it may be empty."""
        value = self._typed(name, str, "")
        if not blank and name in self.row and isinstance(self.row[name], str) and not value.strip():
            self.wrong(f'"{name}" is empty')
        return value

    def identifier(self, name: str) -> str:
        """A string that names something: not empty, without white space around it."""
        value = self.row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.wrong(f'"{name}" must be a string, not the number {value}', hint=f'write "{name}": "{value}"')
            return ""
        found = self.text(name)
        if found.strip() and found != found.strip():
            self.wrong(f'"{name}" has white space around it: {found!r}')
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, none of them empty."""
        values = self._typed(name, list, [])
        for value in values:
            if not isinstance(value, str):
                self.wrong(f'"{name}" must hold strings, not {_json_name(value)}')
                return ()
            if not value.strip():
                self.wrong(f'"{name}" holds an empty string')
                return ()
        return tuple(values)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        return self._typed(name, bool, default)

    def mapping(self, name: str) -> dict[str, object]:
        """An object."""
        return self._typed(name, dict, {})

    def text_mapping(self, name: str) -> dict[str, str]:
        """An object whose values are strings."""
        found = self.mapping(name)
        for key, value in found.items():
            if not isinstance(value, str):
                self.wrong(f'"{name}.{key}" must be a string, not {_json_name(value)}')
                return {}
        return {key: str(value) for key, value in found.items()}

    def rows(self, name: str) -> list[object]:
        """A list of anything."""
        return self._typed(name, list, [])

    def day(self, name: str) -> date:
        """An ISO date, YYYY-MM-DD."""
        value = self._typed(name, str, "")
        found = parse_day(value)
        if found is None:
            if isinstance(self.row.get(name), str):
                self.wrong(f'"{name}" must be a date such as 2024-01-31, not {value!r}')
            return _EARLIEST
        return found

    def interval(self) -> tuple[date, date | None]:
        """`valid_from` and `valid_to`; null or missing: still valid."""
        start = self.day("valid_from")
        if self.row.get("valid_to") is None:
            return start, None
        n_before = self.problems.n
        end = self.day("valid_to")
        if self.problems.n == n_before and end <= start:
            self.wrong(f'"valid_to" {end} must be later than "valid_from" {start}')
        return start, end

    def _typed(self, name: str, kind: type[T], default: T) -> T:
        if name not in self.row:
            return default
        value = self.row[name]
        if not isinstance(value, kind):
            self.wrong(f'"{name}" must be {_JSON_NAMES.get(kind, "an object")}, not {_json_name(value)}')
            return default
        return value


@lru_cache(maxsize=1024)
def parse_day(value: str) -> date | None:
    """The date of an ISO string YYYY-MM-DD, or None."""
    if not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _json_name(value: object) -> str:
    if value is None:
        return "null"
    return _JSON_NAMES.get(type(value), "an object")
