"""Where a training stands and what has happened in it so far."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingProgress:
    """Where a training stands after a step."""

    step: int
    n_steps: int
    loss: float | None
    """Of this step."""
    dev_score: float | None = None
    """Of this step's dev check; None where there was none."""


@dataclass(slots=True)
class TrainingRecord:
    """What has happened so far. Work that an interruption threw away is counted in `wasted_wall_s` alone."""

    losses: list[float] = field(default_factory=list)
    """Mean over the completion tokens of each step's batch."""
    dev: list[tuple[int, float]] = field(default_factory=list)
    """(step, score) of every dev check."""
    best_step: int = 0
    """0: no dev check yet."""
    n_computed_tokens: int = 0
    part_tokens: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    wasted_wall_s: float = 0.0
    peak_memory_bytes: int = 0
    n_resumed: int = 0

    def is_best(self, score: float) -> bool:
        """Whether a score is no lower than any before. Among equals the later weights count: their rate was lower."""
        return all(score >= earlier for _, earlier in self.dev)

    def is_enough(self) -> bool:
        """Whether the last score is perfect, or two checks in a row brought no better one."""
        scores = [score for _, score in self.dev]
        return scores[-1] >= 1.0 or (len(scores) > 2 and max(scores[-2:]) <= max(scores[:-2]))

    def loss_curve(self, n_points: int) -> tuple[tuple[int, float], ...]:
        """(step, mean loss since the point before), at most so many points."""
        window = max(1, -(-len(self.losses) // n_points))
        chunks = [self.losses[at : at + window] for at in range(0, len(self.losses), window)]
        return tuple((at * window + len(chunk), sum(chunk) / len(chunk)) for at, chunk in enumerate(chunks))

    def write(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        raw["dev"] = [(int(step), float(score)) for step, score in raw["dev"]]
        return cls(**{f.name: raw[f.name] for f in fields(cls)})
