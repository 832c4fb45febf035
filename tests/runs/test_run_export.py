"""Parquet files hold what the run holds."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ragvsft.core.errors import RagvsftError
from ragvsft.core.values import Stage
from ragvsft.runs.export import export_parquet
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import Annotation
from runs.making import FIRST, SECOND, Maker


def test_every_table_comes_out_with_its_types(maker: Maker, tmp_path: Path) -> None:
    with maker.open() as run:
        for wave in (FIRST, SECOND):
            maker.record_wave(run, 5, wave=wave, content_hash=str(wave))
            maker.finish(run, f"u {wave}", range(5), wave=wave, seed=0)
        maker.finish(run, "u3", [0], arm="closed")
        run.record_retrieval("rk", {}, FIRST, {"q00000": maker.hits(1, 2), "q00001": ()})
        run.record_reading(maker.reading(stage=Stage.SYNC, gpu_s=0.5, seed=3))
        run.record_passages([maker.passage(9, text="half \ud83d, NUL \0, \u2028, 🧭", valid_to=SECOND)])
        note = Annotation(arm="rag", wave=FIRST, question_id="q00000", seed=0, name="similarity", value=None)
        run.record_annotations([note])
    with open_run(maker.folder) as read:
        files = export_parquet(read, tmp_path / "new" / "out")
        tables = {path.stem: pq.read_table(path).to_pylist() for path in files}
        assert [row["question_id"] for row in tables["outcomes"]] == [o.question_id for o in read.outcomes()]
    assert set(tables) == {"outcomes", "questions", "passages", "hits", "readings", "annotations"}
    first = tables["outcomes"][0]
    assert (first["arm"], first["wave"], first["seed"]) == ("closed", FIRST, None)
    assert first["prompt"] == "Question: What is 0?"
    assert [row["failure"] for row in tables["outcomes"] if row["answer"] is None] == ["out of memory"] * 2
    assert {row["question_id"]: row["confidence"] for row in tables["outcomes"] if row["wave"] == SECOND} == {
        "q00000": 1.0,
        "q00001": 0.5,
        "q00002": 1 / 3,
        "q00003": None,
        "q00004": None,
    }
    assert len(tables["questions"]) == 10
    assert tables["questions"][1]["answers"] == ["answer 1", "1"]
    assert tables["questions"][1]["slice"] == '{"kind":"odd"}'
    assert [(row["rank"], row["passage_id"]) for row in tables["hits"]] == [(1, "p1"), (2, "p2")]
    assert tables["readings"][-1]["gpu_s"] == 0.5
    assert tables["readings"][-1]["stage"] == "sync"
    nine = next(row for row in tables["passages"] if row["passage_id"] == "p9")
    assert (nine["text"], nine["valid_to"]) == ("half \ufffd, NUL \0, \u2028, 🧭", SECOND)
    assert tables["annotations"] == [
        {"arm": "rag", "wave": FIRST, "question_id": "q00000", "seed": 0, "name": "similarity", "value": None}
    ]


def test_an_empty_run_gives_empty_tables(maker: Maker, tmp_path: Path) -> None:
    with maker.open():
        pass
    with open_run(maker.folder) as read:
        for path in export_parquet(read, tmp_path):
            assert pq.read_table(path).num_rows == 0
            assert "wave" in pq.read_schema(path).names or path.stem == "passages"


def test_a_place_that_cannot_be_written_is_told(maker: Maker, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with maker.open():
        pass
    with open_run(maker.folder) as read, pytest.raises(RagvsftError, match="file"):
        export_parquet(read, tmp_path / "file" / "out")
