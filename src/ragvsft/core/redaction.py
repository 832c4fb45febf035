"""Takes credentials out of texts before a run keeps them."""

import os
import re
from collections.abc import Collection, Mapping

_USER_INFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/?#]+@", re.IGNORECASE)
_PARAMETER = re.compile(
    r"(?P<name>[?&;](?:api[_-]?key|access[_-]?token|token|password|secret|signature|sig|auth)=)[^&;\s#]+", re.IGNORECASE
)
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)S?(_|$)", re.IGNORECASE)
_SHORTEST_SECRET = 6
"""Shorter values of such variables stand in every text."""
HIDDEN = "***"


def redact(text: str) -> str:
    """The text without user names and passwords of URLs and without keys in their queries."""
    text = _USER_INFO.sub(rf"\g<scheme>{HIDDEN}@", text)
    return _PARAMETER.sub(rf"\g<name>{HIDDEN}", text)


def without_environment_secrets(text: str, names: Collection[str] = ()) -> str:
    """The text without what environment variables hold that have these names, or that say to be a key or a password."""
    secrets = {
        value
        for name, value in os.environ.items()
        if (name in names or _SECRET_NAME.search(name)) and len(value) >= _SHORTEST_SECRET
    }
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


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
