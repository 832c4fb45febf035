"""The questions that the filters leave, with what every arm said to them, as rows of a file."""

from collections.abc import Sequence
from datetime import date

from ragvsft.core.values import WaveQuestion
from ragvsft.metrics.answers import metrics_for, score
from ragvsft.metrics.outcome_kind import outcome_kind
from ragvsft.report.table_files import Rows, Value
from ragvsft.runs.reading import open_run
from ragvsft.verdict.verdict import Verdict


def rows_of(verdict: Verdict, wave: date, questions: Sequence[WaveQuestion]) -> Rows:
    """A row an outcome, in the order of the questions.

    Raises:
        RagvsftError: the run cannot be read.
    """
    dataset = verdict.manifest.dataset
    metrics = metrics_for(verdict.task, dataset.labels)
    order = {one.question_id: at for at, one in enumerate(questions)}
    with open_run(verdict.folder) as run:
        outcomes = [one for one in run.outcomes(wave=wave) if one.question_id in order]
    rows: list[dict[str, Value]] = []
    for one in sorted(outcomes, key=lambda one: order[one.question_id]):
        question = questions[order[one.question_id]]
        row: dict[str, Value] = {
            "question id": one.question_id,
            "fact id": question.fact_id,
            "question": question.question,
            "right": " | ".join(question.answers),
            "right before": " | ".join(question.stale_answers),
            "change": question.change.value if question.change else None,
            "arm": one.arm,
            "seed": one.seed,
            "answer": one.answer,
            "failure": one.failure,
            "kind": outcome_kind(question, one, dataset.abstain).value,
            "tokens read": one.prompt_tokens,
            "tokens written": one.output_tokens,
            "confidence": one.confidence,
        }
        rows.append(row | {metric.name: score(metric, one, question, dataset.abstain) for metric in metrics})
    return rows
