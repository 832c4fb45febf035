"""Verdicts that took long, kept in the user's cache folder: a large run is judged once, and not at every start.

Not beside the run: what somebody else put there would be believed. Plain JSON; a file that does not fit is none.
"""

import hashlib
import logging
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import ragvsft
from ragvsft.data.downloading import cache_folder
from ragvsft.runs.atomic import write_whole
from ragvsft.verdict.verdict import Verdict

MOST_KEPT = 50

_log = logging.getLogger(__name__)


def remembered(folder: Path, stamp: object) -> Verdict | None:
    """The verdict on a run as its files stand, by the code as it stands; None: it is not kept."""
    try:
        return _adapter().validate_json(_file(folder, stamp).read_bytes())
    except (OSError, ValidationError):
        return None


def remember(verdict: Verdict, stamp: object) -> None:
    """Keep a verdict; the oldest go. What cannot be written is judged again next time."""
    file = _file(verdict.folder, stamp)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, _adapter().dump_json(verdict).decode())
        kept = sorted(file.parent.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
        for one in kept[:-MOST_KEPT]:
            one.unlink(missing_ok=True)
    except (OSError, ValueError):
        _log.exception("the verdict on %s cannot be kept", verdict.folder)


def _file(folder: Path, stamp: object) -> Path:
    key = hashlib.sha256(repr((str(folder.resolve()), stamp, _code())).encode()).hexdigest()
    return cache_folder() / "verdicts" / f"{key[:32]}.json"


@lru_cache(maxsize=1)
def _code() -> tuple[tuple[str, int], ...]:
    """Changes whenever the code that judges does."""
    root = Path(ragvsft.__file__).parent
    files = sorted(
        file for part in ("core", "config", "metrics", "runs", "verdict") for file in (root / part).glob("*.py")
    )
    return tuple((file.name, file.stat().st_mtime_ns) for file in files)


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Verdict]:
    return TypeAdapter(Verdict)
