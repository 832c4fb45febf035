"""Runs a server and ends it when its owner ends, however that happens.

A script of the standard library alone: `python -I -S server_watchdog.py OWNER_PID GRACE_S COMMAND…`. The owner holds
the other end of stdin; when that closes, or this process gets another parent, the server is asked to stop and after
the grace period killed. The server's process id is the one line on stdout; what the server says goes to stderr.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from types import FrameType

_POLL_S = 0.25
_PR_SET_PDEATHSIG = 1


def watch(owner_pid: int, grace_s: float, command: list[str]) -> int:
    """Run the command until it ends or the owner does; returns the command's exit status."""
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask)
    watchdog_pid = os.getpid()

    def die_with_watchdog() -> None:
        # The last resort, for a watchdog that is killed itself. It acts on the death of the starting thread, which
        # is why the owner, with its threads that come and go, cannot use it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != watchdog_pid:
            os._exit(1)

    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        preexec_fn=die_with_watchdog if sys.platform == "linux" else None,
    )
    try:
        os.write(1, f"{server.pid}\n".encode())
        while server.poll() is None and not asked and os.getppid() == owner_pid:
            readable, _, _ = select.select([0], [], [], _POLL_S)
            if readable and not os.read(0, 64):
                break
    finally:
        _end(server, grace_s)
    return server.returncode


def _end(server: "subprocess.Popen[bytes]", grace_s: float) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(grace_s)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


if __name__ == "__main__":
    sys.exit(watch(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
