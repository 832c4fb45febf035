"""Two waves under every policy of indexes and adapters: what is trained, synced, shared, charged and seen."""

import json
from datetime import date
from pathlib import Path

import pytest

from calling import call_process
from ragvsft.core.values import Change, Reading, Split, Stage, WaveQuestion
from ragvsft.lab.finetuning.rows import TrainingFact
from ragvsft.lab.refreshing import to_go_on_with
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import AdapterRecord
from ragvsft.verdict.judging import read_verdict
from ragvsft.verdict.verdict import Verdict
from small_experiment import POLICIES, save_tiny_model, start, write_small_experiment

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run."""
    work = tmp_path_factory.mktemp("policies")
    experiment = write_small_experiment(work, save_tiny_model(work / "model"), store="exact", text=POLICIES)
    out, err = (process := start(experiment, work / "runs", work / "store")).communicate(timeout=300)
    assert process.returncode == 0, err
    return Path(json.loads(out)["run"])


@pytest.fixture(scope="module")
def verdict(folder: Path) -> Verdict:
    return read_verdict(folder)


def adapters_of(folder: Path) -> dict[tuple[str, date], AdapterRecord]:
    with open_run(folder) as run:
        return {(one.name, one.wave): one for one in run.adapters()}


def trainings_of(folder: Path) -> list[Reading]:
    with open_run(folder) as run:
        return [one for one in run.readings() if one.stage is Stage.TRAIN and not one.wasted]


def test_every_policy_begins_with_the_same_training_and_it_is_done_once(folder: Path) -> None:
    found = adapters_of(folder)
    assert {name for name, wave in found if wave == FIRST} == {"once", "anew", "on"}
    assert len({found[name, FIRST].key for name in ("once", "anew", "on")}) == 1
    assert [one.wave for one in trainings_of(folder)].count(FIRST) == 1


def test_at_the_second_wave_one_is_left_one_trained_anew_and_one_goes_on(folder: Path) -> None:
    found = adapters_of(folder)
    assert {name for name, wave in found if wave == SECOND} == {"anew", "on"}
    anew, on = found["anew", SECOND].manifest, found["on", SECOND].manifest
    first = found["once", FIRST].manifest["files"]
    assert isinstance(first, dict)
    assert on["started_from"] == first["adapter_model.safetensors"]
    assert anew["started_from"] is None
    assert isinstance(on["n_rows"], int)
    assert isinstance(anew["n_rows"], int)
    assert 0 < on["n_rows"] < anew["n_rows"] / 1.5, "only what changed, and as much of what did not"


def test_answers_are_written_down_once_for_what_is_new_or_changed(folder: Path) -> None:
    written = {place: one.manifest["n_labels"] for place, one in adapters_of(folder).items()}
    first, second = written["anew", FIRST], written["anew", SECOND]
    assert written["once", FIRST] == written["on", FIRST] == first
    assert written["on", SECOND] == second
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert 0 < second < first
    with open_run(folder) as run:
        assert not any(one.split is Split.TRAIN for one in run.questions(SECOND)), "they are known from nowhere else"


def test_each_arm_is_charged_the_training_that_it_needs(folder: Path, verdict: Verdict) -> None:
    trained = {(one.resource, one.wave): one.wall_s for one in trainings_of(folder)}
    whole = next(seconds for (_, wave), seconds in trained.items() if wave == FIRST)
    for arm in ("tuned_once", "tuned_anew", "tuned_on"):
        assert verdict.costs[arm].setup_s == pytest.approx(whole)
    assert verdict.costs["tuned_once"].refresh_s == {SECOND: 0.0}
    assert verdict.costs["tuned_anew"].refresh_s[SECOND] == pytest.approx(trained["anew", SECOND])
    assert verdict.costs["tuned_on"].refresh_s[SECOND] == pytest.approx(trained["on", SECOND])


def test_indexes_of_the_same_passages_are_each_charged_their_embedding(folder: Path, verdict: Verdict) -> None:
    with open_run(folder) as run:
        embedding = {(one.resource, one.wave): one.wall_s for one in run.readings() if one.stage is Stage.EMBED}
        syncing = {(one.resource, one.wave): one.wall_s for one in run.readings() if one.stage is Stage.SYNC}
    for arm, index in (("rag_newest", "newest"), ("rag_all", "all"), ("rag_timed", "timed")):
        shared = max(seconds for (_, wave), seconds in embedding.items() if wave == FIRST)
        assert verdict.costs[arm].setup_s == pytest.approx(shared + syncing[index, FIRST])


def test_the_index_policies_hold_what_they_say(folder: Path) -> None:
    with open_run(folder) as run:
        reports = {(one.name, one.wave): one.report for one in run.indexes()}
        found = {name: run.hits(arm.retrieval_key or "", SECOND) for name, arm in run.arms().items() if arm.index}
    newest, kept, timed = (reports[name, SECOND]["n_passages"] for name in ("newest", "all", "timed"))
    assert newest == timed
    assert isinstance(kept, int)
    assert isinstance(newest, int)
    n_closed = reports["all", SECOND]["n_closed"]
    assert isinstance(n_closed, int)
    assert kept == newest + n_closed > newest
    seen = {name: {q: [hit.passage.passage_id for hit in hits] for q, hits in by.items()} for name, by in found.items()}
    assert seen["rag_newest"] == seen["rag_timed"], "dense search sees the same rows"
    assert seen["rag_newest"] != seen["rag_all"]


def test_old_passages_are_shown_under_keep_all_alone(verdict: Verdict) -> None:
    shown = {one.arm: one.stale_hits for one in verdict.waves[1].freshness}
    assert shown["rag_all"] is not None
    assert shown["rag_all"].mean > 0.5
    for arm in ("rag_newest", "rag_timed"):
        found = shown[arm]
        assert found is not None
        assert found.mean == 0.0
    assert shown["tuned_once"] is None


def test_a_plan_counts_the_same_trainings(folder: Path) -> None:
    with open_run(folder) as run:
        configuration = dict(run.manifest.configuration)
    assert configuration["name"] == "policies"
    file = folder.parent.parent / "small-exact.yaml"
    said = call_process("plan", file, "--json")
    assert said.code == 0, said.err
    told = {step["what"]: step["n_items"] for step in json.loads(said.out)["steps"] if step["stage"] == "train"}
    rows = {
        f"{record.name} at {record.wave}, seed 0": record.manifest["n_rows"]
        for record in adapters_of(folder).values()
        if record.wave == SECOND or record.name == "once"
    }
    assert told == rows


def test_what_an_adapter_goes_on_with() -> None:

    def fact(name: str) -> TrainingFact:
        return TrainingFact(fact_id=name, phrasings=(f"{name}?",), answer="a", gold=(), answerable=True)

    def question(name: str, change: Change | None) -> WaveQuestion:
        return WaveQuestion(
            question_id=name, fact_id=name, question=f"{name}?", answers=("a",), stale_answers=(),
            gold_doc_ids=(), split=Split.TRAIN, change=change,
        )  # fmt: skip

    facts = [fact(f"f{n}") for n in range(10)]
    changes = [Change.CHANGED, Change.NEW, *[Change.UNCHANGED] * 7, None]
    questions = [question(f"f{n}", change) for n, change in enumerate(changes)]
    taken = to_go_on_with(facts, questions, replay=1.5, seed=0)
    assert {"f0", "f1"} < {one.fact_id for one in taken}
    assert len(taken) == 5
    assert [one.fact_id for one in taken] == sorted(one.fact_id for one in taken), "in the order of the facts"
    assert to_go_on_with(facts, questions, replay=1.5, seed=1) != taken
    assert [one.fact_id for one in to_go_on_with(facts, questions, replay=0, seed=0)] == ["f0", "f1"]
    assert len(to_go_on_with(facts, questions, replay=99, seed=0)) == 10
    assert to_go_on_with(facts, [question("f0", Change.UNCHANGED)], replay=1, seed=0) == ()
