"""`ragvsft dashboard`: the Streamlit app on loopback, with safe flags."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import say
from ragvsft.cli.shipped import shipped
from ragvsft.core.errors import ServiceError, UsageError

SAFE_FLAGS = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.enableStaticServing": "false",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
}
"""Loopback only, no telemetry, no tracebacks of ours in the page."""


def dashboard(
    runs: Annotated[Path, typer.Argument(help="The folder of run folders.")] = Path("runs"),
    port: Annotated[int, typer.Option(help="A free port.", min=0, max=65535)] = 8501,
) -> int:
    """Show the runs of a folder in the browser; Ctrl-C stops it."""
    if find_spec("streamlit") is None:
        raise ServiceError("the dashboard's packages are not installed", hint="pip install 'ragvsft[dashboard]'")
    if not runs.is_dir():
        raise UsageError(f"there is no folder {runs}", hint="`ragvsft run experiments/demo.yaml` makes a run first.")
    flags = [part for key, value in SAFE_FLAGS.items() for part in (f"--{key}", value)]
    say(f"The dashboard is at http://127.0.0.1:{port} (Ctrl-C stops it)")
    command = [sys.executable, "-m", "streamlit", "run", str(shipped("dashboards/app.py")), *flags]
    command += ["--server.port", str(port), "--", str(runs.resolve())]
    try:
        return subprocess.run(command, env={**os.environ, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}).returncode
    except KeyboardInterrupt:
        return 0
