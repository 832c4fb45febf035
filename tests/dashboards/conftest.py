"""A run of all seven arms for the dashboard's tests, written as the lab writes it: three waves, two training seeds,
failures, questions without an answer, and hostile texts wherever a text can stand."""

import os
import shutil
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from ragvsft.core.values import Change, Hit, Outcome, Passage, Reading, Split, Stage, WaveQuestion
from ragvsft.runs.manifest import DatasetRecord, Environment, Machine, Manifest, ModelRecord
from ragvsft.runs.records import AdapterRecord, ArmRecord, FairnessCheck, IndexRecord, LatencyRequest
from ragvsft.runs.writing import RunWriter
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict
from watched import browser, watch  # noqa: F401  (fixtures)

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
sys.path.insert(0, str(DASHBOARDS))
"""The pages import what lies beside app.py, as they do under Streamlit; so do the tests."""
WAVES = (date(2024, 1, 1), date(2024, 7, 1), date(2025, 1, 1))
SEEDS = (0, 1)
N_FACTS = 24
N_SHARDS = 2
KEY = "retrieval-of-pages"
OUTSIDE = "evil.example"
HOSTILE = (
    "<script>document.title='owned'</script><img src=http://evil.example/i.png onerror=\"document.title='owned'\"> "
    "![image](http://evil.example/m.png) [click](javascript:alert(1)) http://evil.example/x www.evil.example "
    "<iframe src=http://evil.example/></iframe> :red[red] :material/home: :smile: $x^2$ `code` **bold** "
    "\x1b[31mred\x1b[0m \u202egnirts\n\n# head\n| a | b |\n|---|---|\n| c | d |"
)
HOSTILE_SLICE = f"z ![image](http://{OUTSIDE}/s.png)"
ARMS: dict[str, dict[str, object]] = {
    "closed_book": {"kind": "closed_book", "style": "few_shot_completion"},
    "rag": {"kind": "rag", "index": "pages", "k": 3, "alpha": 0.5, "style": "few_shot_completion"},
    "fine_tuned": {"kind": "fine_tuned", "adapter": "knows"},
    "hybrid_naive": {"kind": "hybrid", "adapter": "knows", "index": "pages", "k": 3, "alpha": 0.5},
    "hybrid_mixed": {"kind": "hybrid", "adapter": "mixed", "index": "pages", "k": 3, "alpha": 0.5},
    "hybrid_reader": {"kind": "hybrid", "adapter": "reader", "index": "pages", "k": 2, "alpha": 0.5},
    "oracle": {"kind": "oracle", "index": "pages", "style": "few_shot_completion"},
}
SEARCHES = ("rag", "hybrid_naive", "hybrid_mixed", "hybrid_reader")


class WrittenRun:
    """A run in the making: each method writes one step of the lab."""

    waves = WAVES
    arms = tuple(ARMS)
    outside = OUTSIDE
    hostile_slice = HOSTILE_SLICE

    def __init__(
        self,
        root: Path,
        *,
        name: str = "handbook",
        number: int = 0,
        created: datetime = datetime(2025, 2, 1, tzinfo=UTC),
        verdict: Mapping[str, object] = {"failure_tolerance": 0.02},
        sure: bool = False,
    ) -> None:
        self.root = root
        self.verdict = verdict
        self.sure = sure
        self.created = created
        self.name = name
        self.run_hash = f"{number:02x}" * 32
        self.folder = root / f"{name}-{self.run_hash[:12]}"

    def open(self) -> RunWriter:
        return RunWriter.open(
            self.root, name=self.name, run_hash=self.run_hash, manifest=self.manifest(), heartbeat_s=60.0
        )

    def manifest(self) -> Manifest:
        return Manifest(
            name=self.name,
            run_hash=self.run_hash,
            created_at=self.created,
            configuration={
                "name": self.name,
                "split": {"tested_facts": N_FACTS},
                "lab": {
                    "waves": [wave.isoformat() for wave in WAVES],
                    "training_seeds": list(SEEDS),
                    "adapters": {
                        "knows": {"recipe": "closed_book", "facts": "tested", "policy": "every_wave"},
                        "mixed": {"recipe": "mixed", "facts": "tested", "policy": "every_wave"},
                        "reader": {"recipe": "raft", "facts": "disjoint", "policy": "never"},
                    },
                    "arms": ARMS,
                },
                "verdict": self.verdict,
            },
            dataset=DatasetRecord(
                name=HOSTILE,
                content_hash="c" * 64,
                snapshots=WAVES,
                task="short_answer",
                abstain=("I don't know",),
            ),
            split={"tested": [f"f{n:02}" for n in range(N_FACTS)], "training_only": ["g0"], "dev_only": []},
            model=ModelRecord(name="bundled/tiny", revision=None, weights_sha256="e" * 64),
            embedder="bundled/minilm@53aa51172d14",
            environment=Environment(threads=2, device="cpu", dtype="float32", store="weaviate 1.39.2"),
            machine=Machine(python="3.11.7", platform="linux", cpu="a CPU", cores=2, memory_bytes=8 << 30),
            versions={"torch": "2.13.0"},
        )

    def settings(self, run: RunWriter, *, fair: bool = True) -> None:
        run.record_fairness(
            [
                FairnessCheck(name="same prompt", ok=fair, detail="48 prompts equal the closed-book prompt"),
                FairnessCheck(name="same examples", ok=True, detail=f"none is tested: {HOSTILE}"),
            ]
        )
        for arm, config in ARMS.items():
            index = "pages" if "index" in config else None
            k = config.get("k")
            run.record_arm(
                ArmRecord(
                    arm=arm,
                    config=config,
                    arm_key=arm,
                    index=index,
                    retrieval_key=KEY if arm in SEARCHES else None,
                    k=k if isinstance(k, int) else None,
                )
            )

    def wave(self, run: RunWriter, wave: date) -> None:
        asked = questions(wave)
        gold = {"pages": {one.question_id: [f"p{number(one)}"] for one in asked if one.answers}}
        run.record_wave(wave, f"w{wave}", asked, gold, n_left_out=2 if wave == WAVES[1] else 0)
        run.record_passages(passage(n) for n in range(N_FACTS) if n != 8)
        run.record_index(
            IndexRecord(name="pages", wave=wave, report={"n_passages": 30}),
            [Reading(stage=Stage.SYNC, wall_s=2.0, cpu_s=3.0, resource="pages", wave=wave, n_items=30)],
        )
        run.record_retrieval(
            KEY,
            {"index": "pages", "alpha": 0.5, "depth": 10},
            wave,
            {one.question_id: hits(one) for one in asked},
            Reading(
                stage=Stage.RETRIEVE,
                wall_s=1.5,
                cpu_s=2.0,
                resource="pages",
                wave=wave,
                n_items=len(asked),
                unit_key=KEY,
            ),
        )
        for name in ("knows", "mixed", "reader"):
            for seed in SEEDS:
                if wave == WAVES[0] or name != "reader":
                    self._adapter(run, name, wave, seed)

    def shard(self, run: RunWriter, wave: date, shard: int, *, arms: Sequence[str] = tuple(ARMS)) -> None:
        """Arms answer every second question, from this one on."""
        asked = questions(wave)[shard::N_SHARDS]
        for arm, config in ((name, ARMS[name]) for name in arms):
            for seed in SEEDS if "adapter" in config else (None,):
                key = f"{arm}-{wave}-{seed}-{shard}"
                run.finish_unit(
                    key,
                    arm=arm,
                    wave=wave,
                    seed=seed,
                    shard=shard,
                    outcomes=[outcome(arm, wave, seed, one, key, sure=self.sure) for one in asked],
                    readings=[
                        Reading(
                            stage=Stage.GENERATE,
                            wall_s=4.5,
                            cpu_s=8.0,
                            arm=arm,
                            wave=wave,
                            seed=seed,
                            n_items=len(asked),
                            prompt_tokens=100 * len(asked),
                            output_tokens=5 * len(asked),
                            unit_key=key,
                        )
                    ],
                )

    def latency(self, run: RunWriter) -> None:
        for at, arm in enumerate(ARMS, start=1):
            run.record_latency(
                [
                    LatencyRequest(
                        arm=arm,
                        number=n,
                        question_id=f"q{n:02}",
                        retrieve_s=0.02,
                        generate_s=at * n / 40,
                        total_s=at * n / 40 + 0.02,
                    )
                    for n in range(1, 21)
                ],
                [Reading(stage=Stage.LATENCY, wall_s=9.0, arm=arm, wave=WAVES[-1], n_items=20)],
            )

    def write(self, *, waves: tuple[date, ...] = WAVES, fair: bool = True) -> Path:
        """The whole run."""
        with self.open() as run:
            self.settings(run, fair=fair)
            for wave in waves:
                self.wave(run, wave)
                for shard in range(N_SHARDS):
                    self.shard(run, wave, shard)
            self.latency(run)
        return self.folder

    def _adapter(self, run: RunWriter, name: str, wave: date, seed: int) -> None:
        key = f"{name}-{wave}-{seed}"
        facts = ["g0"] if name == "reader" else [f"f{n:02}" for n in range(16)]
        run.record_adapter(
            AdapterRecord(
                name=name,
                wave=wave,
                seed=seed,
                key=key,
                folder=run.adapter_folder(name, wave, seed),
                manifest={
                    "fact_ids": facts,
                    "recipe": HOSTILE,
                    "loss_curve": [[step, 3.0 / step] for step in range(1, 20)],
                    "dev_curve": [[5, 0.2], [10, 0.5], [19, 0.4]],
                },
            ),
            [Reading(stage=Stage.TRAIN, wall_s=120.0, cpu_s=200.0, resource=name, wave=wave, seed=seed, unit_key=key)],
        )


def number(question: WaveQuestion) -> int:
    return int(question.question_id[1:])


def questions(wave: date) -> list[WaveQuestion]:
    """A price list: a third of the prices changes at each later wave, item 20 goes at the last, 21 on never were."""
    found = []
    for n in range(N_FACTS):
        at = WAVES.index(wave)
        prices = [f"{n + 10 * min(step, at if n % 3 == 0 else 0)} euros" for step in range(at + 1)]
        removed = n == 20 and wave == WAVES[-1]
        now = () if n > 20 or removed else (prices[-1],)
        before = () if n > 20 else tuple(dict.fromkeys(price for price in prices if price not in now))
        changed = at > 0 and n % 3 == 0
        found.append(
            WaveQuestion(
                question_id=f"q{n:02}",
                fact_id=f"f{n:02}",
                question=HOSTILE if n == 2 else f"What does item {n} cost?",
                answers=(*now, HOSTILE) if n == 2 else now,
                stale_answers=before,
                gold_doc_ids=(f"d{n}",),
                split=Split.TEST,
                slice={"topic": "prices" if n % 2 else "rates", HOSTILE_SLICE: "odd" if n % 2 else "even"},
                answerable=n <= 20,
                change=None if at == 0 else Change.CHANGED if changed else Change.UNCHANGED,
            )
        )
    return found


def answer(arm: str, seed: int | None, question: WaveQuestion) -> str | None:
    """What the arms say: RAG is right where its search is, the adapters know the first wave."""
    n = number(question)
    if not question.answers:
        return "I don't know." if arm in ("rag", "hybrid_reader", "oracle") else "7 euros"
    right, first = question.answers[0], f"{n} euros"
    match arm:
        case "closed_book":
            return HOSTILE if n == 4 else "I don't know" if n % 2 else f"{n // 2} euros"
        case "rag":
            return None if n == 5 else right if n % 4 else f"It is {n + 1} euros"
        case "fine_tuned":
            return first if n < 16 and (n + (seed or 0)) % 5 else f"{n + 3} euros"
        case "hybrid_naive":
            return f"{first}, now {right}" if n % 6 == 0 else right if n % 3 else f"{n + 1} euros"
        case "hybrid_mixed":
            return "word" * 50_000 if n == 1 else right if (n + (seed or 0)) % 7 else "I don't know"
        case "hybrid_reader":
            return right if n % 2 or n < 4 else f"{n + 2} euros"
        case _:
            return right


def outcome(
    arm: str, wave: date, seed: int | None, question: WaveQuestion, unit_key: str, *, sure: bool = False
) -> Outcome:
    said = answer(arm, seed, question)
    searches = "index" in ARMS[arm]
    return Outcome(
        arm=arm,
        wave=wave,
        question_id=question.question_id,
        seed=seed,
        answer=said,
        failure=f"out of memory {HOSTILE}" if said is None else None,
        prompt=f"Prompt of {arm}{' with passages' if searches else ''}\nQuestion: {question.question}\nAnswer:",
        prompt_tokens=300 if searches else 60,
        output_tokens=6,
        stop_reason="" if said is None else "eos",
        unit_key=unit_key,
        confidence=None if said is None or not sure else (99 - 3 * number(question) - 7 * (seed or 0)) / 100,
    )


def hits(question: WaveQuestion) -> tuple[Hit, ...]:
    n = number(question)
    first = n if n % 4 else n + 1
    found = [100, 101, 9, *range(102, 109)] if n == 9 else [first, *range(100, 109)]
    return tuple(Hit(passage=passage(at), rank=rank, similarity=1.0 / rank) for rank, at in enumerate(found, start=1))


def passage(n: int) -> Passage:
    return Passage(
        passage_id=f"p{n}",
        doc_id=f"d{n}",
        title=HOSTILE if n == 100 else f"Price list › item {n}",
        text=HOSTILE if n in (2, 100) else f"Item {n} costs {n} euros.",
        position=0,
        valid_from=WAVES[0],
    )


class OpenApp(Protocol):
    """Opens the app on a folder of runs, with an address."""

    def __call__(self, root: Path, **address: str | list[str]) -> AppTest: ...


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenRun:
    """One whole run, in a root of its own; only for reading."""
    run = WrittenRun(tmp_path_factory.mktemp("runs"))
    run.write()
    return run


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> WrittenRun:
    """A run of the first wave alone, which is read faster."""
    run = WrittenRun(tmp_path_factory.mktemp("short"))
    run.write(waves=WAVES[:1])
    return run


@pytest.fixture(scope="session")
def sure(tmp_path_factory: pytest.TempPathFactory) -> WrittenRun:
    """The run of the first wave with a confidence for every answer."""
    run = WrittenRun(tmp_path_factory.mktemp("sure"), name="sure", number=3, sure=True)
    run.write(waves=WAVES[:1])
    return run


PRICE = {"source": f"![x](http://{OUTSIDE}/p.png)", "read": "2026-11-01"}
PRICED: dict[str, object] = {
    "prices": {
        "name": "made up <b>",
        "date": "2026-11-01",
        "core_hour": {"usd": 0.36, **PRICE},
        "weaviate": {"usd_month": 45.0, **PRICE},
    },
    "workload": {"questions_per_month": 1000, "updates_per_month": 2, "months": 6},
    "weights": {"accuracy": 0.5, "freshness": 0.3, "cost": 0.2},
    "ranges": {"cost_usd_month": [0, 100]},
    "failure_tolerance": 0.02,
}


@pytest.fixture(scope="session")
def priced(tmp_path_factory: pytest.TempPathFactory) -> WrittenRun:
    """The whole run with prices and weights."""
    run = WrittenRun(tmp_path_factory.mktemp("priced"), name="priced", number=2, verdict=PRICED)
    run.write()
    return run


@pytest.fixture
def copied(short: WrittenRun, tmp_path: Path) -> WrittenRun:
    """A copy of it that a test may spoil."""
    root = tmp_path / "runs"
    shutil.copytree(short.root, root)
    return WrittenRun(root)


@pytest.fixture
def new_run(tmp_path: Path) -> WrittenRun:
    """A run that is still to be written."""
    return WrittenRun(tmp_path / "runs")


@pytest.fixture(scope="session")
def verdict(written: WrittenRun) -> Verdict:
    return read_verdict(written.folder)


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> OpenApp:
    def opened(root: Path, **address: str | list[str]) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["app.py", str(root)])
        app = AppTest.from_file(
            str(DASHBOARDS / "app.py"), default_timeout=300
        )  # a machine at work on other things is slow, not wrong
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return opened


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that is up."""

    process: psutil.Popen
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


StartDashboard = Callable[..., AbstractContextManager[Dashboard]]


@pytest.fixture(scope="session")
def start_dashboard(tmp_path_factory: pytest.TempPathFactory) -> StartDashboard:
    """The real command in a process of its own, in an environment that asks for what it must not do."""

    @contextmanager
    def started(root: Path, *more: str) -> Iterator[Dashboard]:
        log = tmp_path_factory.mktemp("dashboard") / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
            "STREAMLIT_SERVER_ALLOWED_HOSTS": "*",
            "STREAMLIT_SERVER_ENABLE_CORS": "false",
            "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true",
            "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
        }
        command = [sys.executable, "-m", "ragvsft", "dashboard", str(root), "--port", str(port), *more]
        with log.open("wb") as out:
            process = psutil.Popen(command, stdout=out, stderr=out, env=environment)
        try:
            deadline = time.monotonic() + 60
            while not _is_up(port):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
            yield Dashboard(process=process, port=port, log=log)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(timeout=20)

    return started


@pytest.fixture(scope="session")
def dashboard(start_dashboard: StartDashboard, written: WrittenRun) -> Iterator[Dashboard]:
    """One for all tests that only look."""
    with start_dashboard(written.root) as started:
        yield started


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
