"""Reading beside a writer, in read-only places, and fast."""

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError, RagvsftError, UsageError
from ragvsft.runs.ledger import FinishedUnit
from ragvsft.runs.reading import open_run
from runs.making import FIRST, SECOND, Maker, exit_code, fork

NOBODY = 65534


@pytest.fixture
def public() -> Iterator[Maker]:
    """A run whose folder another user may enter."""
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    try:
        yield Maker(root / "runs")
    finally:
        for folder, _, _ in os.walk(root):
            Path(folder).chmod(0o755)
        shutil.rmtree(root)


def as_a_stranger(act: Callable[[], None]) -> None:
    """Run as a user who may not write; permissions do not bind root."""

    def child() -> None:
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        act()

    assert exit_code(fork(child)) == 0


def _fill(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 8)
        maker.finish(run, "u1", range(4))


def _lock_away(maker: Maker) -> None:
    for path in maker.folder.iterdir():
        path.chmod(0o444)
    maker.folder.chmod(0o555)
    with open_run(maker.folder):  # so that the child need not import anything
        pass


def test_a_finished_run_is_one_plain_file_and_reads_where_nothing_can_be_written(public: Maker) -> None:
    _fill(public)
    assert sorted(path.name for path in public.folder.iterdir()) == ["lab.log", "manifest.json", "run.db", "run.lock"]
    _lock_away(public)

    def act() -> None:
        with open_run(public.folder) as run:
            assert len(run.outcomes()) == 4
            assert run.progress().state == "finished"

    as_a_stranger(act)
    assert len(list(public.folder.iterdir())) == 4


def test_a_copy_of_the_database_alone_reads_where_nothing_can_be_written(public: Maker) -> None:
    """It was left while others read it, so that it still says that a journal may lie beside it."""
    with public.open() as run:
        public.record_wave(run, 8)
        reader = open_run(public.folder)
        public.finish(run, "u1", range(4))
    reader.close()
    for name in ("run.db-wal", "run.db-shm"):
        (public.folder / name).unlink()
    _lock_away(public)
    public.folder.chmod(0o755)
    for path in public.folder.glob("run.db-*"):
        path.unlink()
    public.folder.chmod(0o555)

    def act() -> None:
        with open_run(public.folder) as run:
            assert len(run.outcomes()) == 4

    as_a_stranger(act)


@pytest.mark.parametrize("with_memory_file", [True, False])
def test_a_killed_run_reads_whole_where_nothing_can_be_written(public: Maker, with_memory_file: bool) -> None:
    def child() -> None:
        run = public.open()
        public.record_wave(run, 8)
        public.finish(run, "u1", range(5))
        os.kill(os.getpid(), signal.SIGKILL)

    assert exit_code(fork(child)) == -signal.SIGKILL
    assert (public.folder / "run.db-wal").stat().st_size > 0
    if not with_memory_file:
        (public.folder / "run.db-shm").unlink()
    before = {path.name: path.read_bytes() for path in public.folder.iterdir() if path.suffix != ".db-shm"}
    for path in public.folder.iterdir():
        path.chmod(0o444)
    public.folder.chmod(0o555)
    scratch = set(Path(tempfile.gettempdir()).glob("ragvsft-read-*"))

    def act() -> None:
        with open_run(public.folder) as run:
            assert len(run.outcomes()) == 5
            assert run.progress().state == "stalled"

    as_a_stranger(act)
    after = {path.name: path.read_bytes() for path in public.folder.iterdir() if path.suffix != ".db-shm"}
    assert after == before
    assert set(Path(tempfile.gettempdir()).glob("ragvsft-read-*")) == scratch


def test_a_stranger_may_not_write_and_is_told_before_anything_is_done(public: Maker) -> None:
    _fill(public)
    _lock_away(public)

    def act() -> None:
        with pytest.raises(UsageError) as raised:
            public.open()
        assert str(public.folder) in raised.value.message
        assert "permission" in str(raised.value.hint)

    as_a_stranger(act)


def test_a_run_that_may_not_be_read_is_told(public: Maker) -> None:
    _fill(public)
    (public.folder / "run.db").chmod(0o000)

    def act() -> None:
        with pytest.raises(RagvsftError, match="may not be read"):
            open_run(public.folder)

    as_a_stranger(act)


def test_a_reader_cannot_write(maker: Maker) -> None:
    _fill(maker)
    with open_run(maker.folder) as run, pytest.raises(RagvsftError, match="may not be read or written"):
        run._rows("DELETE FROM outcomes")
    with open_run(maker.folder) as run:
        assert len(run.outcomes()) == 4


def test_readers_see_whole_units_while_the_lab_writes(maker: Maker) -> None:
    n_units, size = 60, 5
    seen: list[int] = []
    problems: list[str] = []
    stop = threading.Event()

    def read() -> None:
        with open_run(maker.folder) as run:
            while not stop.is_set():
                with run.snapshot():
                    outcomes, units, readings = run.outcomes(), run.units(), run.readings()
                if not len(outcomes) / size == len(units) == len(readings):
                    problems.append(f"{len(outcomes)} outcomes, {len(units)} units, {len(readings)} readings")
                seen.append(len(units))

    with maker.open(heartbeat_s=0.01) as run:
        maker.record_wave(run, n_units * size)
        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for i in range(n_units):
            maker.finish(run, f"u{i}", range(i * size, (i + 1) * size))
        stop.set()
        for thread in threads:
            thread.join()
    assert problems == []
    assert len(set(seen)) > 3, "the readers saw nothing of the work under way"
    assert seen[-1] <= n_units
    with open_run(maker.folder) as read_again:
        assert len(read_again.outcomes()) == n_units * size


def test_a_reader_that_stays_open_does_not_keep_the_lab_from_ending_or_going_on(maker: Maker) -> None:
    with maker.open() as run:
        maker.record_wave(run, 4)
        reader = open_run(maker.folder)
        maker.finish(run, "u1", [0])
        assert len(reader.outcomes()) == 1
    with maker.open() as run:
        maker.finish(run, "u2", [1])
        assert len(reader.outcomes()) == 2
    reader.close()


def test_filters_and_order(maker: Maker) -> None:
    with maker.open() as run:
        for wave in (SECOND, FIRST):
            maker.record_wave(run, 3, wave=wave, content_hash=str(wave))
            for seed in (1, None, 0):
                key = f"{wave} {seed}"
                maker.finish(run, key, [2, 0, 1], arm="hybrid" if seed is not None else "rag", wave=wave, seed=seed)
    with open_run(maker.folder) as read:
        keys = [(o.wave, o.arm, o.seed, o.question_id) for o in read.outcomes()]
        assert len(keys) == 18
        assert keys == sorted(keys, key=lambda key: (key[0], key[1], -1 if key[2] is None else key[2], key[3]))
        assert [w.wave for w in read.waves()] == [FIRST, SECOND]
        one = read.outcomes(wave=FIRST, arm="hybrid", question_id="q00001", with_prompts=True)
        assert [(o.seed, o.prompt) for o in one] == [(0, "Question: What is 1?"), (1, "Question: What is 1?")]
        assert all(o.prompt == "" for o in read.outcomes())
        assert read.outcomes(arm="nobody") == ()


@pytest.mark.parametrize("kind", ["missing", "file", "empty", "nul", "no database"])
def test_what_is_no_run_is_told_at_once(maker: Maker, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "folder"
    match kind:
        case "file":
            folder.touch()
        case "empty":
            folder.mkdir()
        case "nul":
            folder = tmp_path / "a\0b"
        case "no database":
            _fill(maker)
            folder = maker.folder
            (folder / "run.db").unlink()
    began = time.monotonic()
    with pytest.raises(DataError) as raised:
        open_run(folder)
    assert raised.value.hint
    assert time.monotonic() - began < 3


@pytest.mark.long
def test_180_000_outcomes_are_read_in_seconds(maker: Maker) -> None:
    waves = [FIRST, FIRST.replace(month=4), SECOND]
    with maker.open() as run:
        for wave in waves:
            maker.record_wave(run, 10_000, wave=wave, content_hash=str(wave))
            for arm in ("a", "b", "c", "d", "e", "f"):
                units = []
                for start in range(0, 10_000, 32):
                    key = f"{wave} {arm} {start}"
                    rows = maker.outcomes(key, range(start, min(start + 32, 10_000)), arm=arm, wave=wave)
                    units.append(
                        FinishedUnit(
                            unit_key=key,
                            arm=arm,
                            wave=wave,
                            seed=None,
                            shard=start,
                            outcomes=tuple(rows),
                            readings=(),
                        )
                    )
                run.take_units(units)
    with open_run(maker.folder) as read:
        began = time.perf_counter()
        assert len(read.outcomes()) == 180_000
        assert time.perf_counter() - began < 6
        began = time.perf_counter()
        assert len(read.outcomes(question_id="q00077", with_prompts=True)) == 18
        assert time.perf_counter() - began < 0.3
