"""Parses files in a process of its own: one that hangs, dies or eats memory costs its file and nothing else."""

import json
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

from ragvsft.data.importing.parsers import KINDS, MARKDOWN, TEXT, Parsed, Unreadable
from ragvsft.data.importing.parsers.plain import parse_plain

QUIET_S = 10.0
"""A parser without a sign of life for so long is stopped."""
WHOLE_S = 300.0
"""A file that takes longer is left out, however many pages it still has."""


class FileParser:
    """A context manager; its process starts with the first file that needs one, and anew after one that killed it."""

    def __init__(self, *, quiet_s: float = QUIET_S, whole_s: float = WHOLE_S) -> None:
        self._quiet_s = quiet_s
        self._whole_s = whole_s
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def parse(self, suffix: str, data: bytes) -> Parsed:
        """The text of a file.

        Args:
            suffix: one of `KINDS`.
            data: the file.

        Raises:
            Unreadable: it has none, or its parser hung or died.
            ValueError: the suffix is none of `KINDS`.
        """
        if suffix not in KINDS:
            raise ValueError(f"no parser reads {suffix!r}")
        if suffix in TEXT | MARKDOWN:
            return parse_plain(data, markdown=suffix in MARKDOWN)
        self._ask(suffix, data)
        return self._answer()

    def _ask(self, suffix: str, data: bytes) -> None:
        head = json.dumps({"suffix": suffix, "size": len(data)}).encode("ascii") + b"\n"
        for again in (True, False):
            process = self._running()
            assert process.stdin
            try:
                process.stdin.write(head + data)
                process.stdin.flush()
            except OSError:
                self._stop()
                if not again:
                    raise
            else:
                return

    def _answer(self) -> Parsed:
        end = time.monotonic() + self._whole_s
        while True:
            left = min(self._quiet_s, end - time.monotonic())
            try:
                line = self._answers.get(timeout=max(0.0, left))
            except queue.Empty:
                self._stop()
                waited = f"it gave no sign for {self._quiet_s:.0f} s" if left > 0 else f"over {self._whole_s:.0f} s"
                raise Unreadable("file that its parser does not finish", waited) from None
            if not line:
                self._stop()
                raise Unreadable("file that its parser died of", "it may be damaged, or made to do harm")
            answer = json.loads(line)
            if "unreadable" in answer:
                reason, detail = answer["unreadable"]
                raise Unreadable(reason, detail)
            if "parsed" in answer:
                found = answer["parsed"]
                remarks = tuple((reason, where) for reason, where in found.pop("remarks"))
                return Parsed(**found, remarks=remarks)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # -P: a folder of documents that is the current one is no place to take modules from.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ragvsft.data.importing.parsers"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._answers = queue.Queue()
            assert self._process.stdout
            threading.Thread(target=_listen, args=(self._process.stdout, self._answers), daemon=True).start()
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        assert process.stdin
        with suppress(OSError):
            process.stdin.close()
        process.wait()


def _listen(stdout: IO[bytes], answers: "queue.Queue[bytes]") -> None:
    """Hand on the lines of a process; an empty one when it is gone."""
    with stdout:
        for line in stdout:
            answers.put(line)
    answers.put(b"")
