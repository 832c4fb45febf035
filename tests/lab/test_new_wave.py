"""A wave that is added does its own work alone: nothing of the first is synced, trained, searched or asked again."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ragvsft.config.loading import load_experiment
from ragvsft.core.values import Dataset, Question, Reading, Stage
from ragvsft.data.read import read_dataset
from ragvsft.data.write import write_dataset
from ragvsft.lab.experiment import RunSummary, plan_experiment, run_experiment
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import AdapterRecord, IndexRecord, UnitRecord
from small_experiment import ROOT, save_tiny_model

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
EXPERIMENT = f"""\
name: waves
dataset: data
split: {{tested_facts: 30, training_only_facts: 8, test_questions_per_fact: 1, seed: 3}}
lab:
  base: {{model: model, max_new_tokens: 4, dtype: float32, threads: 1}}
  waves: [2024-01-01]
  store: exact
  latency_requests: 0
  shard_questions: 16
  general: {ROOT / "data" / "general"}
  search: {{tries: 2, questions: 4, styles: [chat, completion], k: [1, 2], alpha: [0.5, 1.0]}}
  indexes:
    pages: {{file: {ROOT / "indexes" / "handbook.yaml"}}}
  adapters:
    once: {{recipe: closed_book, policy: never,      epochs: 1, batch_size: 8, rank: 4, dev_questions: 2}}
    anew: {{recipe: closed_book, policy: every_wave, epochs: 1, batch_size: 8, rank: 4, dev_questions: 2}}
  arms:
    closed_book: {{kind: closed_book}}
    rag:         {{kind: rag, index: pages, k: 2}}
    tuned_once:  {{kind: fine_tuned, adapter: once}}
    tuned_anew:  {{kind: fine_tuned, adapter: anew}}
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny model, and the demo handbook as it was known at the first date."""
    work = tmp_path_factory.mktemp("waves")
    save_tiny_model(work / "model")
    (work / "waves.yaml").write_text(EXPERIMENT, encoding="utf-8")
    return work


def known_at(last: date) -> Dataset:
    """Some pages of the demo handbook as somebody had them at a date."""
    dataset = read_dataset(ROOT / "data" / "demo")
    pages = frozenset(sorted({one.doc_id for one in dataset.documents})[::6])

    def known(question: Question) -> Question | None:
        history = tuple(
            replace(one, valid_to=one.valid_to if one.valid_to and one.valid_to <= last else None)
            for one in question.answer_history
            if one.valid_from <= last
        )
        if not set(question.gold_doc_ids) <= there or (question.answer_history and not history):
            return None
        answers = history[-1].answers if history else question.answers
        return replace(question, answer_history=history, answers=answers)

    documents = tuple(
        replace(one, valid_to=one.valid_to if one.valid_to and one.valid_to <= last else None)
        for one in dataset.documents
        if one.valid_from <= last and one.doc_id in pages
    )
    there = {one.doc_id for one in documents}
    return replace(
        dataset,
        snapshots=tuple(one for one in dataset.snapshots if one <= last),
        documents=documents,
        questions=tuple(found for one in dataset.questions if (found := known(one)) is not None),
    )


def run(work: Path, *waves: date) -> RunSummary:
    dates = ", ".join(wave.isoformat() for wave in waves)
    plan = plan_experiment(load_experiment(work / "waves.yaml", [f"lab.waves=[{dates}]"]))
    return run_experiment(plan, runs_root=work / "runs", store_folder=work / "store", progress=lambda *_: None)


class Told:
    """What a run folder says at one time."""

    def __init__(self, folder: Path) -> None:
        with open_run(folder) as run:
            self.readings: tuple[Reading, ...] = run.readings()
            self.units: dict[str, UnitRecord] = {one.unit_key: one for one in run.units()}
            self.indexes: dict[tuple[str, date], IndexRecord] = {(one.name, one.wave): one for one in run.indexes()}
            self.adapters: dict[tuple[str, date], AdapterRecord] = {(o.name, o.wave): o for o in run.adapters()}

    def paid(self, wave: date) -> Counter[Reading]:
        """What was consumed for a wave, general ability left out."""
        kept = (one for one in self.readings if one.stage is not Stage.GENERAL and not one.wasted)
        return Counter(one for one in kept if one.wave == wave)

    @property
    def general(self) -> dict[tuple[str | None, date | None], Reading]:
        """The asking of each model about the general set."""
        return {(one.resource, one.wave): one for one in self.readings if one.stage is Stage.GENERAL}


def test_a_wave_that_is_added_does_its_own_work_alone(work: Path) -> None:
    write_dataset(known_at(FIRST), work / "data")
    first = run(work, FIRST)
    at_first = Told(first.folder)
    assert {one.wave for one in at_first.units.values()} == {FIRST}

    # The dataset grows by a snapshot: another run, which takes over all that the first one has.
    write_dataset(known_at(SECOND), work / "data")
    second = run(work, FIRST, SECOND)
    assert second.folder != first.folder
    both = Told(second.folder)
    assert {key for key, one in both.units.items() if one.wave == FIRST} == set(at_first.units)
    assert {one.wave for one in both.units.values() if one.taken_from is None} == {SECOND}
    assert second.n_units_run == sum(one.wave == SECOND for one in both.units.values()) > 0
    assert both.paid(FIRST) == at_first.paid(FIRST), "the same readings to the last digit: nothing was paid twice"
    assert both.indexes["pages", FIRST] == at_first.indexes["pages", FIRST]
    assert {name for name, wave in both.adapters if wave == SECOND} == {"anew"}
    assert all(both.adapters[name, FIRST].reused_from == first.folder.name for name in ("once", "anew"))
    trained = [one for one in both.readings if one.stage is Stage.TRAIN and one.wave == SECOND]
    assert [one.resource for one in trained] == ["anew"]
    assert not any(one.stage is Stage.SEARCH and one.wave == SECOND for one in both.readings)
    assert both.general.keys() == {(None, None), ("once", FIRST), ("anew", SECOND)}
    for model in ((None, None), ("once", FIRST)):
        assert both.general[model] == at_first.general[model]


def test_a_wave_that_is_added_to_the_file_leaves_the_first_untouched(work: Path, tmp_path: Path) -> None:
    """The dataset knows of the date already, and brings no tested fact at it: the run goes on in its folder."""
    text = (work / "waves.yaml").read_text(encoding="utf-8").replace("dataset: data", "dataset: whole")
    (tmp_path / "waves.yaml").write_text(text.replace("tested_facts: 30", "tested_facts: 8"), encoding="utf-8")
    (tmp_path / "model").symlink_to(work / "model")
    write_dataset(known_at(SECOND), tmp_path / "whole")
    first = run(tmp_path, FIRST)
    before = Told(first.folder)
    second = run(tmp_path, FIRST, SECOND)
    assert second.folder == first.folder
    after = Told(second.folder)
    assert after.readings[: len(before.readings)] == before.readings
    new = after.readings[len(before.readings) :]
    assert {one.wave for one in new} == {SECOND}, "also of general ability: only the adapter that was trained anew"
    assert not any(one.stage is Stage.SEARCH or one.wasted for one in new)
    assert before.units.items() <= after.units.items()
    assert after.indexes["pages", FIRST] == before.indexes["pages", FIRST]
    assert run(tmp_path, FIRST, SECOND).nothing_left
