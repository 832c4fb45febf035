"""Reading a run folder: what happened, as values. Never writes, and works while the lab writes."""

import dataclasses
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from ragvsft.core.errors import DataError
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Hit, Outcome, Passage, Reading, WaveQuestion
from ragvsft.runs import tables
from ragvsft.runs.database import DATABASE_FILE, Database, open_for_reading
from ragvsft.runs.encoding import (
    SqlValue,
    bound,
    date_from,
    json_from,
    now,
    optional_text_from,
    seed_from,
    text_from,
    texts_from,
    time_from,
)
from ragvsft.runs.manifest import Manifest, read_manifest
from ragvsft.runs.owner import Owner
from ragvsft.runs.records import (
    AdapterRecord,
    Annotation,
    ArmRecord,
    Choice,
    FairnessCheck,
    GeneralAnswer,
    IndexRecord,
    LatencyRequest,
    Progress,
    SearchTry,
    State,
    UnitRecord,
    Wave,
)

STALLED_S = 60.0
"""A lab that says that it runs and has been silent for longer is stalled."""

_FEW = 500
"""Values of one IN list, at most."""

Record = TypeVar("Record")


def open_run(folder: Path) -> "RunReader":
    """Open a run folder for reading.

    Raises:
        DataError: it is missing, damaged, or of a newer ragvsft.
        RagvsftError: it may not be read.
    """
    try:
        is_folder = folder.is_dir()
    except ValueError:  # a NUL in the name
        is_folder = False
    if not is_folder:
        raise DataError(f"there is no folder {str(folder)!r}", hint="`ragvsft run EXPERIMENT` makes a run")
    manifest = read_manifest(folder)
    reader = RunReader(folder, open_for_reading(folder / DATABASE_FILE), manifest)
    try:
        reader.check_belongs()
    except BaseException:
        reader.close()
        raise
    return reader


class RunReader:
    """What a run holds. Every method reads what stands there now; threads may share a reader."""

    def __init__(self, folder: Path, database: Database, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        """As it stood when the run was opened."""
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Every read inside sees one state, whatever the lab writes meanwhile."""
        with self._database.snapshot():
            yield

    def check_belongs(self) -> None:
        """See that manifest and database are of one run.

        Raises:
            DataError: they are not.
        """
        if self._rows("SELECT value FROM meta WHERE key = 'run_hash'") != [(self.manifest.run_hash,)]:
            raise DataError(
                f"manifest and database of {self.folder} are of different runs", hint="put both back from one copy"
            )

    def waves(self) -> tuple[Wave, ...]:
        """The waves that were begun, ascending."""
        return self._read(tables.WAVES)

    def questions(self, wave: date) -> tuple[WaveQuestion, ...]:
        """The questions of a wave, of every split, in the order in which they were recorded."""
        return self._read(tables.QUESTIONS, wave=wave)

    def gold_passages(self, wave: date, index: str) -> dict[str, tuple[str, ...]]:
        """Ids of the passages that state a question's answer, by question id, as an index cuts the wave's versions."""
        rows = self._rows(
            'SELECT question_id, passage_ids FROM gold_passages WHERE wave = ? AND "index" = ?', bound(wave, index)
        )
        return {text_from(question_id): texts_from(ids) for question_id, ids in rows}

    def outcomes(
        self,
        *,
        wave: date | None = None,
        arm: str | None = None,
        question_id: str | None = None,
        with_prompts: bool = False,
    ) -> tuple[Outcome, ...]:
        """Outcomes, failed ones too, by wave, arm, seed and question id.

        Args:
            wave: only of this wave.
            arm: only of this arm.
            question_id: only of this question.
            with_prompts: also read the prompts, which are much longer than the answers; else they are empty.
        """
        where, values = _where(wave=wave, arm=arm, question_id=question_id)
        return self._outcomes(where, values, with_prompts=with_prompts)

    def unit_outcomes(self, unit_key: str) -> tuple[Outcome, ...]:
        """A finished unit's outcomes with their prompts, by question id; empty where it is not finished."""
        where = "WHERE unit_row = (SELECT unit_row FROM units WHERE unit_key = ?)"
        return self._outcomes(where, bound(unit_key), with_prompts=True)

    def units(self) -> tuple[UnitRecord, ...]:
        """The finished units, in the order in which they were finished."""
        return self._read(tables.UNITS)

    def done_units(self) -> frozenset[str]:
        """Keys of the finished units."""
        return frozenset(key for (key,) in self._rows("SELECT unit_key FROM units"))

    def edited_units(self) -> tuple[str, ...]:
        """Keys of the units whose outcomes are no longer those that the lab wrote; prompts are not looked at."""
        by_unit: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes():
            by_unit.setdefault(outcome.unit_key, []).append(outcome)
        written = self._rows("SELECT unit_key, outcomes_hash FROM units ORDER BY unit_row")
        return tuple(key for key, expected in written if outcomes_hash(by_unit.get(key, [])) != expected)

    def hits(self, retrieval_key: str, wave: date, *, question_id: str | None = None) -> dict[str, tuple[Hit, ...]]:
        """What a retrieval found at a wave, best first, by question id; a question that found nothing has ()."""
        where, values = _where(wave=wave, question_id=question_id)
        where += " AND retrieval_row = (SELECT retrieval_row FROM retrievals WHERE retrieval_key = ?)"
        values = (*values, *bound(retrieval_key))
        columns = "question_id, rank, passage_row, similarity"
        with self.snapshot():
            asked_rows = self._rows(f"SELECT question_id FROM retrieved {where}", values)  # noqa: S608
            hits = self._rows(f"SELECT {columns} FROM hits {where} ORDER BY question_id, rank", values)  # noqa: S608
            passages = self._passages_by_row({passage_row for _, _, passage_row, _ in hits})
        found: dict[str, list[Hit]] = {text_from(asked): [] for (asked,) in asked_rows}
        for asked, rank, passage_row, similarity in hits:
            found[text_from(asked)].append(Hit(passage=passages[passage_row], rank=rank, similarity=similarity))
        return {asked: tuple(several) for asked, several in found.items()}

    def retrievals(self) -> dict[str, dict[str, object]]:
        """Descriptions of the retrievals, by key."""
        rows = self._rows("SELECT retrieval_key, description FROM retrievals ORDER BY retrieval_row")
        return {text_from(key): json_from(description) for key, description in rows}

    def retrieved_waves(self) -> frozenset[tuple[str, date]]:
        """Which retrievals were done at which waves."""
        rows = self._rows("SELECT DISTINCT retrieval_key, wave FROM retrieved JOIN retrievals USING (retrieval_row)")
        return frozenset((text_from(key), date_from(wave)) for key, wave in rows)

    def passages(self, ids: Iterable[str] | None = None) -> dict[str, Passage]:
        """Passages by id, each in its latest known state. None: all of them; an unknown id is left out."""
        if ids is None:
            return {passage.passage_id: passage for passage in self._read(tables.PASSAGES)}
        rows = self._in_batches(
            f"{tables.PASSAGES.select} WHERE passage_id IN ({{}}) ORDER BY passage_row", sorted(set(ids))
        )
        return {passage.passage_id: passage for passage in tables.PASSAGES.of(rows)}

    def readings(self, *, unit_key: str | None = None) -> tuple[Reading, ...]:
        """What the stages consumed, wasted work too, in the order in which it was recorded."""
        return self._read(tables.READINGS, unit_key=unit_key)

    def arms(self) -> dict[str, ArmRecord]:
        """The arms as they were asked, by name."""
        return {arm.arm: arm for arm in self._read(tables.ARMS)}

    def search_tries(self, arm: str | None = None) -> tuple[SearchTry, ...]:
        """What the dev search tried, by arm and number."""
        return self._read(tables.SEARCH_TRIES, arm=arm)

    def choices(self) -> dict[str, Choice]:
        """What the dev search chose, by arm."""
        return {choice.arm: choice for choice in self._read(tables.CHOICES)}

    def latency(self, arm: str | None = None, *, unmerged: bool = False) -> tuple[LatencyRequest, ...]:
        """The timed single requests, by arm and number; `unmerged`: those with the adapter beside the weights."""
        return self._read(tables.LATENCY_UNMERGED if unmerged else tables.LATENCY, arm=arm)

    def annotations(self, name: str | None = None) -> tuple[Annotation, ...]:
        """Readings of outcomes that needed a model, by wave, arm, seed, question id and name."""
        return self._read(tables.ANNOTATIONS, name=name)

    def general(self) -> tuple[GeneralAnswer, ...]:
        """Answers to the general set, the base model's first."""
        return self._read(tables.GENERAL)

    def fairness(self) -> tuple[FairnessCheck, ...]:
        """The fairness check, by name."""
        return self._read(tables.FAIRNESS)

    def adapters(self) -> tuple[AdapterRecord, ...]:
        """The adapters, by name, wave and seed."""
        records = self._read(tables.ADAPTERS)
        return tuple(dataclasses.replace(record, folder=self.folder / record.folder) for record in records)

    def indexes(self) -> tuple[IndexRecord, ...]:
        """The indexes as they stood after each sync, by name and wave."""
        return self._read(tables.INDEXES)

    def progress(self) -> Progress:
        """Where the lab stands.

        Raises:
            DataError: the run never began.
        """
        rows = self._rows(
            "SELECT state, stage, done, total, message, updated_at, heartbeat_at, pid, host, process_started_s "
            "FROM progress"
        )
        if not rows:
            raise DataError(f"the run in {self.folder} never began", hint="run its experiment again")
        state, stage, done, total, message, updated_at, heartbeat_at, pid, host, started_s = rows[0]
        heartbeat = time_from(heartbeat_at)
        if state == "running":
            gone = host == socket.gethostname() and not Owner(pid=pid, host=host, process_started_s=started_s).alive
            state = "stalled" if gone or (now() - heartbeat).total_seconds() > STALLED_S else state
        return Progress(
            state=cast(State, state),
            stage=text_from(stage),
            done=done,
            total=total,
            message=text_from(message),
            updated_at=time_from(updated_at),
            heartbeat_at=heartbeat,
            pid=pid,
            host=host,
        )

    def _rows(self, sql: str, values: Sequence[SqlValue] = ()) -> list[tuple[Any, ...]]:
        return self._database.rows(sql, values)

    def _read(self, table: tables.Table[Record], **equal: object) -> tuple[Record, ...]:
        where, values = _where(**equal)
        return table.of(self._rows(f"{table.select} {where} ORDER BY {table.order}", values))

    def _in_batches(self, sql: str, values: Sequence[str] | Sequence[int]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(values), _FEW):
            few = bound(*values[start : start + _FEW])
            rows += self._rows(sql.format(",".join("?" * len(few))), few)
        return rows

    def _passages_by_row(self, passage_rows: set[int]) -> dict[int, Passage]:
        numbers = sorted(passage_rows)
        where = "WHERE passage_row IN ({}) ORDER BY passage_row"
        passages = tables.PASSAGES.of(self._in_batches(f"{tables.PASSAGES.select} {where}", numbers))
        return dict(zip(numbers, passages, strict=True))

    def _outcomes(self, where: str, values: Sequence[SqlValue], *, with_prompts: bool) -> tuple[Outcome, ...]:
        prompt, join = ("prompt", "LEFT JOIN prompts USING (outcome_row)") if with_prompts else ("NULL", "")
        rows = self._rows(
            "SELECT arm, wave, question_id, seed, answer, failure, prompt_tokens, output_tokens, stop_reason, "  # noqa: S608
            f"unit_row, confidence, {prompt} FROM outcomes {join} {where} ORDER BY wave, arm, seed, question_id",
            values,
        )
        keys = dict(self._rows("SELECT unit_row, unit_key FROM units"))
        return tuple(
            Outcome(
                arm=text_from(arm),
                wave=date_from(wave),
                question_id=text_from(question_id),
                seed=seed_from(seed),
                answer=optional_text_from(answer),
                failure=optional_text_from(failure),
                prompt=optional_text_from(text) or "",
                prompt_tokens=prompt_tokens,
                output_tokens=output_tokens,
                stop_reason=text_from(stop_reason),
                unit_key=keys[unit_row],
                confidence=confidence,
            )
            for (
                arm,
                wave,
                question_id,
                seed,
                answer,
                failure,
                prompt_tokens,
                output_tokens,
                stop_reason,
                unit_row,
                confidence,
                text,
            ) in rows
        )


def outcomes_hash(outcomes: Iterable[Outcome]) -> str:
    """Hash of a unit's outcomes, their prompts left out; the same in any order.

    A confidence that was not recorded leaves no trace, so that older units keep their hash.
    """
    rows = [
        [o.question_id, o.answer, o.failure, o.prompt_tokens, o.output_tokens, o.stop_reason]
        + ([] if o.confidence is None else [float(o.confidence)])
        for o in outcomes
    ]
    return json_hash(sorted(rows, key=lambda row: str(row[0])))


def _where(**equal: object) -> tuple[str, tuple[SqlValue, ...]]:
    given = {column: value for column, value in equal.items() if value is not None}
    where = " AND ".join(f'"{column}" = ?' for column in given)
    return (f"WHERE {where}" if where else ""), bound(*given.values())
