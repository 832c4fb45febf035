"""TREC files of a run are read by ir-measures and hold what was retrieved."""

from pathlib import Path

import ir_measures
from ir_measures import RR, R

from ragvsft.runs.reading import open_run
from ragvsft.runs.records import ArmRecord
from ragvsft.runs.trec import export_trec
from runs.making import FIRST, SECOND, Maker


def test_rankings_and_judgements_of_each_wave(maker: Maker, tmp_path: Path) -> None:
    with maker.open() as run:
        for wave in (FIRST, SECOND):
            maker.record_wave(run, 3, wave=wave, content_hash=str(wave))
        for arm in (
            ArmRecord(arm="rag", config={}, arm_key="a", index="pages", retrieval_key="rk", k=1),
            ArmRecord(arm="hybrid", config={}, arm_key="b", index="pages", retrieval_key="rk", k=2),
            ArmRecord(arm="closed", config={}, arm_key="c"),
        ):
            run.record_arm(arm)
        run.record_retrieval("rk", {}, FIRST, {"q00000": maker.hits(1, 0), "q00001": maker.hits(1), "q00002": ()})
    with open_run(maker.folder) as read:
        files = export_trec(read, tmp_path / "out")
    names = {path.name for path in files}
    assert names == {"run.hybrid.2024-01-01.txt", "run.rag.2024-01-01.txt", "qrels.pages.2024-01-01.txt"}
    text = (tmp_path / "out" / "run.rag.2024-01-01.txt").read_text()
    assert text == (
        "q00000 Q0 p1 1 1.000000 rag\nq00000 Q0 p0 2 0.500000 rag\nq00001 Q0 p1 1 1.000000 rag\n"
    )  # fmt: skip
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "out" / "qrels.pages.2024-01-01.txt")))
    ranked = list(ir_measures.read_trec_run(str(tmp_path / "out" / "run.rag.2024-01-01.txt")))
    # q00000 finds its passage second, q00001 first, q00002 nothing.
    found = ir_measures.calc_aggregate([RR, R @ 1], qrels, ranked)
    assert found == {RR: 0.5, R @ 1: 1 / 3}
