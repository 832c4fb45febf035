"""Takes credentials out of texts before a run keeps them."""

import re
from collections.abc import Mapping

_USER_INFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/?#]+@", re.IGNORECASE)
_PARAMETER = re.compile(
    r"(?P<name>[?&;](?:api[_-]?key|access[_-]?token|token|password|secret|signature|sig|auth)=)[^&;\s#]+", re.IGNORECASE
)
HIDDEN = "***"


def redact(text: str) -> str:
    """The text without user names and passwords of URLs and without keys in their queries."""
    text = _USER_INFO.sub(rf"\g<scheme>{HIDDEN}@", text)
    return _PARAMETER.sub(rf"\g<name>{HIDDEN}", text)


def redact_all(value: object) -> object:
    """The same for every text of a JSON value, keys excepted."""
    match value:
        case str():
            return redact(value)
        case Mapping():
            return {key: redact_all(item) for key, item in value.items()}
        case list() | tuple():
            return [redact_all(item) for item in value]
        case _:
            return value
