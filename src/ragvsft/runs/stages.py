"""Open stages: metered work that was begun and not recorded yet, so that what an interruption throws away is known.

A heartbeat writes how long each has run. What a dead owner left open becomes a wasted reading.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ragvsft.core.errors import RagvsftError
from ragvsft.core.values import Reading, Stage
from ragvsft.runs import tables
from ragvsft.runs.database import Database
from ragvsft.runs.encoding import bound, now, optional_date_from, optional_text_from, time_from

HEARTBEAT_S = 2.0
"""At most this much of a killed stage goes unmetered."""


@dataclass(kw_only=True)
class OpenStage:
    """A stage that this process began."""

    row: int
    labels: Reading
    """A reading of nothing that says which stage of what it is."""
    started: float = field(default_factory=time.perf_counter)
    cpu_started: float = field(default_factory=time.process_time)
    consumed: Reading | None = None
    """All that it consumed, once it has ended."""

    def so_far(self) -> Reading:
        """What it consumed, as if thrown away."""
        return self.consumed or replace(
            self.labels,
            wall_s=time.perf_counter() - self.started,
            cpu_s=time.process_time() - self.cpu_started,
            wasted=True,
        )


class OpenStages:
    """The open stages of a run's owner."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stages: list[OpenStage] = []

    def begin(self, labels: Reading) -> OpenStage:
        """Note that a stage has begun; forget those that ended and never had anything to record."""
        with self._database.transaction() as connection:
            self._drop(connection, ended_only=True)
            at = now()
            row = connection.execute(
                "INSERT INTO open_stages (stage, arm, resource, wave, seed, unit_key, started_at, heartbeat_at, "
                "wall_s, cpu_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
                bound(*_labels(labels), at, at),
            ).lastrowid
            assert row is not None
            stage = OpenStage(row=row, labels=labels)
            self._stages.append(stage)
            return stage

    def end(self, stage: OpenStage) -> None:
        """A stage ended well. Its note stays until what came of it is recorded: only then is the work safe."""
        stage.consumed = stage.so_far()

    def abandon(self, stage: OpenStage) -> None:
        """A stage was broken off: unless it was recorded, what it consumed was wasted."""
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM open_stages WHERE stage_row = ?", (stage.row,)).fetchone():
                insert_readings(connection, [stage.so_far()])
                connection.execute("DELETE FROM open_stages WHERE stage_row = ?", (stage.row,))
            if stage in self._stages:
                self._stages.remove(stage)

    def beat(self, connection: sqlite3.Connection) -> None:
        """Write how long each stage has run."""
        for stage in self._stages:
            reading = stage.so_far()
            connection.execute(
                "UPDATE open_stages SET heartbeat_at = ?, wall_s = ?, cpu_s = ? WHERE stage_row = ?",
                bound(now(), reading.wall_s, reading.cpu_s, stage.row),
            )

    def settle(self, *, wasted: bool) -> None:
        """Leave no note behind; `wasted`: what is still unrecorded was thrown away."""
        if not self._stages:
            return
        with self._database.transaction() as connection:
            for stage in list(self._stages):
                left = connection.execute("SELECT 1 FROM open_stages WHERE stage_row = ?", (stage.row,)).fetchone()
                if wasted and left:
                    insert_readings(connection, [stage.so_far()])
            self._drop(connection, ended_only=False)

    def _drop(self, connection: sqlite3.Connection, *, ended_only: bool) -> None:
        dropped = [stage for stage in self._stages if stage.consumed is not None or not ended_only]
        connection.executemany("DELETE FROM open_stages WHERE stage_row = ?", [(stage.row,) for stage in dropped])
        self._stages = [stage for stage in self._stages if stage not in dropped]


class Pulse:
    """Calls a function every so many seconds until it is stopped; an error of the run is left to the main thread."""

    def __init__(self, beat: Callable[[], None], *, every_s: float) -> None:
        self._beat = beat
        self._every_s = every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ragvsft-heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return once it no longer beats."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._every_s):
            with suppress(RagvsftError):
                self._beat()


def insert_readings(
    connection: sqlite3.Connection,
    readings: Iterable[Reading],
    *,
    key: str | None = None,
    started_at: datetime | None = None,
) -> None:
    """Record readings and close the open stages that bear the same labels, in the caller's transaction.

    Args:
        connection: inside a transaction.
        readings: what stages consumed.
        key: kept as the `unit_key` of readings that have none, so that they are found with what they paid for.
        started_at: None: so long ago as the reading took.
    """
    for reading in readings:
        bound(reading.wall_s)  # refuses what is no number
        began = started_at or now() - timedelta(seconds=reading.wall_s)
        kept = reading if reading.unit_key else replace(reading, unit_key=key)
        tables.READINGS.insert(connection, [kept], more={"started_at": began})
        connection.execute(
            "DELETE FROM open_stages WHERE stage IS ? AND arm IS ? AND resource IS ? AND wave IS ? AND seed IS ? "
            "AND unit_key IS ?",
            bound(*_labels(reading)),
        )


def settle_dead_stages(database: Database) -> int:
    """Turn what a dead owner left open into wasted readings; returns how many there were."""
    with database.transaction() as connection:
        rows = connection.execute(
            "SELECT stage, arm, resource, wave, seed, unit_key, started_at, wall_s, cpu_s FROM open_stages "
            "ORDER BY stage_row"
        ).fetchall()
        connection.execute("DELETE FROM open_stages")
        for stage, arm, resource, wave, seed, unit_key, started_at, wall_s, cpu_s in rows:
            reading = Reading(
                stage=Stage(stage),
                arm=optional_text_from(arm),
                resource=optional_text_from(resource),
                wave=optional_date_from(wave),
                seed=seed,
                unit_key=optional_text_from(unit_key),
                wall_s=wall_s,
                cpu_s=cpu_s,
                wasted=True,
            )
            insert_readings(connection, [reading], started_at=time_from(started_at))
    return len(rows)


def _labels(reading: Reading) -> tuple[object, ...]:
    return str(reading.stage), reading.arm, reading.resource, reading.wave, reading.seed, reading.unit_key
