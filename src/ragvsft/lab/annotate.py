"""Annotations: readings of an outcome that need a model, stored beside the outcomes so that the verdict needs none."""

from collections.abc import Sequence

from ragvsft.core.values import Stage, WaveQuestion
from ragvsft.lab.meter import Meter
from ragvsft.lab.workbench import WaveMaterial, Workbench
from ragvsft.runs.records import Annotation

EMBEDDING_SIMILARITY = "embedding_similarity"


def annotate(bench: Workbench, material: WaveMaterial, questions: Sequence[WaveQuestion]) -> None:
    """Add the annotations that the experiment asks for to a wave's outcomes that have none yet."""
    if EMBEDDING_SIMILARITY in bench.experiment.lab.annotate:
        _embedding_similarity(bench, material, questions)


def _embedding_similarity(bench: Workbench, material: WaveMaterial, questions: Sequence[WaveQuestion]) -> None:
    """Cosine of the answer and the nearest right answer, negative values as 0; undefined where none is right."""
    by_id = {question.question_id: question for question in questions}
    read = {
        (row.arm, row.question_id, row.seed)
        for row in bench.run.reader.annotations(EMBEDDING_SIMILARITY)
        if row.wave == material.wave
    }
    outcomes = bench.run.reader.outcomes(wave=material.wave)
    waiting = [o for o in outcomes if (o.arm, o.question_id, o.seed) not in read]
    if not waiting or bench.embedder is None:
        return
    bench.progress("annotate", 0, len(waiting))
    with (
        bench.run.stage(Stage.ANNOTATE, resource=EMBEDDING_SIMILARITY, wave=material.wave),
        Meter(Stage.ANNOTATE, resource=EMBEDDING_SIMILARITY, wave=material.wave) as meter,
    ):
        right = sorted({answer for question in questions for answer in question.answers})
        said = sorted({outcome.answer for outcome in waiting if outcome.answer is not None})
        rows = dict(zip([*right, *said], bench.embedder.embed([*right, *said]), strict=True))
        meter.add(n_items=len(waiting))
    found: list[Annotation] = []
    for outcome in waiting:
        accepted = by_id[outcome.question_id].answers
        value: float | None = None
        if accepted:
            answer = outcome.answer
            value = 0.0 if answer is None else max(0.0, *(float(rows[answer] @ rows[a]) for a in accepted))
        found.append(
            Annotation(
                arm=outcome.arm,
                wave=outcome.wave,
                question_id=outcome.question_id,
                seed=outcome.seed,
                name=EMBEDDING_SIMILARITY,
                value=min(1.0, value) if value is not None else None,
            )
        )
    bench.run.record_annotations(found, [meter.reading])
    bench.progress("annotate", len(waiting), len(waiting))
