"""The values everything else speaks in: documents, passages, questions, hits, outcomes, readings.

Frozen, and free of behaviour beyond their own rules. Units are in the field names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


class Task(StrEnum):
    """What a dataset asks for; picks the metrics and the default instruction."""

    SHORT_ANSWER = "short_answer"
    LABEL = "label"
    LONG_FORM = "long_form"


class Split(StrEnum):
    """Which work a question serves."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"


class Style(StrEnum):
    """How a prompt is laid out."""

    CHAT = "chat"
    COMPLETION = "completion"
    FEW_SHOT_CHAT = "few_shot_chat"
    FEW_SHOT_COMPLETION = "few_shot_completion"


class Stage(StrEnum):
    """A metered piece of lab work."""

    EMBED = "embed"
    SYNC = "sync"
    TRAIN = "train"
    RETRIEVE = "retrieve"
    GENERATE = "generate"
    ANNOTATE = "annotate"
    SEARCH = "search"
    LATENCY = "latency"
    GENERAL = "general"


class Change(StrEnum):
    """What happened to a fact between two consecutive waves."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One dated version of a source text. Valid at *t* when `valid_from` <= t < `valid_to`."""

    doc_id: str
    title: str
    text: str
    valid_from: date
    valid_to: date | None = None
    """None: still valid."""
    source: str = ""
    metadata: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece cut from a document version."""

    passage_id: str
    """uuid5 of document id, text and occurrence: the same piece has the same id in every version."""
    doc_id: str
    title: str
    """The document's title and, where there is one, the heading above the piece."""
    text: str
    """The piece itself, without the title."""
    position: int
    """0 is the document's first passage."""
    valid_from: date
    valid_to: date | None = None

    @property
    def content(self) -> str:
        """What is embedded, searched and shown to a model: title and text."""
        return f"{self.title}\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInterval:
    """The right answers to a question from `valid_from` until before `valid_to`; none = removed."""

    answers: tuple[str, ...]
    valid_from: date
    valid_to: date | None = None

    def contains(self, at: date) -> bool:
        """Whether the interval holds at a date."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A row of `questions.jsonl`."""

    question_id: str
    fact_id: str
    question: str
    answers: tuple[str, ...]
    split: Split
    answer_history: tuple[AnswerInterval, ...] = ()
    gold_doc_ids: tuple[str, ...] = ()
    slice: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    answerable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset folder, read and checked."""

    name: str
    description: str
    licence: str
    language: str
    task: Task
    snapshots: tuple[date, ...]
    """Ascending; at least one."""
    documents: Sequence[Document]
    questions: Sequence[Question]
    labels: tuple[str, ...] = ()
    """Only for the label task."""
    abstain: tuple[str, ...] = ("I don't know",)
    """The words by which an arm says that it does not know; the first is the one asked for."""
    content_hash: str = ""
    """SHA-256 over the three files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveQuestion:
    """A question as it stands at a wave: what was known at that date, and nothing later."""

    question_id: str
    fact_id: str
    question: str
    answers: tuple[str, ...]
    """Right at the wave. Empty: abstaining is right (unanswerable, or removed)."""
    stale_answers: tuple[str, ...]
    """Answers of earlier intervals that are no longer right."""
    gold_doc_ids: tuple[str, ...]
    split: Split
    slice: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    answerable: bool = True
    """False only where no date has an answer; a removed fact is answerable with no answer left."""
    change: Change | None = None
    """Against the wave before; None at the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One retrieved passage."""

    passage: Passage
    rank: int
    """1 is the best."""
    similarity: float
    """In the index's own measure, higher is nearer; comparable only within one index and alpha."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one question x arm x wave x seed: an answer or a failure, never both."""

    arm: str
    wave: date
    question_id: str
    seed: int | None
    """The training seed of the arm's adapter; None for an arm without one."""
    answer: str | None
    failure: str | None = None
    """Why there is no answer."""
    prompt: str = ""
    prompt_tokens: int = 0
    output_tokens: int = 0
    stop_reason: str = ""
    """`eos`, `stop` (a stop string) or `length`."""
    unit_key: str = ""
    confidence: float | None = None
    """How sure the model was of its answer, 0-1; None: its engine could not tell, or there is no answer."""

    def __post_init__(self) -> None:
        if (self.answer is None) == (self.failure is None):
            raise ValueError(f"an outcome is an answer or a failure: {self.question_id} of {self.arm}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a stage consumed."""

    stage: Stage
    wall_s: float
    cpu_s: float = 0.0
    gpu_s: float | None = None
    """None where there is no GPU."""
    energy_kwh: float | None = None
    """Of the processors' packages, their memory and the GPU, whoever used them; None: no counter could be read."""
    n_items: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    peak_memory_bytes: int = 0
    arm: str | None = None
    """None: a stage that arms share."""
    resource: str | None = None
    """The index or adapter that the stage worked on."""
    wave: date | None = None
    seed: int | None = None
    wasted: bool = False
    """Work that an interruption threw away."""
    unit_key: str | None = None
