"""Connections to `run.db`: one writer, any number of readers, and errors that say how to mend them."""

import errno
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ragvsft.core.errors import DataError, RagvsftError, UsageError
from ragvsft.runs.encoding import SqlValue
from ragvsft.runs.schema import MIGRATIONS, check_known, migrate

DATABASE_FILE = "run.db"

BUSY_S = 30.0
"""How long a connection waits for another one's lock."""

_NOTHING_LOST = "nothing that was recorded is lost, and the same command goes on from there"
_COPY_TRIES = 5


class Database:
    """A connection that several threads may share."""

    def __init__(self, connection: sqlite3.Connection, path: Path, *, scratch: Path | None = None) -> None:
        self._connection = connection
        self._mutex = threading.RLock()
        self._scratch = scratch
        self.path = path

    def rows(self, sql: str, values: Sequence[SqlValue] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query.

        Raises:
            RagvsftError: the database cannot be read.
        """
        with self._mutex, translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Every read inside sees the same state, whatever is written meanwhile; one inside another is the outer."""
        with self._mutex:
            if self._connection.in_transaction:
                yield
                return
            with translated(self.path):
                self._connection.execute("BEGIN")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is written, or nothing.

        Raises:
            RagvsftError: the database cannot be written; it stands as before.
        """
        with self._mutex, translated(self.path):
            try:
                # Inside: an interruption right after it must not leave the transaction open for whoever comes next.
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise

    def settle(self) -> None:
        """Leave one plain file behind, which can be read where nothing can be written; not while others read it."""
        with self._mutex, suppress(sqlite3.Error):
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.execute("PRAGMA journal_mode = DELETE")

    def close(self) -> None:
        """Let go of the file."""
        with self._mutex, suppress(sqlite3.Error):
            self._connection.close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)


def open_for_writing(path: Path) -> Database:
    """Create the database or continue it, its tables brought to the newest version.

    Journal: WAL, so that others read while this one writes. `synchronous` is FULL, so that what is committed outlives
    a power cut and not only a killed process; commits are rare enough (one a batch of questions) to afford it.

    Raises:
        RagvsftError: it cannot be opened, written or understood.
    """
    with translated(path):
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            check_known(connection, path)
            # A file system without shared memory keeps its old journal, which is slower for readers and as safe.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return Database(connection, path)


def open_for_reading(path: Path) -> Database:
    """Open the database so that nothing can be written to it; also in a folder that is read-only.

    An older schema is read through a migrated copy in memory.

    Raises:
        DataError: it is missing, damaged, or of a newer ragvsft.
        RagvsftError: it cannot be read.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing", hint="a run folder has a manifest.json and a run.db; is this one whole?")
    with translated(path):
        connection, scratch = _connect_read_only(path)
        try:
            if check_known(connection, path) < len(MIGRATIONS):
                connection = _migrated_copy(connection, path)
        except BaseException:
            connection.close()
            raise
    return Database(connection, path, scratch=scratch)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite and of the file system become errors with a hint.

    Raises:
        RagvsftError: in their place.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _of_sqlite(error, path) from error
    except OverflowError as error:
        raise DataError(f"{path}: a number is too large for the database: {error}") from error
    except OSError as error:
        raise of_system(error, path) from error


def of_system(error: OSError, path: Path) -> RagvsftError:
    """An error of the file system as one with a hint."""
    where = error.filename or path
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _forbidden(Path(str(where)), error.strerror or "permission denied")
    return RagvsftError(f"{where}: {error.strerror or error}", hint=f"mend that and run again: {_NOTHING_LOST}")


def _of_sqlite(error: sqlite3.Error, path: Path) -> RagvsftError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL") or (name.startswith("SQLITE_IOERR") and _free_bytes(path) < 1 << 20):
        return _full(path)
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
        return _forbidden(path, str(error))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return RagvsftError(
            f"{path} was locked by another process for {BUSY_S:.0f} s",
            hint=f"close whatever else writes to it and run again: {_NOTHING_LOST}",
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return DataError(
            f"{path} is damaged: {error}",
            hint="put the file back from a copy, or save what is left with `sqlite3 run.db .recover`, "
            "or remove the run folder and start again",
        )
    if name.startswith("SQLITE_IOERR"):
        return RagvsftError(
            f"{path}: the disk does not read or write: {error}", hint=f"mend that and run again: {_NOTHING_LOST}"
        )
    if isinstance(error, sqlite3.IntegrityError):
        return DataError(f"{path} refuses a record that contradicts what it holds: {error}")
    return DataError(f"{path} is not as a run's database should be: {error}")


def _full(path: Path) -> RagvsftError:
    free = _free_bytes(path)
    left = f" ({free:,} bytes are free)" if free >= 0 else ""
    return RagvsftError(
        f"the disk is full: {path.parent} cannot grow{left}", hint=f"free some space and run again: {_NOTHING_LOST}"
    )


def _forbidden(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} may not be read or written here: {why}",
        hint="give yourself permission for the folder, or choose another folder for runs",
    )


def _free_bytes(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return -1


def _connect_read_only(path: Path) -> tuple[sqlite3.Connection, Path | None]:
    try:
        return _try_to_read(f"{path.resolve().as_uri()}?mode=ro"), None
    except sqlite3.OperationalError as error:
        name = error.sqlite_errorname or ""
        if not name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise
    # A database whose writer is or was in the middle of something needs a file beside it that cannot be made here.
    unfinished = [beside for beside in _journals(path) if beside.is_file() and beside.stat().st_size > 0]
    if not unfinished:
        return _try_to_read(f"{path.resolve().as_uri()}?mode=ro&immutable=1"), None
    scratch = _stable_copy([path, *unfinished])
    try:
        return _try_to_read(f"{(scratch / path.name).as_uri()}?mode=rw"), scratch
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _try_to_read(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _journals(path: Path) -> tuple[Path, Path]:
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal")


def _stable_copy(files: Sequence[Path]) -> Path:
    for _ in range(_COPY_TRIES):
        scratch = Path(tempfile.mkdtemp(prefix="ragvsft-read-"))
        try:
            before = [_state(file) for file in files]
            for file in files:
                shutil.copyfile(file, scratch / file.name)
            if before == [_state(file) for file in files]:
                return scratch
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        shutil.rmtree(scratch, ignore_errors=True)
    raise RagvsftError(
        f"{files[0]} is being written and its folder is read-only here, so that no whole copy could be read",
        hint="try again later, or read it where the folder can be written",
    )


def _state(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size


def _migrated_copy(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        connection.backup(memory)
        migrate(memory, path)
        memory.execute("PRAGMA query_only = ON")
    except BaseException:
        memory.close()
        raise
    connection.close()
    return memory
