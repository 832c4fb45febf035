"""`ragvsft ask` as a new user would try it: good and bad questions, a server that is away, Ctrl-C while it writes."""

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from asked_run import ASKABLE, LATER, WAVE, AskedRun
from calling import Call, SmallRun, environment
from model_server import free_port
from small_experiment import servers_of

QUESTION = "Wer leitet das Lager in Gent?"
TOLD_WITHIN_S = 10.0


def lines(out: str) -> dict[str, dict[str, object]]:
    """The JSON lines, by arm."""
    return {row["arm"]: row for row in map(json.loads, out.splitlines())}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("",), "Error: the question is empty"),
        ((" \n ",), "Error: the question is empty"),
        ((), "Error: there is no question"),
        (("x", "--arm", "oracle"), "Error: the arm oracle cannot be asked: it is given the passage"),
        (("x", "--arm", "rug"), "Error: the run has no arm 'rug'\n  → it has: closed_book, rag, fine_tuned, hybrid"),
        (("x", "--seed", "7"), "Error: the run has no training seed 7\n  → its training seeds: 0"),
        (("x", "--arm", "rag", "--seed", "0"), "Error: none of the arms rag has a training seed to change"),
        (("x", "-k", "99"), "Error: k is 99, and must be from 1 to 50"),
        (("x", "--date", "soon"), "Error: --date 'soon' is no date"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_loaded(
    call: Call, small_run: SmallRun, arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" \n"))
    said = call("ask", "small", *arguments, *small_run.folders)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "Opening the retrieval store" not in said.err
    assert "Loading the model" not in said.err


def test_a_file_of_questions_is_answered_line_by_line(
    call: Call, small_run: SmallRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n\nAnd in Ghent?\r\n"))
    said = call("ask", "small", "--arm", "closed_book", "--json", *small_run.folders)
    assert said.code == 0, said.err
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [row["question"] for row in rows] == [QUESTION, "And in Ghent?"]
    assert all(row["answer"] is not None for row in rows)


def test_a_question_that_the_model_cannot_hold_is_told_with_the_limit(call: Call, small_run: SmallRun) -> None:
    said = call("ask", "small", "lantern " * 1_250, "--arm", "closed_book", "--json", *small_run.folders)
    assert said.code == 3, said.err
    refused = lines(said.out)["closed_book"]
    assert refused["answer"] is None
    assert "holds 2,048 in all, 6 of them for the answer" in str(refused["failure"])
    assert "shorten the question of 10,000 characters to about" in str(refused["hint"])


@pytest.mark.weaviate
@pytest.mark.model
class TestARealRun:
    """The bundled model and a real server."""

    def test_every_arm_answers_with_its_price(self, call: Call, asked_run: AskedRun) -> None:
        said = call("ask", asked_run.folder, QUESTION, "--store", asked_run.store, "--json")
        assert said.code == 0, said.err
        rows = lines(said.out)
        assert tuple(rows) == ASKABLE
        assert all(row["answer"] is not None and row["prompt"] for row in rows.values())
        assert all(isinstance(row["usd"], float) and row["usd"] > 0 for row in rows.values())
        passages = rows["rag"]["passages"]
        assert isinstance(passages, list)
        assert [passage["rank"] for passage in passages] == list(range(1, len(passages) + 1))
        assert "Not asked: oracle, as it is given the passage" in said.err
        assert "Not asked: bought, as its answers are from a file" in said.err

    def test_a_long_question_and_another_date_in_a_table(self, call: Call, asked_run: AskedRun) -> None:
        long = ("depot " * 1_667)[:10_000]
        arms = ("--arm", "fine_tuned", "--arm", "rag", "--date", LATER)
        said = call("ask", asked_run.folder, long, *arms, "--store", asked_run.store)
        assert said.code == 3, said.err
        assert "fine_tuned" in said.out
        flat = " ".join(said.out.split())
        assert f"pages serves {WAVE}, not" in flat
        assert f"ragvsft index sync EXPERIMENT --at {LATER}" in flat

    def test_a_server_that_is_away_is_told_at_once(
        self, call: Call, asked_run: AskedRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WEAVIATE_URL", f"http://127.0.0.1:{free_port()}")
        began = time.monotonic()
        said = call("ask", asked_run.folder, QUESTION, "--store", asked_run.store)
        assert time.monotonic() - began < TOLD_WITHIN_S
        assert (said.code, said.out) == (4, "")
        assert "no Weaviate server answers" in said.err
        assert "→ start it" in said.err

    def test_questions_are_typed_until_ctrl_d_or_ctrl_c(self, asked_run: AskedRun) -> None:
        owner, terminal = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "ragvsft", "ask", str(asked_run.folder), "--store", str(asked_run.store)],
            stdin=terminal, stdout=terminal, stderr=terminal, env=environment(TERM="xterm", COLUMNS="120"),
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        os.close(terminal)
        shown = read_until(owner, b"Ctrl-D ends.")
        os.write(owner, f"{QUESTION}\n".encode())
        shown = read_until(owner, b"Passages of")
        assert all(name.encode() in shown for name in ASKABLE)
        os.write(owner, b"And who leads it now?\n")
        # In the midst of the answers.
        read_until(owner, b"closed_book")
        os.kill(process.pid, signal.SIGINT)
        rest = read_until(owner, b"interrupted")
        assert process.wait(20) == 130
        assert b"Traceback" not in rest
        os.close(owner)


def read_until(terminal: int, what: bytes, within_s: float = 120.0) -> bytes:
    """What a terminal shows until there is something in it."""
    seen = b""
    deadline = time.monotonic() + within_s
    while what not in seen:
        assert time.monotonic() < deadline, seen
        if select.select([terminal], [], [], 1.0)[0]:
            try:
                seen += os.read(terminal, 65_536)
            except OSError as error:  # the other end is closed
                raise AssertionError(seen) from error
    return seen


OWNER = """
import subprocess, sys, time
engine = subprocess.Popen([sys.executable, "-m", "ragvsft", *sys.argv[1:]], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True, start_new_session=True)
engine.stdin.write("t0ken\\n")
engine.stdin.flush()
print(engine.pid, flush=True)
for line in engine.stdout:
    print(line, end="", flush=True)
time.sleep(120)
"""


@pytest.mark.weaviate
@pytest.mark.model
def test_an_engine_ends_with_its_killed_owner_and_so_does_its_server(asked_run: AskedRun, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir(mode=0o700)
    arguments = ["ask", str(asked_run.folder), "--serve", "--store", str(store)]
    owner = subprocess.Popen([sys.executable, "-c", OWNER, *arguments], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    engine = psutil.Process(int(owner.stdout.readline()))
    told = ""
    while '"ready"' not in told:
        told = owner.stdout.readline()
        assert told
    assert "t0ken" not in " ".join(engine.cmdline())
    listening = [one.laddr for one in engine.net_connections() if one.status == psutil.CONN_LISTEN]
    assert [(one.ip, one.port) for one in listening] == [("127.0.0.1", json.loads(told)["port"])]
    servers = servers_of(store)
    assert servers
    owner.kill()
    owner.wait(10)
    deadline = time.monotonic() + 20
    while engine.is_running() or any(map(psutil.pid_exists, servers)):
        assert time.monotonic() < deadline, "something is left behind"
        time.sleep(0.1)
    owner.stdout.close()
