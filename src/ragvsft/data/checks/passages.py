"""Cuts the documents as an index would, and tells how long the passages are and which answers are cut in two."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from ragvsft.config.experiment import Chunking
from ragvsft.core.values import Dataset, Document, Passage, Task, WaveQuestion
from ragvsft.data.checks.answers import asked_facts, states
from ragvsft.data.checks.finding import Finding, finding
from ragvsft.data.chunking import CountTokens, cut_by
from ragvsft.data.progress import Progress
from ragvsft.data.snapshots import is_valid

MAX_VERSIONS = 20_000
"""Of a larger dataset every so manieth document is cut: sizes and shares show as well in a part."""
_STEP_DOCUMENTS = 200

_Fact = tuple[date, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """How passages are cut, and by whose tokens they are counted."""

    chunking: Chunking
    count_tokens: CountTokens
    embedder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageReport:
    """What became of the documents."""

    embedder: str
    max_tokens: int
    overlap_sentences: int
    keep_whole: bool
    n_versions: int
    """That were cut."""
    of_versions: int
    n_passages: int
    tokens_min: int
    tokens_median: float
    tokens_max: int
    n_over_limit: int
    n_answers: int | None
    """Facts at a snapshot whose gold documents, all of them cut, state the answer; None: the task quotes none."""
    n_answers_cut: int | None
    """Of these, how many no passage states whole."""


def cut_passages(
    dataset: Dataset, cutting: Cutting, progress: Progress
) -> tuple[PassageReport, tuple[Finding, ...]] | None:
    """Cut the documents; the report, and as notes what another size or overlap might mend. None: there is no passage.

    Args:
        dataset: whose documents are cut, every version.
        cutting: by which settings.
        progress: told how many documents are done.
    """
    chunking = cutting.chunking
    chosen = _chosen(dataset.documents)
    wanted = _wanted(dataset, chosen)
    stated: dict[_Fact, str] = {}
    whole: set[_Fact] = set()
    sizes = array("I")
    too_long: list[str] = []
    for batch in _batches(chosen, progress):
        passages = cut_by(chunking, batch, count_tokens=cutting.count_tokens, language=dataset.language)
        by_doc: dict[str, list[Passage]] = {}
        for passage in passages:
            by_doc.setdefault(passage.doc_id, []).append(passage)
        counts = cutting.count_tokens([passage.content for passage in passages])
        sizes.extend(counts)
        too_long += [
            f"{passage.doc_id}, passage {passage.position + 1}: {count:,}"
            for passage, count in zip(passages, counts, strict=True)
            if count > chunking.max_tokens
        ]
        for document in batch:
            asked = [(at, q) for at, q in wanted.get(document.doc_id, ()) if is_valid(document, at)]
            _look(document, asked, by_doc.get(document.doc_id, ()), stated, whole)
    if not sizes:
        return None
    halved = {fact: where for fact, where in stated.items() if fact not in whole}
    quotes = dataset.task is Task.SHORT_ANSWER
    report = PassageReport(
        embedder=cutting.embedder,
        max_tokens=chunking.max_tokens,
        overlap_sentences=chunking.overlap_sentences,
        keep_whole=chunking.keep_whole,
        n_versions=sum(map(len, chosen.values())),
        of_versions=len(dataset.documents),
        n_passages=len(sizes),
        tokens_min=min(sizes),
        tokens_median=float(median(sizes)),
        tokens_max=max(sizes),
        n_over_limit=len(too_long),
        n_answers=len(stated) if quotes else None,
        n_answers_cut=len(halved) if quotes else None,
    )
    notes = (
        finding(
            "note",
            "answer_cut_in_two",
            "answers that a document states and no passage states whole: try more max_tokens, or overlap_sentences",
            halved.values(),
            len(stated),
        ),
        finding(
            "note",
            "passage_over_limit",
            f"passages of more than {chunking.max_tokens} tokens: a single word is that long",
            too_long,
            len(sizes),
        ),
    )
    return report, tuple(note for note in notes if note is not None)


def _chosen(documents: Sequence[Document]) -> dict[str, list[Document]]:
    """Versions by document; of a large dataset a part, spread evenly over it."""
    found: dict[str, list[Document]] = {}
    for document in documents:
        found.setdefault(document.doc_id, []).append(document)
    step = -(-len(documents) // MAX_VERSIONS)
    return {doc_id: versions for n, (doc_id, versions) in enumerate(found.items()) if n % step == 0}


def _wanted(dataset: Dataset, chosen: Mapping[str, object]) -> dict[str, list[tuple[date, WaveQuestion]]]:
    """The facts that are asked at each snapshot, by gold document; those alone all of whose documents are cut."""
    found: dict[str, list[tuple[date, WaveQuestion]]] = {}
    if dataset.task is not Task.SHORT_ANSWER:
        return found
    for at, question in asked_facts(dataset):
        if all(doc_id in chosen for doc_id in question.gold_doc_ids):
            for doc_id in question.gold_doc_ids:
                found.setdefault(doc_id, []).append((at, question))
    return found


def _batches(chosen: Mapping[str, list[Document]], progress: Progress) -> Iterator[list[Document]]:
    grouped = list(chosen.values())
    for begin in range(0, len(grouped), _STEP_DOCUMENTS):
        progress("Cutting documents into passages", begin, len(grouped), "")
        yield [document for versions in grouped[begin : begin + _STEP_DOCUMENTS] for document in versions]
    progress("Cutting documents into passages", len(grouped), len(grouped), "")


def _look(
    document: Document,
    asked: Sequence[tuple[date, WaveQuestion]],
    passages: Sequence[Passage],
    stated: dict[_Fact, str],
    whole: set[_Fact],
) -> None:
    """Note which facts a version states, and which of them a passage of it states."""
    for at, question in asked:
        fact = at, question.fact_id
        if not states(f"{document.title}\n{document.text}", question.answers):
            continue
        stated.setdefault(fact, f"{question.question_id} at {at}: {question.answers[0]!r} in {document.doc_id}")
        if any(states(passage.content, question.answers) for passage in passages if is_valid(passage, at)):
            whole.add(fact)
