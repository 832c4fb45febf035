"""A run takes over from others of its name what has the same key, with its costs, and nothing else."""

import sqlite3
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.core.values import Stage
from ragvsft.runs.manifest import Environment, ModelRecord
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import AdapterRecord, Choice, SearchTry
from ragvsft.runs.taking_over import (
    find_reusable,
    take_over_adapter,
    take_over_choice,
    take_over_retrieval,
    take_over_units,
)
from runs.making import FIRST, SECOND, Maker

OTHER = "cd" * 32


@pytest.fixture
def earlier(maker: Maker) -> Path:
    """A finished run of the same name."""
    with maker.open(run_hash=OTHER) as run:
        maker.record_wave(run, 9)
        run.record_retrieval("rk", {"k": 3}, FIRST, {"q00000": maker.hits(1, 2)}, maker.reading(stage=Stage.RETRIEVE))
        with pytest.raises(ZeroDivisionError), run.stage(Stage.GENERATE, arm="rag", wave=FIRST, unit_key="u1"):
            raise ZeroDivisionError
        maker.finish(run, "u1", [0, 1, 2])
        maker.finish(run, "u2", [3, 4, 5])
        maker.finish(run, "u3", [6, 7, 8], arm="hybrid", seed=0)
        folder = run.adapter_folder("knows", FIRST, 0)
        folder.mkdir(parents=True)
        (folder / "adapter_model.safetensors").write_bytes(b"weights")
        adapter = AdapterRecord(name="knows", wave=FIRST, seed=0, key="k1", folder=folder, manifest={"rank": 16})
        run.record_adapter(adapter, [maker.reading(stage=Stage.TRAIN, resource="knows", seed=0)])
        attempt = SearchTry(arm="rag", number=1, settings={"k": 3}, score=0.5, n_questions=40)
        run.record_search_try(attempt, [maker.reading(stage=Stage.SEARCH)])
        run.record_choice(Choice(arm="rag", settings={"k": 3}, why="best of 1", key="s1"))
    return run.folder


def test_units_come_with_outcomes_prompts_and_all_their_costs(maker: Maker, earlier: Path) -> None:
    with maker.open() as run:
        maker.record_wave(run, 9)
        maker.finish(run, "u2", [3, 4, 5])
        wanted = {"u1", "u2", "u3", "u4"}
        (found,) = find_reusable(run, unit_keys=wanted)
        assert found.folder == earlier
        assert found.unit_keys == {"u1", "u3"}
        assert take_over_units(run, found.folder, found.unit_keys) == 2
        assert take_over_units(run, found.folder, wanted) == 0
        assert run.done_units() == {"u1", "u2", "u3"}
        assert find_reusable(run, unit_keys=wanted) == ()
        assert list(run.reader.unit_outcomes("u1")) == maker.outcomes("u1", [0, 1, 2])
        taken = {unit.unit_key: (unit.taken_from, unit.attempts) for unit in run.reader.units()}
        assert taken == {"u1": (earlier.name, 2), "u2": (None, 1), "u3": (earlier.name, 1)}
        assert sorted((r.unit_key, r.wasted) for r in run.reader.readings()) == [
            ("u1", False),
            ("u1", True),
            ("u2", False),
            ("u3", False),
        ]
        assert run.reader.edited_units() == ()
    with open_run(earlier) as read:
        assert len(read.units()) == 3


def test_a_third_run_is_told_who_answered_first(maker: Maker, earlier: Path) -> None:
    with maker.open() as run:
        maker.record_wave(run, 9)
        take_over_units(run, earlier, {"u1"})
        second = run.folder
    with maker.open(run_hash="ef" * 32) as run:
        maker.record_wave(run, 9)
        take_over_units(run, second, {"u1"})
        assert run.reader.units()[0].taken_from == earlier.name


def test_retrievals_adapters_and_searches_come_as_well(maker: Maker, earlier: Path) -> None:
    with maker.open() as run:
        maker.record_wave(run, 9)
        (found,) = find_reusable(
            run, retrievals={("rk", FIRST), ("rk", SECOND)}, adapter_keys={"k1", "k2"}, choice_keys={"s1"}
        )
        assert found.retrievals == {("rk", FIRST)}
        assert found.adapter_keys == {"k1"}
        assert found.choice_keys == {"s1"}
        for _ in range(2):  # again: nothing is paid twice
            assert take_over_retrieval(run, earlier, "rk", FIRST)
            adapter = take_over_adapter(run, earlier, "k1", name="renamed", wave=SECOND, seed=0)
            choice = take_over_choice(run, earlier, "s1")
        assert run.hits("rk", FIRST) == {"q00000": maker.hits(1, 2)}
        assert adapter is not None
        assert adapter.folder == maker.folder / "adapters" / "renamed-2024-07-01-s0"
        assert (adapter.folder / "adapter_model.safetensors").read_bytes() == b"weights"
        assert run.reader.adapters() == (adapter,)
        assert adapter.reused_from == earlier.name
        assert choice == run.choices()["rag"]
        assert [attempt.score for attempt in run.reader.search_tries("rag")] == [0.5]
        assert [r.stage for r in run.reader.readings()] == [Stage.RETRIEVE, Stage.TRAIN, Stage.SEARCH]
        assert take_over_adapter(run, earlier, "k2", name="knows", wave=FIRST, seed=0) is None
        assert take_over_choice(run, earlier, "") is None
        assert not take_over_retrieval(run, earlier, "other", FIRST)


def test_a_retrieval_over_other_documents_is_left(maker: Maker, earlier: Path) -> None:
    with maker.open() as run:
        maker.record_wave(run, 9, content_hash="other")
        assert find_reusable(run, retrievals={("rk", FIRST)}) == ()
        assert not take_over_retrieval(run, earlier, "rk", FIRST)


@pytest.mark.parametrize(
    "change",
    [
        {"environment": Environment(threads=4, device="cpu", dtype="float32", store="exact")},
        {"environment": Environment(threads=2, device="cpu", dtype="float32", store=None)},
        {"model": ModelRecord(name="bundled/tiny", revision=None, weights_sha256="f" * 64)},
    ],
)
def test_nothing_comes_from_other_weights_or_another_environment(
    maker: Maker, earlier: Path, change: dict[str, object]
) -> None:
    with maker.open(manifest=maker.manifest(**change)) as run:
        maker.record_wave(run, 9)
        assert find_reusable(run, unit_keys={"u1"}, adapter_keys={"k1"}) == ()
        with pytest.raises(DataError, match="another environment"):
            take_over_units(run, earlier, {"u1"})


def test_what_was_edited_is_left(maker: Maker, earlier: Path) -> None:
    connection = sqlite3.connect(earlier / "run.db")
    connection.execute("UPDATE outcomes SET answer = 'better' WHERE question_id = 'q00001'")
    connection.commit()
    connection.close()
    with maker.open() as run:
        maker.record_wave(run, 9)
        assert take_over_units(run, earlier, {"u1", "u2"}) == 1
        assert run.done_units() == {"u2"}


def test_an_adapter_that_points_out_of_its_run_is_left(maker: Maker, earlier: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    connection = sqlite3.connect(earlier / "run.db")
    connection.execute("UPDATE adapters SET folder = ?", (str(secret),))
    connection.commit()
    connection.close()
    with maker.open() as run:
        assert take_over_adapter(run, earlier, "k1", name="knows", wave=FIRST, seed=0) is None


def test_broken_runs_are_passed_over(maker: Maker, earlier: Path) -> None:
    (earlier / "manifest.json").write_text("{torn")
    with maker.open() as run:
        maker.record_wave(run, 9)
        assert find_reusable(run, unit_keys={"u1"}) == ()


def test_the_wave_is_recorded_first(maker: Maker, earlier: Path) -> None:
    with maker.open() as run, pytest.raises(DataError, match="none of wave 2024-01-01"):
        take_over_units(run, earlier, {"u1"})
