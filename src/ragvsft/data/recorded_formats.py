"""One row of recorded answers from each format: a table, an lm-eval `samples_*.jsonl`, a promptfoo result.

Seconds, tokens and cost are taken only where the file gives them for this very answer: those of a cached one are not.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.data.importing.columns import QUESTION_COLUMNS, Columns, day, word, words
from ragvsft.data.importing.files import Row, rows
from ragvsft.data.jsonfiles import read_json

FORMATS = ("table", "lm_eval", "promptfoo")

RECORDED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "question_id": QUESTION_COLUMNS["question_id"],
    "question": ("question", "query", "user_input", "input"),
    "wave": ("wave", "snapshot"),
    "answer": (
        "prediction", "predicted_answer", "model_answer", "generated_answer", "actual_output", "response",
        "generated_text", "generation", "completion", "output", "answer",
    ),
    "failure": ("failure", "error"),
    "passages": ("passages", "retrieved_contexts", "retrieval_context", "contexts", "context"),
    "prompt": (),
    "seconds": ("seconds", "latency_s", "duration_s", "wall_s"),
    "milliseconds": ("latency_ms", "latencyMs", "duration_ms"),
    "prompt_tokens": ("prompt_tokens", "input_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens"),
    "cost_usd": ("cost_usd",),
}  # fmt: skip
"""Our fields and the columns that are taken for them; an answer of its own name goes before one named `answer`, which
may be the right one. A cost without a currency is not taken unless it is mapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRow:
    """What a file says of one answer. None: it does not say."""

    where: str
    """File and line, for messages."""
    question_id: str
    """Empty: the row names none."""
    question: str
    wave: date | None
    """None: the answer was given once, and stands for every wave."""
    answer: str | None
    failure: str | None
    """Why there is no answer."""
    passages: tuple[str, ...] = ()
    """What the system was shown, best first."""
    prompt: str = ""
    seconds: float | None = None
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    source: Mapping[str, object]
    """The row as it stands in the file."""

    def raw(self, column: str) -> object:
        """What stands in a column of the file, with dots for a field inside one."""
        return at(self.source, column)


def recorded_rows(path: Path, format: str | None, mapping: Mapping[str, str]) -> tuple[str, list[RecordedRow]]:
    """The format of a file of answers and its rows.

    Raises:
        DataError: it cannot be read as that, or has no column for answers or questions.
    """
    results = _promptfoo_results(path, format)
    if results is not None:
        source = ((f"{path.name}, result {n}", row) for n, row in enumerate(results, start=1))
        return "promptfoo", [_from_promptfoo(where, row, mapping) for where, row in source]
    each = rows(path)
    first = next(each, None)
    if first is None:
        return format or "table", []
    each = chain([first], each)
    if format == "lm_eval" or (format is None and {"resps", "filtered_resps"} <= first[1].keys()):
        return "lm_eval", [_from_lm_eval(where, row, mapping) for where, row in each]
    columns = Columns(RECORDED_COLUMNS, mapping)
    seen: set[str] = set()
    found = []
    for where, row in each:
        seen |= {field for field in ("question_id", "question", "answer", "failure") if columns.has(row, field)}
        found.append(_from_table(where, row, columns))
    _check_columns(path, first[1], seen)
    return "table", found


def at(row: object, path: str) -> object:
    """A column, or with dots a field inside it; a number picks from a list. None: there is none."""
    if isinstance(row, Mapping) and path in row:
        return row[path]
    value = row
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, Sequence) and not isinstance(value, str) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _check_columns(path: Path, row: Row, seen: set[str]) -> None:
    for fields, what in ((("answer", "failure"), "answers"), (("question_id", "question"), "questions or their ids")):
        if not seen.intersection(fields):
            raise DataError(
                f"{path.name}: there is no column for {what}",
                hint=f"the columns are {', '.join(map(str, list(row)[:20]))}; say which it is: "
                f"map: {{{fields[0]}: COLUMN}}",
            )


def _from_table(where: str, row: Row, columns: Columns) -> RecordedRow:
    milliseconds = _number(where, "milliseconds", columns.get(row, "milliseconds"))
    return _row(
        where,
        row,
        {field: columns.get(row, field) for field in RECORDED_COLUMNS if field != "milliseconds"},
        seconds=None if milliseconds is None else milliseconds / 1000,
    )


def _from_lm_eval(where: str, row: Row, mapping: Mapping[str, str]) -> RecordedRow:
    """`doc` is the task's own row; `doc_id` counts rows and names no question."""
    doc = row.get("doc")
    inner = Columns(RECORDED_COLUMNS, {})
    values: dict[str, object] = {}
    if isinstance(doc, Mapping):
        values = {field: inner.get(doc, field) for field in ("question_id", "question", "wave")}
    values["answer"] = _generated(where, row)
    values["prompt"] = _lm_eval_prompt(row.get("arguments"))
    return _row(where, row, values | _mapped(row, mapping))


def _generated(where: str, row: Row) -> str | None:
    """The text after lm-eval's filters; with several generations the first."""
    value = row.get("filtered_resps") or row.get("resps")
    while isinstance(value, list) and value:
        if len(value) == 2 and isinstance(value[0], int | float) and isinstance(value[1], bool):
            break
        value = value[0]
    if value is None or value == []:
        return None
    if not isinstance(value, str):
        raise DataError(
            f"{where}: the row holds likelihoods and no text", hint="take the samples of a task that generates text"
        )
    return value


def _lm_eval_prompt(arguments: object) -> str:
    for path in ("gen_args_0.arg_0", "0.0"):
        found = at(arguments, path)
        if isinstance(found, str):
            return found
    return ""


def _promptfoo_results(path: Path, format: str | None) -> list[Row] | None:
    """The single results of a promptfoo file; None: it is of another format."""
    if format not in (None, "promptfoo") or path.suffix.lower() != ".json":
        if format == "promptfoo":
            raise DataError(f"{path.name} is no promptfoo result in JSON", hint="write one: promptfoo eval -o A.json")
        return None
    value = read_json(path)
    found = at(value, "results.results")
    if not isinstance(found, list):
        found = at(value, "results")
    if isinstance(found, list) and all(isinstance(row, dict) and ("vars" in row or "testCase" in row) for row in found):
        return found
    if format == "promptfoo":
        raise DataError(f"{path.name} has no results.results of promptfoo", hint="check the file, or its format")
    return None


def _from_promptfoo(where: str, row: Row, mapping: Mapping[str, str]) -> RecordedRow:
    response = row.get("response")
    given = row.get("vars") or at(row, "testCase.vars")
    inner = Columns(RECORDED_COLUMNS, {})
    values: dict[str, object] = {}
    if isinstance(given, Mapping):
        values = {field: inner.get(given, field) for field in ("question_id", "question", "wave", "passages")}
    about = at(row, "testCase.metadata")
    if not word(values.get("question_id")) and isinstance(about, Mapping):
        values["question_id"] = inner.get(about, "question_id")
    values["answer"] = at(response, "output")
    values["failure"] = at(response, "error") or row.get("error")
    values["prompt"] = at(row, "prompt.raw")
    if not at(response, "cached"):
        values["cost_usd"] = row.get("cost")
        values["prompt_tokens"] = at(response, "tokenUsage.prompt")
        values["output_tokens"] = at(response, "tokenUsage.completion")
        milliseconds = _number(where, "latencyMs", row.get("latencyMs"))
        values["seconds"] = None if milliseconds is None else milliseconds / 1000
    return _row(where, row, values | _mapped(row, mapping))


def _mapped(row: Row, mapping: Mapping[str, str]) -> dict[str, object]:
    return {field: at(row, column) for field, column in mapping.items()}


def _row(where: str, row: Row, values: Mapping[str, object], *, seconds: float | None = None) -> RecordedRow:
    answer = _answer(values.get("answer"))
    failure = _answer(values.get("failure"))
    if answer is None and not (failure and failure.strip()):
        failure = "the file has a row for the question and no answer in it"
    prompt = values.get("prompt")
    mine = _number(where, "seconds", values.get("seconds"))
    return RecordedRow(
        where=where,
        question_id=word(values.get("question_id")),
        question=word(values.get("question")),
        wave=_wave(where, values.get("wave")),
        answer=answer,
        failure=None if answer is not None else failure,
        passages=_passages(where, values.get("passages")),
        prompt=prompt if isinstance(prompt, str) else "",
        seconds=seconds if mine is None else mine,
        prompt_tokens=_count(where, "prompt_tokens", values.get("prompt_tokens")),
        output_tokens=_count(where, "output_tokens", values.get("output_tokens")),
        cost_usd=_number(where, "cost_usd", values.get("cost_usd")),
        source=row,
    )


def _answer(value: object) -> str | None:
    """A text as it is; another value as JSON, a list of one text as that text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return word(value) or None
    return json.dumps(value, ensure_ascii=False, default=str)


def _passages(where: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return (value,) if isinstance(value, str) else ()
    if isinstance(value, list) and all(isinstance(entry, Mapping) for entry in value):
        value = [next((entry[k] for k in ("text", "content", "page_content") if k in entry), None) for entry in value]
    found = words(value)
    if found is None:
        raise DataError(
            f"{where}: the passages are neither a text nor a list of texts", hint="write them as a JSON list"
        )
    return found


def _wave(where: str, value: object) -> date | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = day(value)
    if found is None:
        raise DataError(f"{where}: {value!r} is no date", hint="a wave is a date such as 2024-01-31, or left out")
    return found


def _number(where: str, field: str, value: object) -> float | None:
    """A number that is not negative; None: there is none."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found) or found < 0:
        raise DataError(f"{where}: {field} is {value!r}, and no number from 0", hint="mend the cell, or leave it empty")
    return found


def _count(where: str, field: str, value: object) -> int | None:
    found = _number(where, field, value)
    return None if found is None else round(found)
