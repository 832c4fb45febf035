"""Opening, continuing and leaving a run: stages, progress, environment, faults of the disk."""

import dataclasses
import json
import os
import resource
import signal
import sqlite3
import subprocess
import time

import pytest

from ragvsft.core.errors import DataError, RagvsftError, UsageError
from ragvsft.core.hashing import json_hash
from ragvsft.core.values import Stage
from ragvsft.runs import database, schema, stages
from ragvsft.runs.manifest import Environment, ModelRecord, read_manifest
from ragvsft.runs.reading import open_run
from runs.making import FIRST, SECOND, Maker, exit_code, fork, wait_for


def test_a_run_goes_on_where_it_was_and_keeps_its_sessions(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 2)
        maker.finish(run, "u1", [0])
        created_at = run.manifest.created_at
    later = maker.manifest(configuration={"name": "demo", "lab": {"waves": ["2024-01-01", "2024-07-01"]}})
    with maker.open(manifest=later) as run:
        assert run.done_units() == {"u1"}
        maker.finish(run, "u2", [1])
    manifest = read_manifest(maker.folder)
    assert manifest.created_at == created_at
    assert manifest.configuration["lab"]["waves"] == ["2024-01-01", "2024-07-01"]
    assert [(s.resumed, s.why_ended) for s in manifest.sessions] == [(False, "finished"), (True, "finished")]
    assert all(s.ended_at and s.ended_at >= s.started_at and s.pid == os.getpid() for s in manifest.sessions)


@pytest.mark.parametrize(
    ("field", "value"), [("threads", 4), ("device", "cuda"), ("dtype", "bfloat16"), ("store", "weaviate 1.39.2")]
)
def test_another_environment_is_refused_unless_allowed_and_then_told(maker: Maker, field: str, value: object) -> None:
    with maker.open():
        pass
    other = maker.manifest(environment=maker.manifest().environment.model_copy(update={field: value}))
    with pytest.raises(UsageError, match=f"{field} was .*, is {value}") as raised:
        maker.open(manifest=other)
    assert raised.value.hint
    assert not read_manifest(maker.folder).mixed_environment
    with maker.open(manifest=other, force_environment=True):
        pass
    manifest = read_manifest(maker.folder)
    assert manifest.mixed_environment
    assert manifest.sessions[-1].forced == (field,)
    assert len(manifest.sessions) == 2


def test_what_is_learned_later_of_the_environment_counts_as_well(maker: Maker) -> None:
    unknown = maker.manifest(environment=Environment(threads=2))
    with maker.open(manifest=unknown) as run:
        run.record_environment(store="weaviate 1.39.2", device="cpu")
    assert read_manifest(maker.folder).environment == Environment(threads=2, store="weaviate 1.39.2", device="cpu")
    with maker.open(manifest=unknown) as run, pytest.raises(UsageError, match="store was weaviate"):
        run.record_environment(store="exact")
    with maker.open(manifest=unknown, force_environment=True) as run:
        run.record_environment(store="exact", dtype="float32")
    assert read_manifest(maker.folder).sessions[-1].forced == ("store",)
    assert read_manifest(maker.folder).sessions[-1].environment.dtype == "float32"


def test_other_weights_under_the_same_name_are_refused(maker: Maker) -> None:
    with maker.open():
        pass
    other = maker.manifest(model=ModelRecord(name="bundled/tiny", revision=None, weights_sha256="f" * 64))
    with pytest.raises(DataError, match="weights"):
        maker.open(manifest=other, force_environment=True)
    with pytest.raises(DataError, match="embedder"):
        maker.open(manifest=maker.manifest(embedder="another"), force_environment=True)


def test_changed_versions_are_told(maker: Maker) -> None:
    with maker.open():
        pass
    with maker.open(manifest=maker.manifest(versions={"torch": "2.13.0", "peft": "0.21"})) as run:
        assert run.manifest.sessions[-1].changed_versions == {"torch": ("2.12.0", "2.13.0"), "peft": (None, "0.21")}


def test_a_stage_that_ended_and_was_recorded_leaves_one_reading(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 2)
        with run.stage(Stage.GENERATE, arm="rag", wave=FIRST, unit_key="u1"):
            pass
        maker.finish(run, "u1", [0])
        with run.stage(Stage.SYNC, resource="pages", wave=FIRST):
            pass
    with open_run(maker.folder) as read:
        assert [(r.unit_key, r.wasted) for r in read.readings()] == [("u1", False)]
    assert _open_stages(maker) == 0


def test_a_stage_that_broke_is_wasted_and_counted_as_an_attempt(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 2)
        with pytest.raises(ZeroDivisionError), run.stage(Stage.GENERATE, arm="rag", wave=FIRST, unit_key="u1"):
            _break(after_s=0.02)
        maker.finish(run, "u1", [0])
        wasted, kept = run.reader.readings()
        assert (wasted.wasted, wasted.unit_key, wasted.arm, kept.wasted) == (True, "u1", "rag", False)
        assert 0.02 <= wasted.wall_s < 5
        assert run.reader.units()[0].attempts == 2
    assert _open_stages(maker) == 0


def test_a_stage_recorded_before_it_broke_is_not_wasted(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 2)

        def finish_and_break() -> None:
            with run.stage(Stage.GENERATE, arm="rag", wave=FIRST, unit_key="u1"):
                maker.finish(run, "u1", [0])
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            finish_and_break()
        assert [r.wasted for r in run.reader.readings()] == [False]


def test_a_stage_inside_one_that_was_recorded_keeps_its_own_note(maker: Maker) -> None:
    def work() -> None:
        with run.stage(Stage.GENERATE, arm="rag", wave=FIRST, unit_key="u1"):
            maker.finish(run, "u1", [0])
            with run.stage(Stage.SYNC, resource="pages"):
                raise ZeroDivisionError

    with maker.open() as run:
        maker.record_wave(run, 2)
        with pytest.raises(ZeroDivisionError):
            work()
        assert [(r.stage, r.wasted) for r in run.reader.readings()] == [(Stage.GENERATE, False), (Stage.SYNC, True)]


def test_work_that_ended_and_was_never_recorded_is_wasted_when_the_run_breaks(maker: Maker) -> None:
    def train_and_break() -> None:
        with maker.open() as run:
            with run.stage(Stage.TRAIN, resource="knows", wave=FIRST, seed=0):
                pass
            raise ZeroDivisionError("no luck with https://u:canary@host/")

    with pytest.raises(ZeroDivisionError):
        train_and_break()
    with open_run(maker.folder) as read:
        assert [(r.stage, r.resource, r.seed, r.wasted) for r in read.readings()] == [(Stage.TRAIN, "knows", 0, True)]
        assert read.progress().state == "failed"
        assert read.progress().message == "no luck with https://***@host/"
    assert read_manifest(maker.folder).sessions[-1].why_ended == "failed: no luck with https://***@host/"


def test_a_killed_stage_is_wasted_with_what_the_last_heartbeat_knew(maker: Maker) -> None:
    def child() -> None:
        with maker.open(heartbeat_s=0.02) as run, run.stage(Stage.TRAIN, resource="knows", wave=SECOND, seed=1):
            maker.root.joinpath("begun").touch()
            until = time.monotonic() + 30
            while time.monotonic() < until:
                sum(range(1000))

    pid = fork(child)
    wait_for(maker.root / "begun")
    time.sleep(0.3)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with open_run(maker.folder) as read:
        assert read.progress().state == "stalled"
        assert read.readings() == ()
    with maker.open() as run:
        (reading,) = run.reader.readings()
        assert (reading.stage, reading.resource, reading.wave, reading.seed) == (Stage.TRAIN, "knows", SECOND, 1)
        assert reading.wasted
        assert 0.1 < reading.wall_s < 10
        assert reading.cpu_s > 0.05
        assert run.manifest.sessions[0].why_ended == "killed"
        assert run.manifest.sessions[0].ended_at is not None
    assert _open_stages(maker) == 0


def test_an_interrupted_run_says_so(maker: Maker) -> None:
    def ask_and_break() -> None:
        with maker.open() as run:
            run.set_progress("ask", 3, 10, "rag")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask_and_break()
    with open_run(maker.folder) as read:
        progress = read.progress()
        assert (progress.state, progress.stage, progress.done, progress.total) == ("interrupted", "ask", 3, 10)
    assert read_manifest(maker.folder).sessions[-1].why_ended == "interrupted"


def test_progress_is_seen_by_others_and_goes_stale(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    with maker.open() as run, open_run(maker.folder) as read:
        run.set_progress("ask", 1, 100, "rag")
        run.set_progress("ask", 2, 100, "hybrid")  # too soon to be written on its own
        assert read.progress().done == 1
        run.set_progress("annotate", 0, 0)
        progress = read.progress()
        assert (progress.state, progress.stage, progress.pid) == ("running", "annotate", os.getpid())
        monkeypatch.setattr("ragvsft.runs.reading.STALLED_S", -1.0)
        assert read.progress().state == "stalled"


def test_the_heartbeat_shows_progress_that_came_too_soon(maker: Maker) -> None:
    with maker.open(heartbeat_s=0.01) as run, open_run(maker.folder) as read:
        run.set_progress("ask", 1, 100)
        run.set_progress("ask", 2, 100)
        first = read.progress().heartbeat_at
        deadline = time.monotonic() + 10
        while read.progress().done != 2 or read.progress().heartbeat_at <= first:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_durations_do_not_follow_the_wall_clock(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import UTC, datetime

    times = iter([datetime(2030, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)])
    with maker.open() as run:
        monkeypatch.setattr(stages, "now", lambda: next(times, datetime(2010, 1, 1, tzinfo=UTC)))
        with pytest.raises(ZeroDivisionError), run.stage(Stage.EMBED):
            raise ZeroDivisionError
        assert 0 <= run.reader.readings()[0].wall_s < 5


def test_a_newer_schema_is_refused_with_its_version(maker: Maker) -> None:
    with maker.open():
        pass
    _execute(maker, "PRAGMA user_version = 999")
    with pytest.raises(DataError, match="version 999"):
        open_run(maker.folder)
    with pytest.raises(DataError, match="version 999"):
        maker.open()
    manifest = json.loads((maker.folder / "manifest.json").read_text())
    (maker.folder / "manifest.json").write_text(json.dumps(manifest | {"schema_version": 7, "more": 1}))
    with pytest.raises(DataError, match="version 7"):
        open_run(maker.folder)


def test_an_older_schema_is_migrated_by_the_writer_and_read_as_if_it_had_been(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with maker.open() as run:
        maker.record_wave(run, 2)
        maker.finish(run, "u1", [0])
    newer = (*schema.MIGRATIONS, "CREATE TABLE later (x); INSERT INTO later VALUES (7);")
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    monkeypatch.setattr(database, "MIGRATIONS", newer)
    with open_run(maker.folder) as read:
        assert read._rows("SELECT x FROM later") == [(7,)]
        assert len(read.outcomes()) == 1
    assert _execute(maker, "PRAGMA user_version") == [(len(newer) - 1,)]
    with maker.open() as run:
        assert run.done_units() == {"u1"}
    assert _execute(maker, "PRAGMA user_version") == [(len(newer),)]
    monkeypatch.setattr(schema, "MIGRATIONS", (*newer, "CREATE TABLE whole (x); CREATE TABLE later (x);"))
    with pytest.raises(DataError, match="later"):
        maker.open()
    assert _execute(maker, "PRAGMA user_version") == [(len(newer),)]
    assert _execute(maker, "SELECT name FROM sqlite_schema WHERE name = 'whole'") == []


def test_a_run_from_before_confidence_has_none_and_is_not_taken_for_edited(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_before = 3
    with monkeypatch.context() as before:
        before.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:n_before])
        before.setattr(database, "MIGRATIONS", schema.MIGRATIONS)
        with maker.open() as run:
            maker.record_wave(run, 4)
    outcomes = [dataclasses.replace(one, confidence=None) for one in maker.outcomes("u1", [0, 1])]
    rows = [[o.question_id, o.answer, o.failure, o.prompt_tokens, o.output_tokens, o.stop_reason] for o in outcomes]
    _execute(
        maker,
        "INSERT INTO units VALUES (1, 'u1', 'rag', '2024-01-01', '', 0, 2, "
        f"'{json_hash(rows)}', '2024-01-02T00:00:00+00:00', 1, NULL)",
    )
    for one in outcomes:
        _execute(
            maker,
            "INSERT INTO outcomes VALUES (NULL, '2024-01-01', 'rag', '', "
            f"'{one.question_id}', '{one.answer}', NULL, {one.prompt_tokens}, {one.output_tokens}, 'eos', 1)",
        )
    with open_run(maker.folder) as read:
        assert [one.confidence for one in read.outcomes()] == [None, None]
        assert read.edited_units() == ()
    with maker.open() as run:
        maker.finish(run, "u2", [2, 3])
        assert [one.confidence for one in run.reader.outcomes()] == [None, None, 1 / 3, None]
        assert run.reader.edited_units() == ()
    _execute(maker, "UPDATE outcomes SET confidence = 0.9 WHERE confidence IS NOT NULL")
    with open_run(maker.folder) as read:
        assert read.edited_units() == ("u2",)
    for wrong in ("1.5", "-0.1"):
        with pytest.raises(sqlite3.IntegrityError):
            _execute(maker, f"UPDATE outcomes SET confidence = {wrong}")


@pytest.mark.parametrize("damage", ["cut", "noise", "other file", "gone"])
def test_a_damaged_database_is_refused_and_left_alone(maker: Maker, damage: str) -> None:
    with maker.open() as run:
        maker.record_wave(run, 300)
    path = maker.folder / "run.db"
    match damage:
        case "cut":
            path.write_bytes(path.read_bytes()[:20_000])
        case "noise":
            path.write_bytes(b"x" * 100_000)
        case "other file":
            path.unlink()
            sqlite3.connect(path).execute("CREATE TABLE t (x)").connection.close()
        case "gone":
            path.unlink()
    for act in (lambda: open_run(maker.folder).questions(FIRST), maker.open):
        with pytest.raises(DataError) as raised:
            act()
        assert raised.value.hint or damage == "other file"
        assert "run.db" in raised.value.message
    assert path.exists() == (damage != "gone")


def test_a_folder_whose_manifest_is_gone_is_not_begun_anew(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 1)
        maker.finish(run, "u1", [0])
    (maker.folder / "manifest.json").unlink()
    with pytest.raises(DataError, match=r"1 finished units and no manifest\.json"):
        maker.open()


def test_manifest_and_database_of_different_runs_are_refused(maker: Maker) -> None:
    with maker.open():
        pass
    with maker.open(run_hash="cd" * 32) as run:
        other = run.folder
    (maker.folder / "run.db").write_bytes((other / "run.db").read_bytes())
    with pytest.raises(DataError, match="different runs"):
        open_run(maker.folder)
    with pytest.raises(DataError, match="of another run"):
        maker.open()


def test_outcomes_edited_by_hand_are_found(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 4)
        maker.finish(run, "u1", [0, 1])
        maker.finish(run, "u2", [2, 3])
    _execute(maker, "UPDATE outcomes SET answer = 'better' WHERE question_id = 'q00002'")
    with open_run(maker.folder) as read:
        assert read.edited_units() == ("u2",)


def test_a_locked_database_is_waited_for_and_then_told(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.2)
    with maker.open() as run:
        maker.record_wave(run, 2)
        other = sqlite3.connect(maker.folder / "run.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RagvsftError, match="locked by another process") as raised:
            maker.finish(run, "u1", [0])
        assert "close whatever else writes" in str(raised.value.hint)
        with open_run(maker.folder) as read:
            assert len(read.questions(FIRST)) == 2
        other.execute("ROLLBACK")
        other.close()
        assert maker.finish(run, "u1", [0])


def test_a_full_disk_loses_nothing_and_says_so(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 4)
        maker.finish(run, "u1", [0])
        connection = run._database._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        big = maker.outcomes("u2", [1])
        object.__setattr__(big[0], "prompt", "x" * 1_000_000)
        with pytest.raises(RagvsftError, match="disk is full") as raised:
            run.finish_unit("u2", arm="rag", wave=FIRST, seed=None, shard=0, outcomes=big, readings=[])
        assert "free some space" in str(raised.value.hint)
        assert run.done_units() == {"u1"}
        connection.execute("PRAGMA max_page_count = 1000000")
        assert run.finish_unit("u2", arm="rag", wave=FIRST, seed=None, shard=0, outcomes=big, readings=[])
    with open_run(maker.folder) as read:
        assert len(read.outcomes()) == 2


def test_a_file_that_cannot_grow_is_met_with_an_error_and_the_run_goes_on_later(maker: Maker) -> None:
    """The system itself refuses to write more (a limit on file size stands in for the full disk)."""
    with maker.open() as run:
        maker.record_wave(run, 4)
        maker.finish(run, "u1", [0])

    def child() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        run = maker.open()
        size = sum(path.stat().st_size for path in maker.folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        big = maker.outcomes("u2", [1])
        object.__setattr__(big[0], "prompt", "x" * 10 * size)
        try:
            run.finish_unit("u2", arm="rag", wave=FIRST, seed=None, shard=0, outcomes=big, readings=[])
        except RagvsftError as error:
            (maker.root / "told").write_text(f"{error.message} / {error.hint}")
            raise SystemExit(7) from error

    assert exit_code(fork(child)) == 7
    assert "nothing that was recorded is lost" in (maker.root / "told").read_text()
    with maker.open() as run:
        assert run.done_units() == {"u1"}
        assert maker.finish(run, "u2", [1])


def test_a_disk_that_is_really_full(maker: Maker) -> None:
    maker.root.mkdir()
    size = "size=1m"
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", maker.root], check=False).returncode
    ):
        pytest.skip("only root may mount a small disk")
    kept: set[str] = set()

    def fill() -> None:
        with maker.open() as run:
            maker.record_wave(run, 60)
            for i in range(60):
                big = maker.outcomes(f"u{i}", [i])
                object.__setattr__(big[0], "prompt", str(i) * 30_000)
                run.finish_unit(f"u{i}", arm="rag", wave=FIRST, seed=None, shard=0, outcomes=big, readings=[])
                kept.add(f"u{i}")

    try:
        with pytest.raises(RagvsftError, match="disk is full"):
            fill()
        assert 3 < len(kept) < 60
        with open_run(maker.folder) as read:
            assert read.done_units() == kept
        subprocess.run(["mount", "-o", "remount,size=64m", maker.root], check=True)
        with maker.open() as run:
            assert run.done_units() == kept
            for i in range(60):
                maker.finish(run, f"u{i}", [i])
            assert len(run.reader.outcomes()) == 60
    finally:
        subprocess.run(["umount", maker.root], check=True)


def test_a_folder_that_cannot_be_written_is_refused_at_once(maker: Maker) -> None:
    maker.root.parent.joinpath("runs").write_text("a file where the root should be")
    with pytest.raises(RagvsftError, match="runs"):
        maker.open()


def test_an_error_while_leaving_does_not_hide_why(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise RagvsftError("the disk is full")

    def break_on_a_full_disk() -> None:
        with maker.open():
            monkeypatch.setattr("ragvsft.runs.writing.write_manifest", full)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_on_a_full_disk()
    monkeypatch.undo()
    with maker.open():
        pass  # the lock was let go


def _break(*, after_s: float) -> None:
    time.sleep(after_s)
    raise ZeroDivisionError


def _open_stages(maker: Maker) -> int:
    return len(_execute(maker, "SELECT 1 FROM open_stages"))


def _execute(maker: Maker, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(maker.folder / "run.db", isolation_level=None)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_an_interruption_as_a_transaction_begins_leaves_none_open(maker: Maker) -> None:
    with maker.open() as run:
        database_of_run = run._database

        class Interrupting:
            """A connection during whose BEGIN the user presses Ctrl-C, once it has begun."""

            def __getattr__(self, name: str) -> object:
                return getattr(real, name)

            def execute(self, sql: str, *values: object) -> object:
                done = real.execute(sql, *values)  # type: ignore[call-overload]
                if sql.startswith("BEGIN"):
                    raise KeyboardInterrupt
                return done

        real = database_of_run._connection
        database_of_run._connection = Interrupting()  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt):
            run.set_progress("train", 0, 1)
        database_of_run._connection = real
        assert not real.in_transaction
        run.set_progress("train", 1, 1)
