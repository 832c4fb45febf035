"""What is recorded comes back as it was, once, whole, and under the rules of the ledger."""

import dataclasses
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import Outcome, Stage
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import (
    AdapterRecord,
    Annotation,
    ArmRecord,
    Choice,
    FairnessCheck,
    GeneralAnswer,
    IndexRecord,
    LatencyRequest,
    SearchTry,
    Wave,
)
from runs.making import FIRST, SECOND, Maker

STRANGE = (
    "NUL \0 in it, U+0085 \x85, U+2028 \u2028, emoji \U0001f9ed, half a pair \ud83d, the other \ude00, tab\tCR\r\n"
)


def test_all_records_come_back_as_they_were(maker: Maker) -> None:
    question_ids = [q.question_id for q in maker.questions(6)]
    arm = ArmRecord(
        arm="rag", config={"kind": "rag", "alpha": 0.5}, arm_key="a1", index="pages", retrieval_key="rk", k=3
    )
    attempt = SearchTry(arm="rag", number=1, settings={"k": 3, "style": "chat"}, score=0.1 + 0.2, n_questions=40)
    choice = Choice(arm="rag", settings={"k": 3}, why="best of 6", key="s1")
    latency = LatencyRequest(
        arm="rag", number=1, question_id="q00000", retrieve_s=0.1, generate_s=0.2, total_s=0.31, prompt_tokens=7
    )
    annotation = Annotation(arm="rag", wave=FIRST, question_id="q00000", seed=None, name="similarity", value=0.25)
    undefined = dataclasses.replace(annotation, name="claims", value=None)
    base = GeneralAnswer(
        adapter=None, seed=None, question_id="g1", question="2+2?", answers=("4",), answer="4", correct=True
    )
    tuned = dataclasses.replace(
        base, adapter="knows", seed=0, wave=FIRST, answer=None, failure="out of memory", correct=False
    )
    check = FairnessCheck(name="same weights", ok=True, detail="one hash")
    index = IndexRecord(name="pages", wave=FIRST, report={"n_added": 3}, recall=0.99)
    with maker.open() as run:
        maker.record_wave(run, 6)
        run.record_arm(arm)
        run.record_passages([maker.passage(9)])
        hits = {"q00000": maker.hits(1, 2, 0), "q00001": ()}
        run.record_retrieval("rk", {"k": 3}, FIRST, hits, maker.reading("rk", stage=Stage.RETRIEVE, arm=None))
        assert maker.finish(run, "u1", range(6))
        run.record_search_try(attempt)
        run.record_choice(choice)
        run.record_latency([latency])
        run.record_annotations([annotation, undefined])
        run.record_general([tuned, base])
        run.record_fairness([check])
        run.record_index(index, [maker.reading(stage=Stage.SYNC, arm=None, resource="pages", gpu_s=0.5)])
        folder = run.adapter_folder("knows", FIRST, 0)
        adapter = AdapterRecord(name="knows", wave=FIRST, seed=0, key="k1", folder=folder, manifest={"rank": 16})
        run.record_adapter(adapter, [maker.reading("k1", stage=Stage.TRAIN, arm=None, resource="knows", seed=0)])
    with open_run(maker.folder) as run_read:
        assert run_read.waves() == (Wave(wave=FIRST, content_hash="w1", n_questions=6, n_left_out=1),)
        assert list(run_read.questions(FIRST)) == maker.questions(6)
        assert run_read.questions(SECOND) == ()
        assert run_read.gold_passages(FIRST, "pages") == {q: (f"p{i}",) for i, q in enumerate(question_ids)}
        assert run_read.gold_passages(FIRST, "other") == {}
        assert run_read.arms() == {"rag": arm}
        assert run_read.hits("rk", FIRST) == hits
        assert run_read.hits("rk", FIRST, question_id="q00000") == {"q00000": hits["q00000"]}
        assert run_read.hits("rk", SECOND) == run_read.hits("other", FIRST) == {}
        assert run_read.retrievals() == {"rk": {"k": 3}}
        assert set(run_read.passages()) == {"p0", "p1", "p2", "p9"}
        assert run_read.passages(["p9", "nobody"]) == {"p9": maker.passage(9)}
        assert list(run_read.outcomes(with_prompts=True)) == maker.outcomes("u1", range(6))
        assert [o.failure for o in run_read.outcomes() if o.answer is None] == ["out of memory"]
        assert run_read.search_tries() == (attempt,)
        assert run_read.choices() == {"rag": choice}
        assert run_read.latency("rag") == (latency,)
        assert run_read.annotations() == (undefined, annotation)
        assert run_read.annotations("similarity") == (annotation,)
        assert run_read.general() == (base, tuned)
        assert run_read.fairness() == (check,)
        assert run_read.indexes() == (index,)
        assert run_read.adapters() == (adapter,)
        stages = [reading.stage for reading in run_read.readings()]
        assert stages == [Stage.RETRIEVE, Stage.GENERATE, Stage.SYNC, Stage.TRAIN]
        assert run_read.readings()[1] == maker.reading("u1")
        assert run_read.readings()[2].gpu_s == 0.5
        assert run_read.progress().state == "finished"
        assert run_read.edited_units() == ()


def test_strange_text_comes_back_byte_for_byte(maker: Maker) -> None:
    question = dataclasses.replace(
        maker.questions(1)[0],
        question_id=f"q{STRANGE}",
        question=STRANGE,
        answers=(STRANGE, ""),
        gold_doc_ids=(STRANGE,),
        slice={STRANGE: STRANGE},
    )
    passage = maker.passage(1, passage_id=f"p{STRANGE}", title=STRANGE, text=STRANGE)
    outcome = Outcome(
        arm="rag",
        wave=FIRST,
        question_id=question.question_id,
        seed=None,
        answer=STRANGE,
        prompt=STRANGE,
        unit_key="u1",
    )
    hit = dataclasses.replace(maker.hits(1)[0], passage=passage)
    with maker.open() as run:
        run.record_wave(FIRST, "w1", [question], {"pages": {question.question_id: [passage.passage_id]}}, 0)
        run.record_retrieval("rk", {STRANGE: STRANGE}, FIRST, {question.question_id: [hit]})
        run.finish_unit("u1", arm="rag", wave=FIRST, seed=None, shard=0, outcomes=[outcome], readings=[])
    with open_run(maker.folder) as read:
        assert read.questions(FIRST) == (question,)
        assert read.gold_passages(FIRST, "pages") == {question.question_id: (passage.passage_id,)}
        assert read.hits("rk", FIRST) == {question.question_id: (hit,)}
        assert read.passages([passage.passage_id]) == {passage.passage_id: passage}
        assert read.outcomes(question_id=question.question_id, with_prompts=True) == (outcome,)
        assert read.retrievals()["rk"] == {STRANGE: STRANGE}
        assert read.edited_units() == ()


def test_a_finished_unit_is_never_doubled(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 6)
        assert maker.finish(run, "u1", [0, 1, 2])
        assert not maker.finish(run, "u1", [0, 1, 2])
        assert not maker.finish(run, "u1", [0, 1])
        assert run.done_units() == {"u1"}
        assert list(run.reader.outcomes(with_prompts=True)) == maker.outcomes("u1", [0, 1, 2])
        assert len(run.reader.readings()) == 1
        (unit,) = run.reader.units()
        assert (unit.n_questions, unit.attempts, unit.taken_from) == (3, 1, None)


def test_seeds_and_none_are_different_answers_to_one_question(maker: Maker) -> None:
    seeds = [None, 0, 1, -1, 2**62]
    with maker.open() as run:
        maker.record_wave(run, 2)
        for seed in seeds:
            assert maker.finish(run, f"u{seed}", [0], seed=seed)
        found = [outcome.seed for outcome in run.reader.outcomes()]
        assert sorted(found, key=str) == sorted(seeds, key=str)
        for seed in seeds:
            with pytest.raises(DataError, match="answered question q00000 of wave 2024-01-01 before, in unit"):
                maker.finish(run, "another key", [0], seed=seed)
        with pytest.raises(DataError, match="too large"):
            maker.finish(run, "huge", [1], seed=2**70)
        assert len(run.done_units()) == len(seeds)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"arm": "other"}, "was handed in for"),
        ({"wave": SECOND}, "was handed in for"),
        ({"seed": 3}, "was handed in for"),
        ({"unit_key": "u2"}, "was handed in for"),
        ({"question_id": "q00000"}, "2 outcomes of 1 questions"),
        ({"question_id": "nobody"}, "is none of wave"),
    ],
)
def test_a_unit_with_an_outcome_that_is_not_its_own_is_refused_whole(
    maker: Maker, change: dict[str, Any], told: str
) -> None:
    good, bad = maker.outcomes("u1", [0, 1])
    with maker.open() as run:
        maker.record_wave(run, 2)
        with pytest.raises(DataError, match=told):
            run.finish_unit(
                "u1",
                arm="rag",
                wave=FIRST,
                seed=None,
                shard=0,
                outcomes=[good, dataclasses.replace(bad, **change)],
                readings=[],
            )
        assert run.reader.outcomes() == ()
        assert run.reader.units() == ()
        with pytest.raises(DataError, match="reading of unit"):
            run.finish_unit(
                "u1",
                arm="rag",
                wave=FIRST,
                seed=None,
                shard=0,
                outcomes=[good],
                readings=[maker.reading("elsewhere")],
            )
        with pytest.raises(DataError, match="0 outcomes"):
            run.finish_unit("u1", arm="rag", wave=FIRST, seed=None, shard=0, outcomes=[], readings=[])


def test_a_finished_wave_whose_content_changed_is_refused_and_an_unfinished_one_is_replaced(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 4)
        run.record_retrieval("rk", {}, FIRST, {"q00000": maker.hits(1)})
        maker.record_wave(run, 6, content_hash="w2")
        assert len(run.reader.questions(FIRST)) == 6
        assert run.hits("rk", FIRST) == {}
        maker.finish(run, "u1", [0])
        maker.record_wave(run, 6, content_hash="w2")
        with pytest.raises(DataError, match="changed after 1 of its units were finished") as raised:
            maker.record_wave(run, 4, content_hash="w3")
        assert raised.value.hint
        assert run.reader.waves()[0].content_hash == "w2"
        maker.record_wave(run, 4, wave=SECOND, content_hash="w3")


def test_hits_keep_the_state_in_which_a_passage_was_found(maker: Maker) -> None:
    open_ended = maker.hits(1)
    closed = tuple(
        dataclasses.replace(hit, passage=dataclasses.replace(hit.passage, valid_to=SECOND)) for hit in maker.hits(1)
    )
    with maker.open() as run:
        run.record_retrieval("rk", {}, FIRST, {"q": open_ended})
        run.record_retrieval("rk", {}, SECOND, {"q": closed})
        assert run.hits("rk", FIRST) == {"q": open_ended}
        assert run.hits("rk", SECOND) == {"q": closed}
        assert run.reader.passages() == {"p1": closed[0].passage}


def test_a_retrieval_again_adds_only_new_questions_and_pays_only_for_them(maker: Maker) -> None:
    paid = maker.reading("rk", stage=Stage.RETRIEVE)
    with maker.open() as run:
        run.record_retrieval("rk", {}, FIRST, {"dev": maker.hits(1)}, paid)
        run.record_retrieval("rk", {}, FIRST, {"dev": maker.hits(2)}, paid)
        assert run.hits("rk", FIRST) == {"dev": maker.hits(1)}
        assert len(run.reader.readings()) == 1
        run.record_retrieval("rk", {}, FIRST, {"dev": maker.hits(2), "test": maker.hits(3)}, paid)
        assert run.hits("rk", FIRST) == {"dev": maker.hits(1), "test": maker.hits(3)}
        assert len(run.reader.readings()) == 2
        run.record_retrieval("rk", {}, FIRST, {"more": ()}, maker.reading(stage=Stage.RETRIEVE))
        assert [reading.unit_key for reading in run.reader.readings()] == ["rk"] * 3


def test_timing_an_arm_again_replaces_it_and_no_other(maker: Maker) -> None:
    def requests(arm: str, n: int) -> list[LatencyRequest]:
        return [
            LatencyRequest(arm=arm, number=i, question_id="q", retrieve_s=0.0, generate_s=1.0, total_s=1.0)
            for i in range(1, n + 1)
        ]

    with maker.open() as run:
        run.record_latency(requests("rag", 3))
        run.record_latency(requests("hybrid", 2), unmerged=requests("hybrid", 2))
        run.record_latency(requests("rag", 1), [maker.reading(stage=Stage.LATENCY)])
        assert run.reader.latency() == (*requests("hybrid", 2), *requests("rag", 1))
        assert run.reader.latency(unmerged=True) == tuple(requests("hybrid", 2))
        run.record_latency(requests("hybrid", 1), unmerged=requests("hybrid", 1))
        assert run.reader.latency("hybrid", unmerged=True) == tuple(requests("hybrid", 1))
        assert len(run.reader.readings()) == 1


def test_a_choice_is_frozen(maker: Maker) -> None:
    with maker.open() as run:
        run.record_choice(Choice(arm="rag", settings={"k": 3, "alpha": 0.5}, why="best"))
        run.record_choice(Choice(arm="rag", settings={"alpha": 0.5, "k": 3}, why="again"))
        with pytest.raises(DataError, match="frozen"):
            run.record_choice(Choice(arm="rag", settings={"k": 5, "alpha": 0.5}, why="other"))
        assert run.choices()["rag"].why == "best"


@pytest.mark.parametrize(
    "record",
    [
        lambda run, maker: run.record_reading(maker.reading(wall_s=float("nan"))),
        lambda run, maker: run.record_search_try(
            SearchTry(arm="rag", number=1, settings={}, score=float("nan"), n_questions=1)
        ),
        lambda run, maker: run.record_choice(Choice(arm="rag", settings={"alpha": float("inf")}, why="")),
        lambda run, maker: run.record_index(IndexRecord(name="i", wave=FIRST, report={"at": object()})),
    ],
)
def test_what_is_no_number_and_what_json_has_no_form_for_is_refused(
    maker: Maker, record: Callable[[Any, Maker], None]
) -> None:
    with maker.open() as run, pytest.raises(DataError):
        record(run, maker)


def test_annotations_need_their_outcome(maker: Maker) -> None:
    note = Annotation(arm="rag", wave=FIRST, question_id="q00000", seed=None, name="similarity", value=1.0)
    with maker.open() as run:
        maker.record_wave(run, 1)
        with pytest.raises(DataError, match="contradicts"):
            run.record_annotations([note])
        maker.finish(run, "u1", [0])
        run.record_annotations([note])
        run.record_annotations([dataclasses.replace(note, value=0.5)])
        assert [a.value for a in run.reader.annotations()] == [0.5]


def test_threads_may_share_a_writer(maker: Maker) -> None:
    with maker.open(heartbeat_s=0.005) as run:
        maker.record_wave(run, 40)

        def work(numbers: range) -> None:
            for i in numbers:
                maker.finish(run, f"u{i}", [i])
                run.set_progress("ask", i, 40)

        threads = [threading.Thread(target=work, args=(range(start, 40, 4),)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(run.reader.outcomes()) == len(run.done_units()) == 40


def test_credentials_in_failures_are_taken_out(maker: Maker) -> None:
    outcome = dataclasses.replace(
        maker.outcomes("u1", [4])[0], failure="no answer from https://user:canary-1@host:8080/v1?api_key=canary-2&x=1"
    )
    with maker.open() as run:
        maker.record_wave(run, 5)
        run.finish_unit("u1", arm="rag", wave=FIRST, seed=None, shard=0, outcomes=[outcome], readings=[])
        run.set_progress("ask", 1, 2, "https://user:canary-3@host")
    assert b"canary" not in b"".join(path.read_bytes() for path in maker.folder.iterdir())
    with open_run(maker.folder) as read:
        assert read.outcomes()[0].failure == "no answer from https://***@host:8080/v1?api_key=***&x=1"
        assert read.edited_units() == ()


def test_an_adapter_elsewhere_keeps_its_own_place(maker: Maker, tmp_path: Path) -> None:
    with maker.open() as run:
        outside = AdapterRecord(name="a", wave=date(2024, 1, 1), seed=0, key="k", folder=tmp_path / "x", manifest={})
        run.record_adapter(outside)
        assert run.reader.adapters() == (outside,)
        run.record_adapter(outside, [maker.reading("k")])
        assert run.reader.readings() == ()
