"""The rules of the ledger, as writes inside a caller's transaction: a unit is whole, and is finished once."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ragvsft.core.errors import DataError
from ragvsft.core.redaction import redact
from ragvsft.core.values import Hit, Outcome, Passage, Reading, WaveQuestion
from ragvsft.runs import tables
from ragvsft.runs.encoding import bound, json_to, now, seed_to, text_from, texts_to
from ragvsft.runs.reading import outcomes_hash
from ragvsft.runs.records import UnitRecord, Wave
from ragvsft.runs.stages import insert_readings


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedUnit:
    """A unit with all that came of it.

    Raises:
        DataError: an outcome or a reading is not of this unit, or the unit is empty.
    """

    unit_key: str
    arm: str
    wave: date
    seed: int | None
    shard: int
    outcomes: tuple[Outcome, ...]
    readings: tuple[Reading, ...]
    taken_from: str | None = None

    def __post_init__(self) -> None:
        mine = (self.unit_key, self.arm, self.wave, self.seed)
        for outcome in self.outcomes:
            theirs = (outcome.unit_key, outcome.arm, outcome.wave, outcome.seed)
            if theirs != mine:
                raise DataError(f"an outcome of {_told(*theirs)} was handed in for {_told(*mine)}")
        for reading in self.readings:
            if reading.unit_key != self.unit_key:
                raise DataError(f"a reading of unit {reading.unit_key} was handed in for {_told(*mine)}")
        n_questions = len({outcome.question_id for outcome in self.outcomes})
        if not n_questions or n_questions != len(self.outcomes):
            raise DataError(f"{_told(*mine)} has {len(self.outcomes)} outcomes of {n_questions} questions")


def write_wave(
    connection: sqlite3.Connection,
    wave: Wave,
    questions: Sequence[WaveQuestion],
    gold_passages: Mapping[str, Mapping[str, Sequence[str]]],
) -> None:
    """Record a wave's questions, in place of what an unfinished wave of that date held.

    Raises:
        DataError: units of this wave are finished, and the documents or questions were others then.
    """
    known = connection.execute("SELECT content_hash FROM waves WHERE wave = ?", bound(wave.wave)).fetchone()
    if known and text_from(known[0]) == wave.content_hash:
        # A wave that was added since may have brought facts that are left out here.
        connection.execute("UPDATE waves SET n_left_out = ? WHERE wave = ?", bound(wave.n_left_out, wave.wave))
        return
    if known:
        n_units = connection.execute("SELECT count(*) FROM units WHERE wave = ?", bound(wave.wave)).fetchone()[0]
        if n_units:
            raise DataError(
                f"the documents or questions of wave {wave.wave} changed after {n_units} of its units were finished",
                hint="put the dataset back as it was, or give the experiment another name",
            )
        connection.execute("DELETE FROM retrieved WHERE wave = ?", bound(wave.wave))
        connection.execute("DELETE FROM waves WHERE wave = ?", bound(wave.wave))
    tables.WAVES.insert(connection, [wave])
    for position, question in enumerate(questions):
        tables.QUESTIONS.insert(connection, [question], more={"wave": wave.wave, "position": position})
    connection.executemany(
        'INSERT INTO gold_passages (wave, "index", question_id, passage_ids) VALUES (?, ?, ?, ?)',
        (
            bound(wave.wave, index, question_id, texts_to(ids))
            for index, by_question in gold_passages.items()
            for question_id, ids in by_question.items()
        ),
    )


def write_retrieval(
    connection: sqlite3.Connection,
    retrieval_key: str,
    description: Mapping[str, object],
    wave: date,
    found: Mapping[str, Sequence[Hit]],
) -> int:
    """Record what was found for questions that this retrieval was not asked at this wave; returns how many."""
    connection.execute(
        "INSERT OR IGNORE INTO retrievals (retrieval_key, description) VALUES (?, ?)",
        bound(retrieval_key, json_to(dict(description))),
    )
    row = connection.execute(
        "SELECT retrieval_row FROM retrievals WHERE retrieval_key = ?", bound(retrieval_key)
    ).fetchone()[0]
    known = {
        text_from(question_id)
        for (question_id,) in connection.execute(
            "SELECT question_id FROM retrieved WHERE retrieval_row = ? AND wave = ?", bound(row, wave)
        )
    }
    new = {question_id: hits for question_id, hits in found.items() if question_id not in known}
    passage_rows: dict[Passage, int] = {}
    for question_id, hits in new.items():
        connection.execute("INSERT INTO retrieved VALUES (?, ?, ?, ?)", bound(row, wave, question_id, len(hits)))
        for hit in hits:
            if hit.passage not in passage_rows:
                passage_rows[hit.passage] = _passage_row(connection, hit.passage)
            connection.execute(
                "INSERT INTO hits VALUES (?, ?, ?, ?, ?, ?)",
                bound(row, wave, question_id, hit.rank, passage_rows[hit.passage], float(hit.similarity)),
            )
    return len(new)


def write_passages(connection: sqlite3.Connection, passages: Iterable[Passage]) -> None:
    """Record passages that are not known in this state."""
    tables.PASSAGES.insert(connection, passages, verb="INSERT OR IGNORE")


def write_unit(connection: sqlite3.Connection, unit: FinishedUnit) -> bool:
    """Record a unit's outcomes and readings; False: it was finished before, and nothing was written.

    Raises:
        DataError: the key is that of another unit, a question is not of the wave, or another unit answered it.
    """
    named = (unit.arm, unit.wave, unit.seed)
    known = connection.execute("SELECT arm, wave, seed FROM units WHERE unit_key = ?", bound(unit.unit_key)).fetchone()
    if known:
        if (text_from(known[0]), *known[1:]) != (unit.arm, unit.wave.isoformat(), seed_to(unit.seed)):
            raise DataError(f"{_told(unit.unit_key, *named)} has the key of a unit of {known}")
        return False
    _check_questions(connection, unit)
    n_wasted = connection.execute(
        "SELECT count(*) FROM readings WHERE unit_key = ? AND wasted", bound(unit.unit_key)
    ).fetchone()[0]
    n_taken = sum(reading.wasted for reading in unit.readings)
    record = UnitRecord(
        unit_key=unit.unit_key,
        arm=unit.arm,
        wave=unit.wave,
        seed=unit.seed,
        shard=unit.shard,
        n_questions=len(unit.outcomes),
        finished_at=now(),
        attempts=1 + n_wasted + n_taken,
        taken_from=unit.taken_from,
    )
    outcomes = [_without_credentials(outcome) for outcome in unit.outcomes]
    tables.UNITS.insert(connection, [record], more={"outcomes_hash": outcomes_hash(outcomes)})
    unit_row = connection.execute("SELECT unit_row FROM units WHERE unit_key = ?", bound(unit.unit_key)).fetchone()[0]
    for outcome in outcomes:
        _insert_outcome(connection, outcome, unit_row)
    insert_readings(connection, unit.readings)
    return True


def _check_questions(connection: sqlite3.Connection, unit: FinishedUnit) -> None:
    for outcome in unit.outcomes:
        asked = bound(unit.wave, outcome.question_id)
        if not connection.execute("SELECT 1 FROM questions WHERE wave = ? AND question_id = ?", asked).fetchone():
            raise DataError(
                f"question {outcome.question_id} is none of wave {unit.wave}", hint="record the wave before its units"
            )
        other = connection.execute(
            "SELECT unit_key FROM outcomes JOIN units USING (unit_row) "
            "WHERE outcomes.wave = ? AND outcomes.arm = ? AND outcomes.seed = ? AND question_id = ?",
            bound(unit.wave, unit.arm, seed_to(unit.seed), outcome.question_id),
        ).fetchone()
        if other:
            raise DataError(
                f"{unit.arm} answered question {outcome.question_id} of wave {unit.wave} before, in unit {other[0]}",
                hint="the plan of units changed under the run: give the experiment another name",
            )


def _insert_outcome(connection: sqlite3.Connection, outcome: Outcome, unit_row: int) -> None:
    row = connection.execute(
        "INSERT INTO outcomes (wave, arm, seed, question_id, answer, failure, prompt_tokens, output_tokens, "
        "stop_reason, unit_row, confidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        bound(
            outcome.wave,
            outcome.arm,
            seed_to(outcome.seed),
            outcome.question_id,
            outcome.answer,
            outcome.failure,
            outcome.prompt_tokens,
            outcome.output_tokens,
            outcome.stop_reason,
            unit_row,
            outcome.confidence,
        ),
    ).lastrowid
    if outcome.prompt:
        connection.execute("INSERT INTO prompts VALUES (?, ?)", bound(row, outcome.prompt))


def _passage_row(connection: sqlite3.Connection, passage: Passage) -> int:
    write_passages(connection, [passage])
    state = bound(passage.passage_id, passage.position, passage.valid_from, passage.valid_to or "")
    return int(
        connection.execute(
            "SELECT passage_row FROM passages WHERE passage_id = ? AND position = ? AND valid_from = ? "
            "AND valid_to = ?",
            state,
        ).fetchone()[0]
    )


def _without_credentials(outcome: Outcome) -> Outcome:
    if outcome.failure is None or redact(outcome.failure) == outcome.failure:
        return outcome
    return replace(outcome, failure=redact(outcome.failure))


def _told(unit_key: str, arm: str, wave: date, seed: int | None) -> str:
    return f"unit {unit_key} ({arm}, {wave}, seed {seed})"
