"""A small run, written as the lab writes it: two waves, four arms, a failure, a hostile answer, no certainty."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ragvsft.core.values import Change, Hit, Outcome, Passage, Reading, Split, Stage, WaveQuestion
from ragvsft.runs.manifest import DatasetRecord, Environment, Machine, Manifest, ModelRecord
from ragvsft.runs.records import (
    AdapterRecord,
    ArmRecord,
    Choice,
    FairnessCheck,
    GeneralAnswer,
    IndexRecord,
    LatencyRequest,
    SearchTry,
)
from ragvsft.runs.writing import RunWriter
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
RUN_HASH = "ab" * 32
KEY = "retrieval-of-pages"
N_FACTS = 30
HOSTILE = (
    "<img src=x onerror=alert(1)> [click](javascript:alert(1)) ![x](http://evil.example/x.png) https://evil.example "
    "www.evil.example a@evil.example | `` ` \x1b[31mred\x1b[0m\n# head [bold]"
)
ARMS: dict[str, dict[str, object]] = {
    "closed_book": {"kind": "closed_book", "style": "chat"},
    "rag": {"kind": "rag", "index": "pages", "k": 3, "alpha": 0.5, "style": "few_shot_chat"},
    "fine_tuned": {"kind": "fine_tuned", "adapter": "knows"},
    "oracle": {"kind": "oracle", "index": "pages", "style": "chat"},
}


def manifest(verdict: Mapping[str, object] | None = None) -> Manifest:
    return Manifest(
        name="handbook",
        run_hash=RUN_HASH,
        created_at=datetime(2024, 8, 1, 12, 0, tzinfo=UTC),
        configuration={
            "name": "handbook",
            "split": {"tested_facts": N_FACTS},
            "lab": {
                "waves": [FIRST.isoformat(), SECOND.isoformat()],
                "training_seeds": [0],
                "adapters": {"knows": {"recipe": "closed_book", "facts": "tested"}},
                "arms": ARMS,
            },
        }
        | ({"verdict": verdict} if verdict else {}),
        dataset=DatasetRecord(
            name="demo <b>",
            content_hash="c" * 64,
            snapshots=(FIRST, SECOND),
            task="short_answer",
            abstain=("I don't know",),
        ),
        split={"tested": [f"f{n:02}" for n in range(N_FACTS)], "training_only": ["g0"], "dev_only": []},
        model=ModelRecord(name="bundled/tiny", revision=None, weights_sha256="e" * 64),
        embedder="bundled/minilm@53aa51172d14",
        environment=Environment(threads=2, device="cpu", dtype="float32", store="weaviate 1.39.2"),
        machine=Machine(python="3.11.7", platform="linux", cpu="a CPU", cores=2, memory_bytes=8 << 30),
        versions={"torch": "2.13.0", "transformers": "5.24.0"},
    )


def questions(wave: date) -> list[WaveQuestion]:
    """Thirty facts, of which the last two cannot be answered; one question is of a fact that is not tested."""
    found = []
    for n in range(N_FACTS):
        changed = wave == SECOND and n % 3 == 0
        found.append(
            WaveQuestion(
                question_id=f"q{n:02}",
                fact_id=f"f{n:02}",
                question=f"What is the price of item {n}?",
                answers=() if n >= 28 else (f"{n + 10} euros" if changed else f"{n} euros",),
                stale_answers=(f"{n} euros",) if changed and n < 28 else (),
                gold_doc_ids=(f"d{n}",),
                split=Split.TEST,
                slice={"topic": "prices" if n % 2 else "rates"},
                answerable=n < 28,
                change=None if wave == FIRST else Change.CHANGED if changed else Change.UNCHANGED,
            )
        )
    spare = WaveQuestion(
        question_id="spare",
        fact_id="g0",
        question="?",
        answers=("x",),
        stale_answers=(),
        gold_doc_ids=(),
        split=Split.TEST,
    )
    return [*found, spare, *(_in_other_words(one) for one in found[:20])]


def _in_other_words(question: WaveQuestion) -> WaveQuestion:
    """A phrasing of the same fact that an adapter may learn from."""
    return replace(question, question_id=f"t{question.question_id[1:]}", split=Split.TRAIN)


def answer(arm: str, wave: date, question: WaveQuestion) -> str | None:
    """What the arms say: RAG is right where its search is, the adapter knows the first wave."""
    n = int(question.question_id[1:])
    if not question.answers:
        return "I don't know." if arm in ("rag", "oracle") else "7 euros"
    right = question.answers[0]
    match arm:
        case "closed_book":
            return HOSTILE if n == 4 else "I don't know" if n % 2 else f"{n // 2} euros"
        case "rag":
            return None if n == 5 else right if n % 4 else f"It is {n + 1} euros"
        case "fine_tuned":
            return f"{n} euros" if n < 20 else f"{n + 3} euros"
        case _:
            return right


def hits(question: WaveQuestion) -> tuple[Hit, ...]:
    n = int(question.question_id[1:])
    first = n if n % 4 else n + 1
    return tuple(
        Hit(passage=passage(at), rank=rank, similarity=1.0 / rank)
        for rank, at in enumerate([first, *range(100, 109)], start=1)
    )


def passage(n: int) -> Passage:
    return Passage(passage_id=f"p{n}", doc_id=f"d{n}", title="", text=f"Item {n} costs.", position=0, valid_from=FIRST)


def confidence(arm: str, question: WaveQuestion) -> float | None:
    """How sure the arms say they are: RAG more so where it is right, the oracle's engine cannot tell."""
    n = int(question.question_id[1:])
    match arm:
        case "closed_book":
            return (95 - n) / 100
        case "rag":
            return (80 if n % 4 else 40) / 100 + n / 200
        case "fine_tuned":
            return (90 if n % 2 else 99) / 100
        case _:
            return None


def write_run(root: Path, verdict: Mapping[str, object] | None = None, *, sure: bool = False) -> Path:
    """Write the run through the one writer of run folders, with or without confidence; returns its folder."""
    with RunWriter.open(root, name="handbook", run_hash=RUN_HASH, manifest=manifest(verdict)) as run:
        run.record_fairness(
            [
                FairnessCheck(name="same prompt", ok=True, detail="60 prompts equal the closed-book prompt"),
                FairnessCheck(
                    name="same examples", ok=True, detail="none from a tested fact: [x](http://evil.example)"
                ),
            ]
        )
        _settings(run)
        for wave in (FIRST, SECOND):
            _wave(run, wave, sure=sure)
        _latency_and_general(run)
    return root / f"handbook-{RUN_HASH[:12]}"


def _settings(run: RunWriter) -> None:
    for arm, config in ARMS.items():
        index = "pages" if "index" in config else None
        k = 3 if arm == "rag" else None
        run.record_arm(
            ArmRecord(
                arm=arm, config=config, arm_key=arm, index=index, retrieval_key=KEY if arm == "rag" else None, k=k
            )
        )
    run.record_search_try(SearchTry(arm="rag", number=1, settings={"k": 1, "alpha": 0.5}, score=0.5, n_questions=20))
    run.record_search_try(
        SearchTry(arm="rag", number=2, settings={"k": 3, "alpha": 0.5}, score=0.6, n_questions=20),
        [Reading(stage=Stage.SEARCH, wall_s=6.0, cpu_s=11.0, arm="rag", wave=FIRST)],
    )
    run.record_choice(Choice(arm="rag", settings={"k": 3, "alpha": 0.5}, why="best of 2 tries on 20 dev questions"))
    run.record_choice(Choice(arm="fine_tuned", settings={}, why="nothing is open: an adapter has one style"))


def _wave(run: RunWriter, wave: date, *, sure: bool) -> None:
    asked = questions(wave)
    gold = {"pages": {one.question_id: [f"p{one.question_id[1:].lstrip('0') or '0'}"] for one in asked[:28]}}
    run.record_wave(wave, f"w{wave}", asked, gold, n_left_out=2 if wave == SECOND else 0)
    tested = asked[:N_FACTS]
    run.record_index(
        IndexRecord(name="pages", wave=wave, report={"n_passages": 30}),
        [Reading(stage=Stage.SYNC, wall_s=2.0, cpu_s=1.5, resource="pages", wave=wave, n_items=30)],
    )
    run.record_retrieval(
        KEY,
        {"index": "pages", "alpha": 0.5, "depth": 10},
        wave,
        {one.question_id: hits(one) for one in tested},
        Reading(stage=Stage.RETRIEVE, wall_s=1.5, cpu_s=0.9, resource="pages", wave=wave, n_items=30, unit_key=KEY),
    )
    if wave == FIRST:
        weights = run.adapter_folder("knows", wave, 0) / "adapter_model.safetensors"
        weights.parent.mkdir(parents=True)
        weights.write_bytes(bytes(1_000_000))
        run.record_adapter(
            AdapterRecord(
                name="knows",
                wave=wave,
                seed=0,
                key="knows-key",
                folder=run.adapter_folder("knows", wave, 0),
                manifest={"trained_fact_ids": [f"f{n:02}" for n in range(20)], "n_labels": 20 if wave == FIRST else 0},
            ),
            [
                Reading(
                    stage=Stage.TRAIN,
                    wall_s=120.0,
                    cpu_s=235.0,
                    resource="knows",
                    wave=wave,
                    seed=0,
                    unit_key="knows-key",
                )
            ],
        )
    for arm in ARMS:
        _unit(run, arm, wave, tested, sure=sure)


def _unit(run: RunWriter, arm: str, wave: date, asked: Sequence[WaveQuestion], *, sure: bool) -> None:
    key, seed = f"{arm}-{wave}", 0 if arm == "fine_tuned" else None
    said = [(one, answer(arm, wave, one)) for one in asked]
    tokens = 60 if arm in ("closed_book", "fine_tuned") else 300
    run.finish_unit(
        key,
        arm=arm,
        wave=wave,
        seed=seed,
        shard=0,
        outcomes=[
            Outcome(
                arm=arm,
                wave=wave,
                question_id=one.question_id,
                seed=seed,
                answer=text,
                failure="out of memory" if text is None else None,
                prompt_tokens=tokens,
                output_tokens=6,
                stop_reason="eos",
                unit_key=key,
                confidence=confidence(arm, one) if sure and text is not None else None,
            )
            for one, text in said
        ],
        readings=[
            Reading(
                stage=Stage.GENERATE,
                wall_s=9.0,
                cpu_s=17.0,
                arm=arm,
                wave=wave,
                seed=seed,
                n_items=len(asked),
                prompt_tokens=tokens * len(asked),
                output_tokens=6 * len(asked),
                peak_memory_bytes=900 << 20,
                unit_key=key,
            )
        ],
    )


def _latency_and_general(run: RunWriter) -> None:
    for arm in ARMS:
        run.record_latency(
            [
                LatencyRequest(
                    arm=arm, number=n, question_id=f"q{n:02}", retrieve_s=0.25, generate_s=n / 4, total_s=n / 4 + 0.25
                )
                for n in range(1, 22)
            ],
            [Reading(stage=Stage.LATENCY, wall_s=50.0, arm=arm, wave=FIRST, n_items=22)],
            unmerged=[
                LatencyRequest(
                    arm=arm, number=n, question_id=f"q{n:02}", retrieve_s=0.25, generate_s=n / 2, total_s=n / 2 + 0.25
                )
                for n in range(1, 22 if arm == "fine_tuned" else 1)
            ],
        )
    run.record_general(
        [
            GeneralAnswer(
                adapter=adapter,
                seed=None if adapter is None else 0,
                question_id=f"x{n}",
                question="What is water?",
                answers=("wet",),
                answer="wet",
                correct=n < right,
                wave=None if adapter is None else FIRST,
            )
            for adapter, right in ((None, 15), ("knows", 9))
            for n in range(20)
        ]
    )


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def verdict(run_folder: Path) -> Verdict:
    return read_verdict(run_folder)


PRICES = {
    "name": "test <b>",
    "date": "2026-11-01",
    "core_hour": {"usd": 0.36, "source": "[x](http://evil.example)", "read": "2026-11-01"},
    "storage_gb_month": {"usd": 2.0, "source": "a public page", "read": "2026-10-19"},
    "weaviate": {"usd_month": 45, "source": "a public page", "read": "2026-10-07"},
}


@pytest.fixture(scope="session")
def weighed(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """The same run, read with prices and weights."""
    settings = {
        "prices": PRICES,
        "workload": {"questions_per_month": 10_000, "updates_per_month": 4, "months": 12},
        "constraints": {"accuracy": 0.3},
        "weights": {"accuracy": 0.5, "freshness": 0.3, "cost": 0.2},
        "ranges": {"cost_usd_month": [0, 100]},
    }
    return read_verdict(write_run(tmp_path_factory.mktemp("weighed"), settings))


@pytest.fixture(scope="session")
def confident(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """The same run with a confidence for every answer but the oracle's."""
    return read_verdict(write_run(tmp_path_factory.mktemp("confident"), sure=True))


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    return write_run


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE
