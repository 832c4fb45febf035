"""What the lab records of its work: each method is one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Hit, Outcome, Passage, Reading, WaveQuestion
from ragvsft.runs import tables
from ragvsft.runs.database import Database
from ragvsft.runs.encoding import bound, text_from
from ragvsft.runs.folder import adapter_folder
from ragvsft.runs.ledger import FinishedUnit, write_passages, write_retrieval, write_unit, write_wave
from ragvsft.runs.manifest import Manifest
from ragvsft.runs.reading import RunReader
from ragvsft.runs.records import (
    AdapterRecord,
    Annotation,
    ArmRecord,
    Choice,
    FairnessCheck,
    GeneralAnswer,
    IndexRecord,
    LatencyRequest,
    SearchTry,
    Wave,
)
from ragvsft.runs.stages import insert_readings


class Recorder:
    """The records of a run whose folder this process owns."""

    def __init__(self, folder: Path, database: Database, manifest: Manifest) -> None:
        self.folder = folder
        self._database = database
        self._manifest = manifest

    @property
    def reader(self) -> RunReader:
        """The run as it stands, through the writer's own connection; not to be closed."""
        return RunReader(self.folder, self._database, self._manifest)

    def record_wave(
        self,
        wave: date,
        content_hash: str,
        questions: Sequence[WaveQuestion],
        gold_passages: Mapping[str, Mapping[str, Sequence[str]]],
        n_left_out: int,
    ) -> None:
        """Record the questions of a wave. Again with the same hash: nothing happens.

        Args:
            wave: the date.
            content_hash: of the wave's documents and questions.
            questions: of every split.
            gold_passages: index name -> question id -> ids of the passages that state an answer.
            n_left_out: questions that are not asked because their history has a gap.

        Raises:
            DataError: units of the wave are finished, and the hash was another one then.
        """
        record = Wave(wave=wave, content_hash=content_hash, n_questions=len(questions), n_left_out=n_left_out)
        with self._database.transaction() as connection:
            write_wave(connection, record, questions, gold_passages)

    def record_passages(self, passages: Iterable[Passage]) -> None:
        """Record passages that were not retrieved, such as gold ones; those of a retrieval come with its hits."""
        with self._database.transaction() as connection:
            write_passages(connection, passages)

    def record_retrieval(
        self,
        retrieval_key: str,
        description: Mapping[str, object],
        wave: date,
        found: Mapping[str, Sequence[Hit]],
        reading: Reading | None = None,
    ) -> None:
        """Record what was found, best first, by question id, with its reading; known questions keep their hits.

        Args:
            retrieval_key: hash of all that decides what is found, the wave's documents left out.
            description: the same for people.
            wave: the date that the index served.
            found: also questions that found nothing.
            reading: what it consumed; kept under the retrieval key, left out where every question was known.
        """
        with self._database.transaction() as connection:
            if write_retrieval(connection, retrieval_key, description, wave, found) and reading is not None:
                insert_readings(connection, [reading], key=retrieval_key)

    def hits(self, retrieval_key: str, wave: date) -> dict[str, tuple[Hit, ...]]:
        """What was found and recorded, best first, by question id."""
        return self.reader.hits(retrieval_key, wave)

    def record_arm(self, arm: ArmRecord) -> None:
        """Record how an arm is asked."""
        with self._database.transaction() as connection:
            tables.ARMS.insert(connection, [arm], verb="INSERT OR REPLACE")

    def finish_unit(
        self,
        unit_key: str,
        *,
        arm: str,
        wave: date,
        seed: int | None,
        shard: int,
        outcomes: Sequence[Outcome],
        readings: Sequence[Reading],
    ) -> bool:
        """Record all that came of a unit, or nothing; False: it was finished before, and stands as it was.

        Raises:
            DataError: an outcome or a reading is not of this unit, a question is not of the wave, or another unit
                answered it.
        """
        unit = FinishedUnit(
            unit_key=unit_key,
            arm=arm,
            wave=wave,
            seed=seed,
            shard=shard,
            outcomes=tuple(outcomes),
            readings=tuple(readings),
        )
        with self._database.transaction() as connection:
            return write_unit(connection, unit)

    def take_units(self, units: Iterable[FinishedUnit]) -> int:
        """Record units that were answered elsewhere, all or none; returns how many were new."""
        with self._database.transaction() as connection:
            return sum(write_unit(connection, unit) for unit in units)

    def done_units(self) -> frozenset[str]:
        """Keys of the finished units."""
        return self.reader.done_units()

    def record_reading(self, reading: Reading) -> None:
        """Record what a stage consumed whose results are kept elsewhere."""
        with self._database.transaction() as connection:
            insert_readings(connection, [reading])

    def record_search_try(self, attempt: SearchTry, readings: Sequence[Reading] = ()) -> None:
        """Record one configuration that the dev search tried, with what the try consumed."""
        with self._database.transaction() as connection:
            tables.SEARCH_TRIES.insert(connection, [attempt], verb="INSERT OR REPLACE")
            insert_readings(connection, readings)

    def record_choice(self, choice: Choice, readings: Sequence[Reading] = ()) -> None:
        """Record what the dev search chose, with what the search consumed; it is frozen from then on.

        Raises:
            DataError: something else was chosen before.
        """
        with self._database.transaction() as connection:
            known = self.choices().get(choice.arm)
            if known is None:
                tables.CHOICES.insert(connection, [choice])
                insert_readings(connection, readings)
            elif json_hash(dict(known.settings)) != json_hash(dict(choice.settings)):
                raise DataError(
                    f"the settings of {choice.arm} are frozen to {dict(known.settings)}",
                    hint="a search is done once a run; give the experiment another name to search again",
                )

    def choices(self) -> dict[str, Choice]:
        """What the dev search chose, by arm."""
        return self.reader.choices()

    def record_latency(
        self,
        requests: Sequence[LatencyRequest],
        readings: Sequence[Reading] = (),
        *,
        unmerged: Sequence[LatencyRequest] = (),
    ) -> None:
        """Record the timed single requests of arms, in place of what these arms had.

        Args:
            requests: as every answer is given, an adapter merged into the base's weights.
            readings: of the stage.
            unmerged: the same with the adapter beside them.
        """
        with self._database.transaction() as connection:
            for table, some in ((tables.LATENCY, requests), (tables.LATENCY_UNMERGED, unmerged)):
                for arm in sorted({request.arm for request in requests}):
                    connection.execute(f"DELETE FROM {table.name} WHERE arm = ?", bound(arm))  # noqa: S608
                table.insert(connection, some)
            insert_readings(connection, readings)

    def record_annotations(self, annotations: Iterable[Annotation], readings: Sequence[Reading] = ()) -> None:
        """Record models' readings of outcomes; one of the same name and outcome is replaced."""
        with self._database.transaction() as connection:
            tables.ANNOTATIONS.insert(connection, annotations, verb="INSERT OR REPLACE")
            insert_readings(connection, readings)

    def record_general(self, answers: Iterable[GeneralAnswer], readings: Sequence[Reading] = ()) -> None:
        """Record answers to the general set; the same question, adapter, wave and seed again is replaced."""
        with self._database.transaction() as connection:
            tables.GENERAL.insert(connection, answers, verb="INSERT OR REPLACE")
            insert_readings(connection, readings)

    def record_fairness(self, checks: Iterable[FairnessCheck]) -> None:
        """Record the fairness check, in place of the one before."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM fairness")
            tables.FAIRNESS.insert(connection, checks)

    def adapter_folder(self, name: str, wave: date, seed: int) -> Path:
        """Where an adapter goes that is trained at a wave."""
        return adapter_folder(self.folder, name, wave, seed)

    def record_adapter(self, adapter: AdapterRecord, readings: Sequence[Reading] = ()) -> None:
        """Record an adapter as it serves at a wave, with what training it consumed.

        Args:
            adapter: its folder is kept relative to the run where it lies inside.
            readings: kept under the adapter's key; left out where this adapter was recorded for this wave.
        """
        inside = adapter.folder.resolve()
        if inside.is_relative_to(self.folder.resolve()):
            inside = inside.relative_to(self.folder.resolve())
        with self._database.transaction() as connection:
            place = bound(adapter.name, adapter.wave, adapter.seed)
            known = connection.execute(
                "SELECT key FROM adapters WHERE name = ? AND wave = ? AND seed = ?", place
            ).fetchone()
            if known and text_from(known[0]) == adapter.key:
                return
            connection.execute("DELETE FROM adapters WHERE name = ? AND wave = ? AND seed = ?", place)
            tables.ADAPTERS.insert(connection, [replace(adapter, folder=inside)])
            insert_readings(connection, readings, key=adapter.key)

    def record_index(self, index: IndexRecord, readings: Sequence[Reading] = ()) -> None:
        """Record how an index stands after its sync to a wave, with what the sync consumed."""
        with self._database.transaction() as connection:
            tables.INDEXES.insert(connection, [index], verb="INSERT OR REPLACE")
            insert_readings(connection, readings)
