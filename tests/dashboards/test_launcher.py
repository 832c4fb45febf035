"""`ragvsft dashboard`: on loopback alone, with its own settings whatever the environment says, and gone when told."""

import signal
import socket
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from ragvsft.cli.ending import run_cli


def upgrade(port: int, host: str, origin: str | None = None) -> int:
    """The status of opening the app's web socket under a host name."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {
        "Host": host,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection.request("GET", "/_stcore/stream", headers=headers | ({"Origin": origin} if origin else {}))
    status = connection.getresponse().status
    connection.close()
    return status


def test_it_listens_on_loopback_alone(dashboard) -> None:
    listening = [one.laddr for one in dashboard.process.net_connections() if one.status == psutil.CONN_LISTEN]

    assert [(one.ip, one.port) for one in listening] == [("127.0.0.1", dashboard.port)]


def test_it_serves_no_other_name_and_no_other_origin(dashboard) -> None:
    assert upgrade(dashboard.port, f"127.0.0.1:{dashboard.port}") == 101
    assert upgrade(dashboard.port, f"localhost:{dashboard.port}") == 101
    assert upgrade(dashboard.port, "evil.example") == 403
    assert upgrade(dashboard.port, f"127.0.0.1:{dashboard.port}", origin="http://evil.example") == 403


def test_it_says_where_it_is_and_nothing_else(dashboard) -> None:
    # Its output is data of the pages' errors too; none has happened.
    assert dashboard.log.read_text().splitlines()[0] == f"Starting the dashboard at {dashboard.url} (Ctrl-C stops it)"
    assert "Traceback" not in dashboard.log.read_text()


def test_a_taken_port_is_told(dashboard, written, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["dashboard", str(written.root), "--port", str(dashboard.port)]) == 1

    assert f"port {dashboard.port} of 127.0.0.1 is taken" in capsys.readouterr().err


def test_a_missing_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["dashboard", str(tmp_path / "runs")]) == 2

    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_told_and_leaves_nothing(start_dashboard, written, how: signal.Signals) -> None:
    with start_dashboard(written.root) as started:
        started.process.send_signal(how)
        assert started.process.wait(timeout=20) == 0
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", started.port)) != 0
