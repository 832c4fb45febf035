"""`ragvsft dashboard`: serves its page on loopback, ends when told to, and says what is wrong before it starts."""

import signal
import socket
import sys
from pathlib import Path
from urllib.error import URLError

import pytest

from calling import Call
from serving import fetch, served


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


def test_a_taken_port_is_told_with_another(call: Call, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = call("dashboard", tmp_path, "--port", port)
    assert said.code == 1
    assert f"port {port} of 127.0.0.1 is taken" in said.err
    assert "--port 0" in said.err


def test_a_missing_folder_is_told(call: Call, tmp_path: Path) -> None:
    said = call("dashboard", tmp_path / "runs")
    assert said.code == 2
    assert "there is no folder" in said.err


def test_missing_packages_are_a_missing_service(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ragvsft.cli.dashboard.find_spec", lambda name: None)
    said = call("dashboard", tmp_path)
    assert said.code == 4
    assert "pip install 'ragvsft[dashboard]'" in said.err
