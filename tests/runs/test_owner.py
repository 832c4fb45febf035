"""One process owns a run; a dead one's place is taken."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from ragvsft.core.errors import RunLockedError
from ragvsft.runs.folder import list_runs, remove_run
from ragvsft.runs.owner import Owner, take_ownership, this_process
from runs.making import Maker, exit_code, fork, wait_for


def test_a_second_owner_is_told_who_is_there(maker: Maker) -> None:
    def child() -> None:
        with maker.open():
            (maker.root / "open").touch()
            wait_for(maker.root / "enough")

    pid = fork(child)
    wait_for(maker.root / "open")
    began = time.monotonic()
    with pytest.raises(RunLockedError, match=f"process {pid} on {socket.gethostname()}") as raised:
        maker.open()
    assert time.monotonic() - began < 4  # it does not wait for a living owner
    assert raised.value.exit_code == 2
    assert raised.value.hint
    with pytest.raises(RunLockedError):
        remove_run(maker.folder)
    (maker.root / "enough").touch()
    assert exit_code(pid) == 0
    with maker.open():
        pass


def test_the_same_process_may_not_open_a_run_twice(maker: Maker) -> None:
    with maker.open() as run:
        with pytest.raises(RunLockedError, match=f"process {os.getpid()}"):
            maker.open()
        maker.record_wave(run, 1)
        assert run.reader.progress().state == "running"


def test_a_dead_owners_place_is_taken(maker: Maker) -> None:
    def child() -> None:
        maker.open()
        os.kill(os.getpid(), signal.SIGKILL)

    assert exit_code(fork(child)) == -signal.SIGKILL
    assert (maker.folder / "owner.json").exists()
    with maker.open() as run:
        assert run.manifest.sessions[0].why_ended == "killed"
    assert not (maker.folder / "owner.json").exists()


def test_what_a_dead_owner_left_behind_is_waited_for(maker: Maker) -> None:
    """A child that inherited the lock holds it a little longer than its parent lives."""

    def child() -> None:
        held = maker.open()._held  # noqa: F841
        descriptors = [fd for fd in os.listdir("/proc/self/fd") if _is_lock(fd)]  # noqa: PTH208
        copies = [os.dup(int(fd)) for fd in descriptors]
        if os.fork() == 0:
            for copy in copies:
                os.fstat(copy)
            (maker.root / "left").touch()
            time.sleep(0.5)
            os._exit(0)
        wait_for(maker.root / "left")
        os.kill(os.getpid(), signal.SIGKILL)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc")
    assert exit_code(fork(child)) == -signal.SIGKILL
    with maker.open():
        pass


def test_a_forked_child_neither_closes_the_run_nor_holds_it(maker: Maker) -> None:
    with maker.open() as run:

        def child() -> None:
            run.close()
            (maker.root / "closed").touch()
            wait_for(maker.root / "enough")

        pid = fork(child)
        wait_for(maker.root / "closed")
        assert run.reader.progress().state == "running"
        assert (maker.folder / "owner.json").exists()
        maker.record_wave(run, 1)
        with pytest.raises(RunLockedError):
            maker.open()
    with maker.open():
        (maker.root / "enough").touch()
    assert exit_code(pid) == 0


def test_an_owner_lives_dies_or_is_elsewhere() -> None:
    me = this_process()
    pid = fork(lambda: None)
    os.waitpid(pid, 0)
    assert me.alive
    assert Owner(pid=pid, host=me.host, process_started_s=me.process_started_s).alive is False
    assert Owner(pid=me.pid, host=me.host, process_started_s=me.process_started_s - 3600).alive is False
    assert Owner(pid=me.pid, host="elsewhere", process_started_s=0.0).alive is None


def test_an_unreadable_note_does_not_hide_the_lock(tmp_path: Path) -> None:
    with take_ownership(tmp_path):
        (tmp_path / "owner.json").write_text("{torn")
        with pytest.raises(RunLockedError, match="another process"), take_ownership(tmp_path):
            pass


def _is_lock(descriptor: str) -> bool:
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink().name == "run.lock"
    except OSError:
        return False


def test_a_folder_in_which_nothing_came_to_be_is_gone_afterwards(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "demo-0123456789ab"
    with take_ownership(folder):
        assert list_runs(tmp_path / "runs") == (), "one that only begins is no run yet"
        with pytest.raises(RunLockedError, match=f"process {os.getpid()}"), take_ownership(folder):
            pass
        assert folder.is_dir()
    assert not folder.exists()
    with take_ownership(folder):
        (folder / "run.db").touch()
    assert sorted(path.name for path in folder.iterdir()) == ["run.db", "run.lock"]
