"""`ragvsft dashboard` while it serves, for tests of the command and of the wheel."""

import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from calling import environment

UP_S = 60.0


def fetch(url: str) -> tuple[int, str]:
    """Status and text of a page."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status, answer.read().decode()


@contextmanager
def served(command: Sequence[str], *, cwd: Path, **more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A dashboard that answers, and its address; its process is gone afterwards."""
    process = subprocess.Popen(
        command, cwd=cwd, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        first = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", first)
        assert found, first + process.communicate()[1]
        deadline = time.monotonic() + UP_S
        while True:
            try:
                assert fetch(f"{found.group()}/_stcore/health") == (200, "ok")
                break
            except URLError:
                assert process.poll() is None
                assert time.monotonic() < deadline, "the dashboard does not come up"
                time.sleep(0.1)
        yield process, found.group()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
