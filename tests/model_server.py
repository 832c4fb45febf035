"""A small server that speaks OpenAI's API and misbehaves as a test tells it to."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG_S = 30.0


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came in."""

    path: str
    body: dict[str, Any]
    key: str
    at: float
    n: int
    """How often this prompt was asked, this time included."""

    @property
    def text(self) -> str:
        """The prompt, or the last message."""
        return self.body["prompt"] if "prompt" in self.body else self.body["messages"][-1]["content"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What to answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang: bool = False
    """Say nothing until the server is closed."""
    cut: bool = False
    """Break off in the middle of the body."""
    after_s: float = 0.0


def said(
    asked: Asked, text: str | None, *, finish: str = "stop", usage: dict[str, int] | None = None, **more: Any
) -> Told:
    """A good answer."""
    choice: dict[str, Any] = {"index": 0, "finish_reason": finish}
    if "prompt" in asked.body:
        choice["text"] = text
    else:
        choice["message"] = {"role": "assistant", "content": text}
    body: dict[str, Any] = {"object": "x", "choices": [choice]}
    if usage is not None:
        body["usage"] = usage
    return Told(body=json.dumps(body).encode(), **more)


def streamed(asked: Asked, *pieces: str, finish: str | None = "stop", **more: Any) -> Told:
    """A good answer in pieces, as server-sent events; without a `finish` it breaks off."""
    events: list[dict[str, Any]] = []
    for piece in pieces:
        part = {"text": piece} if "prompt" in asked.body else {"delta": {"content": piece}}
        events.append({"choices": [{"index": 0, "finish_reason": None, **part}]})
    if finish is not None:
        events.append({"choices": [{"index": 0, "finish_reason": finish, "text": ""}]})
        events.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(pieces)}})
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return Told(body=body.encode(), **more)


def wrong(status: int, message: str, code: str = "", **headers: str) -> Told:
    """An error as OpenAI words it."""
    body = {"error": {"message": message, "code": code, "type": "invalid_request_error"}}
    return Told(status=status, body=json.dumps(body).encode(), headers=headers)


class ModelServer:
    """What was asked, and who says what is answered."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Told] = lambda asked: said(asked, "yes")
        self.most_at_once = 0
        self.closed = threading.Event()
        self._now = 0
        self._lock = threading.Lock()
        self.url = ""

    def take(self, path: str, body: dict[str, Any], key: str) -> Told:
        """Note a request and say what to answer."""
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            n = 1 + sum(one.body == body for one in self.asked)
            asked = Asked(path=path, body=body, key=key, at=time.monotonic(), n=n)
            self.asked.append(asked)
        return self.answer(asked)

    def done(self) -> None:
        with self._lock:
            self._now -= 1


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """A server on a free port of this machine, for as long as the block lasts."""
    server = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(Told(body=b'{"object": "list", "data": []}'))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told = server.take(self.path, body, self.headers.get("Authorization", ""))
            try:
                if told.hang:
                    server.closed.wait(HANG_S)
                    self.close_connection = True
                    return
                server.closed.wait(told.after_s)
            finally:
                server.done()
            self._send(told)

        def _send(self, told: Told) -> None:
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            if told.cut:
                self.wfile.write(told.body[: len(told.body) // 2])
                self.wfile.flush()
                self.close_connection = True
                return
            self.wfile.write(told.body)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that gave up is what some tests are about."""

    with Quiet(("127.0.0.1", 0), Handler) as http:
        server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closed.set()
            http.shutdown()
            thread.join()
