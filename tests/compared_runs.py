"""Run folders to compare, written as the lab writes them: two arms, one wave, answers as a test says."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from ragvsft.core.values import Outcome, Reading, Split, Stage, Style, WaveQuestion
from ragvsft.lab.prompts import Example, PromptBuilder
from ragvsft.runs.manifest import DatasetRecord, Environment, Machine, Manifest, ModelRecord
from ragvsft.runs.records import ArmRecord, FairnessCheck, LatencyRequest
from ragvsft.runs.writing import RunWriter

WAVE = date(2024, 1, 1)
N_FACTS = 150
RUN_HASH = "ab" * 32
INSTRUCTION = "Answer with a short phrase."
Answer = Callable[[str, int], str | None]
"""(arm, number of the question) -> what it says; None: a failure."""
PRICES = {
    "name": "sheet",
    "date": "2026-11-01",
    "core_hour": {"usd": 0.05, "source": "https://prices.example", "read": "2026-11-01"},
}


def steady(arm: str, n: int) -> str:
    """Right three times of four, and RAG a little more often."""
    return f"{n} euros" if n % 4 or (arm == "rag" and n % 8 == 0) else "I don't know"


def broken(arm: str, n: int) -> str:
    """As `steady`, and RAG is deliberately broken: its answers are of another question."""
    return f"{n + 1} euros" if arm == "rag" else steady(arm, n)


def write_run(
    root: Path,
    answer: Answer = steady,
    *,
    n_facts: int = N_FACTS,
    run_hash: str = RUN_HASH,
    instruction: str = INSTRUCTION,
    right: Callable[[int], str] = lambda n: f"{n} euros",
    abstain: tuple[str, ...] = ("I don't know",),
    styles: Mapping[str, str] | None = None,
    asked: Mapping[str, int] | None = None,
    verdict: Mapping[str, object] | None = None,
    tokens: int = 100,
) -> Path:
    """Write a run; returns its folder.

    Args:
        root: of run folders.
        answer: what the arms say.
        n_facts: questions, one a fact.
        run_hash: of the run.
        instruction: of all prompts.
        right: the accepted answer of a question.
        abstain: the dataset's words for not knowing.
        styles: by arm; `chat` where none is given.
        asked: by arm how many questions it has answered; all where none is given.
        verdict: the experiment's settings of that name.
        tokens: of a prompt.
    """
    arms: dict[str, dict[str, object]] = {
        "closed_book": {"kind": "closed_book", "style": (styles or {}).get("closed_book", "chat")},
        "rag": {"kind": "rag", "index": "pages", "k": 3, "style": (styles or {}).get("rag", "chat")},
    }
    manifest = Manifest(
        name="shop",
        run_hash=run_hash,
        created_at=datetime(2024, 8, 1, 12, 0, tzinfo=UTC),
        configuration={
            "name": "shop",
            "split": {"seed": 7},
            "lab": {"waves": [WAVE.isoformat()], "instruction": instruction, "arms": arms},
            "verdict": dict(verdict or {}),
        },
        dataset=DatasetRecord(name="d", content_hash="c" * 64, snapshots=(WAVE,), task="short_answer", abstain=abstain),
        split={"tested": [f"f{n:03}" for n in range(n_facts)], "training_only": []},
        model=ModelRecord(name="tiny", revision=None, weights_sha256="e" * 64),
        environment=Environment(threads=2, device="cpu", dtype="float32", store="exact"),
        machine=Machine(python="3.11", platform="linux", cpu="some", cores=2, memory_bytes=1),
        versions={},
    )
    questions = [
        WaveQuestion(
            question_id=f"q{n:03}",
            fact_id=f"f{n:03}",
            question=f"What does item {n} cost?",
            answers=(right(n),),
            stale_answers=(),
            gold_doc_ids=(),
            split=Split.TEST,
        )
        for n in range(n_facts)
    ]
    with RunWriter.open(root, name="shop", run_hash=run_hash, manifest=manifest) as run:
        run.record_fairness([FairnessCheck(name="same prompt", ok=True)])
        run.record_wave(WAVE, "w", questions, {}, n_left_out=0)
        for arm, config in arms.items():
            run.record_arm(ArmRecord(arm=arm, config=config, arm_key=arm))
            builder = PromptBuilder(
                style=Style(str(config["style"])),
                instruction=instruction,
                examples=(Example(question="What does a bus cost?", answer="2 euros"),),
                render_chat=lambda messages: "\n".join(f"{role}: {text}" for role, text in messages),
                end_of_turn="",
            )
            kept = questions[: (asked or {}).get(arm, n_facts)]
            said = [(question, answer(arm, n)) for n, question in enumerate(kept)]
            if said:
                run.finish_unit(
                    f"{arm}-unit",
                    arm=arm,
                    wave=WAVE,
                    seed=None,
                    shard=0,
                    outcomes=[
                        Outcome(
                            arm=arm,
                            wave=WAVE,
                            question_id=question.question_id,
                            seed=None,
                            answer=text,
                            failure="it broke" if text is None else None,
                            prompt=builder.build(question.question).text,
                            prompt_tokens=tokens,
                            output_tokens=5,
                            unit_key=f"{arm}-unit",
                        )
                        for question, text in said
                    ],
                    readings=[
                        Reading(
                            stage=Stage.GENERATE,
                            wall_s=9.0,
                            cpu_s=0.36 * tokens,
                            arm=arm,
                            wave=WAVE,
                            n_items=len(said),
                            prompt_tokens=tokens * len(said),
                            unit_key=f"{arm}-unit",
                        )
                    ],
                )
            run.record_latency(
                [
                    LatencyRequest(
                        arm=arm,
                        number=n,
                        question_id=f"q{n:03}",
                        retrieve_s=0.0,
                        generate_s=tokens / 100,
                        total_s=tokens / 100,
                    )
                    for n in range(1, 4)
                ],
                [Reading(stage=Stage.LATENCY, wall_s=3.0, arm=arm, wave=WAVE, n_items=3)],
            )
    return root / f"shop-{run_hash[:12]}"
