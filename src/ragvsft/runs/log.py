"""`lab.log`: what the lab did and when, for a person who looks for what went wrong. Results are in the database.

Every line goes through `redaction`: no key of an address or of the environment lands in it.
"""

import logging
import logging.handlers
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ragvsft.core.redaction import redact, without_environment_secrets
from ragvsft.runs.manifest import Manifest

MAX_LOG_BYTES = 1024 * 1024
"""Of `lab.log`; what is older goes to `lab.log.1`, and what is older still is let go."""
MAX_RECORD_CHARACTERS = 20_000

_ROOT = "ragvsft"


_log = logging.getLogger(__name__)


@contextmanager
def lab_log(path: Path, *, secret_names: Collection[str] = ()) -> Iterator[None]:
    """While the block runs, what ragvsft logs from level INFO on is written to a file, beside where it goes anyway.

    A log that cannot be written (a full disk) never stops the work that it tells of.

    Args:
        path: the file; what is there stays.
        secret_names: environment variables that hold secrets though their names may not say so.
    """
    logger = logging.getLogger(_ROOT)
    handler = _Quiet(path, maxBytes=MAX_LOG_BYTES, backupCount=1, encoding="utf-8", errors="replace", delay=True)
    handler.setFormatter(_Lines(secret_names))
    handlers: list[logging.Handler] = [handler]
    if not logger.hasHandlers():
        # Where nobody set logging up, Python shows warnings on stderr, but no longer once there is a handler.
        terminal = logging.StreamHandler()
        terminal.setLevel(logging.WARNING)
        terminal.addFilter(lambda record: record.exc_info is None)  # an exception is told by whoever catches it
        handlers.append(terminal)
    before = logger.level
    logger.setLevel(logging.INFO)
    for each in handlers:
        logger.addHandler(each)
    try:
        yield
    finally:
        for each in handlers:
            logger.removeHandler(each)
        logger.setLevel(before)
        handler.close()


def tell_session(name: str, manifest: Manifest) -> None:
    """Log what a session of a run stands on: process, commit, machine, versions, weights, and what differs."""
    session, machine = manifest.sessions[-1], manifest.machine
    going = "going on with" if session.resumed else "beginning"
    _log.info(
        "%s %s: process %d on %s, commit %s", going, name, session.pid, session.host, manifest.git_commit or "unknown"
    )
    environment = manifest.environment.model_dump(exclude_none=True)
    _log.info("%s, %s, %d cores of %s, %s", machine.python, machine.platform, machine.cores, machine.cpu, environment)
    _log.info("versions: %s", ", ".join(f"{package} {version}" for package, version in manifest.versions.items()))
    _log.info("model %s, weights %s", manifest.model.name, manifest.model.weights_sha256[:12])
    if session.changed_versions:
        _log.warning("versions that changed since the session before: %s", session.changed_versions)
    if session.forced:
        _log.warning("allowed to differ from the session before: %s", ", ".join(session.forced))


class _Quiet(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: that the disk is full is told by whatever else cannot be written."""


class _Lines(logging.Formatter):
    """One line a record, tracebacks excepted; times in UTC."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03d"

    def __init__(self, secret_names: Collection[str]) -> None:
        super().__init__("%(asctime)sZ %(levelname)s %(name)s: %(message)s")
        self._secret_names = frozenset(secret_names)

    def format(self, record: logging.LogRecord) -> str:
        """The record without credentials and without characters that would forge another line."""
        whole = without_environment_secrets(redact(super().format(record)), self._secret_names)
        text = whole if len(whole) <= MAX_RECORD_CHARACTERS else f"{whole[:MAX_RECORD_CHARACTERS]} …"
        first, *rest = text.split("\n")
        return "\n".join([_inert(first), *(f"    {_inert(line)}" for line in rest)])


def _inert(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)
