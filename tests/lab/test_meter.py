"""The meter against work whose cost is known."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from mmap import mmap
from types import SimpleNamespace

import pytest

from ragvsft.core.values import Stage
from ragvsft.lab import meter as meter_module
from ragvsft.lab.meter import Meter

MB = 1 << 20


def _burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        sum(range(1000))


@contextmanager
def fresh_memory(n_bytes: int) -> Iterator[None]:
    """Memory from the system itself: an allocator would hand out what earlier tests left with it."""
    with mmap(-1, n_bytes) as block:
        block[::4096] = b"x" * len(block[::4096])
        yield


BURN_IN_A_CHILD = "import time\nwhile time.process_time() < {s}: pass\n"


def test_labels_and_counts_are_kept() -> None:
    with Meter(Stage.GENERATE, arm="rag", resource="pages", wave=date(2024, 1, 1), seed=3, unit_key="u1") as meter:
        meter.add(n_items=2, prompt_tokens=100)
        meter.add(n_items=1, prompt_tokens=50, output_tokens=7)
        with pytest.raises(RuntimeError, match="not ended"):
            _ = meter.reading
    reading = meter.reading
    assert (reading.stage, reading.arm, reading.resource) == (Stage.GENERATE, "rag", "pages")
    assert (reading.wave, reading.seed, reading.unit_key) == (date(2024, 1, 1), 3, "u1")
    assert (reading.n_items, reading.prompt_tokens, reading.output_tokens) == (3, 150, 7)
    assert not reading.wasted


def test_waiting_takes_wall_time_and_working_takes_processor_time() -> None:
    with Meter(Stage.EMBED) as waiting:
        time.sleep(0.6)
    assert 0.6 <= waiting.reading.wall_s < 5
    assert waiting.reading.cpu_s < 0.4
    with Meter(Stage.EMBED) as working:
        _burn(0.3)
    assert 0.29 <= working.reading.cpu_s < 1.5


def test_children_gone_and_living_are_counted_for_the_stage_alone() -> None:
    early = subprocess.Popen([sys.executable, "-c", BURN_IN_A_CHILD.format(s=0.4)])
    time.sleep(0.05)
    while _cpu_of(early.pid) < 0.3:  # spent before the stage, must not count
        time.sleep(0.01)
    with Meter(Stage.SYNC) as meter:
        subprocess.run([sys.executable, "-c", BURN_IN_A_CHILD.format(s=0.5)], check=True)
        early.wait()
    assert 0.49 <= meter.reading.cpu_s < 0.95
    living = subprocess.Popen([sys.executable, "-c", BURN_IN_A_CHILD.format(s=60)])
    try:
        with Meter(Stage.SYNC) as meter:
            while _cpu_of(living.pid) < 0.4:
                time.sleep(0.01)
        assert 0.25 <= meter.reading.cpu_s < 1.5
    finally:
        living.kill()
        living.wait()


def test_peak_memory_is_that_of_the_stage_and_not_of_the_process() -> None:
    with Meter(Stage.TRAIN) as before:
        pass
    with Meter(Stage.TRAIN) as high, fresh_memory(200 * MB):
        time.sleep(0.1)
    with Meter(Stage.TRAIN) as after:
        time.sleep(0.05)
    assert high.reading.peak_memory_bytes - before.reading.peak_memory_bytes > 150 * MB
    assert after.reading.peak_memory_bytes < high.reading.peak_memory_bytes - 100 * MB


def test_a_short_peak_that_is_the_highest_so_far_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("the system keeps no high-water mark")
    monkeypatch.setattr(meter_module, "_SAMPLE_S", 3600.0)
    highest = meter_module._high_water_bytes()
    with Meter(Stage.TRAIN) as meter, fresh_memory(highest):
        pass
    assert meter.reading.peak_memory_bytes > highest


def test_memory_that_is_held_when_a_short_stage_ends_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter_module, "_SAMPLE_S", 3600.0)
    monkeypatch.setattr(meter_module, "_high_water_bytes", lambda: 0)
    with Meter(Stage.TRAIN) as before:
        pass
    with ExitStack() as held, Meter(Stage.TRAIN) as meter:
        held.enter_context(fresh_memory(100 * MB))
    assert meter.reading.peak_memory_bytes - before.reading.peak_memory_bytes > 80 * MB


def test_a_stage_that_breaks_is_wasted_and_still_measured() -> None:
    meter = Meter(Stage.ANNOTATE)

    def wait_and_break() -> None:
        with meter:
            time.sleep(0.02)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait_and_break()
    assert meter.reading.wasted
    assert meter.reading.wall_s >= 0.02


def test_the_wall_clock_may_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    with Meter(Stage.LATENCY) as meter:
        monkeypatch.setattr(time, "time", lambda: -1e9)
    assert 0 <= meter.reading.wall_s < 5


def test_without_torch_there_is_no_gpu_and_torch_is_not_loaded() -> None:
    code = (
        "import sys\nfrom ragvsft.core.values import Stage\nfrom ragvsft.lab.meter import Meter\n"
        "with Meter(Stage.EMBED) as m: pass\nassert m.reading.gpu_s is None\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class _Cuda:
    """Stands in for `torch.cuda`: a clock of its own, and whether it is awake."""

    def __init__(self, *, awake: bool) -> None:
        self.awake = awake
        self.waited = 0
        self.now_ms = 1000.0
        cuda = self

        class Event:
            def __init__(self, *, enable_timing: bool) -> None:
                assert enable_timing

            def record(self) -> None:
                self.at = cuda.now_ms

            def synchronize(self) -> None:
                cuda.waited += 1

            def elapsed_time(self, other: "Event") -> float:
                return float(other.at - self.at)

        self.Event = Event

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return self.awake

    def synchronize(self) -> None:
        self.waited += 1


@pytest.mark.parametrize("awake_before", [True, False])
def test_gpu_seconds_wait_for_queued_work(monkeypatch: pytest.MonkeyPatch, awake_before: bool) -> None:
    cuda = _Cuda(awake=awake_before)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    with Meter(Stage.TRAIN) as meter:
        cuda.awake = True
        cuda.now_ms += 2500.0
        time.sleep(0.01)
    assert cuda.waited == 1
    if awake_before:
        assert meter.reading.gpu_s == 2.5
    else:  # the stage itself woke it
        assert meter.reading.gpu_s is not None
        assert 0.01 <= meter.reading.gpu_s < 5


def test_a_gpu_that_sleeps_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=_Cuda(awake=False)))
    with Meter(Stage.TRAIN) as meter:
        pass
    assert meter.reading.gpu_s == 0.0


def _cpu_of(pid: int) -> float:
    import psutil

    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)
