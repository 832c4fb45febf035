"""Reads a set of general questions: no documents, no history, one question a fact, asked before and after training.

It has the `dataset.json` and the question rows of a dataset folder; `slice.category` says which ability a question
is about.
"""

from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Question, Split, WaveQuestion
from ragvsft.data.jsonfiles import json_lines, read_json
from ragvsft.data.problems import Problems
from ragvsft.data.read import HEAD_FILE, QUESTIONS_FILE, question_key
from ragvsft.data.rows import head_from, question_from


def read_general(folder: Path) -> tuple[WaveQuestion, ...]:
    """The general questions of a folder, in its order; each has an answer and a category.

    Raises:
        DataError: a file is missing or breaks a rule; the message names file and line of the first few problems.
    """
    missing = [name for name in (HEAD_FILE, QUESTIONS_FILE) if not (folder / name).is_file()]
    if missing:
        raise DataError(
            f"{folder} has no {', no '.join(missing)}",
            hint=f"a set of general questions holds {HEAD_FILE} and {QUESTIONS_FILE}; data/README.md shows a row",
        )
    problems = Problems(f"the general questions {folder.name}")
    head = head_from(read_json(folder / HEAD_FILE), HEAD_FILE, problems)
    problems.raise_if_any()
    rows: list[tuple[str, Question]] = []
    for number, row in json_lines(folder / QUESTIONS_FILE, problems):
        where = f"{QUESTIONS_FILE}, line {number}"
        rows.append((where, question_from(row, where, problems, head)))
    problems.raise_if_any()
    if not rows:
        problems.add(QUESTIONS_FILE, "there is no row")
    _check(rows, problems)
    problems.raise_if_any()
    return tuple(
        WaveQuestion(
            question_id=question.question_id,
            fact_id=question.fact_id,
            question=question.question,
            answers=question.answers,
            stale_answers=(),
            gold_doc_ids=(),
            split=question.split,
            slice=question.slice,
        )
        for _, question in rows
    )


def _check(rows: list[tuple[str, Question]], problems: Problems) -> None:
    """Refuse what a set of general questions must not have: other splits, histories, doubles, no answer."""
    seen: dict[str, dict[str, str]] = {"question_id": {}, "fact_id": {}, "question": {}}
    for where, question in rows:
        if question.split is not Split.TEST:
            problems.add(where, f'the split is {question.split}, not "test"', hint="general questions are only asked")
        if not question.answerable or question.answer_history:
            problems.add(where, "a general question has one answer that always holds", hint="leave out the history")
        if "category" not in question.slice:
            problems.add(where, "slice.category is missing", hint='name the ability: "slice": {"category": "language"}')
        keys = {"question_id": question.question_id, "fact_id": question.fact_id}
        for name, key in (keys | {"question": question_key(question.question)}).items():
            first = seen[name].setdefault(key, where)
            if first != where:
                problems.add(where, f"the {name} stands in {first.rpartition(', ')[2]} too")
