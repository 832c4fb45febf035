"""Asking a finished run live: the arms answer as they did in the run, with what one changes by hand, and read only."""

import hashlib
import json
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest

from asked_run import ASKABLE, LATER, SEEDS, WAVE, AskedRun
from ragvsft.config.loading import load_experiment
from ragvsft.core.errors import DataError, ServiceError, UsageError
from ragvsft.core.live import Answered, Ask, Begun, Event, Found, Ready, Waiting, Writing
from ragvsft.core.values import Stage, Style
from ragvsft.lab.answering import Answering
from ragvsft.lab.experiment import plan_experiment, run_experiment
from ragvsft.lab.frozen_run import read_frozen
from ragvsft.lab.opening_live import open_answering
from ragvsft.lab.serving_live import serve
from ragvsft.runs.manifest import read_manifest, write_manifest
from ragvsft.runs.reading import open_run

pytestmark = [pytest.mark.weaviate, pytest.mark.model]
NEW = "Wer leitet das Lager in Gent?"


@pytest.fixture(scope="module")
def answering(asked_run: AskedRun) -> Iterator[Answering]:
    """The run, opened once for all of these tests."""
    waited: list[str] = []

    def tell(event: Event) -> None:
        assert isinstance(event, Waiting)
        waited.append(event.what)

    with open_answering(asked_run.folder, store_folder=asked_run.store, tell=tell) as opened:
        assert waited == ["store", "model", "embedder"]
        yield opened


def asked(answering: Answering, ask: Ask) -> tuple[dict[str, Answered], list[Event]]:
    events: list[Event] = []
    answering.ask(ask, events.append)
    return {event.arm.name: event for event in events if isinstance(event, Answered)}, events


def hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_question_of_the_run_gets_its_prompt_and_its_answer(asked_run: AskedRun, answering: Answering) -> None:
    before = hash_of(asked_run.folder / "run.db")
    with open_run(asked_run.folder) as run:
        questions = {q.question_id: q.question for q in run.questions(WAVE)}
        recorded = [o for o in run.outcomes(wave=WAVE, with_prompts=True) if o.arm in ASKABLE]
        hits = {arm: run.hits(record.retrieval_key or "", WAVE) for arm, record in run.arms().items()}
    ids = sorted({outcome.question_id for outcome in recorded})[:2]
    same = []
    for question_id, seed in product(ids, (None, *SEEDS)):
        answers, _ = asked(answering, Ask(question=questions[question_id], seed=seed))
        assert tuple(answers) == ASKABLE
        served = seed or SEEDS[0]
        assert {name: done.seed for name, done in answers.items()} == {
            "closed_book": None, "rag": None, "fine_tuned": served, "hybrid": served
        }  # fmt: skip
        for outcome in (one for one in recorded if one.question_id == question_id and one.seed in (None, served)):
            live = answers[outcome.arm]
            assert live.prompt == outcome.prompt
            assert (live.prompt_tokens, live.failure) == (outcome.prompt_tokens, None)
            if live.arm.k is not None:
                was = hits[outcome.arm][question_id][: live.arm.k]
                assert [hit.passage.passage_id for hit in live.hits] == [hit.passage.passage_id for hit in was]
            same.append(live.answer == outcome.answer)
    # Alone and in a padded batch the last bits differ, and with them once in a while a word.
    assert sum(same) >= len(same) - 1
    assert hash_of(asked_run.folder / "run.db") == before


def test_it_is_told_as_it_is_written_and_is_the_same(answering: Answering) -> None:
    answers, events = asked(answering, Ask(question=NEW))
    assert isinstance(events[0], Begun)
    assert [arm.name for arm in events[0].arms] == list(ASKABLE)
    for name, done in answers.items():
        texts = [event.text for event in events if isinstance(event, Writing) and event.arm == name]
        assert len(texts) > 1
        assert done.answer is not None
        assert all(done.answer.startswith(text.strip()) for text in texts)
        base = answering.run.lab.base
        folder = answering.run.adapter_at("knows", WAVE).folder if done.arm.adapter else None
        prompt = answering._builder(Style(done.arm.style)).build(NEW, [hit.passage for hit in done.hits])
        (silent,) = answering._generator.generate([prompt], max_new_tokens=base.max_new_tokens, adapter=folder)
        assert (silent.answer, silent.output_tokens) == (done.answer, done.output_tokens)


def test_each_answer_says_what_it_took(answering: Answering) -> None:
    answers, events = asked(answering, Ask(question=NEW))
    assert [reading.stage for reading in answers["rag"].readings] == [Stage.RETRIEVE, Stage.GENERATE]
    assert [reading.stage for reading in answers["fine_tuned"].readings] == [Stage.GENERATE]
    assert all(reading.cpu_s > 0 for done in answers.values() for reading in done.readings)
    assert answers["fine_tuned"].adapter_from == WAVE
    assert {event.arm for event in events if isinstance(event, Found)} == {"rag", "hybrid"}


def test_settings_are_changed_by_hand(answering: Answering) -> None:
    answers, _ = asked(
        answering, Ask(question="Which depot keeps the cabinet?", arms=("rag", "hybrid"), k=12, alpha=0.0)
    )
    assert [len(done.hits) for done in answers.values()] == [12, 12]
    assert {done.arm.alpha for done in answers.values()} == {0.0}
    assert all(done.prompt.count("\n[12] ") == 1 for done in answers.values())


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (Ask(question="  "), "the question is empty"),
        (Ask(question="x", arms=("oracle",)), "given the passage that states the answer"),
        (Ask(question="x", arms=("bought",)), "its answers are from a file"),
        (Ask(question="x", arms=("reg",)), "has no arm 'reg'"),
        (Ask(question="x", adapter="mixed"), "has no adapter 'mixed'"),
        (Ask(question="x", seed=7), r"has no training seed 7.*its training seeds: 0, 1"),
        (Ask(question="x", arms=("rag",), seed=1), "none of the arms rag has a training seed"),
        (Ask(question="x", k=0), "k is 0"),
        (Ask(question="x", alpha=1.5), "alpha is 1.5"),
        (Ask(question="x", arms=("closed_book",), k=2), "none of the arms closed_book has a k"),
    ],
)
def test_what_makes_no_sense_is_refused(answering: Answering, ask: Ask, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(answering, ask)
    assert re.search(told, f"{caught.value.message}; {caught.value.hint}")


def test_at_another_date_the_adapters_answer_and_the_index_says_what_to_type(answering: Answering) -> None:
    answers, _ = asked(answering, Ask(question=NEW, at=LATER))
    assert answers["fine_tuned"].answer is not None
    rag = answers["rag"]
    assert (rag.answer, rag.failure) == (None, f"the index pages serves {WAVE}, not {LATER}")
    assert f"ragvsft index sync EXPERIMENT --at {LATER}" in (rag.hint or "")
    early, _ = asked(answering, Ask(question=NEW, arms=("fine_tuned",), at=date(2020, 1, 1)))
    assert "no adapter knows that was trained by 2020-01-01" in (early["fine_tuned"].failure or "")


def test_a_long_question_is_answered_or_told_the_limit(answering: Answering) -> None:
    words = "depot " * 1_667
    answers, _ = asked(answering, Ask(question=words[:10_000], arms=("rag",)))
    assert answers["rag"].answer is not None
    answers, _ = asked(answering, Ask(question=words * 6, arms=("closed_book", "rag")))
    refused = answers["closed_book"]
    assert "tokens, and bundled/smollm2-135m-instruct holds 8,192 in all, 12 of them" in (refused.failure or "")
    assert "shorten the question of 60,012 characters to about 4" in (refused.hint or "")
    assert "fewer passages" in (answers["rag"].hint or "")


def test_an_engine_answers_who_has_the_token_and_nobody_else(answering: Answering) -> None:
    told: list[Event] = []
    ready = threading.Event()

    def tell(event: Event) -> None:
        told.append(event)
        ready.set()

    thread = threading.Thread(target=serve, args=(answering,), kwargs={"token": "t0ken", "idle_s": 2.0, "tell": tell})
    thread.start()
    assert ready.wait(10)
    assert isinstance(told[0], Ready)
    port = told[0].port

    def request(line: bytes) -> list[dict[str, object]]:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(line + b"\n")
            return [json.loads(answer) for answer in connection.makefile("rb")]

    def asking(token: str, question: str) -> bytes:
        return json.dumps({"token": token, "ask": {"question": question, "arms": ["closed_book"]}}).encode()

    assert [one["event"] for one in request(asking("guess", NEW))] == ["refused"]
    assert [one["event"] for one in request(b"GET / HTTP/1.1")] == ["refused"]
    # One that goes away in the middle is given up, and the next one is answered.
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(asking("t0ken", NEW) + b"\n")
    events = request(asking("t0ken", NEW))
    assert [one["event"] for one in events if one["event"] != "writing"] == ["begun", "answered", "ended"]
    assert request(asking("t0ken", " "))[0]["message"] == "the question is empty"
    thread.join(timeout=20)
    assert not thread.is_alive(), "it ends when nobody asks"


@pytest.fixture
def copied(asked_run: AskedRun, tmp_path: Path) -> Path:
    """The run folder, to be spoilt."""
    return Path(shutil.copytree(asked_run.folder, tmp_path / asked_run.folder.name))


def test_without_the_adapters_the_other_arms_answer(answering: Answering, copied: Path) -> None:
    shutil.rmtree(copied / "adapters")
    crippled = Answering(read_frozen(copied), answering._generator, answering._model_hash, answering._indexes)
    answers, _ = asked(crippled, Ask(question=NEW))
    assert answers["rag"].answer is not None
    assert "adapter_manifest.json is missing" in (answers["fine_tuned"].failure or "")
    assert answers["fine_tuned"].hint


def test_a_run_of_before_is_made_askable_by_its_own_command(asked_run: AskedRun, copied: Path) -> None:
    manifest = read_manifest(copied)
    write_manifest(copied, manifest.model_copy(update={"asking": None}))
    with pytest.raises(DataError, match="could not be asked") as caught:
        read_frozen(copied)
    assert "ragvsft run EXPERIMENT" in (caught.value.hint or "")
    plan = plan_experiment(load_experiment(asked_run.experiment))
    summary = run_experiment(plan, runs_root=copied.parent, store_folder=asked_run.store, progress=lambda *_: None)
    assert summary.nothing_left
    assert read_manifest(copied).asking == manifest.asking


def test_other_weights_and_a_missing_store_are_told(asked_run: AskedRun, copied: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(DataError, match="there is no store at"),
        open_answering(copied, store_folder=tmp_path / "nowhere", tell=lambda _: None),
    ):
        pass
    assert not (tmp_path / "nowhere").exists()
    manifest = read_manifest(copied)
    model = manifest.model.model_copy(update={"weights_sha256": "0" * 64})
    write_manifest(copied, manifest.model_copy(update={"model": model}))
    with (
        pytest.raises(ServiceError, match="has other weights now"),
        open_answering(
            copied, store_folder=asked_run.store, tell=lambda _: None, ask=Ask(question="", arms=("closed_book",))
        ),
    ):
        pass
