"""The experiment file as types: names first, then use; an unknown key is an error.

`loading.py` reads files into these types; nothing here touches the disk.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ragvsft.config.prices import Prices
from ragvsft.core.values import Style

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="lower case, digits and _, at most 40")]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


SERVER_KEYS = ("base_url", "api_key_env", "concurrency", "timeout_s", "retries")
"""Keys of `Base` that engine `openai` alone has."""


class Strict(BaseModel):
    """Frozen; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Base(Strict):
    """The model that every arm stands on."""

    model: str = Field(description="bundled/..., a local folder, a Hub id with @revision; openai: the server's name")
    engine: Literal["transformers", "openai"] = Field(
        default="transformers", description="openai: any server that speaks OpenAI's API, without adapters"
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int | None = Field(default=None, ge=1, description="CPU threads; none: one a core")
    max_new_tokens: int = Field(default=32, ge=1, le=4096)
    batch_tokens: int = Field(default=8192, ge=64, description="rows x padded prompt length of a batch, at most")
    max_rows: int = Field(default=32, ge=1, description="rows of a batch, at most")
    base_url: str | None = Field(default=None, description="openai: the address before /chat/completions")
    api_key_env: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="openai: the environment variable that holds the key; none: no key is sent",
    )
    concurrency: int = Field(default=4, ge=1, le=256, description="openai: requests at a time")
    timeout_s: float = Field(default=120.0, gt=0, le=3600, description="openai: of one request, its answer included")
    retries: int = Field(default=5, ge=0, le=20, description="openai: of a request that the server could not answer")

    @model_validator(mode="after")
    def _engine_has_what_it_needs(self) -> Self:
        if self.engine != "openai":
            fields = type(self).model_fields
            given = [key for key in SERVER_KEYS if getattr(self, key) != fields[key].default]
            if given:
                raise ValueError(f"{given[0]}: only engine: openai has a server")
            return self
        if self.base_url is None:
            raise ValueError("engine: openai needs a base_url, such as http://localhost:8000/v1")
        parts = urlsplit(self.base_url)
        try:
            whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            whole = False
        if not whole:
            raise ValueError("base_url: must be an address, such as http://localhost:8000/v1")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("base_url: no user name, password or key may stand in it; name a variable in api_key_env")
        return self


class SplitPlan(Strict):
    """How facts are dealt; drawn once and kept in the manifest."""

    tested_facts: int | None = Field(default=None, ge=1, description="none: every fact with a test question")
    training_only_facts: int = Field(default=0, ge=0)
    dev_facts: int | None = Field(default=None, ge=1, description="for sets with one phrasing a fact")
    test_questions_per_fact: int | None = Field(default=None, ge=1)
    seed: int = 0


class Search(Strict):
    """The dev search: the same number of tries for every arm."""

    tries: int = Field(default=0, ge=0, description="0: settings as written")
    questions: int = Field(default=40, ge=1)
    seed: int = 0
    styles: tuple[Style, ...] = tuple(Style)
    k: tuple[int, ...] = (1, 3, 5)
    alpha: tuple[Fraction, ...] = (0.25, 0.5, 0.75, 1.0)


class IndexUse(Strict):
    """An index definition file and what happens to old versions."""

    file: str
    policy: Literal["replace", "keep_all", "time_filter"] = "replace"


class Adapter(Strict):
    """A LoRA adapter: whose rows, how made, how trained."""

    recipe: Literal["closed_book", "raft", "mixed"]
    facts: Literal["tested", "disjoint"] = "tested"
    policy: Literal["never", "every_wave", "continue"] = "every_wave"
    style: Style = Style.CHAT
    rank: int = Field(default=16, ge=1, le=512)
    lora_alpha: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    batch_size: int = Field(default=16, ge=1)
    epochs: int = Field(default=15, ge=1)
    context_rows: int = Field(default=240, ge=0, description="rows with passages an epoch (raft, mixed)")
    distractors: int = Field(default=2, ge=0)
    gold_share: Fraction = Field(default=0.9, description="context rows that hold the gold passage; the rest abstain")
    warmup_share: Fraction = 0.05
    max_length: int = Field(default=1024, ge=16, description="tokens of a training row, at most")
    dev_questions: int = Field(default=30, ge=0)
    dev_checks: int = Field(default=3, ge=1)
    init_seed: int | None = Field(default=None, description="none: the training seed")
    # Left out where it is the default, so that an adapter of before this setting keeps its hash.
    replay: float = Field(
        default=1.0,
        ge=0,
        exclude_if=lambda share: share == 1.0,
        description="policy continue: unchanged facts trained on again, for each one that changed",
    )
    balance_labels: bool = Field(
        default=False,
        exclude_if=lambda balanced: not balanced,
        description="label task: every label has as many rows, and counts as much in the dev checks",
    )


class _WithIndex(Strict):
    index: Name
    k: int = Field(default=3, ge=1, le=50)
    alpha: Fraction = 0.5


class ClosedBookArm(Strict):
    """The base model alone."""

    kind: Literal["closed_book"]
    style: Style = Style.CHAT


class RagArm(_WithIndex):
    """The base model with retrieved passages."""

    kind: Literal["rag"]
    style: Style = Style.CHAT


class FineTunedArm(Strict):
    """The base model with an adapter, no passages."""

    kind: Literal["fine_tuned"]
    adapter: Name


class HybridArm(_WithIndex):
    """An adapter and retrieved passages."""

    kind: Literal["hybrid"]
    adapter: Name


class OracleArm(Strict):
    """One answer-bearing passage of each gold document: the ceiling of retrieval."""

    kind: Literal["oracle"]
    index: Name
    adapter: Name | None = None
    style: Style = Style.CHAT


RecordedField = Literal[
    "question_id",
    "question",
    "wave",
    "answer",
    "failure",
    "passages",
    "prompt",
    "seconds",
    "prompt_tokens",
    "output_tokens",
    "cost_usd",
]


class RecordedArm(Strict):
    """The answers of a system that is not run here, from a file: shown, never chosen."""

    kind: Literal["recorded"]
    file: str = Field(description="JSONL, CSV, TSV, JSON or Parquet, an lm-eval samples_*.jsonl, a promptfoo result")
    format: Literal["table", "lm_eval", "promptfoo"] | None = Field(default=None, description="none: recognised")
    map: dict[RecordedField, str] = Field(
        default={}, description="our field: the file's column, with dots inside it, as in {question: vars.q}"
    )
    only: dict[str, str] = Field(
        default={}, description="rows whose column has this value, as in {filter: strict-match}"
    )


Arm = Annotated[
    ClosedBookArm | RagArm | FineTunedArm | HybridArm | OracleArm | RecordedArm,
    Field(discriminator="kind"),
]


AnnotationName = Literal["embedding_similarity", "claims_covered"]


class Lab(Strict):
    """What is done."""

    base: Base
    embedder: str = "bundled/all-minilm-l6-v2"
    weaviate_url: str | None = Field(default=None, description="none: WEAVIATE_URL, else a server of our own")
    store: Literal["auto", "weaviate", "exact"] = "auto"
    waves: tuple[date, ...] = ()
    training_seeds: tuple[int, ...] = (0,)
    search: Search = Search()
    general: str | None = None
    instruction: str | None = Field(default=None, description="none: the task's own")
    shard_questions: int = Field(default=64, ge=1)
    latency_requests: int = Field(default=30, ge=0)
    annotate: tuple[AnnotationName, ...] = Field(
        default=(), description="readings by the embedder; none: both where the task is long_form, else none"
    )
    # Left out where it is none, so that a run of before this setting keeps its hash.
    affected: int | None = Field(
        default=None,
        ge=1,
        exclude_if=lambda n: n is None,
        description="facts of a sample: waves after the first ask it and what the changes touched, nothing else; "
        "none: everything",
    )
    indexes: dict[Name, IndexUse] = {}
    adapters: dict[Name, Adapter] = {}
    arms: dict[Name, Arm]

    @model_validator(mode="after")
    def _no_secret_is_written(self) -> Self:
        if self.weaviate_url is not None and "@" in urlsplit(self.weaviate_url).netloc:
            raise ValueError("weaviate_url: must not hold a user or password; the key is read from WEAVIATE_API_KEY")
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if not self.arms:
            raise ValueError("arms: at least one is needed")
        if self.base.engine == "openai" and self.adapters:
            raise ValueError(
                "adapters: a served model cannot be given our adapters; "
                "take out the adapters and their arms, or set base.engine to transformers"
            )
        for name, arm in self.arms.items():
            index = getattr(arm, "index", None)
            if index is not None and index not in self.indexes:
                raise ValueError(f"arms.{name}.index: no index is named {index!r}; there are: {_listed(self.indexes)}")
            adapter = getattr(arm, "adapter", None)
            if adapter is not None and adapter not in self.adapters:
                raise ValueError(
                    f"arms.{name}.adapter: no adapter is named {adapter!r}; there are: {_listed(self.adapters)}"
                )
        if len(set(self.training_seeds)) != len(self.training_seeds):
            raise ValueError("training_seeds: a seed stands there twice")
        if sorted(set(self.waves)) != list(self.waves):
            raise ValueError("waves: dates must ascend, each once")
        return self


class Workload(Strict):
    """What the answers would be used for."""

    questions_per_month: int = Field(default=10_000, ge=0)
    updates_per_month: float = Field(default=1, ge=0)
    months: int = Field(default=12, ge=1)
    label_days: float = Field(
        default=0.0, ge=0, description="from a change of a document until its training answers are written"
    )


Objective = Literal["accuracy", "freshness", "cost", "latency"]
Constraint = Literal["accuracy", "freshness", "stale_rate", "cost_usd_month", "latency_p50_s", "latency_p95_s"]
Range = Literal["accuracy", "freshness", "cost_usd_month", "latency_p95_s"]


class Verdict(Strict):
    """How the run is read; may change without running anything again."""

    prices: Prices | None = Field(default=None, description="a price sheet's file; none: nothing is priced")
    workload: Workload = Workload()
    constraints: dict[Constraint, float] = Field(
        default={}, description="hard limits: accuracy and freshness at least, the others at most"
    )
    weights: dict[Objective, Fraction] = Field(default={}, description="none: the primary metric alone decides")
    ranges: dict[Range, tuple[float, float]] = Field(
        default={}, description="from the worst to the best score, from the best to the worst cost and latency"
    )
    freshness_floor: Fraction = Field(
        default=0.8, gt=0, lt=1, description="an arm is due for a refresh when less of what it knew still holds"
    )
    failure_tolerance: Fraction = Field(default=0.0, description="an arm's share of failures; above it: exit 3")

    @model_validator(mode="after")
    def _weights_can_be_applied(self) -> Self:
        if self.weights and not sum(self.weights.values()):
            raise ValueError("weights: one at least must be above 0")
        for name, (low, high) in self.ranges.items():
            if not low < high:
                raise ValueError(f"ranges.{name}: must be two numbers, the lower first")
        needs: dict[Objective, Range] = {"cost": "cost_usd_month", "latency": "latency_p95_s"}
        for objective, needed in needs.items():
            if self.weights.get(objective) and needed not in self.ranges:
                raise ValueError(f"weights.{objective}: needs ranges.{needed}, which says what is cheap or fast enough")
        return self


class Experiment(Strict):
    """An experiment file."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    dataset: str
    split: SplitPlan = SplitPlan()
    lab: Lab
    verdict: Verdict = Verdict()


class Chunking(Strict):
    """How versions are cut into passages."""

    max_tokens: int = Field(default=120, ge=16, le=4096, description="of the embedder's own tokenizer, title included")
    overlap_sentences: int = Field(
        default=0, ge=0, le=10, description="last sentences of a passage that the next one begins with"
    )
    # Left out where it is false, so that an index of before this setting keeps its hash and its passages.
    keep_whole: bool = Field(
        default=True,
        exclude_if=lambda kept: not kept,
        description="a list or table that fits is in one passage; one that does not is cut between items or rows, "
        "its head repeated; false: as any other lines",
    )


class IndexFile(Strict):
    """An index definition file."""

    name: Name
    chunking: Chunking = Chunking()
    vector_index: Literal["auto", "flat", "hnsw"] = Field(default="auto", description="auto: flat below 10,000")
    ef: int = Field(default=128, ge=1)
    max_connections: int = Field(default=32, ge=4)
    fusion: Literal["relative_score", "ranked"] = "relative_score"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
