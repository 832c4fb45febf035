"""Opening a run's workbench: models, embedder, store, indexes and run folder, and closing them in the right order."""

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ragvsft.config.experiment import Base, IndexFile
from ragvsft.config.loading import LoadedExperiment
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Dataset
from ragvsft.data.chunking import cut_by
from ragvsft.data.recorded import RecordedFile
from ragvsft.data.snapshots import documents_at
from ragvsft.data.splitting import FactSplit
from ragvsft.lab.generation.models import ResolvedModel, resolve_model
from ragvsft.lab.generation.openai_engine import OpenAIGenerator, served_model
from ragvsft.lab.generation.transformers_engine import TransformersGenerator
from ragvsft.lab.retrieval.base import Embedder, Policy
from ragvsft.lab.retrieval.embedder import SentenceTransformerEmbedder
from ragvsft.lab.retrieval.store import Store, open_store
from ragvsft.lab.workbench import OpenIndex, Progress, Workbench, choose_examples, index_key, only_answers
from ragvsft.runs.environment import git_commit, usable_cores
from ragvsft.runs.folder import run_folder
from ragvsft.runs.manifest import (
    MANIFEST_FILE,
    AskingRecord,
    DatasetRecord,
    Environment,
    Manifest,
    ModelRecord,
    read_manifest,
)
from ragvsft.runs.owner import take_ownership
from ragvsft.runs.writing import RunWriter


@contextmanager
def open_workbench(
    loaded: LoadedExperiment,
    dataset: Dataset,
    split: FactSplit,
    *,
    run_hash: str,
    runs_root: Path,
    store_folder: Path,
    progress: Progress,
    force_environment: bool,
    recorded: Mapping[str, RecordedFile],
) -> Iterator[Workbench]:
    """Everything that a run works with; the embedded server stops when the block ends.

    Raises:
        ServiceError: a model or the store is missing.
        RunLockedError: another process owns the run.
        UsageError: a resume has another environment than the run.
    """
    lab = loaded.experiment.lab
    with ExitStack() as stack:
        # Before anything is loaded: of two that begin at once, one is told at once.
        owner = stack.enter_context(take_ownership(run_folder(runs_root, loaded.experiment.name, run_hash)))
        progress("model", 0, 0, lab.base.model)
        generator: OpenAIGenerator | TransformersGenerator
        if lab.base.engine == "openai":
            model = served_model(lab.base)
            generator = OpenAIGenerator(lab.base)
            stack.callback(generator.close)
        else:
            model = resolve_model(loaded.model(lab.base.model), "causal")
            generator = TransformersGenerator(model, _as_begun(lab.base, runs_root, loaded.experiment.name, run_hash))
        embedder: Embedder | None = None
        store: Store | None = None
        if loaded.indexes:
            embedder = open_embedder(loaded.model(lab.embedder), generator.threads, generator.device)
            progress("store", 0, 0)
            store = stack.enter_context(open_store(kind=lab.store, url=lab.weaviate_url, store_folder=store_folder))
        environment = _environment(generator, embedder, store)
        manifest = _manifest(loaded, dataset, split, run_hash, model, embedder, environment)
        run = stack.enter_context(
            RunWriter.open(
                runs_root,
                name=loaded.experiment.name,
                run_hash=run_hash,
                manifest=manifest,
                owner=owner,
                force_environment=force_environment,
            )
        )
        indexes: dict[str, OpenIndex] = {}
        if store is not None and embedder is not None:
            for name, use in lab.indexes.items():
                indexes[name] = stack.enter_context(
                    open_index(dataset.name, name, loaded.indexes[name], use.policy, store, embedder)
                )
        yield Workbench(
            loaded=loaded,
            dataset=dataset,
            split=split,
            generator=generator,
            model=model,
            threads=generator.threads,
            device=generator.device,
            embedder=embedder,
            indexes=indexes,
            run=run,
            progress=_both(progress, run),
            recorded=recorded,
            examples=choose_examples(dataset, split, lab.waves[0], loaded.experiment.split.seed),
        )


def sync_alone(
    loaded: LoadedExperiment, dataset: Dataset, *, wave: date, store_folder: Path, progress: Progress
) -> dict[str, dict[str, object]]:
    """Make an experiment's indexes serve a date, without a run; what each sync did, by index name.

    Raises:
        ServiceError: the embedder or the store is missing.
    """
    lab = loaded.experiment.lab
    embedder = open_embedder(loaded.model(lab.embedder), lab.base.threads or usable_cores(), "cpu")
    reports: dict[str, dict[str, object]] = {}
    with open_store(kind=lab.store, url=lab.weaviate_url, store_folder=store_folder) as store:
        for number, (name, use) in enumerate(lab.indexes.items()):
            progress("sync", number, len(lab.indexes), name)
            with open_index(dataset.name, name, loaded.indexes[name], use.policy, store, embedder) as opened:
                passages = cut_by(
                    opened.file.chunking,
                    documents_at(dataset, wave),
                    count_tokens=embedder.count_tokens,
                    language=dataset.language,
                )
                report = opened.index.sync(passages, wave)
            reports[name] = {**dataclasses.asdict(report), "at": wave.isoformat(), "store": store.describe()}
        progress("sync", len(lab.indexes), len(lab.indexes))
    return reports


def _environment(
    generator: OpenAIGenerator | TransformersGenerator, embedder: Embedder | None, store: Store | None
) -> Environment:
    """What computes here; of a served model that is the embedder alone, if there is one."""
    described = store.describe() if store else None
    if isinstance(generator, OpenAIGenerator):
        if embedder is None:
            return Environment(store=described)
        return Environment(threads=generator.threads, device=generator.device, store=described)
    return Environment(threads=generator.threads, device=generator.device, dtype=generator.dtype, store=described)


def _as_begun(base: Base, runs_root: Path, name: str, run_hash: str) -> Base:
    """A run that goes on computes in the number format it began with; on another machine `auto` may choose another."""
    folder = run_folder(runs_root, name, run_hash)
    if base.dtype != "auto" or not (folder / MANIFEST_FILE).exists():
        return base
    return base.model_copy(update={"dtype": read_manifest(folder).environment.dtype or "auto"})


def open_embedder(name: str, threads: int, device: str) -> Embedder:
    """The embedder of a name; its own name also tells its weights.

    Raises:
        UsageError, ServiceError: there is none of that name.
    """
    resolved = resolve_model(name, "embedder")
    return SentenceTransformerEmbedder(
        resolved.folder, f"{name}@{resolved.weights_sha256[:12]}", threads=threads, device=device
    )


@contextmanager
def open_index(
    dataset: str, name: str, file: IndexFile, policy: Policy, store: Store, embedder: Embedder
) -> Iterator[OpenIndex]:
    """An index of a dataset in a store, locked for this process while the block runs.

    Raises:
        RunLockedError, ServiceError, DataError: as `Store.index`.
    """
    key = index_key(dataset, file, policy, embedder)
    with ExitStack() as stack:
        index = store.index(
            collection=f"{dataset}_{name}_{key[:12]}", index_file=file, policy=policy, embedder=embedder
        )
        stack.callback(index.close)
        yield OpenIndex(index=index, file=file, policy=policy, key=key)


def _manifest(
    loaded: LoadedExperiment,
    dataset: Dataset,
    split: FactSplit,
    run_hash: str,
    model: ResolvedModel,
    embedder: Embedder | None,
    environment: Environment,
) -> Manifest:
    return Manifest(
        name=loaded.experiment.name,
        run_hash=run_hash,
        configuration=loaded.experiment.model_dump(mode="json"),
        dataset=DatasetRecord(
            name=dataset.name,
            content_hash=dataset.content_hash,
            snapshots=dataset.snapshots,
            task=dataset.task.value,
            labels=dataset.labels,
            abstain=dataset.abstain,
        ),
        split=split.to_json(),
        index_files={name: json_hash(file.model_dump(mode="json")) for name, file in loaded.indexes.items()},
        model=ModelRecord(name=model.name, revision=model.revision, weights_sha256=model.weights_sha256),
        embedder=embedder.name if embedder else None,
        environment=environment,
        git_commit=git_commit(loaded.path.parent),
        asking=asking_record(loaded, dataset, split),
    )


def asking_record(loaded: LoadedExperiment, dataset: Dataset, split: FactSplit) -> AskingRecord:
    """What a run keeps so that it can be asked a new question without the experiment's files."""
    experiment = loaded.experiment
    examples = choose_examples(dataset, split, experiment.lab.waves[0], experiment.split.seed)
    return AskingRecord(
        examples=tuple((example.question, example.answer) for example in examples),
        labels=only_answers(dataset),
        indexes={name: _whole(file) for name, file in loaded.indexes.items()},
    )


def _whole(file: IndexFile) -> dict[str, Any]:
    """An index definition as JSON values from which the same one can be made again."""
    told = file.model_dump(mode="json")
    # Left out of a dump where it is false, and true where a file leaves it out.
    told["chunking"]["keep_whole"] = file.chunking.keep_whole
    return told


def _both(progress: Progress, run: RunWriter) -> Progress:
    """Tells the terminal and the run folder, which the dashboard reads."""

    def told(stage: str, done: int, total: int, message: str = "") -> None:
        progress(stage, done, total, message)
        run.set_progress(stage, done, total, message)

    return told
