"""The whole reading of a run: everything that the report and the dashboard show, as one frozen value."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ragvsft.core.values import Task
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.runs.manifest import Manifest
from ragvsft.runs.records import Choice, FairnessCheck, IndexRecord, SearchTry
from ragvsft.verdict.calibration import Abstaining, Calibration
from ragvsft.verdict.comparisons import Comparison
from ragvsft.verdict.costs import ArmCost, StageCost
from ragvsft.verdict.decay import Decay
from ragvsft.verdict.decision import Decision
from ragvsft.verdict.detectable import Detectable
from ragvsft.verdict.economics import Economics
from ragvsft.verdict.examples import Example
from ragvsft.verdict.fitting import Fitting
from ragvsft.verdict.forgetting import GeneralScore
from ragvsft.verdict.freshness import Freshness
from ragvsft.verdict.freshness_pairs import SinceBefore
from ragvsft.verdict.inputs import ArmInputs
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.label_baselines import LabelBaseline
from ragvsft.verdict.latency import Latency
from ragvsft.verdict.parts import Coverage, Part
from ragvsft.verdict.time_to_fresh import TimeToFresh


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAtWave:
    """What an arm came to at a wave."""

    arm: str
    n: int
    """Outcomes: questions, times training seeds where there are several."""
    n_failed: int
    scores: dict[str, Interval]
    """By metric, the primary one first; undefined metrics are absent."""
    outcomes: dict[OutcomeKind, int]
    """Of answerable questions, removed facts among them."""
    n_unanswerable: int
    """Outcomes on questions that no date answers."""
    n_unanswerable_abstained: int
    seed_means: dict[int, float]
    """Of the primary metric, by training seed; empty without one."""
    retrieval: dict[str, Interval]
    """Empty for an arm that does not search."""
    prompt_tokens: float
    """Of a question, mean."""
    output_tokens: float
    n_cut_off: int = 0
    """Outcomes whose answer the limit of new tokens cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Of a wave at which only what the changes touched and a sample of all facts was asked: the sample."""

    n_questions: int
    """Compared."""
    n_facts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveVerdict:
    """What a wave came to, over the questions that all its arms answered."""

    wave: date
    n_questions: int
    """Compared: every arm answered them."""
    n_planned: int
    n_facts: int
    n_left_out: int
    """Questions that are not asked because their answer history has a gap here."""
    arms: tuple[ArmAtWave, ...]
    not_asked: tuple[str, ...]
    """Arms without any outcome yet."""
    comparisons: tuple[Comparison, ...]
    """All pairs on the primary metric."""
    coverage: tuple[Coverage, ...]
    parts: tuple[Part, ...]
    examples: tuple[Example, ...]
    freshness: tuple[Freshness, ...] = ()
    """By arm; empty at the first wave."""
    fresh_comparisons: tuple[Comparison, ...] = ()
    """All pairs on the shares `fresh` and `stale`; empty at the first wave."""
    since_before: tuple[SinceBefore, ...] = ()
    """By arm, on the questions that were asked at the wave before too."""
    label_baselines: tuple[LabelBaseline, ...] = ()
    """What a label task gives away for nothing; empty for other tasks."""
    calibrations: tuple[Calibration, ...] = ()
    """By arm; an arm whose answers have no confidence is absent."""
    abstaining: tuple[Abstaining, ...] = ()
    """By arm."""
    sample: Sample | None = None
    """What is read over all facts is read on this sample; None: everything was asked."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that some arm has, the primary one first."""
        return tuple(dict.fromkeys(name for arm in self.arms for name in arm.scores))

    @property
    def complete(self) -> bool:
        """Whether every arm answered every planned question."""
        return self.n_questions == self.n_planned and not self.not_asked

    def arm(self, name: str) -> ArmAtWave | None:
        """An arm's reading; None: it was not asked."""
        return next((arm for arm in self.arms if arm.arm == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A run as it reads."""

    folder: Path
    manifest: Manifest
    task: Task
    primary: str
    """The metric by which arms are compared."""
    baseline: str
    """The arm that differences are told against."""
    arms: tuple[ArmInputs, ...]
    waves: tuple[WaveVerdict, ...]
    planned_waves: tuple[date, ...]
    fairness: tuple[FairnessCheck, ...]
    store: str | None
    """Which store served; None: no arm searches."""
    notes: tuple[str, ...]
    """What a reader must know before believing a number."""
    stages: tuple[StageCost, ...]
    costs: dict[str, ArmCost]
    training_seeds: tuple[int, ...]
    """Of the arms with an adapter; empty where no arm has one."""
    latency: dict[str, Latency]
    """By arm; measured once a run."""
    unmerged_latency: dict[str, Latency]
    """Of the same requests with the adapter beside the base's weights, as one base that serves many adapters has it."""
    latency_waves: dict[str, date]
    """At which wave an arm was timed."""
    tries: tuple[SearchTry, ...]
    choices: dict[str, Choice]
    indexes: tuple[IndexRecord, ...]
    general: tuple[GeneralScore, ...]
    detectable_before: Detectable | None
    failure_tolerance: float
    """The share of an arm's outcomes that may be failures."""
    freshness_floor: float
    """The share below which a refresh is due."""
    decision: Decision
    economics: Economics | None = None
    """None: the experiment names no price sheet."""
    trainings: tuple[Fitting, ...] = ()
    """How each adapter's training went."""
    times_to_fresh: tuple[TimeToFresh, ...] = ()
    """By arm; empty where no fact moved."""
    decays: tuple[Decay, ...] = ()
    """The facts themselves, then by arm; empty with one wave."""

    @property
    def last_asked(self) -> WaveVerdict | None:
        """The last wave at which every arm has answered some question."""
        return next((wave for wave in reversed(self.waves) if wave.n_questions), None)

    @property
    def fair(self) -> bool:
        """Whether fairness was checked and nothing is broken; else there is no verdict."""
        return bool(self.fairness) and all(check.ok for check in self.fairness)

    @property
    def arms_over_tolerance(self) -> tuple[str, ...]:
        """Arms that failed on a larger share of a wave's questions than the experiment tolerates."""
        over = {arm.arm for wave in self.waves for arm in wave.arms if arm.n_failed > self.failure_tolerance * arm.n}
        return tuple(arm.name for arm in self.arms if arm.name in over)

    def latency_of(self, arm: str, wave: date, *, unmerged: bool = False) -> Latency | None:
        """An arm's latency if it was timed at this wave (where that is not known: at the last)."""
        timed = self.latency_waves.get(arm, self.waves[-1].wave if self.waves else None)
        return (self.unmerged_latency if unmerged else self.latency).get(arm) if timed == wave else None

    @property
    def complete(self) -> bool:
        """Whether every wave is there and every arm answered everything."""
        return {wave.wave for wave in self.waves} >= set(self.planned_waves) and all(w.complete for w in self.waves)
