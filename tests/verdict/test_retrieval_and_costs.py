"""Retrieval, latency, costs and forgetting, by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from ragvsft.core.values import Outcome, Reading, Stage, Task, WaveQuestion
from ragvsft.metrics.answers import metrics_for
from ragvsft.runs.records import GeneralAnswer, LatencyRequest
from ragvsft.verdict.answers import score_table
from ragvsft.verdict.costs import arm_costs, stage_costs
from ragvsft.verdict.forgetting import general_scores
from ragvsft.verdict.inputs import ArmInputs, RunInputs, WaveInputs
from ragvsft.verdict.latency import latencies
from ragvsft.verdict.retrieval import retrieval_intervals

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
RAG = ArmInputs(name="rag", kind="rag", settings={}, index="pages", retrieval_key="r", k=2)
TUNED = ArmInputs(name="tuned", kind="fine_tuned", settings={}, adapter="knows")
HYBRID = ArmInputs(name="hybrid", kind="hybrid", settings={}, adapter="knows", index="pages", retrieval_key="r", k=2)
MakeInputs = Callable[..., RunInputs]
Ask = Callable[..., WaveQuestion]
Say = Callable[..., tuple[Outcome, ...]]


def test_retrieval_leaves_questions_without_gold_out_and_stops_at_the_depth(
    make: MakeInputs, ask: Ask, say: Say
) -> None:
    questions = [ask("q0"), ask("q1"), ask("q2"), ask("q3", answers=(), answerable=False)]
    made = make(questions, {"rag": ["yes"] * 4, "tuned": ["yes"] * 4}, arms=(RAG, TUNED), depths={"r": 3})
    wave = replace(
        made.waves[0],
        gold={"pages": {"q0": ("p0",), "q1": ("p1",), "q2": ("p2",), "q3": ()}},
        ranked={"r": {"q0": ("p0", "x", "y"), "q1": ("x", "p1", "y"), "q2": (), "q3": ("x",)}},
    )
    table = score_table(wave, ["rag", "tuned"], metrics_for(Task.SHORT_ANSWER), ("I don't know",))
    found = retrieval_intervals(made, wave, table, made.arms)
    assert set(found) == {"rag"}
    # Recall at k = 2 is read because the arm shows two; nDCG@10 is not, for the search went three deep.
    assert set(found["rag"]) == {"recall@1", "recall@2", "recall@3", "reciprocal_rank"}
    assert found["rag"]["recall@1"].mean == pytest.approx(1 / 3)
    assert found["rag"]["recall@2"].mean == pytest.approx(2 / 3)
    assert found["rag"]["reciprocal_rank"].mean == pytest.approx((1 + 0.5 + 0) / 3)
    assert found["rag"]["recall@1"].n == 3


def test_latency_percentiles() -> None:
    requests = [
        LatencyRequest(arm="rag", number=n, question_id=f"q{n}", retrieve_s=0.25, generate_s=n - 0.25, total_s=float(n))
        for n in range(1, 22)
    ]
    found = latencies(requests)["rag"]
    assert (found.p50_s, found.p95_s, found.retrieve_p50_s, found.n) == (11.0, 20.0, 0.25, 21)
    assert latencies([]) == {}


def reading(stage: Stage, wall_s: float, **more: object) -> Reading:
    fields: dict[str, object] = {"stage": stage, "wall_s": wall_s, "wave": FIRST}
    return Reading(**(fields | more))  # type: ignore[arg-type]


READINGS = (
    reading(Stage.EMBED, 10.0, resource="pages"),
    reading(Stage.SYNC, 2.0, resource="pages"),
    reading(Stage.TRAIN, 100.0, resource="knows", seed=0, gpu_s=90.0),
    reading(Stage.TRAIN, 110.0, resource="knows", seed=1, gpu_s=95.0),
    reading(Stage.TRAIN, 40.0, resource="knows", seed=1, wasted=True),
    reading(Stage.SEARCH, 7.0, arm="rag"),
    reading(Stage.SYNC, 1.0, resource="pages", wave=SECOND),
    reading(Stage.TRAIN, 60.0, resource="knows", seed=0, wave=SECOND),
    reading(Stage.TRAIN, 50.0, resource="knows", seed=1, wave=SECOND),
    reading(Stage.RETRIEVE, 3.0, resource="pages", n_items=30),
    reading(Stage.GENERATE, 5.0, arm="rag", n_items=10, prompt_tokens=1000, output_tokens=50),
    reading(Stage.GENERATE, 4.0, arm="rag", n_items=10, prompt_tokens=900, output_tokens=50),
    reading(Stage.GENERATE, 2.0, arm="tuned", n_items=10, prompt_tokens=100, output_tokens=20),
)


def test_costs_charge_shared_stages_whole_and_a_seed_as_a_repetition(make: MakeInputs, ask: Ask) -> None:
    made = make([ask("q0")], {"rag": ["yes"]}, arms=(RAG, TUNED, HYBRID), readings=READINGS)
    second = WaveInputs(wave=SECOND, planned=(), n_left_out=0, outcomes={})
    costs = arm_costs(replace(made, waves=(*made.waves, second)))
    assert costs["rag"].setup_s == 10 + 2 + 7
    assert costs["tuned"].setup_s == 105
    assert costs["hybrid"].setup_s == 12 + 105
    assert costs["rag"].refresh_s == {SECOND: 1.0}
    assert costs["hybrid"].refresh_s == {SECOND: 1.0 + 55.0}
    # 9 s of generating for 20 questions, 3 s of searching for 30.
    assert costs["rag"].question_s == pytest.approx(9 / 20 + 3 / 30)
    assert costs["tuned"].question_s == pytest.approx(0.2)
    assert costs["rag"].question_tokens == 100
    assert costs["hybrid"].question_s is None


def test_stages_add_up_and_keep_wasted_work_apart() -> None:
    stages = {(one.stage, one.wave, one.arm): one for one in stage_costs(READINGS)}
    training = stages[Stage.TRAIN, FIRST, None]
    assert (training.wall_s, training.wasted_s, training.gpu_s) == (210.0, 40.0, 185.0)
    assert stages[Stage.GENERATE, FIRST, "rag"].prompt_tokens == 1900
    assert stages[Stage.SYNC, FIRST, None].gpu_s is None
    assert sum(one.wall_s + one.wasted_s for one in stages.values()) == sum(one.wall_s for one in READINGS)


def test_forgetting_is_paired_with_the_base_model() -> None:
    def answers(adapter: str | None, right: list[bool | None]) -> list[GeneralAnswer]:
        return [
            GeneralAnswer(
                adapter=adapter,
                seed=None if adapter is None else 0,
                question_id=f"g{n}",
                question="?",
                answers=("x",),
                answer=None if one is None else "x",
                failure="it broke" if one is None else None,
                correct=bool(one),
                wave=None if adapter is None else FIRST,
            )
            for n, one in enumerate(right)
        ]

    base, tuned = general_scores(
        [*answers("knows", [True, False, None, False, True]), *answers(None, [True, True, True, True, False])]
    )
    assert (base.adapter, base.mean, base.lost, base.p) == (None, 0.8, None, None)
    assert (tuned.mean, tuned.lost, tuned.gained, tuned.n_failed) == (0.4, 3, 1, 1)
    # Three of four that differ: 2 · (C(4,0) + C(4,1)) / 2⁴.
    assert tuned.p == pytest.approx(10 / 16)
