"""`kill -9` at any moment: nothing that was acknowledged is lost, nothing is doubled, and the end is the same."""

import os
import random
import select
import signal
import time

from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Outcome, Stage
from ragvsft.runs.reading import open_run
from runs.making import FIRST, Maker, fork

N_KILLS = 24
N_UNITS = 40
IN_A_UNIT = 4


def _work(maker: Maker, run_hash: str, told: int) -> None:
    """What a lab does: record the wave, retrieve, then unit after unit; every finished one is acknowledged."""
    n = N_UNITS * IN_A_UNIT
    with maker.open(run_hash=run_hash, heartbeat_s=0.01) as run:
        maker.record_wave(run, n)
        found = {f"q{i:05}": maker.hits(i, i + 1) for i in range(n)}
        run.record_retrieval("rk", {}, FIRST, found, maker.reading("rk", stage=Stage.RETRIEVE, arm=None))
        done = run.done_units()
        for i in range(N_UNITS):
            key = f"u{i}"
            if key in done:
                continue
            with run.stage(Stage.GENERATE, arm="rag", wave=FIRST, unit_key=key):
                time.sleep(0.001)
            assert maker.finish(run, key, range(i * IN_A_UNIT, (i + 1) * IN_A_UNIT))
            run.set_progress("ask", i, N_UNITS)
            os.write(told, f"{key}\n".encode())


def _run_and_kill(maker: Maker, run_hash: str, after_s: float) -> tuple[bool, set[str]]:
    """Whether the work was killed, and what it had acknowledged."""
    read_end, write_end = os.pipe()
    pid = fork(lambda: _work(maker, run_hash, write_end))
    os.close(write_end)
    ended, _, _ = select.select([read_end], [], [], after_s)
    if ended:  # the first unit is acknowledged: from now on any moment will do
        time.sleep(after_s)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(read_end, "rb") as pipe:
        acknowledged = {line.decode().strip() for line in pipe.readlines() if line.endswith(b"\n")}
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return os.WIFSIGNALED(status), acknowledged


def _plain(outcomes: tuple[Outcome, ...]) -> list[tuple[str, str | None, str | None, str, str]]:
    return [(o.question_id, o.answer, o.failure, o.prompt, o.unit_key) for o in outcomes]


def test_any_moment_of_kill_9_loses_and_doubles_nothing(maker: Maker) -> None:
    moments = random.Random(7)
    unbroken = maker.outcomes("", range(N_UNITS * IN_A_UNIT))
    n_kills = n_finished = n_wasted = 0
    while n_kills < N_KILLS:
        run_hash = text_hash(str(n_finished))
        acknowledged: set[str] = set()
        killed = True
        while killed:
            killed, told = _run_and_kill(maker, run_hash, moments.uniform(0.0, 0.12))
            assert not told & acknowledged, "a finished unit was asked again"
            acknowledged |= told
            n_kills += killed
        n_finished += 1
        folder = maker.root / f"demo-{run_hash[:12]}"
        with open_run(folder) as run:
            units, readings, outcomes = run.units(), run.readings(), run.outcomes(with_prompts=True)
            assert acknowledged <= run.done_units()
            assert [unit.unit_key for unit in units] == [f"u{i}" for i in range(N_UNITS)]
            assert [row[:4] for row in _plain(outcomes)] == [row[:4] for row in _plain(tuple(unbroken))]
            assert all(o.unit_key == f"u{int(o.question_id[1:]) // IN_A_UNIT}" for o in outcomes)
            kept = [r.unit_key for r in readings if not r.wasted]
            assert kept == ["rk", *(f"u{i}" for i in range(N_UNITS))], "a reading was lost or doubled"
            assert len(run.hits("rk", FIRST)) == N_UNITS * IN_A_UNIT
            wasted = [r.unit_key for r in readings if r.wasted]
            assert sum(unit.attempts for unit in units) == N_UNITS + len(wasted)
            assert run.edited_units() == ()
            n_wasted += len(wasted)
    assert n_wasted > 0, "no kill fell into a stage: the test tests less than it says"
