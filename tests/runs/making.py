"""A run in the making: what a lab would hand to it, and processes that work on it and are killed."""

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ragvsft.core.values import Change, Hit, Outcome, Passage, Reading, Split, Stage, WaveQuestion
from ragvsft.runs.manifest import DatasetRecord, Environment, Manifest, ModelRecord
from ragvsft.runs.writing import RunWriter

FIRST = date(2024, 1, 1)
SECOND = date(2024, 7, 1)


@dataclasses.dataclass(frozen=True)
class Maker:
    """Makes what a lab would hand to a run."""

    root: Path
    name: str = "demo"
    run_hash: str = "ab" * 32
    first: date = FIRST
    second: date = SECOND

    @property
    def folder(self) -> Path:
        return self.root / f"{self.name}-{self.run_hash[:12]}"

    def manifest(self, **changes: Any) -> Manifest:
        fields: dict[str, Any] = {
            "name": self.name,
            "run_hash": self.run_hash,
            "configuration": {"name": self.name, "lab": {"waves": ["2024-01-01"]}},
            "dataset": DatasetRecord(name="d", content_hash="c" * 64, snapshots=(FIRST, SECOND), task="short_answer"),
            "split": {"tested": ["f1"], "training_only": [], "dev_only": []},
            "model": ModelRecord(name="bundled/tiny", revision=None, weights_sha256="e" * 64),
            "embedder": "minilm 53aa",
            "environment": Environment(threads=2, device="cpu", dtype="float32", store="exact"),
            "versions": {"torch": "2.12.0"},
        }
        return Manifest(**(fields | changes))

    def open(
        self,
        *,
        run_hash: str | None = None,
        manifest: Manifest | None = None,
        heartbeat_s: float = 60.0,
        force_environment: bool = False,
    ) -> RunWriter:
        maker = self if run_hash is None else dataclasses.replace(self, run_hash=run_hash)
        return RunWriter.open(
            self.root,
            name=self.name,
            run_hash=maker.run_hash,
            manifest=manifest or maker.manifest(),
            heartbeat_s=heartbeat_s,
            force_environment=force_environment,
        )

    def questions(self, n: int) -> list[WaveQuestion]:
        return [
            WaveQuestion(
                question_id=f"q{i:05}",
                fact_id=f"f{i}",
                question=f"What is {i}?",
                answers=(f"answer {i}", str(i)),
                stale_answers=("old",) if i % 2 else (),
                gold_doc_ids=(f"d{i}",),
                split=Split.TEST,
                slice={"kind": "even" if i % 2 == 0 else "odd"},
                answerable=i % 7 != 0,
                change=Change.CHANGED if i % 3 == 0 else None,
            )
            for i in range(n)
        ]

    def record_wave(self, run: RunWriter, n: int, *, wave: date = FIRST, content_hash: str = "w1") -> None:
        gold = {"pages": {f"q{i:05}": [f"p{i}"] for i in range(n)}}
        run.record_wave(wave, content_hash, self.questions(n), gold, n_left_out=1)

    def passage(self, i: int, **changes: Any) -> Passage:
        fields: dict[str, Any] = {
            "passage_id": f"p{i}",
            "doc_id": f"d{i}",
            "title": f"Title {i}",
            "text": f"Text {i}",
            "position": i,
            "valid_from": FIRST,
        }
        return Passage(**(fields | changes))

    def hits(self, *numbers: int) -> tuple[Hit, ...]:
        return tuple(
            Hit(passage=self.passage(i), rank=rank, similarity=1 / (rank + 0.1))
            for rank, i in enumerate(numbers, start=1)
        )

    def outcomes(
        self, unit_key: str, numbers: Sequence[int], *, arm: str = "rag", wave: date = FIRST, seed: int | None = None
    ) -> list[Outcome]:
        return [
            Outcome(
                arm=arm,
                wave=wave,
                question_id=f"q{i:05}",
                seed=seed,
                answer=None if i % 5 == 4 else f"answer {i}",
                failure="out of memory" if i % 5 == 4 else None,
                prompt=f"Question: What is {i}?",
                prompt_tokens=10 + i,
                output_tokens=i,
                stop_reason="" if i % 5 == 4 else "eos",
                unit_key=unit_key,
                confidence=None if i % 5 > 2 else 1 / (i + 1),
            )
            for i in numbers
        ]

    def reading(self, unit_key: str | None = None, **changes: Any) -> Reading:
        fields: dict[str, Any] = {
            "stage": Stage.GENERATE,
            "wall_s": 1.25,
            "cpu_s": 2.5,
            "n_items": 3,
            "arm": "rag",
            "wave": FIRST,
            "unit_key": unit_key,
        }
        return Reading(**(fields | changes))

    def finish(
        self,
        run: RunWriter,
        unit_key: str,
        numbers: Sequence[int],
        *,
        arm: str = "rag",
        wave: date = FIRST,
        seed: int | None = None,
    ) -> bool:
        return run.finish_unit(
            unit_key,
            arm=arm,
            wave=wave,
            seed=seed,
            shard=0,
            outcomes=self.outcomes(unit_key, numbers, arm=arm, wave=wave, seed=seed),
            readings=[self.reading(unit_key, arm=arm, wave=wave, seed=seed)],
        )


def fork(child: Callable[[], None]) -> int:
    """Run a function in a process of its own, which has all modules loaded already; returns its pid.

    The process exits with 0, with the code of a SystemExit, or with 1 after any other exception.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        child()
        code = 0
    except SystemExit as left:
        code = int(str(left.code))
    finally:
        os._exit(code)


def exit_code(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.002)
