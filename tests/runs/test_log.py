"""`lab.log` tells what the lab did, never a secret, and never grows without end or stops the work."""

import logging
import re
from pathlib import Path

import pytest

from ragvsft.core.errors import ServiceError
from ragvsft.core.values import Stage
from ragvsft.runs import log
from ragvsft.runs.manifest import Environment
from ragvsft.runs.writing import RunWriter
from runs.making import Maker

LINE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z (INFO|WARNING|ERROR) ragvsft[a-z._]*: \S")


def lines(maker: Maker) -> list[str]:
    return (maker.folder / "lab.log").read_text(encoding="utf-8").splitlines()


def test_the_log_tells_sessions_versions_stages_and_warnings(
    maker: Maker, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with maker.open() as run:
        assert run.log_path == maker.folder / "lab.log"
        for done in range(4):
            run.set_progress("ask", done, 3, "rag at 2024-01-01")
        with run.stage(Stage.TRAIN):
            logging.getLogger("ragvsft.lab.finetuning").warning("checkpoint %d is left out", 7)
    with maker.open(manifest=maker.manifest(environment=Environment(threads=4)), force_environment=True):
        pass
    logging.getLogger("ragvsft").warning("after the run")
    told = lines(maker)
    assert all(LINE.match(line) for line in told)
    text = "\n".join(told)
    for part in (
        f"beginning {maker.folder.name}: process",
        "versions: torch 2.12.0",
        "model bundled/tiny, weights eeeeeeeeeeee",
        "ask 0/3 (rag at 2024-01-01)",
        "ask 3/3 (rag at 2024-01-01)",
        "WARNING ragvsft.lab.finetuning: checkpoint 7 is left out",
        "the session ends: finished",
        f"going on with {maker.folder.name}",
        "WARNING ragvsft.runs.log: allowed to differ from the session before: threads",
    ):
        assert part in text
    assert "ask 1/3" not in text
    assert "after the run" not in text


def test_an_error_is_logged_with_its_traceback_and_no_line_is_forged(maker: Maker) -> None:
    def fail() -> None:
        raise ServiceError("the server said:\n2024-01-01T00:00:00.000Z INFO ragvsft: all is well\x1b[2J")

    with pytest.raises(ServiceError), maker.open():
        fail()
    told = lines(maker)
    assert any("ERROR ragvsft.runs.writing: the run stops: the server said:" in line for line in told)
    assert any(line.startswith("    ") and "in fail" in line for line in told)
    assert not any(line.startswith("2024-01-01T00:00:00.000Z") or "\x1b" in line for line in told)


def test_no_key_of_an_address_or_of_the_environment_lands_in_the_log(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEAVIATE_API_KEY", "canary-environment")
    monkeypatch.setenv("HF_TOKEN", "canary-environment-longer")
    monkeypatch.setenv("DOOR", "canary-named")
    configuration = {"lab": {"base": {"api_key_env": "DOOR"}}}

    def fail(run: RunWriter) -> None:
        run.set_progress("store", 0, 0, "https://canary-c@host")
        logging.getLogger("ragvsft.lab").warning("headers: %s", {"x": "canary-environment"})
        raise ServiceError(
            "http://user:canary-a@host/v1?api_key=canary-b refused canary-environment, canary-environment-longer "
            "and Bearer canary-named"
        )

    with pytest.raises(ServiceError), maker.open(manifest=maker.manifest(configuration=configuration)) as run:
        fail(run)
    text = "\n".join(lines(maker))
    assert "refused ***, *** and Bearer ***" in text
    assert "http://***@host/v1?api_key=***" in text
    assert "canary" not in text


def test_the_log_is_bounded_and_a_full_disk_does_not_stop_the_work(
    maker: Maker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(log, "MAX_LOG_BYTES", 4_000)
    with log.lab_log(tmp_path / "lab.log"):
        for n in range(1_000):
            logging.getLogger("ragvsft").info("line %d", n)
        logging.getLogger("ragvsft").info("x" * 1_000_000)
    sizes = {path.name: path.stat().st_size for path in tmp_path.glob("lab.log*")}
    assert set(sizes) == {"lab.log", "lab.log.1"}
    assert sum(sizes.values()) < 4_000 + log.MAX_RECORD_CHARACTERS + 1_000
    (tmp_path / "folder").mkdir()
    with log.lab_log(tmp_path / "folder"):
        logging.getLogger("ragvsft").info("this cannot be written")
    assert capfd.readouterr().err == ""
