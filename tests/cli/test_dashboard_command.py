"""`ragvsft dashboard`: serves its page on loopback, ends when told to, and says what is wrong before it starts."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import pytest


def fetch(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status, answer.read().decode()


@contextmanager
def served(command: list[str], *, cwd: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A dashboard that is up, and its address; it is gone afterwards."""
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        first = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found, first
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert process.poll() is None
            try:
                fetch(f"{found.group()}/_stcore/health")
                break
            except URLError:
                time.sleep(0.1)
        yield process, found.group()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_it_serves_its_page_and_ends_when_told(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    command = [sys.executable, "-m", "ragvsft", "dashboard", "--port", "0"]
    with served(command, cwd=tmp_path) as (process, url):
        assert fetch(f"{url}/_stcore/health") == (200, "ok")
        status, page = fetch(f"{url}/")
        assert status == 200
        assert "<title>Streamlit</title>" in page or '<div id="root">' in page
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=15)
        assert out == "", "data goes to stdout, and a dashboard has none"
    with pytest.raises(URLError):
        fetch(f"{url}/_stcore/health")


def test_a_taken_port_is_told_with_another(call: Callable, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = call("dashboard", tmp_path, "--port", port)
    assert said.code == 1
    assert f"port {port} of 127.0.0.1 is taken" in said.err
    assert "--port 0" in said.err


def test_a_missing_folder_is_told(call: Callable, tmp_path: Path) -> None:
    said = call("dashboard", tmp_path / "runs")
    assert said.code == 2
    assert "there is no folder" in said.err


@pytest.mark.skipif(os.name == "nt", reason="no such port rule")
def test_missing_packages_are_a_missing_service(
    call: Callable, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("ragvsft.cli.dashboard.find_spec", lambda name: None)
    said = call("dashboard", tmp_path)
    assert said.code == 4
    assert "pip install 'ragvsft[dashboard]'" in said.err
