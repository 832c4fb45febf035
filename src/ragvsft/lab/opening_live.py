"""Opening a finished run for new questions: its store, model, embedder and indexes, once, with nothing made anew."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ragvsft.core.errors import DataError, ServiceError
from ragvsft.core.live import Ask, Waiting
from ragvsft.lab.answering import Answering, Tell, asked_arms
from ragvsft.lab.arms.arm import build_arm
from ragvsft.lab.frozen_run import FrozenRun, read_frozen
from ragvsft.lab.generation.models import resolve_model
from ragvsft.lab.generation.openai_engine import OpenAIGenerator, served_model
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.opening import open_embedder, open_index
from ragvsft.lab.retrieval.base import Index
from ragvsft.lab.retrieval.store import Store, open_store
from ragvsft.runs.environment import usable_cores

EVERYTHING = Ask(question="")
"""Every arm that can be asked, as the run froze it."""


@contextmanager
def open_answering(folder: Path, *, store_folder: Path, tell: Tell, ask: Ask = EVERYTHING) -> Iterator[Answering]:
    """Everything that answers for a run; an embedded server stops when the block ends.

    Args:
        folder: of the run.
        store_folder: where the embedded server or the exact index keeps its files.
        tell: told what is waited for.
        ask: what will be asked, its question aside; what none of its arms needs is not opened.

    Raises:
        DataError: the run cannot be read or asked, or does not have what it should.
        ServiceError: the model or the store is missing, or the store does not answer.
        UsageError: an arm or a setting cannot be asked with; or another process works with the store.
    """
    run = read_frozen(folder)
    asked = [build_arm(name, config, run.lab.adapters) for name, config in asked_arms(run, ask)]
    searched = dict.fromkeys(arm.index for arm in asked if arm.searches and arm.index is not None)
    with ExitStack() as stack:
        store: Store | None = None
        if searched:
            # Before the model, which takes longer: a server that is away is told within seconds.
            tell(Waiting(what="store"))
            store = stack.enter_context(_open_store(run, store_folder))
        tell(Waiting(what="model", name=run.manifest.model.name))
        generator, model_hash = _open_model(run, stack)
        indexes: dict[str, Index] = {}
        if store is not None:
            name = (run.manifest.embedder or "").rpartition("@")[0]
            tell(Waiting(what="embedder", name=name))
            embedder = open_embedder(name, run.lab.base.threads or usable_cores(), generator.device)
            if embedder.name != run.manifest.embedder:
                raise DataError(
                    f"the embedder {name} has other weights now than in the run: {embedder.name}",
                    hint="put the weights of the run back, or run the experiment again",
                )
            for index in searched:
                policy = run.lab.indexes[index].policy
                opened = open_index(run.manifest.dataset.name, index, run.indexes[index], policy, store, embedder)
                indexes[index] = stack.enter_context(opened).index
            embedder.embed(["?"])  # its first text takes longest
        yield Answering(run, generator, model_hash, indexes)


@contextmanager
def _open_store(run: FrozenRun, store_folder: Path) -> Iterator[Store]:
    url = run.lab.weaviate_url
    if not (url or os.environ.get("WEAVIATE_URL")) and not store_folder.is_dir():
        raise DataError(
            f"there is no store at {store_folder}, where the run's passages would be",
            hint="give the command where the run was made, or name its store by --store",
        )
    served = (run.manifest.environment.store or "").startswith("weaviate")
    with open_store(kind="weaviate" if served else "exact", url=url, store_folder=store_folder) as store:
        yield store


def _open_model(run: FrozenRun, stack: ExitStack) -> tuple[OpenAIGenerator | TransformersGenerator, str]:
    """The model in the number format of the run, and the hash of its weights."""
    base, known = run.lab.base, run.manifest.model
    if base.engine == "openai":
        served = OpenAIGenerator(base)
        stack.callback(served.close)
        return served, served_model(base).weights_sha256
    model = resolve_model(known.name, "causal")
    if model.weights_sha256 != known.weights_sha256:
        raise ServiceError(
            f"{known.name} has other weights now than in the run",
            hint="put the weights of the run back, or run the experiment again",
        )
    dtype = run.manifest.environment.dtype or base.dtype
    return TransformersGenerator(model, base.model_copy(update={"dtype": dtype})), model.weights_sha256
