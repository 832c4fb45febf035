"""`ragvsft dashboard`: the Streamlit app on loopback, with the settings that lie beside it."""

import errno
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import say
from ragvsft.cli.options import RUNS, STORE, StoreOption
from ragvsft.cli.shipped import shipped
from ragvsft.core.errors import RagvsftError, ServiceError, UsageError

HOST = "127.0.0.1"


def dashboard(
    runs: Annotated[Path, typer.Argument(metavar="RUNS", help="The folder of run folders.")] = RUNS,
    port: Annotated[int, typer.Option(metavar="PORT", help="0: any that is free.", min=0, max=65535)] = 8501,
    store: StoreOption = STORE,
) -> int:
    """Show the runs of a folder in the browser.

    \b
    Examples:
      ragvsft dashboard
      ragvsft dashboard runs --port 0

    The page Ask loads a run's model in a process of its own, once something is asked; the other pages need none.
    Serves this machine alone, also while a run goes on; Ctrl-C stops it.
    """
    if find_spec("streamlit") is None:
        raise ServiceError("the dashboard's packages are not installed", hint="pip install 'ragvsft[dashboard]'")
    if not runs.is_dir():
        raise UsageError(f"there is no folder {runs}", hint="`ragvsft run experiments/demo.yaml` makes a run first.")
    port = _free_port(port)
    app = shipped("dashboards/app.py")
    # -P: modules that happen to lie in the user's folder are not taken for libraries.
    command = [sys.executable, "-P", "-m", "streamlit", "run", str(app)]
    command += [*_flags(app.parent / ".streamlit" / "config.toml"), f"--server.port={port}", "--"]
    command += [str(runs.resolve()), str(store.resolve())]
    say(f"Starting the dashboard at http://{HOST}:{port} (Ctrl-C stops it)")
    if os.name != "nt":
        # In this process's place: no child is left behind however it is ended. What it says is talk.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        os.execv(sys.executable, command)  # noqa: S606
    try:
        return subprocess.run(command, stdout=sys.stderr).returncode
    except KeyboardInterrupt:
        return 0


def _flags(settings: Path) -> Iterator[str]:
    """The settings as flags, which stand above the environment and the user's own files; the theme stays theirs."""
    for section, values in tomllib.loads(settings.read_text(encoding="utf-8")).items():
        if section == "theme":
            continue
        for key, value in values.items():
            for one in value if isinstance(value, list) else [value]:
                yield f"--{section}.{key}={str(one).lower() if isinstance(one, bool) else one}"


def _free_port(port: int) -> int:
    """The port, once it is sure that it is free; another where it is 0.

    Raises:
        RagvsftError: something else has it, or it may not be had.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
            raise RagvsftError(
                f"port {port} of {HOST} {reason}", hint="--port 0 takes any that is free; or name another."
            ) from None
        return int(probe.getsockname()[1])
