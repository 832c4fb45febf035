"""The process that parses: files on stdin, one JSON line an answer on stdout. `process.py` starts it and speaks to it.

A question is a JSON line {"suffix", "size"} and so many bytes. Answers are {"alive"} as often as work goes on, then
{"parsed"} or {"unreadable"}.
"""

import json
import logging
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict
from typing import BinaryIO

from ragvsft.data.importing.parsers import PDF, WEB, Parsed, Unreadable

MEMORY_BYTES = 3 * 1024**3


def main() -> None:
    """Answer until stdin ends."""
    _limit_memory()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    # A library that prints must not speak into the answers.
    sys.stdout = sys.stderr
    while line := questions.readline():
        asked = json.loads(line)
        data = questions.read(asked["size"])
        _say(answers, {"alive": True})
        try:
            parsed = _parsed(asked["suffix"], data, lambda: _say(answers, {"alive": True}))
            _say(answers, {"parsed": {**asdict(parsed), "metadata": dict(parsed.metadata)}})
        except Unreadable as error:
            _say(answers, {"unreadable": [error.reason, error.detail]})
        except MemoryError:
            _say(answers, {"unreadable": ["file that takes too much memory", "split it"]})
        except Exception as error:
            # A damaged file makes a parser raise anything.
            told = " ".join(str(error).split())[:200]
            _say(answers, {"unreadable": [f"damaged {_kind(asked['suffix'])}", f"{type(error).__name__}: {told}"]})


def _parsed(suffix: str, data: bytes, alive: Callable[[], None]) -> Parsed:
    if suffix in PDF:
        from ragvsft.data.importing.parsers.pdf import parse_pdf

        alive()
        return parse_pdf(data, alive)
    if suffix in WEB:
        from ragvsft.data.importing.parsers.web_page import parse_web_page

        alive()
        return parse_web_page(data)
    from ragvsft.data.importing.parsers.word import parse_word

    alive()
    return parse_word(data)


def _kind(suffix: str) -> str:
    return "PDF" if suffix in PDF else "web page" if suffix in WEB else "Word file"


def _say(answers: BinaryIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer).encode("ascii") + b"\n")
    answers.flush()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    main()
