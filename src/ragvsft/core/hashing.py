"""Content hashes: the same content gives the same key on every machine and in every process."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def text_hash(*parts: str) -> str:
    """SHA-256 over the parts in UTF-8, separated unambiguously; 64 hex digits."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()


def json_hash(value: object) -> str:
    """SHA-256 of a JSON value with sorted keys; 64 hex digits.

    Raises:
        TypeError: the value holds something that JSON has no form for.
        ValueError: the value holds NaN or an infinity.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text_hash(text)


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes; 64 hex digits.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_hash(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 by name of some files of a folder, sorted by name."""
    return {name: file_hash(folder / name) for name in sorted(names)}
