"""An arm: one configured way to answer. Says which prompt style, adapter and passages a question gets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ragvsft.config.experiment import (
    Adapter,
    ClosedBookArm,
    FineTunedArm,
    HybridArm,
    OracleArm,
    RagArm,
    RecordedArm,
    Search,
)
from ragvsft.config.experiment import Arm as ArmConfig
from ragvsft.core.values import Hit, Passage, Style

Settings = Mapping[str, object]
"""What the dev search may choose: some of `style`, `k`, `alpha`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An arm ready to be asked."""

    name: str
    kind: str
    style: Style = Style.CHAT
    """Of its prompts; a recorded arm has none."""
    adapter: str | None = None
    index: str | None = None
    k: int = 0
    alpha: float | None = None
    """None: the arm does not search an index."""

    @property
    def is_recorded(self) -> bool:
        """Whether its answers come from a file, and it is never asked here."""
        return self.kind == "recorded"

    @property
    def searches(self) -> bool:
        """Whether its passages come from searching an index."""
        return self.alpha is not None

    def passages(self, hits: Sequence[Hit], gold: Sequence[Passage]) -> tuple[Passage, ...]:
        """What the arm shows the model, best first.

        Args:
            hits: of the arm's own search, best first; empty for an arm that does not search.
            gold: one answer-bearing passage of each gold document; only the oracle sees it.
        """
        if self.kind == "oracle":
            return tuple(gold)
        return tuple(hit.passage for hit in hits[: self.k])


def build_arm(name: str, config: ArmConfig, adapters: Mapping[str, Adapter]) -> Arm:
    """The arm of a configuration; an adapter's arms are asked in the style it was trained in."""
    match config:
        case ClosedBookArm():
            return Arm(name=name, kind=config.kind, style=config.style)
        case RagArm():
            return Arm(
                name=name, kind=config.kind, style=config.style, index=config.index, k=config.k, alpha=config.alpha
            )
        case FineTunedArm():
            return Arm(name=name, kind=config.kind, style=adapters[config.adapter].style, adapter=config.adapter)
        case HybridArm():
            return Arm(
                name=name,
                kind=config.kind,
                style=adapters[config.adapter].style,
                adapter=config.adapter,
                index=config.index,
                k=config.k,
                alpha=config.alpha,
            )
        case OracleArm():
            style = adapters[config.adapter].style if config.adapter else config.style
            return Arm(name=name, kind=config.kind, style=style, adapter=config.adapter, index=config.index)
        case RecordedArm():
            return Arm(name=name, kind=config.kind)


def choosable(config: ArmConfig, search: Search) -> list[Settings]:
    """Every setting that the dev search may give an arm; empty where nothing is open."""
    match config:
        case ClosedBookArm():
            return [{"style": style.value} for style in search.styles]
        case RagArm():
            return _grid({"style": [style.value for style in search.styles], "k": search.k, "alpha": search.alpha})
        case FineTunedArm():
            return []
        case HybridArm():
            return _grid({"k": search.k, "alpha": search.alpha})
        case OracleArm():
            return [] if config.adapter else [{"style": style.value} for style in search.styles]
        case RecordedArm():
            return []


def with_settings(config: ArmConfig, settings: Settings) -> ArmConfig:
    """The configuration with chosen settings in place of those written."""
    return type(config).model_validate(config.model_dump() | dict(settings))


def written_settings(config: ArmConfig, search: Search) -> Settings:
    """The settings as written in the file, of those that the search may choose."""
    open_keys = {key for settings in choosable(config, search) for key in settings}
    return {key: value for key, value in config.model_dump(mode="json").items() if key in open_keys}


def _grid(axes: Mapping[str, Iterable[object]]) -> list[Settings]:
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
