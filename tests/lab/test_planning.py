"""The plan counts what the run then does, estimates from the model's own size, and touches nothing."""

import json
from pathlib import Path

import pytest

from calling import call_process
from ragvsft.config.loading import load_experiment
from ragvsft.core.errors import UsageError
from ragvsft.core.values import Split
from ragvsft.data.snapshots import questions_at
from ragvsft.lab.experiment import ExperimentPlan, plan_experiment
from ragvsft.lab.model_size import model_size
from ragvsft.lab.planning import Forecast, forecast
from ragvsft.lab.speed import Speed, measured_speed

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "experiments" / "demo.yaml"


def planned(*overrides: str) -> tuple[ExperimentPlan, Forecast]:
    plan = plan_experiment(load_experiment(DEMO, ("lab.waves=[2024-01-01]", *overrides)))
    return plan, forecast(plan)


def items(told: Forecast, stage: str) -> dict[str, int]:
    return {
        step.what.partition(" at ")[0].partition(",")[0]: step.n_items for step in told.steps if step.stage == stage
    }


def seconds(told: Forecast, stage: str) -> float:
    return sum(step.seconds for step in told.steps if step.stage == stage)


def test_questions_rows_and_requests_are_counted() -> None:
    plan, told = planned("lab.training_seeds=[0, 1]", "lab.latency_requests=7", "split.test_questions_per_fact=1")
    n = len(plan.split.tested)
    lab = plan.experiment.lab
    known, _ = questions_at(plan.dataset, plan.waves[0], None)
    with_rows = {q.fact_id for q in known if q.split is Split.TRAIN} & set(plan.split.tested)
    assert told.n_tested_facts == told.n_test_questions == n
    generated = items(told, "generate")
    for name, arm in lab.arms.items():
        assert generated[name] == n * (2 if getattr(arm, "adapter", None) else 1)
    trained = [step for step in told.steps if step.stage == "train"]
    assert len(trained) == 2 * len(lab.adapters)
    knows = lab.adapters["knows"]
    assert items(told, "train")["knows"] == knows.epochs * len(with_rows)
    assert items(told, "train")["reader"] == lab.adapters["reader"].epochs * lab.adapters["reader"].context_rows
    timed = items(told, "latency")
    assert all(timed[name] == (16 if getattr(arm, "adapter", None) else 8) for name, arm in lab.arms.items())
    assert told.run == f"demo-{plan.run_hash[:12]}"


def test_a_later_wave_adds_its_own_work_and_no_adapter_that_never_changes() -> None:
    _, one = planned()
    retrained = [f"lab.adapters.{name}.policy=every_wave" for name in ("knows", "mixed")]
    _, two = planned("lab.waves=[2024-01-01, 2024-07-01]", *retrained)
    trained = [step.what for step in two.steps if step.stage == "train" and "2024-07-01" in step.what]
    assert {what.partition(" at ")[0] for what in trained} == {"knows", "mixed"}
    synced = [step.n_items for step in two.steps if step.stage == "sync"]
    assert 0 < synced[1] < synced[0]
    assert two.seconds > one.seconds
    assert two.n_test_questions > 1.5 * one.n_test_questions


def test_search_general_and_annotations_are_planned() -> None:
    _, told = planned(
        "lab.search={tries: 3, questions: 20}", "lab.general=../data/general", "lab.annotate=[embedding_similarity]"
    )
    assert items(told, "search")["rag"] == 60
    assert items(told, "search").get("fine_tuned") is None, "nothing is open to it"
    n_general = len((ROOT / "data" / "general" / "questions.jsonl").read_text("utf-8").splitlines())
    assert sum(items(told, "general").values()) == n_general * 4
    assert sum(items(told, "annotate").values()) == told.n_test_questions * 7
    assert [step.what for step in told.steps if step.stage == "annotate"] == ["embedding_similarity at 2024-01-01"]


def test_more_work_takes_longer_in_proportion() -> None:
    speed = Speed(flops=2e11, number_format="float32")
    size = model_size("bundled/smollm2-135m-instruct")
    assert speed.read_s(size, 2000) == pytest.approx(2 * speed.read_s(size, 1000))
    assert speed.train_s(size, steps=4, tokens=1000) > 2 * speed.read_s(size, 1000)
    one = speed.write_s(size, steps=10, rows=1, context=100)
    assert speed.write_s(size, steps=20, rows=1, context=100) == pytest.approx(2 * one)
    assert one < speed.write_s(size, steps=10, rows=32, context=100) < 32 * one
    assert one < speed.write_s(size, steps=10, rows=1, context=1000)
    fast = Speed(flops=4e11, number_format="float32")
    assert fast.read_s(size, 1000) == pytest.approx(speed.read_s(size, 1000) / 2)


def test_the_probe_is_short_and_steady() -> None:
    found = [measured_speed().flops for _ in range(3)]
    assert max(found) < 2 * min(found)
    assert min(found) > 1e9


def test_sizes_of_the_bundled_models() -> None:
    base = model_size("bundled/smollm2-135m-instruct")
    norms = 61 * 576
    assert base.layer_parameters + base.embedding_parameters + norms == 134_515_008
    assert base.known
    embedder = model_size("bundled/all-minilm-l6-v2", embedder=True)
    assert embedder.layer_parameters == 6 * (4 * 384 * 384 + 2 * 384 * 1536)
    assert embedder.known


def test_labels_cannot_be_balanced_where_there_are_none() -> None:
    with pytest.raises(UsageError, match=r"knows\.balance_labels: \S+ has no labels"):
        planned("lab.adapters.knows.balance_labels=true")


def test_a_local_model_is_as_large_as_its_configuration_says(tmp_path: Path) -> None:
    config = {
        "hidden_size": 2048,
        "num_hidden_layers": 24,
        "intermediate_size": 8192,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 100_000,
        "hidden_act": "silu",
        "tie_word_embeddings": False,
    }
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    size = model_size(str(tmp_path))
    layer = 2 * 2048 * 2048 + 2 * 2048 * 512 + 3 * 2048 * 8192
    assert (size.layer_parameters, size.embedding_parameters) == (24 * layer, 2 * 100_000 * 2048)
    _, small = planned()
    _, large = planned(f"lab.base.model={tmp_path}")
    assert seconds(large, "train") > 10 * seconds(small, "train")
    assert large.disk_bytes > small.disk_bytes
    assert not large.notes


def test_a_model_of_unknown_size_is_said_to_be(tmp_path: Path) -> None:
    _, told = planned("lab.base.model=organisation/model@0123456789012345678901234567890123456789")
    assert "size of organisation/model@" in told.notes[0]
    (tmp_path / "config.json").write_text('{"hidden_size": "many"}', encoding="utf-8")
    assert not model_size(str(tmp_path)).known


@pytest.mark.parametrize(
    "override",
    ["lab.base.model=bundled/smollm3", "lab.base.model=./nowhere", "lab.embedder=bundled/smollm2-135m-instruct"],
)
def test_a_model_that_a_run_would_refuse_is_refused(override: str) -> None:
    with pytest.raises(UsageError):
        planned(override)


def test_planning_loads_nothing_heavy_and_writes_nothing(tmp_path: Path) -> None:
    said = call_process("plan", DEMO, cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    assert said.code == 0
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in said.err.splitlines() if "|" in line}
    assert {"ragvsft", "pydantic"} < loaded
    assert not loaded & {"torch", "transformers", "peft", "sentence_transformers", "weaviate", "streamlit", "evaluate"}
    assert not list(tmp_path.iterdir())
    assert "in all" in said.out
    assert "estimates" in said.err
