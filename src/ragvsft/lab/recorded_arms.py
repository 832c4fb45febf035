"""Recorded arms: answers of a system that is not run here, taken from a file into the run folder as outcomes.

What the file says of seconds and tokens becomes a reading, marked as recorded; what it does not say is absent.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import date

from ragvsft.config.experiment import RecordedArm
from ragvsft.config.loading import LoadedExperiment
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Dataset, Outcome, Reading, Stage, WaveQuestion
from ragvsft.data.recorded import RecordedFile, check_matches, match, read_recorded
from ragvsft.data.recorded_formats import RecordedRow
from ragvsft.lab.prompts import numbered

RESOURCE = "recorded"
"""Stands in a reading as what was worked on: its seconds were measured elsewhere, by others."""
MISSING = "the recorded file has no answer to this question"

_log = logging.getLogger(__name__)


def read_recorded_arms(loaded: LoadedExperiment, dataset: Dataset) -> dict[str, RecordedFile]:
    """The files of an experiment's recorded arms, by arm.

    Raises:
        DataError: a file cannot be read, or answers none of the dataset's questions.
    """
    found: dict[str, RecordedFile] = {}
    for name, config in loaded.experiment.lab.arms.items():
        if isinstance(config, RecordedArm):
            path = loaded.beside(config.file)
            found[name] = read_recorded(path, format=config.format, mapping=_columns(config), only=config.only)
            check_matches(found[name], ((q.question_id, q.question) for q in dataset.questions))
    return found


def recorded_key(config: RecordedArm, file: RecordedFile) -> str:
    """Hash of what decides a recorded arm's answers: the file's bytes and how they are read, not where it lies."""
    return json_hash(["recorded", file.sha256, file.format, _columns(config), config.only])


def _columns(config: RecordedArm) -> dict[str, str]:
    return {str(field): column for field, column in config.map.items()}


def answers_at(
    name: str, file: RecordedFile, questions: Sequence[WaveQuestion], wave: date
) -> Mapping[str, RecordedRow]:
    """The rows that answer a wave's questions, by question id; a question without one is missing.

    Raises:
        DataError: two rows answer one question.
    """
    found = match(file, questions, wave)
    _log.info(
        "%s at %s: %d of %d questions are answered in %s, %d by id and %d by text",
        name, wave, len(found.rows), len(questions), file.name, found.n_by_id, found.n_by_text,
    )  # fmt: skip
    return found.rows


def told(file: RecordedFile) -> dict[str, object]:
    """What the run keeps of a file besides its answers; a cost that it does not give is absent."""
    costs = [row.cost_usd for row in file.rows if row.cost_usd is not None]
    about: dict[str, object] = {"sha256": file.sha256, "format": file.format, "n_rows": len(file.rows)}
    return about | ({"cost_usd": sum(costs), "n_with_cost": len(costs)} if costs else {})


def shown(row: RecordedRow | None) -> str:
    """What the system read, as far as the file says: its prompt, else the passages."""
    if row is None:
        return ""
    return row.prompt or numbered(row.passages)


def recorded_outcome(
    arm: str, wave: date, question: WaveQuestion, row: RecordedRow | None, *, unit_key: str
) -> Outcome:
    """The outcome of a question; one that the file does not answer has failed."""
    return Outcome(
        arm=arm,
        wave=wave,
        question_id=question.question_id,
        seed=None,
        answer=row.answer.strip() if row is not None and row.answer is not None else None,
        failure=MISSING if row is None else row.failure,
        prompt=shown(row),
        prompt_tokens=(row.prompt_tokens or 0) if row is not None else 0,
        output_tokens=(row.output_tokens or 0) if row is not None else 0,
        unit_key=unit_key,
    )


def recorded_readings(arm: str, wave: date, rows: Sequence[RecordedRow], *, unit_key: str) -> list[Reading]:
    """What the answers whose seconds the file gives took, as one reading; none without any."""
    timed = [row for row in rows if row.seconds is not None]
    if not timed:
        return []
    return [
        Reading(
            stage=Stage.GENERATE,
            wall_s=sum(row.seconds or 0.0 for row in timed),
            n_items=len(timed),
            prompt_tokens=sum(row.prompt_tokens or 0 for row in timed),
            output_tokens=sum(row.output_tokens or 0 for row in timed),
            arm=arm,
            resource=RESOURCE,
            wave=wave,
            unit_key=unit_key,
        )
    ]
