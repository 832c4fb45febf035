"""Writing a run folder: who may, from opening to closing, and the stages and progress in between."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ragvsft.core.errors import DataError, RagvsftError
from ragvsft.core.redaction import redact
from ragvsft.core.values import Reading, Stage
from ragvsft.runs.database import DATABASE_FILE, Database, open_for_writing
from ragvsft.runs.encoding import bound, now, time_from
from ragvsft.runs.folder import LOG_FILE, run_folder
from ragvsft.runs.log import lab_log, tell_session
from ragvsft.runs.manifest import MANIFEST_FILE, Manifest, read_manifest, write_manifest
from ragvsft.runs.owner import Owner, take_ownership
from ragvsft.runs.recording import Recorder
from ragvsft.runs.sessions import begin_session, end_session, with_environment
from ragvsft.runs.stages import HEARTBEAT_S, OpenStages, Pulse, settle_dead_stages

_SHOWN_EVERY_S = 0.5
"""Progress within one stage is written no oftener."""

_log = logging.getLogger(__name__)


class RunWriter(Recorder):
    """The owner of a run folder. Threads may share it; a forked child must not use it."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        manifest: Manifest,
        *,
        owner: Owner,
        force_environment: bool,
        heartbeat_s: float,
    ) -> None:
        super().__init__(folder, database, manifest)
        self._owner = owner
        self._held = ExitStack()
        self._force_environment = force_environment
        self._stages = OpenStages(database)
        self._shown: tuple[str, int, int, str] = ("", 0, 0, "")
        self._shown_at = 0.0
        self._shown_is_old = False
        self._logged: tuple[str, bool] = ("", False)
        self._closed = False
        self._set_state("running")
        self._pulse = Pulse(self._beat, every_s=heartbeat_s)

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        name: str,
        run_hash: str,
        manifest: Manifest,
        owner: Owner | None = None,
        force_environment: bool = False,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> "RunWriter":
        """Create a run folder, or go on in the one that is there.

        Args:
            root: where run folders lie; made where it is missing.
            name: the experiment's name.
            run_hash: hash of all that makes this run another one, waves left out.
            manifest: as things stand now; of a run that is continued, creation date and sessions are kept.
            owner: who holds the folder already, and goes on to; None: the writer takes it, and lets go of it.
            force_environment: go on with other threads, dtype, device or store than before. It is recorded.
            heartbeat_s: how often the run says that it lives.

        Raises:
            UsageError: a name is wrong, the folder cannot be written, or the environment is another one.
            RunLockedError: a living process owns the run.
            DataError: the folder is damaged, of a newer ragvsft, or stands on other weights.
        """
        folder = run_folder(root, name, run_hash)
        if (manifest.name, manifest.run_hash) != (name, run_hash):
            raise DataError(f"the manifest of {manifest.name} {manifest.run_hash} was handed in for {name} {run_hash}")
        with ExitStack() as held:
            owner = owner or held.enter_context(take_ownership(folder))
            held.enter_context(lab_log(folder / LOG_FILE, secret_names=_secret_names(manifest)))
            stored = read_manifest(folder) if (folder / MANIFEST_FILE).exists() else None
            database = _open_database(folder, stored, run_hash)
            held.callback(database.close)
            manifest = begin_session(
                stored, manifest, owner=owner, last_seen=_last_seen(database), force=force_environment
            )
            n_wasted = settle_dead_stages(database)
            if n_wasted:
                _log.info("%d stages that an interruption broke off are counted as wasted", n_wasted)
            write_manifest(folder, manifest)
            tell_session(folder.name, manifest)
            run = cls(
                folder,
                database,
                manifest,
                owner=owner,
                force_environment=force_environment,
                heartbeat_s=heartbeat_s,
            )
            run._held = held.pop_all()
            return run

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        interrupted = isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)
        if not interrupted:
            _log.error("the run stops: %s", error, exc_info=error)
        # What goes wrong while leaving must not hide why we leave.
        with suppress(RagvsftError):
            self.close("interrupted" if interrupted else f"failed: {redact(str(error) or type(error).__name__)}")

    def close(self, why: str = "finished") -> None:
        """Leave the run: `finished`, `interrupted`, or `failed: ...`. The lock goes whatever else goes wrong."""
        if self._closed or os.getpid() != self._owner.pid:
            return
        self._closed = True
        self._pulse.stop()
        with self._held:
            self._stages.settle(wasted=why != "finished")
            self._set_state("failed" if why.startswith("failed") else why, message=why.removeprefix("failed: "))
            self._keep(end_session(self._manifest, why))
            self._database.settle()
            _log.info("the session ends: %s", why)

    @property
    def manifest(self) -> Manifest:
        """The manifest as it stands."""
        return self._manifest

    @property
    def log_path(self) -> Path:
        """Where the lab's log goes."""
        return self.folder / LOG_FILE

    def record_environment(
        self,
        *,
        threads: int | None = None,
        device: str | None = None,
        dtype: str | None = None,
        store: str | None = None,
    ) -> None:
        """Record what was not known when the run was opened.

        Raises:
            UsageError: the run was worked on in another environment, and that was not allowed.
        """
        self._keep(
            with_environment(
                self._manifest, force=self._force_environment, threads=threads, device=device, dtype=dtype, store=store
            )
        )

    @contextmanager
    def stage(
        self,
        stage: Stage,
        *,
        arm: str | None = None,
        resource: str | None = None,
        wave: date | None = None,
        seed: int | None = None,
        unit_key: str | None = None,
    ) -> Iterator[None]:
        """Say that a stage is under way, so that it is metered as wasted if it is broken off.

        The reading that is recorded for it must bear the same labels: recording it is what makes the work safe.
        """
        labels = Reading(
            stage=stage, wall_s=0.0, arm=arm, resource=resource, wave=wave, seed=seed, unit_key=unit_key, wasted=True
        )
        begun = self._stages.begin(labels)
        try:
            yield
        except BaseException:
            with suppress(RagvsftError):
                self._stages.abandon(begun)
            raise
        self._stages.end(begun)

    def set_progress(self, stage: str, done: int, total: int, message: str = "") -> None:
        """Say where the lab stands; written at once when the stage changes or is done, else twice a second.

        The log has a line when a stage begins and one when it is done.
        """
        step = (stage, done >= total)
        if step != self._logged:
            self._logged = step
            _log.info("%s %d/%d%s", stage, done, total, f" ({message})" if message else "")
        changed = stage != self._shown[0] or done >= total
        self._shown = (stage, done, total, redact(message))
        self._shown_is_old = True
        if changed or time.monotonic() - self._shown_at >= _SHOWN_EVERY_S:
            self._beat()

    def _beat(self) -> None:
        with self._database.transaction() as connection:
            self._stages.beat(connection)
            at = now()
            if self._shown_is_old:
                connection.execute(
                    "UPDATE progress SET stage = ?, done = ?, total = ?, message = ?, updated_at = ?, heartbeat_at = ?",
                    bound(*self._shown, at, at),
                )
            else:
                connection.execute("UPDATE progress SET heartbeat_at = ?", bound(at))
            self._shown_is_old = False
            self._shown_at = time.monotonic()

    def _set_state(self, state: str, message: str = "") -> None:
        stage, done, total, shown = self._shown
        at = now()
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO progress VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                bound(
                    state,
                    stage,
                    done,
                    total,
                    message if state == "failed" else shown,
                    at,
                    at,
                    self._owner.pid,
                    self._owner.host,
                    self._owner.process_started_s,
                ),
            )

    def _keep(self, manifest: Manifest) -> None:
        if manifest != self._manifest:
            write_manifest(self.folder, manifest)
            self._manifest = manifest


def _secret_names(manifest: Manifest) -> tuple[str, ...]:
    """Environment variables that the experiment names as holding a key."""
    lab = manifest.configuration.get("lab")
    base = lab.get("base") if isinstance(lab, dict) else None
    name = base.get("api_key_env") if isinstance(base, dict) else None
    return (name,) if isinstance(name, str) else ()


def _open_database(folder: Path, stored: Manifest | None, run_hash: str) -> Database:
    path = folder / DATABASE_FILE
    if stored is not None and not path.exists():
        raise DataError(
            f"{path} is missing, and all that the run recorded with it",
            hint="put the file back from a copy, or remove the run folder and start again",
        )
    database = open_for_writing(path)
    try:
        with database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('run_hash', ?)", bound(run_hash))
            found = connection.execute("SELECT value FROM meta WHERE key = 'run_hash'").fetchone()[0]
            n_units = connection.execute("SELECT count(*) FROM units").fetchone()[0]
        if found != run_hash:
            raise DataError(f"{path} is of another run", hint="put manifest and database back from one copy")
        if stored is None and n_units:
            raise DataError(
                f"{folder} has {n_units} finished units and no {MANIFEST_FILE}", hint="put the file back from a copy"
            )
    except BaseException:
        database.close()
        raise
    return database


def _last_seen(database: Database) -> datetime | None:
    rows = database.rows("SELECT heartbeat_at FROM progress")
    return time_from(rows[0][0]) if rows else None
