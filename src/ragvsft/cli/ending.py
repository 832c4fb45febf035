"""How the command line ends: signals, and an exit code and a hint for every error.

Exit codes: 0 fine · 1 error with a hint · 2 usage · 3 done with failures over tolerance · 4 a service is missing ·
5 the gate says no · 6 the gate cannot tell · 130 interrupted, the same command goes on.
"""

import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import typer

from ragvsft.cli.console import say, say_error
from ragvsft.core.errors import RagvsftError

INTERRUPTED = 130
DEBUG_VARIABLE = "RAGVSFT_DEBUG"
GOING_ON = frozenset({"run", "train", "index"})
"""Commands that keep what they finished."""
HINTS = {
    errno.ENOSPC: "Free some disk, and run the same command again: it goes on.",
    errno.EDQUOT: "Free some of your quota, and run the same command again: it goes on.",
    errno.EACCES: "Allow it, or name another folder.",
    errno.EPERM: "Allow it, or name another folder.",
    errno.EROFS: "The file system is read-only: name another folder.",
    errno.EMFILE: "Raise the limit of open files (ulimit -n).",
}


def run_cli(arguments: Sequence[str]) -> int:
    """Run the command line and return its exit code; no exception leaves."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    _show_everything()
    try:
        with _signals_as_interruption():
            code = _call(arguments)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has seen enough, as in `ragvsft data show … | head`.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except RagvsftError as error:
        _trace()
        say_error(error.message, error.hint)
        return error.exit_code
    except Exception as error:
        if isinstance(error, _usage_errors()):
            return _say_usage(error)
        _trace()
        say_error(*_unforeseen(error))
        return 1
    if code == INTERRUPTED:
        goes_on = next((one for one in arguments if not one.startswith("-")), "") in GOING_ON
        say_error(
            "interrupted", "What is finished is kept. The same command goes on where it stopped." if goes_on else None
        )
    return code


def _call(arguments: Sequence[str]) -> int:
    from ragvsft.cli.app import app

    # --debug is the root's option, and people write it last.
    rest = [argument for argument in arguments if argument != "--debug"]
    if len(rest) < len(arguments):
        os.environ[DEBUG_VARIABLE] = "1"
    result = app(args=rest, standalone_mode=False, prog_name="ragvsft")
    return result if isinstance(result, int) else 0


@contextmanager
def _signals_as_interruption() -> Iterator[None]:
    """SIGTERM is an interruption as Ctrl-C is: what is open is closed in order. The second of them ends at once."""
    caught = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in caught}

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt

    try:
        for number in caught:
            # A shell starts background jobs with SIGINT ignored, and that is to be kept.
            if before[number] is not signal.SIG_IGN:
                signal.signal(number, interrupt)
    except ValueError:  # not the main thread, where signals are not ours
        yield
        return
    try:
        yield
    finally:
        for number in caught:
            signal.signal(number, before[number])


def _show_everything() -> None:
    # A terminal that lacks a character shows its code instead of ending the command.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _usage_errors() -> type[BaseException]:
    # The root of typer's own errors; which library it comes from differs from version to version.
    return next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _say_usage(error: Any) -> int:  # noqa: ANN401
    message = str(error.format_message()).rstrip(".")
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        say(message)
        return 2
    near = getattr(error, "possibilities", None)
    if near:
        message = f"{str(error.message).rstrip('.')}. Did you mean {' or '.join(sorted(near))}?"
    path = context.command_path if context else "ragvsft"
    say_error(message[:1].lower() + message[1:], f"{path} --help shows how it is called.")
    return 2


def _unforeseen(error: Exception) -> tuple[str, str]:
    if isinstance(error, OSError) and error.errno in HINTS:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}", HINTS[error.errno]
    if isinstance(error, MemoryError):
        return "out of memory", "Close other programs, or lower lab.base.batch_tokens and max_rows."
    return (
        f"this is a bug in ragvsft: {type(error).__name__}: {error}",
        "The same command with --debug shows where; please report it with that output.",
    )


def _trace() -> None:
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        traceback.print_exc()
