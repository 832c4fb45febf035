"""`report.json` as types; the JSON Schema in `schema/` is generated from them.

A change that breaks readers raises `schema_version`. A key that a run cannot fill is absent, never zero or null.
Scores are fractions 0-1, times seconds.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from ragvsft.core.values import Stage, Task
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report.model_calibration import AbstainingPart, CalibrationPart
from ragvsft.report.model_economics import EconomicsPart
from ragvsft.report.model_freshness import DecayPart, FreshnessPart, SinceBeforePart, TimeToFreshPart
from ragvsft.report.model_part import Count, Difference, Fraction, Part, Score, Seconds

SCHEMA_ID = "https://ragvsft.invalid/schema/report.schema.json"


class Model(Part):
    """The model that every arm stands on."""

    name: str
    revision: str | None = None
    weights_sha256: str


class Arm(Part):
    """How an arm is configured, the search's choice included, and what it needs."""

    kind: str
    can_be_chosen: bool
    settings: dict[str, Any]
    chosen_because: str | None = None
    n_tries: Count | None = None
    setup_s: Seconds | None = Field(default=None, description="index, training and search at the first wave")
    refresh_s: dict[date, Seconds] | None = Field(default=None, description="index and training at later waves")
    question_s: Seconds | None = Field(default=None, description="a question's share of batched work")
    question_tokens: float | None = None


class Run(Part):
    """What was run, on what."""

    name: str
    folder: str
    run_hash: str
    created_at: datetime
    complete: bool
    primary_metric: str
    baseline: str
    model: Model
    embedder: str | None = None
    threads: int | None = None
    device: str | None = None
    dtype: str | None = None
    cpu: str
    gpu: str | None = None
    versions: dict[str, str]
    git_commit: str | None = None
    training_seeds: list[int] | None = Field(default=None, description="of the arms with an adapter")
    arms: dict[str, Arm]
    notes: list[str] = Field(description="what a reader must know before believing a number")


class Dataset(Part):
    """What the questions are of."""

    name: str
    content_hash: str
    task: Task
    snapshots: list[date]


class Check(Part):
    """One thing that arms must share."""

    name: str
    ok: bool
    detail: str


class Fairness(Part):
    """The fairness check; a broken one blocks the verdict."""

    ok: bool
    checks: list[Check]


class LatencyPart(Part):
    """Of single requests, one at a time, at the run's last measurement."""

    p50: Seconds
    p95: Seconds
    n: Count


class Unanswerable(Part):
    """Outcomes on questions that no date answers."""

    n: Count
    abstained: Count


class ArmAtWave(Part):
    """What an arm came to at a wave."""

    scores: dict[str, Score]
    outcomes: dict[OutcomeKind, Count] = Field(description="on answerable questions, removed facts among them")
    unanswerable: Unanswerable | None = None
    seed_means: dict[str, Fraction] | None = Field(default=None, description="primary metric by training seed")
    retrieval: dict[str, Score] | None = None
    latency_s: LatencyPart | None = Field(default=None, description="an adapter merged into the base's weights")
    latency_unmerged_s: LatencyPart | None = Field(default=None, description="the adapter beside the weights")
    freshness: FreshnessPart | None = Field(default=None, description="at waves after the first")
    since_before: SinceBeforePart | None = Field(
        default=None, description="current answers minus those at the wave before, on the questions asked at both"
    )
    calibration: CalibrationPart | None = Field(
        default=None, description="absent where an answer was recorded without a confidence"
    )
    abstaining: AbstainingPart | None = Field(default=None, description="where some arm's answers have a confidence")
    prompt_tokens: float
    output_tokens: float
    n_cut_off: Count = Field(default=0, description="answers that the limit of new tokens cut off")


class CoveragePart(Part):
    """Every arm's scores on facts that an adapter's rows covered, and on the others."""

    arms: list[str] = Field(description="that use the adapter")
    n_covered_facts: Count
    n_other_facts: Count
    covered: dict[str, dict[str, Score]] | None = None
    other: dict[str, dict[str, Score]] | None = None


class LabelBaselinePart(Part):
    """What a label task gives away for nothing: one constant answer, or labels at random."""

    accuracy: Fraction
    macro_f1: Fraction


class Slice(Part):
    """Every arm's scores on some of the questions."""

    by: str
    value: str
    n_questions: Count
    n_facts: Count
    scores: dict[str, dict[str, Score]]
    caution: str | None = Field(default=None, description="why the slice says little")


class Said(Part):
    """What an arm said to a question."""

    answer: str | None = None
    failure: str | None = None
    score: Fraction
    kind: OutcomeKind


class ExamplePart(Part):
    """A question on which arms disagree."""

    question_id: str
    question: str
    answers: list[str]
    stale_answers: list[str]
    said: dict[str, Said]


class SamplePart(Part):
    """The facts that what holds of all facts is read on, where only they and what changes touched was asked."""

    n_questions: Count
    n_facts: Count


class Wave(Part):
    """What a wave came to, over the questions that all its arms answered."""

    n_questions: Count
    n_planned: Count
    n_facts: Count
    n_left_out: Count
    sample: SamplePart | None = None
    complete: bool
    not_asked: list[str]
    arms: dict[str, ArmAtWave]
    coverage: dict[str, CoveragePart] | None = Field(default=None, description="by adapter")
    label_baselines: dict[str, LabelBaselinePart] | None = None
    slices: list[Slice] | None = None
    examples: list[ExamplePart] | None = None


class StagePart(Part):
    """What a stage consumed."""

    stage: Stage
    arm: str | None = None
    resource: str | None = None
    wave: date | None = None
    wall_s: Seconds
    cpu_s: Seconds
    gpu_s: Seconds | None = None
    energy_kwh: float | None = Field(default=None, description="of processors and GPU, whoever used them")
    n_items: Count
    prompt_tokens: Count
    output_tokens: Count
    peak_memory_bytes: Count
    wasted_s: Seconds


class ComparisonPart(Part):
    """`arm` minus `other`, paired."""

    wave: date
    arm: str
    other: str
    metric: str
    difference: Difference
    low: Difference
    high: Difference
    n: Count
    n_facts: Count
    wins: Count
    ties: Count
    losses: Count
    test: Literal["mcnemar_exact", "sign_flip", "confidence_sequence"] = Field(
        description="confidence_sequence: of a wave that is not complete; it may be looked at at any time"
    )
    p: Fraction
    p_adjusted: Fraction | None = Field(default=None, description="Holm's, over the pairs that may be chosen")
    distinguishable: bool
    caution: str | None = None


class ChangePart(Part):
    """An adapter's share of right general answers minus the base model's, paired, with Newcombe's interval."""

    difference: Difference
    low: Difference
    high: Difference
    n: Count
    told: Literal["lost", "gained", "none"]


class TrainingPart(Part):
    """What the curves of training loss and dev score say of one training."""

    adapter: str
    wave: date
    seed: int
    state: Literal["not_measured", "still_improving", "settled", "best_before_end", "over_fitted"]
    best_step: Count | None = None
    last_step: Count | None = None
    best_score: float | None = None
    last_score: float | None = None
    best_loss: float | None = None
    last_loss: float | None = None


class GeneralPart(Part):
    """General questions, asked to see what training made a model forget."""

    adapter: str | None = Field(default=None, description="absent: the base model")
    wave: date | None = None
    seed: int | None = None
    mean: Fraction
    low: Fraction
    high: Fraction
    n: Count
    n_failed: Count
    lost: Count | None = None
    gained: Count | None = None
    p: Fraction | None = None
    change: ChangePart | None = Field(default=None, description="absent: the base model")


class Try(Part):
    """A configuration that the dev search tried."""

    arm: str
    number: Count
    settings: dict[str, Any]
    score: float | None = None
    n_questions: Count


class DetectablePart(Part):
    """The smallest difference that a comparison finds four times out of five."""

    difference: Fraction
    n_facts: Count
    n_pairs: Count
    measured: bool


class BrokenConstraint(Part):
    """A hard constraint that an arm does not keep."""

    arm: str
    constraint: str
    limit: float
    value: float | None = Field(default=None, description="absent: not measured")


class ReversalPart(Part):
    """A weight beyond which another arm would be ahead, the other weights kept in proportion."""

    objective: str
    weight: Fraction
    at: Fraction
    arm: str


class DecisionPart(Part):
    """What the run says about which arm to choose."""

    verdict: Literal[
        "leads", "choose", "combine", "not_enough_evidence", "only_one_arm", "none_meets", "blocked", "nothing_asked"
    ]
    sentence: str
    wave: date | None = None
    metric: str | None = None
    arm: str | None = None
    candidates: list[str]
    more_facts: Count | None = None
    detectable: DetectablePart | None = None
    detectable_before: DetectablePart | None = None
    probability_best: dict[str, Fraction] | None = Field(
        default=None, description="over resampled facts, seeds, batches, requests and weights; absent without weights"
    )
    probability_at_weights: dict[str, Fraction] | None = Field(default=None, description="the weights not varied")
    weights: dict[str, Fraction] | None = Field(default=None, description="as applied, adding up to 1")
    absent: dict[str, str] | None = Field(default=None, description="weighted objectives not measured, and why")
    objectives: dict[str, dict[str, float]] | None = Field(
        default=None, description="by arm: fractions, USD a month, p95 seconds"
    )
    utilities: dict[str, Fraction] | None = None
    front: list[str] | None = Field(default=None, description="no other arm is better in one thing and worse in none")
    broken: list[BrokenConstraint] | None = None
    barred: list[str] | None = Field(default=None, description="would be ahead without the constraints")
    reversals: list[ReversalPart] | None = None


class Report(Part):
    """A run as it reads."""

    schema_version: Literal[1] = 1
    run: Run
    dataset: Dataset
    fairness: Fairness
    store: str | None = Field(default=None, description="which store served; absent: no arm searches")
    waves: dict[date, Wave]
    stages: list[StagePart]
    comparisons: list[ComparisonPart]
    fresh_comparisons: list[ComparisonPart] | None = Field(
        default=None, description="of the shares fresh and stale at waves after the first"
    )
    times_to_fresh: dict[str, TimeToFreshPart] | None = Field(default=None, description="by arm")
    decays: list[DecayPart] | None = Field(default=None, description="what is kept of what was right at the first wave")
    search: list[Try] | None = None
    general: list[GeneralPart] | None = None
    trainings: list[TrainingPart] | None = None
    economics: EconomicsPart | None = Field(default=None, description="absent: no price sheet was named")
    decision: DecisionPart


def report_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `report.json`."""
    schema = Report.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **_without_nulls(schema)}


def _without_nulls(schema: Any) -> Any:  # noqa: ANN401
    """An optional key is absent, never null: take the null type and the null default out."""
    if isinstance(schema, list):
        return [_without_nulls(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _without_nulls(value) for key, value in schema.items() if not (key == "default" and value is None)}
    options = kept.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [one for one in options if one != {"type": "null"}]
        del kept["anyOf"]
        kept |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    return kept
