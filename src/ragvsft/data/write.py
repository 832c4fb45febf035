"""Writes a dataset folder, whole or not at all: beside the target first, read back, then renamed."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Task
from ragvsft.data.progress import Progress, silent
from ragvsft.data.read import DOCUMENTS_FILE, FILES, HEAD_FILE, QUESTIONS_FILE, check_files, is_dataset


def write_dataset(dataset: Dataset, folder: Path) -> None:
    """Write a dataset as a folder in the canonical format; the same dataset gives the same bytes.

    A folder that is a dataset already is replaced: its three files are new, whatever else lies there stays.

    Raises:
        DataError: the folder is there and neither empty nor a dataset, the disk does not take it, or the dataset
            breaks a rule of the format. The target is then as it was before.
    """
    write_rows(dataset, dataset.documents, dataset.questions, folder)


def write_rows(
    head: Dataset,
    documents: Iterable[Document],
    questions: Iterable[Question],
    folder: Path,
    progress: Progress = silent,
) -> None:
    """As `write_dataset`, of rows that are taken one by one and need not be held; `head` gives all but the rows.

    `progress` is told how much was read back.

    Raises:
        DataError: as `write_dataset`.
    """
    folder = folder.absolute()
    _check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}", hint="choose another folder") from error
    try:
        new = temporary / folder.name
        new.mkdir()
        _write_files(head, documents, questions, new)
        check_files(new, progress)
        _take_over_others(folder, new)
        _swap(new, folder, temporary / f"{folder.name}-replaced")
    except UnicodeEncodeError as error:
        raise DataError(
            "a text of the dataset holds half of a surrogate pair, which no UTF-8 file can", hint="mend the source"
        ) from error
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}", hint="nothing was changed") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check_target(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise DataError(f"{folder} is not an ordinary folder", hint="choose another folder")
    if folder.is_dir() and not is_dataset(folder) and any(folder.iterdir()):
        raise DataError(f"{folder} is not empty and no dataset", hint="choose another folder, or empty this one")


def _write_files(head: Dataset, documents: Iterable[Document], questions: Iterable[Question], folder: Path) -> None:
    _write_lines(folder / HEAD_FILE, [json.dumps(_head_row(head), ensure_ascii=False, indent=2, allow_nan=False)])
    _write_lines(folder / DOCUMENTS_FILE, (_line(_document_row(document)) for document in documents))
    _write_lines(folder / QUESTIONS_FILE, (_line(_question_row(question)) for question in questions))


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(line)
            file.write("\n")
        file.flush()
        os.fsync(file.fileno())


def _take_over_others(folder: Path, new: Path) -> None:
    """Copy what lies beside the three files in a dataset folder that is about to be replaced."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name in FILES:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, new / entry.name, follow_symlinks=False)


def _swap(new: Path, folder: Path, old: Path) -> None:
    """Put the new folder in the place of the old one; the old one comes back if that fails."""
    if not folder.is_dir():
        new.rename(folder)
        return
    new.chmod(folder.stat().st_mode)
    folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        # Also on Ctrl-C: the caller deletes the folder in which the old one waits.
        if not folder.exists():
            old.rename(folder)
        raise


def _line(row: Mapping[str, object]) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"a row cannot be written as JSON: {error}", hint="metadata must be plain JSON") from error


def _head_row(dataset: Dataset) -> dict[str, object]:
    labels = {"labels": list(dataset.labels)} if dataset.task is Task.LABEL else {}
    return {
        "name": dataset.name,
        "description": dataset.description,
        "licence": dataset.licence,
        "language": dataset.language,
        "task": str(dataset.task),
        **labels,
        "snapshots": [day.isoformat() for day in dataset.snapshots],
        "abstain": list(dataset.abstain),
    }


def _document_row(document: Document) -> dict[str, object]:
    return {
        "doc_id": document.doc_id,
        "title": document.title,
        "text": document.text,
        "valid_from": document.valid_from.isoformat(),
        "valid_to": document.valid_to.isoformat() if document.valid_to else None,
        "source": document.source,
        "metadata": dict(document.metadata),
    }


def _question_row(question: Question) -> dict[str, object]:
    return {
        "question_id": question.question_id,
        "fact_id": question.fact_id,
        "question": question.question,
        "answers": list(question.answers),
        "answer_history": [_interval_row(interval) for interval in question.answer_history],
        "gold_doc_ids": list(question.gold_doc_ids),
        "split": str(question.split),
        "slice": dict(question.slice),
        "answerable": question.answerable,
    }


def _interval_row(interval: AnswerInterval) -> dict[str, object]:
    return {
        "answers": list(interval.answers),
        "valid_from": interval.valid_from.isoformat(),
        "valid_to": interval.valid_to.isoformat() if interval.valid_to else None,
    }
