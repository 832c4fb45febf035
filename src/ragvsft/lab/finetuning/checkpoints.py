"""Checkpoints of a training: which are complete, and what stands in them beside the Trainer's own files.

A checkpoint is complete when its marker is there and every file has the hash that the marker tells. The marker is
written last. Anything else is left over from an interruption and is never read.
"""

import json
import logging
import os
import shutil
from pathlib import Path

from ragvsft.core.hashing import file_hash

MARKER = "COMPLETE"
CHECKPOINT = "checkpoint-"
RECORD_FILE = "record.json"
BEST_FILE = "best.safetensors"
PLAN_FILE = "plan.json"
CLOCK_FILE = "clock.json"

_log = logging.getLogger(__name__)


def mark_complete(checkpoint: Path) -> None:
    """Write the marker with the hash of every file of a checkpoint, so that it can be resumed from."""
    hashes = {path.name: file_hash(path) for path in sorted(checkpoint.iterdir()) if path.name != MARKER}
    for name in hashes:
        _flush(checkpoint / name)
    write_whole(checkpoint / MARKER, json.dumps(hashes, indent=1))


def is_complete(checkpoint: Path) -> bool:
    """Whether the marker is there and every file is as it was when the marker was written."""
    try:
        hashes = json.loads((checkpoint / MARKER).read_text(encoding="utf-8"))
        return bool(hashes) and all(file_hash(checkpoint / name) == hashes[name] for name in hashes)
    except (OSError, ValueError, AttributeError):
        return False


def last_complete(work: Path) -> Path | None:
    """The latest complete checkpoint; those that are not complete are removed, with a warning."""
    for step in sorted(_steps(work), reverse=True):
        checkpoint = work / f"{CHECKPOINT}{step}"
        if is_complete(checkpoint):
            return checkpoint
        _log.warning("checkpoint %s is incomplete or damaged and is left out", checkpoint.name)
        shutil.rmtree(checkpoint)
    return None


def open_work(work: Path, plan: dict[str, object]) -> dict[str, object] | None:
    """Make a work folder ready for a plan: what was found there where it serves the same plan, else nothing."""
    try:
        found: dict[str, object] = json.loads((work / PLAN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    if found and all(found.get(key) == value for key, value in plan.items()):
        return found
    if any(_steps(work)):
        _log.warning("checkpoints in %s belong to another training (rows, settings or machine) and are removed", work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return None


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either there whole or not at all."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    _flush(aside)
    aside.replace(path)


def _steps(work: Path) -> list[int]:
    return [
        int(number)
        for path in work.glob(f"{CHECKPOINT}*")
        if path.is_dir() and (number := path.name.removeprefix(CHECKPOINT)).isdigit()
    ]


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
