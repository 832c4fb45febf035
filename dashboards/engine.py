"""The process that answers new questions: started when something is asked, spoken to over loopback.

It is `ragvsft ask RUN --serve`. It reads a token from its stdin, whose end tells it that this process is gone, and says
on its stdout what it waits for and then its port. Questions and answers are JSON lines; every connection shows the
token.
"""

import json
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from ragvsft.core.errors import ServiceError
from ragvsft.core.live import Ask, Ended, Event, Ready, Refused, Waiting

HOST = "127.0.0.1"
CONNECT_S = 10.0
SILENT_S = 600.0
"""An engine that says nothing for so long while it answers is given up."""
ENDS_WITHIN_S = 20.0
BREAKS_WITHIN_S = 2.0
"""For a process that ends, to know its status; one that does not is told without."""

_events: TypeAdapter[Event] = TypeAdapter(Event)


class Engine:
    """One run's engine."""

    def __init__(self, folder: Path, store: Path) -> None:
        self.folder = folder
        self._token = secrets.token_urlsafe(32)
        self._told: Event | None = None
        self._broken = False
        self._process = subprocess.Popen(
            command(folder, store),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C in the terminal is for this process, and the end of stdin tells the engine.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(f"{self._token}\n".encode())
            self._process.stdin.flush()
        threading.Thread(target=self._listen, name="ragvsft-engine", daemon=True).start()

    @property
    def lives(self) -> bool:
        """Whether its process runs, has not refused and has not left an answer unfinished."""
        return self._process.poll() is None and not self._broken and not isinstance(self._told, Refused)

    def starting(self, every_s: float = 0.2) -> Iterator[Waiting | Refused]:
        """What it waits for, again and again, until it is ready; `Refused` is the last where it never will be."""
        while not isinstance(self._told, Ready):
            told = self._told
            if isinstance(told, Refused):
                yield told
                return
            if self._process.poll() is not None:
                time.sleep(every_s)  # what it said last may still be on its way
                yield self._told if isinstance(self._told, Refused) else _gone(self._process.returncode)
                return
            if isinstance(told, Waiting):
                yield told
            time.sleep(every_s)

    def ask(self, asked: Ask) -> Generator[Event, None, None]:
        """What is told of a question, as it is told; the last is `Ended` or `Refused`. Closing it gives the rest up."""
        ready = self._told
        if not isinstance(ready, Ready):
            raise RuntimeError("the engine is not ready")
        try:
            with socket.create_connection((HOST, ready.port), timeout=CONNECT_S) as connection:
                connection.settimeout(SILENT_S)
                request = json.dumps({"token": self._token, "ask": asdict(asked)}, default=str)
                connection.sendall(request.encode() + b"\n")
                with closing(connection.makefile("rb")) as lines:
                    for line in lines:
                        event = _events.validate_json(line)
                        if isinstance(event, Refused) and event.exit_code == ServiceError.exit_code:
                            self._broken = True  # its store or model is gone, and it ends: another one is asked next
                        yield event
                        if isinstance(event, Ended | Refused):
                            return
        except (OSError, ValidationError):
            pass
        # Its connection may end a little before its process does: it is not asked again.
        self._broken = True
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(BREAKS_WITHIN_S)
        yield _gone(self._process.poll())

    def close(self) -> None:
        """End it, and what it started; returns when it is gone."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with suppress(ValidationError):
                    self._told = _events.validate_json(line)


def command(folder: Path, store: Path) -> list[str]:
    """What starts an engine. -P: modules in the user's folder are not taken for libraries."""
    return [sys.executable, "-P", "-m", "ragvsft", "ask", str(folder), "--serve", "--store", str(store)]


def running_engine(folder: Path) -> Engine | None:
    """A run's engine, if it runs."""
    return _seat().of(folder)


def start_engine(folder: Path, store: Path) -> Engine:
    """A run's engine, started where none runs; another run's is ended first, as both may need the same store."""
    return _seat().start(folder, store)


def stop_engine() -> None:
    """End the engine that runs."""
    _seat().clear()


class _Seat:
    """The one engine of this process, shared by all who look at the dashboard."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def of(self, folder: Path) -> Engine | None:
        engine = self._engine
        return engine if engine is not None and engine.folder == folder and engine.lives else None

    def start(self, folder: Path, store: Path) -> Engine:
        with self._lock:
            found = self.of(folder)
            if found is None:
                self._end()
                found = self._engine = Engine(folder, store)
            return found

    def clear(self) -> None:
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None


@st.cache_resource(show_spinner=False, on_release=_Seat.clear)
def _seat() -> _Seat:
    return _Seat()


def _gone(status: int | None) -> Refused:
    ended = "" if status is None else f" with status {status}"
    return Refused(
        message=f"the engine ended{ended} before it had answered",
        hint="ask again, and another one is started; the terminal of the dashboard may say why",
    )
