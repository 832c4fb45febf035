"""What goes to and fro when a finished run is asked a new question: the question, and what is told of its answers.

Plain values: the engine tells them, the command line and the dashboard show them; as JSON lines they cross processes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ragvsft.core.values import Hit, Reading

Lasts = Literal["store", "embedder", "model", "adapter"]
"""What can be waited for: its name in `Waiting`."""

NOT_ASKED: Mapping[str, str] = {
    "oracle": "it is given the passage that states the answer, and nobody knows that of a new question",
    "recorded": "its answers are from a file, and there is no system behind it to ask",
}
"""Kinds of arms that cannot be asked anything new, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question, and what is to be otherwise than the run froze it. None: as the arm was asked in the run."""

    question: str
    arms: tuple[str, ...] = ()
    """Empty: all that can be asked."""
    adapter: str | None = None
    """Of the arms that have one."""
    seed: int | None = None
    """The training seed of the adapters; None: the run's first one."""
    k: int | None = None
    """Passages shown, of the arms that search."""
    alpha: float | None = None
    """1 is dense search alone, 0 keyword search alone; of the arms that search."""
    at: date | None = None
    """The date at which adapters and index are to stand; None: the run's last wave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveArm:
    """An arm as it is asked."""

    name: str
    kind: str
    style: str
    adapter: str | None = None
    index: str | None = None
    k: int | None = None
    alpha: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something is being made ready."""

    what: Lasts
    name: str = ""
    event: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The engine takes questions."""

    port: int
    event: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """These arms are asked, in this order."""

    arms: tuple[LiveArm, ...]
    at: date
    event: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an arm's search found and the arm shows its model, best first."""

    arm: str
    hits: tuple[Hit, ...]
    event: Literal["found"] = "found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """An answer so far."""

    arm: str
    text: str
    event: Literal["writing"] = "writing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of an arm: an answer or a failure, never both."""

    arm: LiveArm
    answer: str | None = None
    failure: str | None = None
    hint: str | None = None
    """What to do about the failure."""
    hits: tuple[Hit, ...] = ()
    adapter_from: date | None = None
    """When the adapter that served was trained."""
    seed: int | None = None
    """The training seed of that adapter."""
    prompt: str = ""
    prompt_tokens: int = 0
    output_tokens: int = 0
    stop_reason: str = ""
    readings: tuple[Reading, ...] = ()
    """What searching and generating consumed."""
    event: Literal["answered"] = "answered"

    @property
    def seconds(self) -> float:
        """Of searching and generating together."""
        return sum(reading.wall_s for reading in self.readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing more is told: what is wrong, and what to do next."""

    message: str
    hint: str | None = None
    exit_code: int = 1
    event: Literal["refused"] = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """All arms have been told of."""

    event: Literal["ended"] = "ended"


Event = Waiting | Ready | Begun | Found | Writing | Answered | Refused | Ended
