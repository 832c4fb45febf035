"""Annotations: readings of an outcome that need a model, stored beside the outcomes so that the verdict needs none."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ragvsft.config.experiment import AnnotationName
from ragvsft.core.values import Outcome, Stage, Task, WaveQuestion
from ragvsft.data.sections import sentences
from ragvsft.lab.meter import Meter
from ragvsft.lab.retrieval.base import Embedder, Vectors
from ragvsft.lab.workbench import WaveMaterial, Workbench
from ragvsft.metrics.claims import Statement, covered_share, statements, with_whole_sentences
from ragvsft.runs.records import Annotation

Pairs = Sequence[tuple[str, tuple[str, ...]]]
"""Answers, each with the answers that are accepted; at least one."""
LONG_FORM: tuple[AnnotationName, ...] = ("embedding_similarity", "claims_covered")
"""What long answers are read by where the experiment does not say: words alone tell little of them."""


def annotations_of(asked_for: tuple[AnnotationName, ...], task: Task) -> tuple[AnnotationName, ...]:
    """The annotations of an experiment: those that it asks for, else those of its dataset's task."""
    return asked_for or (LONG_FORM if task is Task.LONG_FORM else ())


def annotate(bench: Workbench, material: WaveMaterial, questions: Sequence[WaveQuestion]) -> None:
    """Add the annotations of the experiment to a wave's outcomes that have none yet."""
    for name in annotations_of(bench.experiment.lab.annotate, bench.dataset.task):
        match name:
            case "embedding_similarity":
                _annotate(bench, material, questions, name, _similarities)
            case "claims_covered":
                read = partial(claims_covered, language=bench.dataset.language)
                _annotate(bench, material, questions, name, read)


def claims_covered(pairs: Pairs, embedder: Embedder, language: str) -> list[float | None]:
    """The share of the claims of the right answer that each answer covers, best of the accepted ones.

    See `metrics.claims`. None: no accepted answer has a claim.
    """
    texts = {text for answer, accepted in pairs for text in (answer, *accepted)}
    cut = {text: [one.strip() for one in sentences(text, language) if one.strip()] for text in texts}
    claims = {text: statements(cut[text], language) for _, accepted in pairs for text in accepted}
    said = {answer: with_whole_sentences(cut[answer], language) for answer, _ in pairs}
    parts = sorted({one.text for found in (*claims.values(), *said.values()) for one in found})
    rows = dict(zip(parts, embedder.embed(parts), strict=True))

    def likeness(claimed: Sequence[Statement], found: Sequence[Statement]) -> Vectors:
        if not claimed or not found:
            return np.zeros((len(claimed), len(found)), dtype=np.float32)
        return np.asarray(np.stack([rows[c.text] for c in claimed]) @ np.stack([rows[s.text] for s in found]).T)

    shares = (
        [covered_share(claims[text], said[answer], likeness(claims[text], said[answer])) for text in accepted]
        for answer, accepted in pairs
    )
    return [max((share for share in found if share is not None), default=None) for found in shares]


def _similarities(pairs: Pairs, embedder: Embedder) -> list[float | None]:
    """Cosine of the answer and the nearest right answer, negative values as 0."""
    texts = sorted({text for answer, accepted in pairs for text in (answer, *accepted)})
    rows = dict(zip(texts, embedder.embed(texts), strict=True))
    return [
        min(1.0, max(0.0, *(float(rows[answer] @ rows[right]) for right in accepted))) for answer, accepted in pairs
    ]


def _annotate(
    bench: Workbench,
    material: WaveMaterial,
    questions: Sequence[WaveQuestion],
    name: AnnotationName,
    read: Callable[[Pairs, Embedder], list[float | None]],
) -> None:
    """Read a wave's outcomes that have no such annotation; a failure has 0, and where none is right it is undefined."""
    accepted = {question.question_id: question.answers for question in questions}
    known = {
        (row.arm, row.question_id, row.seed) for row in bench.run.reader.annotations(name) if row.wave == material.wave
    }
    outcomes = bench.run.reader.outcomes(wave=material.wave)
    waiting = [o for o in outcomes if (o.arm, o.question_id, o.seed) not in known]
    if not waiting or bench.embedder is None:
        return
    bench.progress("annotate", 0, len(waiting), name)
    with (
        bench.run.stage(Stage.ANNOTATE, resource=name, wave=material.wave),
        Meter(Stage.ANNOTATE, resource=name, wave=material.wave) as meter,
    ):
        answered = [o for o in waiting if o.answer is not None and accepted[o.question_id]]
        pairs = [(outcome.answer or "", accepted[outcome.question_id]) for outcome in answered]
        values = dict(zip(map(_key, answered), read(pairs, bench.embedder), strict=True)) if pairs else {}
        meter.add(n_items=len(waiting))
    found = [
        Annotation(
            arm=outcome.arm,
            wave=outcome.wave,
            question_id=outcome.question_id,
            seed=outcome.seed,
            name=name,
            value=values.get(_key(outcome), 0.0 if accepted[outcome.question_id] else None),
        )
        for outcome in waiting
    ]
    bench.run.record_annotations(found, [meter.reading])
    bench.progress("annotate", len(waiting), len(waiting), name)


def _key(outcome: Outcome) -> tuple[str, str, int | None]:
    return outcome.arm, outcome.question_id, outcome.seed
