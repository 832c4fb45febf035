"""Writes a run of any size as the lab writes it, with made-up answers: what the dashboard's speed is measured on."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from ragvsft.core.values import Change, Hit, Outcome, Passage, Reading, Split, Stage, WaveQuestion
from ragvsft.runs.manifest import DatasetRecord, Environment, Machine, Manifest, ModelRecord
from ragvsft.runs.records import AdapterRecord, ArmRecord, FairnessCheck, IndexRecord, LatencyRequest
from ragvsft.runs.writing import RunWriter

WAVES = (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1))
ARMS: dict[str, dict[str, object]] = {
    "closed_book": {"kind": "closed_book", "style": "chat"},
    "rag": {"kind": "rag", "index": "pages", "k": 3, "alpha": 0.5, "style": "chat"},
    "fine_tuned": {"kind": "fine_tuned", "adapter": "knows"},
    "hybrid_naive": {"kind": "hybrid", "adapter": "knows", "index": "pages", "k": 3, "alpha": 0.5},
    "hybrid_reader": {"kind": "hybrid", "adapter": "reader", "index": "pages", "k": 3, "alpha": 0.5},
    "oracle": {"kind": "oracle", "index": "pages", "style": "chat"},
}
RIGHT = {"closed_book": 0.1, "rag": 0.66, "fine_tuned": 0.5, "hybrid_naive": 0.62, "hybrid_reader": 0.72, "oracle": 0.9}
"""How often each arm is right."""
KEY = "retrieval-of-pages"
N_SHARD = 500
PRICE = {"source": "https://example.com/prices", "read": "2026-11-01"}
VERDICT = {
    "prices": {
        "name": "made up",
        "date": "2026-11-01",
        "core_hour": {"usd": 0.05, **PRICE},
        "weaviate": {"usd_month": 25.0, **PRICE},
        "label": {"usd": 0.5, **PRICE},
    },
    "workload": {"questions_per_month": 10_000, "updates_per_month": 2, "months": 12},
    "weights": {"accuracy": 0.5, "freshness": 0.3, "cost": 0.2},
    "ranges": {"cost_usd_month": [0, 500]},
    "failure_tolerance": 0.02,
}


def write_run(
    root: Path,
    n_questions: int,
    *,
    n_waves: int = len(WAVES),
    name: str = "generated",
    wording: Callable[[str], str] = str,
) -> Path:
    """A whole run; a question is a fact, and `wording` makes its questions, answers and passages other ones."""
    luck = random.Random(7)
    with RunWriter.open(root, name=name, run_hash=f"{n_questions:064x}", manifest=_manifest(name, n_questions)) as run:
        run.record_fairness([FairnessCheck(name="same prompt", ok=True, detail="made up")])
        for arm, config in ARMS.items():
            searches = config["kind"] in ("rag", "hybrid")
            run.record_arm(
                ArmRecord(
                    arm=arm,
                    config=config,
                    arm_key=arm,
                    index="pages" if "index" in config else None,
                    retrieval_key=KEY if searches else None,
                    k=3 if searches else None,
                )
            )
        for wave in WAVES[:n_waves]:
            _write_wave(run, wave, n_questions, luck, wording)
        for at, arm in enumerate(ARMS, start=1):
            run.record_latency(
                [_request(arm, at, n) for n in range(1, 31)],
                [Reading(stage=Stage.LATENCY, wall_s=9.0, cpu_s=9.0, arm=arm, wave=WAVES[n_waves - 1], n_items=30)],
            )
    return run.folder


def _write_wave(
    run: RunWriter, wave: date, n_questions: int, luck: random.Random, wording: Callable[[str], str]
) -> None:
    questions = [_question(n, wave, wording) for n in range(n_questions)]
    gold = {"pages": {one.question_id: [f"p{one.fact_id}"] for one in questions}}
    run.record_wave(wave, f"w{wave}", questions, gold, n_left_out=0)
    run.record_passages(_passage(f"f{n}", n, wording) for n in range(n_questions))
    run.record_index(
        IndexRecord(name="pages", wave=wave, report={"n_passages": n_questions}),
        [Reading(stage=Stage.SYNC, wall_s=20.0, cpu_s=30.0, resource="pages", wave=wave, n_items=n_questions)],
    )
    run.record_retrieval(
        KEY,
        {"index": "pages", "alpha": 0.5, "depth": 5},
        wave,
        {one.question_id: _hits(n, n_questions, luck, wording) for n, one in enumerate(questions)},
        Reading(stage=Stage.RETRIEVE, wall_s=9.0, cpu_s=9.0, resource="pages", wave=wave, n_items=n_questions),
    )
    for adapter in ("knows", "reader"):
        run.record_adapter(
            AdapterRecord(
                name=adapter,
                wave=wave,
                seed=0,
                key=f"{adapter}-{wave}",
                folder=run.adapter_folder(adapter, wave, 0),
                manifest={
                    "loss_curve": [[step, 3.0 / step] for step in range(1, 60, 5)],
                    "dev_curve": [[step, 0.5 - 0.4 / step] for step in range(1, 60, 15)],
                },
            ),
            [Reading(stage=Stage.TRAIN, wall_s=900.0, cpu_s=1700.0, resource=adapter, wave=wave, seed=0)],
        )
    for start in range(0, n_questions, N_SHARD):
        for arm, config in ARMS.items():
            some = questions[start : start + N_SHARD]
            seed = 0 if "adapter" in config else None
            key = f"{arm}-{wave}-{start}"
            n_tokens = 400 if "index" in config else 60
            run.finish_unit(
                key,
                arm=arm,
                wave=wave,
                seed=seed,
                shard=start // N_SHARD,
                outcomes=list(_outcomes(arm, wave, seed, some, key, n_tokens, luck)),
                readings=[
                    Reading(
                        stage=Stage.GENERATE,
                        wall_s=40.0 + 10 * luck.random(),
                        cpu_s=(80.0 + 20 * luck.random()) * (2 if "index" in config else 1),
                        arm=arm,
                        wave=wave,
                        seed=seed,
                        n_items=len(some),
                        prompt_tokens=n_tokens * len(some),
                        output_tokens=9 * len(some),
                        unit_key=key,
                    )
                ],
            )


def _outcomes(
    arm: str,
    wave: date,
    seed: int | None,
    questions: list[WaveQuestion],
    key: str,
    n_tokens: int,
    luck: random.Random,
) -> Iterator[Outcome]:
    for question in questions:
        right = luck.random() < RIGHT[arm]
        old = question.stale_answers[0] if question.stale_answers else f"{luck.randrange(900)} dollars a night"
        answer = question.answers[0] if right else "I don't know." if luck.random() < 0.2 else old
        failed = luck.random() < 0.001
        passages = f"Passages: {'word ' * 250}" if n_tokens > 100 else ""
        yield Outcome(
            arm=arm,
            wave=wave,
            question_id=question.question_id,
            seed=seed,
            answer=None if failed else answer,
            failure="out of memory" if failed else None,
            prompt=f"Answer in few words. {passages}\n{question.question}",
            prompt_tokens=n_tokens,
            output_tokens=9,
            stop_reason="" if failed else "eos",
            unit_key=key,
            confidence=None if failed else luck.betavariate(4, 1) if right else luck.betavariate(3, 1),
        )


def _question(n: int, wave: date, wording: Callable[[str], str]) -> WaveQuestion:
    at = WAVES.index(wave)
    changed = at > 0 and n % 5 == 0
    prices = [wording(f"{n + 1000 * min(step, at if n % 5 == 0 else 0)} euros") for step in range(at + 1)]
    return WaveQuestion(
        question_id=f"q{n:06}",
        fact_id=f"f{n}",
        question=wording(f"What does a night in room {n} of the house by the river cost in the season?"),
        answers=(prices[-1],),
        stale_answers=tuple(dict.fromkeys(price for price in prices[:-1] if price != prices[-1])),
        gold_doc_ids=(f"d{n}",),
        split=Split.TEST,
        slice={"topic": ("rooms", "rates", "meals", "trips")[n % 4], "length": "long" if n % 7 == 0 else "short"},
        change=None if at == 0 else Change.CHANGED if changed else Change.UNCHANGED,
    )


def _passage(name: str, n: int, wording: Callable[[str], str]) -> Passage:
    text = f"Room {n} of the house by the river costs {n} euros a night. " + "It has a bed and a window. " * 8
    return Passage(
        passage_id=f"p{name}", doc_id=f"d{n}", title=f"Rooms › {n}", text=wording(text), position=0, valid_from=WAVES[0]
    )


def _hits(n: int, n_questions: int, luck: random.Random, wording: Callable[[str], str]) -> tuple[Hit, ...]:
    found = [n if luck.random() < 0.7 else (n + 7) % n_questions, *((n + step) % n_questions for step in (1, 2, 3, 4))]
    return tuple(
        Hit(passage=_passage(f"f{at}", at, wording), rank=rank, similarity=1.0 / rank)
        for rank, at in enumerate(dict.fromkeys(found), start=1)
    )


def _request(arm: str, at: int, n: int) -> LatencyRequest:
    return LatencyRequest(
        arm=arm, number=n, question_id=f"q{n:06}", retrieve_s=0.02, generate_s=at * n / 60, total_s=at * n / 60 + 0.02
    )


def _manifest(name: str, n_questions: int) -> Manifest:
    return Manifest(
        name=name,
        run_hash=f"{n_questions:064x}",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        configuration={
            "name": name,
            "lab": {
                "waves": [wave.isoformat() for wave in WAVES],
                "training_seeds": [0],
                "adapters": {
                    "knows": {"recipe": "closed_book", "facts": "tested", "policy": "every_wave"},
                    "reader": {"recipe": "raft", "facts": "disjoint", "policy": "every_wave"},
                },
                "arms": ARMS,
            },
            "verdict": VERDICT,
        },
        dataset=DatasetRecord(
            name="made up", content_hash="c" * 64, snapshots=WAVES, task="short_answer", abstain=("I don't know",)
        ),
        split={"tested": [f"f{n}" for n in range(n_questions)], "training_only": [], "dev_only": []},
        model=ModelRecord(name="made up", revision=None, weights_sha256="e" * 64),
        embedder=None,
        environment=Environment(threads=2, device="cpu", dtype="float32", store="made up"),
        machine=Machine(python="3.11", platform="linux", cpu="a CPU", cores=2, memory_bytes=8 << 30),
        versions={},
    )
