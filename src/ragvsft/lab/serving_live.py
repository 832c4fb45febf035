"""The engine behind the dashboard's page Ask: questions and answers as JSON lines over loopback, one after another.

Who starts it holds the other end of its stdin, gives a token there, and reads on its stdout what is waited for and then
the port. It ends when stdin closes, when its owner is gone, or when nobody has asked for a while.
"""

import hmac
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ragvsft.core.errors import RagvsftError, ServiceError
from ragvsft.core.live import Ask, Ended, Event, Ready, Refused
from ragvsft.lab.answering import Answering

HOST = "127.0.0.1"
MOST_BYTES = 1_000_000
"""Of a request."""
REQUEST_WITHIN_S = 5.0
TOLD_WITHIN_S = 30.0
"""A client that reads nothing for so long is given up."""
GRACE_S = 15.0
"""Between being told to end and being ended."""
_POLL_S = 0.5

_events: TypeAdapter[Event] = TypeAdapter(Event)


class Request(BaseModel):
    """A question, and the token that shows who asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: str
    ask: Ask


def as_line(event: Event) -> bytes:
    """An event as a JSON line."""
    return _events.dump_json(event) + b"\n"


def serve(answering: Answering, *, token: str, idle_s: float, tell: Callable[[Event], None]) -> None:
    """Answer on a free port of 127.0.0.1 until nobody has asked for `idle_s`, or the store or model is gone.

    Args:
        answering: what answers.
        token: every request has to bring it.
        idle_s: seconds without a request.
        tell: told the port.
    """
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(idle_s)
        tell(Ready(port=server.getsockname()[1]))
        while True:
            try:
                connection, _ = server.accept()
            except TimeoutError:
                return
            with connection:
                try:
                    goes_on = _answer(connection, answering, token)
                except OSError:  # whoever asked has gone, and what was begun for them is given up
                    goes_on = True
            if not goes_on:
                return


def end_with_owner() -> None:
    """Have this process interrupted, as by SIGTERM, once its stdin is closed or its owner is gone."""
    owner = os.getppid()

    def watch() -> None:
        while os.getppid() == owner:
            readable, _, _ = select.select([0], [], [], _POLL_S)
            if readable and not os.read(0, 64):
                break
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, name="ragvsft-owner", daemon=True).start()


def tell_owner(event: Event) -> None:
    """Tell the owner, on stdout."""
    sys.stdout.buffer.write(as_line(event))
    sys.stdout.buffer.flush()


def _answer(connection: socket.socket, answering: Answering, token: str) -> bool:
    """Answer one request; False: nothing can be answered any more."""
    connection.settimeout(REQUEST_WITHIN_S)
    line = _line(connection)
    connection.settimeout(TOLD_WITHIN_S)

    def tell(event: Event) -> None:
        connection.sendall(as_line(event))

    try:
        request = Request.model_validate_json(line)
    except ValidationError:
        tell(Refused(message="this is no question that the engine understands"))
        return True
    if not hmac.compare_digest(request.token.encode(), token.encode()):
        tell(Refused(message="the token is not the engine's"))
        return True
    try:
        answering.ask(request.ask, tell)
    except RagvsftError as error:
        with suppress(OSError):
            tell(Refused(message=error.message, hint=error.hint, exit_code=error.exit_code))
        return not isinstance(error, ServiceError)
    tell(Ended())
    return True


def _line(connection: socket.socket) -> bytes:
    """The first line that comes; cut where it is too long."""
    found = b""
    while b"\n" not in found and len(found) < MOST_BYTES:
        piece = connection.recv(65_536)
        if not piece:
            break
        found += piece
    return found.partition(b"\n")[0]
