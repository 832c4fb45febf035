"""A run as Parquet files, for whoever wants to look at it with other tools."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ragvsft.runs.atomic import whole_file
from ragvsft.runs.database import translated
from ragvsft.runs.encoding import json_to
from ragvsft.runs.reading import RunReader

_TEXT, _WHOLE, _REAL, _DAY, _FLAG = pa.string(), pa.int64(), pa.float64(), pa.date32(), pa.bool_()
_TEXTS = pa.list_(pa.string())

OUTCOMES = pa.schema(
    [
        ("arm", _TEXT),
        ("wave", _DAY),
        ("question_id", _TEXT),
        ("seed", _WHOLE),
        ("answer", _TEXT),
        ("failure", _TEXT),
        ("prompt", _TEXT),
        ("prompt_tokens", _WHOLE),
        ("output_tokens", _WHOLE),
        ("stop_reason", _TEXT),
        ("unit_key", _TEXT),
        ("confidence", _REAL),
    ]
)
QUESTIONS = pa.schema(
    [
        ("question_id", _TEXT),
        ("fact_id", _TEXT),
        ("question", _TEXT),
        ("answers", _TEXTS),
        ("stale_answers", _TEXTS),
        ("gold_doc_ids", _TEXTS),
        ("split", _TEXT),
        ("slice", _TEXT),  # JSON: its keys are the dataset's
        ("answerable", _FLAG),
        ("change", _TEXT),
        ("wave", _DAY),
    ]
)
PASSAGES = pa.schema(
    [
        ("passage_id", _TEXT),
        ("doc_id", _TEXT),
        ("title", _TEXT),
        ("text", _TEXT),
        ("position", _WHOLE),
        ("valid_from", _DAY),
        ("valid_to", _DAY),
    ]
)
HITS = pa.schema(
    [
        ("retrieval_key", _TEXT),
        ("wave", _DAY),
        ("question_id", _TEXT),
        ("rank", _WHOLE),
        ("passage_id", _TEXT),
        ("similarity", _REAL),
    ]
)
READINGS = pa.schema(
    [
        ("stage", _TEXT),
        ("wall_s", _REAL),
        ("cpu_s", _REAL),
        ("gpu_s", _REAL),
        ("energy_kwh", _REAL),
        ("n_items", _WHOLE),
        ("prompt_tokens", _WHOLE),
        ("output_tokens", _WHOLE),
        ("peak_memory_bytes", _WHOLE),
        ("arm", _TEXT),
        ("resource", _TEXT),
        ("wave", _DAY),
        ("seed", _WHOLE),
        ("wasted", _FLAG),
        ("unit_key", _TEXT),
    ]
)
ANNOTATIONS = pa.schema(
    [("arm", _TEXT), ("wave", _DAY), ("question_id", _TEXT), ("seed", _WHOLE), ("name", _TEXT), ("value", _REAL)]
)


def export_parquet(run: RunReader, folder: Path) -> tuple[Path, ...]:
    """Write outcomes (with prompts), questions, passages, hits, readings and annotations, a file each.

    Each file appears whole, in place of one of that name. Half a surrogate pair, for which Arrow has no form, becomes
    the replacement character.

    Raises:
        RagvsftError: the run cannot be read, or a file cannot be written.
    """
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    waves = [wave.wave for wave in run.waves()]
    arms = sorted({unit.arm for unit in run.units()})
    parts: Mapping[str, tuple[pa.Schema, Iterable[Sequence[object]]]] = {
        # Piece by piece: prompts of a large run do not fit in memory together.
        "outcomes": (OUTCOMES, (run.outcomes(wave=wave, arm=arm, with_prompts=True) for wave in waves for arm in arms)),
        "questions": (QUESTIONS, ([_Row(q, wave=wave) for q in run.questions(wave)] for wave in waves)),
        "passages": (PASSAGES, [tuple(run.passages().values())]),
        "hits": (HITS, _hits(run)),
        "readings": (READINGS, [run.readings()]),
        "annotations": (ANNOTATIONS, [run.annotations()]),
    }
    return tuple(_write(folder / f"{name}.parquet", schema, pieces) for name, (schema, pieces) in parts.items())


class _Row:
    """A value with more fields."""

    def __init__(self, value: object, **more: object) -> None:
        self._value = value
        self.__dict__.update(more)

    def __getattr__(self, name: str) -> object:
        return getattr(self._value, name)


def _hits(run: RunReader) -> Iterator[list[_Row]]:
    for key, wave in sorted(run.retrieved_waves()):
        yield [
            _Row(hit, retrieval_key=key, wave=wave, question_id=question_id, passage_id=hit.passage.passage_id)
            for question_id, hits in run.hits(key, wave).items()
            for hit in hits
        ]


def _write(path: Path, schema: pa.Schema, pieces: Iterable[Sequence[object]]) -> Path:
    with translated(path), whole_file(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for piece in pieces:
            columns = [pa.array([_plain(getattr(row, column.name)) for row in piece], column.type) for column in schema]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return path


def _plain(value: object) -> object:
    match value:
        case str():
            return value if value.isascii() else _whole_text(value)
        case tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return json_to(dict(value))
        case _:
            return value


def _whole_text(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
