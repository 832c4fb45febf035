"""What a run folder keeps besides the values of `core`: waves, arms, units, searches, adapters, progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A snapshot date at which the run worked."""

    wave: date
    content_hash: str
    """Of the documents and questions as they stood; a finished wave never changes it."""
    n_questions: int
    n_left_out: int
    """Questions whose answer history has a gap at the date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRecord:
    """An arm as it was asked, the search's choice included."""

    arm: str
    config: Mapping[str, object]
    arm_key: str
    """Hash of what decides the arm's answers besides its prompts."""
    index: str | None = None
    retrieval_key: str | None = None
    """Under which its hits are kept; None for an arm that does not search."""
    k: int | None = None
    """How many of the hits it showed the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """A finished unit: one batch of one arm, wave and seed."""

    unit_key: str
    arm: str
    wave: date
    seed: int | None
    shard: int
    n_questions: int
    finished_at: datetime
    attempts: int
    """1, and one more for every time that an interruption threw it away."""
    taken_from: str | None
    """The name of the run folder that answered it; None: this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTry:
    """One configuration that an arm tried on dev questions."""

    arm: str
    number: int
    """1 is the first."""
    settings: Mapping[str, object]
    score: float | None
    n_questions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the search chose for an arm; frozen from then on."""

    arm: str
    settings: Mapping[str, object]
    why: str
    key: str = ""
    """Hash of all that decided the choice; a search of the same key is taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyRequest:
    """One single request, timed."""

    arm: str
    number: int
    """1 is the first."""
    question_id: str
    retrieve_s: float
    generate_s: float
    total_s: float
    prompt_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A model's reading of one outcome."""

    arm: str
    wave: date
    question_id: str
    seed: int | None
    name: str
    value: float | None
    """None: undefined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralAnswer:
    """An answer to a question of the general set, asked to see what training made the model forget."""

    adapter: str | None
    """None: the base model."""
    seed: int | None
    question_id: str
    question: str
    answers: tuple[str, ...]
    answer: str | None
    correct: bool
    """False for a failure."""
    failure: str | None = None
    wave: date | None = None
    """When the adapter was trained; None for the base model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessCheck:
    """One thing that must be alike in every arm."""

    name: str
    ok: bool
    detail: str = ""


N_LABELS = "n_labels"
"""In an adapter's recorded manifest: training questions whose answer had to be written down for it at its wave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterRecord:
    """A trained adapter as it served at a wave."""

    name: str
    wave: date
    seed: int
    key: str
    """Hash of rows, recipe, base weights and seed."""
    folder: Path
    """Absolute."""
    manifest: Mapping[str, object]
    reused_from: str | None = None
    """The name of the run folder that trained it; None: this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRecord:
    """An index as it stood after its sync to a wave."""

    name: str
    wave: date
    report: Mapping[str, object]
    recall: float | None = None
    """Share of the exact neighbours that the index finds; None: not measured, or exact by construction."""


State = Literal["running", "finished", "interrupted", "failed", "stalled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the lab stands."""

    state: State
    """`stalled`: the lab says that it runs, but its process is gone or has been silent for over a minute."""
    stage: str
    done: int
    total: int
    """0: not known."""
    message: str
    updated_at: datetime
    heartbeat_at: datetime
    pid: int
    host: str
