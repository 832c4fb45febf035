"""What a run has open while it works: dataset, split, model, embedder, indexes, run folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from ragvsft.config.experiment import Experiment, IndexFile
from ragvsft.config.loading import LoadedExperiment
from ragvsft.core.hashing import json_hash, text_hash
from ragvsft.core.values import Dataset, Passage, Split, Style, WaveQuestion
from ragvsft.data.chunking import cut_by
from ragvsft.data.qrels import gold_passages
from ragvsft.data.recorded import RecordedFile
from ragvsft.data.snapshots import documents_at, questions_at
from ragvsft.data.splitting import FactSplit
from ragvsft.lab.generation.base import Generator
from ragvsft.lab.generation.models import ResolvedModel
from ragvsft.lab.prompts import Example, PromptBuilder, default_instruction
from ragvsft.lab.retrieval.base import Embedder, Index
from ragvsft.runs.writing import RunWriter

N_EXAMPLES = 4


class Progress(Protocol):
    """Told what the lab does; shows it or not."""

    def __call__(self, stage: str, done: int, total: int, message: str = "") -> None:
        """`done` of `total` items of a stage; `total` 0: not known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIndex:
    """An index with its definition."""

    index: Index
    file: IndexFile
    policy: str
    key: str
    """Hash of all that decides what a search finds, the wave's documents left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveMaterial:
    """What is known at a wave: the questions, and per index the passages and which of them are gold."""

    wave: date
    questions: tuple[WaveQuestion, ...]
    """Of every split; without those that have no answer here: a gap in their history, or not known yet."""
    content_hash: str
    """Of the documents as they stood."""
    passages: Mapping[str, tuple[Passage, ...]]
    """By index name."""
    gold: Mapping[str, Mapping[str, tuple[Passage, ...]]]
    """By index name and question id: every passage of a gold document that states the answer."""

    def one_gold_a_document(self, index: str, question: WaveQuestion) -> tuple[Passage, ...]:
        """One answer-bearing passage of each gold document, in the order of the gold documents."""
        first: dict[str, Passage] = {}
        for passage in self.gold[index].get(question.question_id, ()):
            first.setdefault(passage.doc_id, passage)
        return tuple(first[doc_id] for doc_id in question.gold_doc_ids if doc_id in first)

    def asked(self, facts: frozenset[str], split: Split) -> tuple[WaveQuestion, ...]:
        """The questions of some facts in one split, in an order that mixes documents and never changes."""
        chosen = [q for q in self.questions if q.split is split and q.fact_id in facts]
        return tuple(sorted(chosen, key=lambda q: (text_hash("order", q.fact_id), q.question_id)))


@dataclass(kw_only=True)
class Workbench:
    """Opened by `experiment.py`, handed to every stage."""

    loaded: LoadedExperiment
    dataset: Dataset
    split: FactSplit
    generator: Generator
    model: ResolvedModel
    threads: int
    device: str
    embedder: Embedder | None
    indexes: Mapping[str, OpenIndex]
    run: RunWriter
    progress: Progress
    recorded: Mapping[str, RecordedFile] = field(default_factory=dict)
    """The files of the recorded arms, by arm."""
    examples: tuple[Example, ...] = ()
    builders: dict[Style, PromptBuilder] = field(default_factory=dict)

    @property
    def experiment(self) -> Experiment:
        """The experiment's configuration."""
        return self.loaded.experiment

    @property
    def model_hash(self) -> str:
        """SHA-256 of the base weights."""
        return self.model.weights_sha256

    @property
    def abstain(self) -> str:
        """The words that the shared instruction asks for."""
        return self.dataset.abstain[0]

    def builder(self, style: Style) -> PromptBuilder:
        """The one prompt builder of a style."""
        if style not in self.builders:
            written = self.experiment.lab.instruction
            self.builders[style] = prompt_builder(
                style,
                self.generator,
                instruction=written or default_instruction(self.dataset.task, self.dataset.labels, self.abstain),
                examples=self.examples,
                labels=only_answers(self.dataset),
            )
        return self.builders[style]


def prompt_builder(
    style: Style, generator: Generator, *, instruction: str, examples: tuple[Example, ...], labels: tuple[str, ...]
) -> PromptBuilder:
    """The prompt builder of a style, in the words of a model."""
    return PromptBuilder(
        style=style,
        instruction=instruction,
        examples=examples,
        render_chat=generator.render_chat,
        end_of_turn=generator.end_of_turn(),
        labels=labels,
    )


def only_answers(dataset: Dataset) -> tuple[str, ...]:
    """The only answers that there are, none: any; the abstention is one where some question has no answer."""
    silent = any(not q.answerable or any(not each.answers for each in q.answer_history) for q in dataset.questions)
    return (*dataset.labels, dataset.abstain[0]) if dataset.labels and silent else dataset.labels


def choose_examples(dataset: Dataset, split: FactSplit, wave: date, seed: int) -> tuple[Example, ...]:
    """The same worked examples for every arm, from facts that are never tested, as they stood at the first wave."""
    spare = frozenset(split.training_only)
    known, _ = questions_at(dataset, wave, None)
    rows = [q for q in known if q.fact_id in spare and q.split is Split.TRAIN and q.answers]
    rows.sort(key=lambda q: (text_hash(str(seed), q.fact_id), q.question_id))
    chosen: dict[str, Example] = {}
    documents: set[str] = set()
    for row in rows:
        if row.fact_id not in chosen and not documents.intersection(row.gold_doc_ids):
            chosen[row.fact_id] = Example(question=row.question, answer=row.answers[0])
            documents.update(row.gold_doc_ids)
        if len(chosen) == N_EXAMPLES:
            break
    return tuple(chosen.values())


def index_key(dataset: str, file: IndexFile, policy: str, embedder: Embedder) -> str:
    """Hash of all that decides what a search in a dataset finds, the documents of a wave left out."""
    return json_hash([dataset, file.model_dump(mode="json"), policy, embedder.name])


def material_at(
    dataset: Dataset, indexes: Mapping[str, OpenIndex], embedder: Embedder | None, wave: date, previous: date | None
) -> WaveMaterial:
    """What is known at a wave, cut into passages for each index."""
    questions, _ = questions_at(dataset, wave, previous)
    documents = documents_at(dataset, wave)
    passages: dict[str, tuple[Passage, ...]] = {}
    gold: dict[str, dict[str, tuple[Passage, ...]]] = {}
    for name, opened in indexes.items():
        assert embedder is not None
        passages[name] = cut_by(
            opened.file.chunking, documents, count_tokens=embedder.count_tokens, language=dataset.language
        )
        by_doc: dict[str, list[Passage]] = {}
        for passage in passages[name]:
            by_doc.setdefault(passage.doc_id, []).append(passage)
        by_id = {passage.passage_id: passage for passage in passages[name]}
        gold[name] = {
            question.question_id: tuple(by_id[p] for p in gold_passages(question, by_doc, task=dataset.task))
            for question in questions
        }
    return WaveMaterial(
        wave=wave,
        questions=questions,
        content_hash=text_hash(*(part for d in documents for part in (d.doc_id, d.title, d.text))),
        passages=passages,
        gold=gold,
    )
