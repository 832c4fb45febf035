"""Energy is what the counters say, or nothing: on counters laid out as Linux and NVML lay them out."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ragvsft.core.values import Stage
from ragvsft.lab import energy
from ragvsft.lab.energy import J_KWH, EnergyWatch
from ragvsft.lab.meter import Meter


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    domain(tmp_path, "intel-rapl:0", "package-0", 1_000)
    domain(tmp_path, "intel-rapl:0:0", "core", 5)
    domain(tmp_path, "intel-rapl:0:1", "dram", 20)
    domain(tmp_path, "intel-rapl:1", "psys", 9_000)
    domain(tmp_path, "intel-rapl-mmio:0", "package-0", 7)
    (tmp_path / "intel-rapl").mkdir()
    return tmp_path


def domain(powercap: Path, folder: str, name: str, joules: int) -> None:
    (powercap / folder).mkdir()
    (powercap / folder / "name").write_text(f"{name}\n")
    (powercap / folder / "max_energy_range_uj").write_text("65000000000\n")
    give_out(powercap, folder, joules)


def give_out(powercap: Path, folder: str, joules: int) -> None:
    (powercap / folder / "energy_uj").write_text(f"{joules * 1_000_000}\n")


def test_packages_and_memory_are_added_and_parts_of_them_are_not(powercap: Path) -> None:
    watch = EnergyWatch(powercap)
    give_out(powercap, "intel-rapl:0", 1_500)
    give_out(powercap, "intel-rapl:0:0", 400)
    give_out(powercap, "intel-rapl:0:1", 60)
    give_out(powercap, "intel-rapl:1", 9_900)
    assert watch.stop() == pytest.approx(540 / J_KWH)


def test_a_counter_that_comes_round_is_followed(powercap: Path) -> None:
    give_out(powercap, "intel-rapl:0", 64_900)
    watch = EnergyWatch(powercap)
    give_out(powercap, "intel-rapl:0", 100)
    watch.look()
    give_out(powercap, "intel-rapl:0", 64_000)
    watch.look()
    give_out(powercap, "intel-rapl:0", 0)
    assert watch.stop() == pytest.approx((200 + 63_900 + 1_000) / J_KWH)


def test_without_counters_there_is_no_energy(tmp_path: Path) -> None:
    assert EnergyWatch(tmp_path).stop() is None
    assert EnergyWatch(tmp_path / "none").stop() is None


def test_a_counter_that_goes_away_ends_the_watch(powercap: Path) -> None:
    watch = EnergyWatch(powercap)
    (powercap / "intel-rapl:0" / "energy_uj").unlink()
    assert watch.stop() is None


def gpu(monkeypatch: pytest.MonkeyPatch, joules: list[float]) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: True,
        current_device=lambda: 0,
        get_device_properties=lambda device: SimpleNamespace(uuid="1-2"),
        is_initialized=lambda: False,
        synchronize=lambda: None,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    nvml = SimpleNamespace(
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByUUID={"GPU-1-2": "gpu"}.__getitem__,
        nvmlDeviceGetTotalEnergyConsumption=lambda device: joules[0] * 1_000,
    )
    monkeypatch.setitem(sys.modules, "pynvml", nvml)


def test_a_gpu_is_added(powercap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    joules = [100.0]
    gpu(monkeypatch, joules)
    monkeypatch.setattr(energy, "POWERCAP", powercap)
    watch = EnergyWatch(powercap)
    joules[0] = 400.0
    give_out(powercap, "intel-rapl:0", 1_060)
    assert watch.stop() == pytest.approx(360 / J_KWH)


def test_a_gpu_that_cannot_be_metered_leaves_no_half_energy(powercap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu(monkeypatch, [])
    assert EnergyWatch(powercap).stop() is None


def test_a_stage_is_charged_what_the_counters_gave_out(powercap: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EnergyWatch.__init__, "__defaults__", (powercap,))
    with Meter(Stage.GENERATE) as meter:
        give_out(powercap, "intel-rapl:0", 1_036)
    assert meter.reading.energy_kwh == pytest.approx(36 / J_KWH)
