"""The experiment file as types: names first, then use; an unknown key is an error.

`loading.py` reads files into these types; nothing here touches the disk.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ragvsft.core.values import Style

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="lower case, digits and _, at most 40")]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Strict(BaseModel):
    """Frozen; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Base(Strict):
    """The model that every arm stands on."""

    model: str = Field(description="bundled/..., a local folder, or a Hub id with @revision")
    engine: Literal["transformers"] = "transformers"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int | None = Field(default=None, ge=1, description="CPU threads; none: one a core")
    max_new_tokens: int = Field(default=32, ge=1, le=4096)
    batch_tokens: int = Field(default=8192, ge=64, description="rows x padded prompt length of a batch, at most")
    max_rows: int = Field(default=32, ge=1, description="rows of a batch, at most")


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


Arm = Annotated[
    ClosedBookArm | RagArm | FineTunedArm | HybridArm | OracleArm,
    Field(discriminator="kind"),
]


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
    annotate: tuple[Literal["embedding_similarity"], ...] = ()
    indexes: dict[Name, IndexUse] = {}
    adapters: dict[Name, Adapter] = {}
    arms: dict[Name, Arm]

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        if not self.arms:
            raise ValueError("arms: at least one is needed")
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


class Verdict(Strict):
    """How the run is read; may change without running anything again."""

    prices: str | None = None
    workload: Workload = Workload()
    constraints: dict[str, float] = {}
    weights: dict[Literal["accuracy", "freshness", "cost", "latency"], Fraction] = {}
    ranges: dict[str, tuple[float, float]] = {}
    failure_tolerance: Fraction = Field(default=0.0, description="an arm's share of failures; above it: exit 3")


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
    overlap_sentences: int = Field(default=0, ge=0, le=10)


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
