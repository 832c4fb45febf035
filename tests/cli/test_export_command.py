"""`ragvsft export` writes a run as Parquet or TREC files and names them."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from ragvsft.cli.export import export
from ragvsft.runs.records import ArmRecord
from runs.making import FIRST, Maker


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    made = Maker(tmp_path / "runs")
    with made.open() as run:
        made.record_wave(run, 3)
        made.finish(run, "u", range(3))
        run.record_arm(ArmRecord(arm="rag", config={}, arm_key="a", index="pages", retrieval_key="rk", k=1))
        run.record_retrieval("rk", {}, FIRST, {"q00000": made.hits(1, 0)})
    return made


def test_a_run_by_the_start_of_its_name(maker: Maker, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(export)
    arguments = ["demo", str(tmp_path / "out"), "--runs", str(maker.root)]
    said = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert str(tmp_path / "out" / "outcomes.parquet") in said.stdout.splitlines()
    assert pq.read_table(tmp_path / "out" / "outcomes.parquet").num_rows == 3
    said = CliRunner().invoke(app, [*arguments, "--format", "trec", "--json"], catch_exceptions=False)
    assert sorted(Path(path).name for path in json.loads(said.stdout)) == [
        "qrels.pages.2024-01-01.txt",
        "run.rag.2024-01-01.txt",
    ]
