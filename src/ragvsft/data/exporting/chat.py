"""Questions and answers as chat JSONL, as trainers of chat models take it: a file for each split.

What another trainer would be given to learn the same facts; passages are not in it.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from ragvsft.core.values import Dataset, Split, WaveQuestion
from ragvsft.data.exporting.known import ExportReport, json_line, known_at, write_lines


def chat_rows(
    questions: Iterable[WaveQuestion], *, abstain: str, instruction: str | None = None
) -> Iterator[dict[str, object]]:
    """A conversation for each question, in the order given: the instruction if there is one, the question, the answer.

    The answer is the first accepted one, as our own training rows have it; without one (unanswerable, or removed) it
    is `abstain`. Ids, split and answerability stand beside `messages`, where trainers pass over them.
    """
    for question in questions:
        reply = question.answers[0] if question.answers else abstain
        messages = [] if instruction is None else [{"role": "system", "content": instruction}]
        messages += [{"role": "user", "content": question.question}, {"role": "assistant", "content": reply}]
        yield {
            "messages": messages,
            "question_id": question.question_id,
            "fact_id": question.fact_id,
            "split": str(question.split),
            "answerable": bool(question.answers),
        }


def export_chat(
    dataset: Dataset, folder: Path, at: date | None = None, *, instruction: str | None = None
) -> ExportReport:
    """Write `train.jsonl`, `dev.jsonl` and `test.jsonl` of a snapshot; None: the last snapshot.

    Raises:
        UsageError: the date is no snapshot.
        DataError: a file cannot be written.
    """
    known = known_at(dataset, at)
    files: dict[Path, int] = {}
    for split in Split:
        mine = (question for question in known.questions if question.split is split)
        path = folder / f"{split}.jsonl"
        files[path] = write_lines(
            path, map(json_line, chat_rows(mine, abstain=dataset.abstain[0], instruction=instruction))
        )
    return ExportReport(snapshot=known.snapshot, files=files, left_out=known.left_out)
