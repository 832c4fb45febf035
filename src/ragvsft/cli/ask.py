"""`ragvsft ask`: the arms of a finished run answer a new question side by side."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragvsft.cli.console import Bar, print_json, progress_bar, say
from ragvsft.cli.options import RUNS, STORE, RunArgument, RunsOption, StoreOption, day_of
from ragvsft.core.errors import RagvsftError, UsageError
from ragvsft.core.live import Answered, Ask, Event, Refused, Waiting

if TYPE_CHECKING:
    from ragvsft.lab.answering import Answering

AN_ARM_FAILED = 3
IDLE_S = 600.0


def ask(
    run: RunArgument,
    question: Annotated[
        str | None,
        typer.Argument(metavar='"QUESTION"', help="In quotes; else a line of stdin each.", show_default=False),
    ] = None,
    arm: Annotated[
        list[str] | None, typer.Option("--arm", metavar="ARM", help="Only this arm; may be given several times.")
    ] = None,
    adapter: Annotated[
        str | None,
        typer.Option(metavar="ADAPTER", help="Another adapter, for arms that have one.", show_default=False),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="SEED", help="Adapters of this training seed; else the first one.", show_default=False),
    ] = None,
    k: Annotated[
        int | None,
        typer.Option("--k", "-k", metavar="K", help="Passages shown, for arms that search.", show_default=False),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(metavar="ALPHA", help="0: search by words, 1: by meaning; between: both.", show_default=False),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Adapters and index as of then; else the last wave.", show_default=False),
    ] = None,
    runs: RunsOption = RUNS,
    store: StoreOption = STORE,
    json: Annotated[bool, typer.Option("--json", help="One JSON line an arm, on stdout.")] = False,
    serve: Annotated[bool, typer.Option("--serve", hidden=True)] = False,
) -> int:
    """Ask the arms of a finished run a new question.

    \b
    Examples:
      ragvsft ask demo "Who leads the depot in Gent?"
      ragvsft ask demo                                    a question a line, until Ctrl-D
      ragvsft ask demo --json < questions.txt > answers.jsonl
      ragvsft ask demo "…" --arm hybrid_mixed --adapter reader -k 5 --alpha 1
      ragvsft ask demo "…" --json | jq -r '[.arm, .answer] | @tsv'

    Every arm answers as it did in the run: same prompts, settings, adapters and index; options change them by hand.
    Nothing is trained, embedded anew or written into the run. The run's price sheet prices each answer.

    Exit 3: an arm could not answer; the others did.
    """
    from ragvsft.lab.answering import check_question
    from ragvsft.lab.opening_live import open_answering
    from ragvsft.runs.folder import find_run

    if serve:
        return _serve(find_run(runs, run), store)
    given: list[str] = []
    if question is not None:
        given = [question]
    elif not sys.stdin.isatty():
        given = _piped()
    for one in given:
        check_question(one)
    folder = find_run(runs, run)
    at = day_of("--date", date)
    wanted = Ask(question="", arms=tuple(arm or ()), adapter=adapter, seed=seed, k=k, alpha=alpha, at=at)
    with ExitStack() as stack:
        with progress_bar() as bar:
            answering = stack.enter_context(
                open_answering(folder, store_folder=store, tell=partial(_waits, bar), ask=wanted)
            )
        for name, why in () if wanted.arms else answering.run.not_asked.items():
            say(f"Not asked: {name}, as {why}.")
        codes = [_answered(answering, replace(wanted, question=one), json=json) for one in given or _typed()]
        return max(codes, default=0)


def _answered(answering: "Answering", asked: Ask, *, json: bool) -> int:
    """Ask one question and show what is answered; the exit code."""
    from ragvsft.cli.answers_shown import as_json, shown
    from ragvsft.verdict.pricing import pricing_of

    pricing = pricing_of(answering.run.manifest)
    failed: list[str] = []
    with nullcontext() if json else shown(pricing) as show:

        def told(event: Event) -> None:
            if show is not None:
                show(event)
            elif isinstance(event, Answered):
                print_json(as_json(asked, event, pricing))
            if isinstance(event, Answered) and event.failure is not None:
                failed.append(event.arm.name)

        answering.ask(asked, told)
    return AN_ARM_FAILED if failed else 0


def _piped() -> list[str]:
    """The questions on stdin, a line each; read before anything is loaded.

    Raises:
        UsageError: there is none.
    """
    found = [line.strip() for line in sys.stdin if line.strip()]
    if not found:
        raise UsageError("there is no question", hint='write it behind the run: ragvsft ask RUN "Who leads the depot?"')
    return found


def _typed() -> Iterator[str]:
    """Questions as they are typed, until Ctrl-D."""
    with suppress(ImportError):
        import readline  # noqa: F401  (arrow keys and a history while typing)
    say("A question a line; Ctrl-D ends.")
    while True:
        try:
            line = input("> " if sys.stdout.isatty() else "")
        except EOFError:
            say()
            return
        if line.strip():
            yield line


def _waits(bar: Bar, event: Event) -> None:
    if isinstance(event, Waiting):
        bar(event.what, 0, 0, event.name)


def _serve(folder: Path, store: Path) -> int:
    """Answer for the dashboard, which started this process; what is wrong is told on stdout, as everything is."""
    from ragvsft.lab.opening_live import open_answering
    from ragvsft.lab.serving_live import end_with_owner, serve, tell_owner

    token = "" if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not token:
        raise UsageError("--serve is for the dashboard, which starts it", hint="take it out; or: ragvsft dashboard")
    end_with_owner()
    try:
        with open_answering(folder, store_folder=store, tell=tell_owner) as answering:
            serve(answering, token=token, idle_s=IDLE_S, tell=tell_owner)
    except RagvsftError as error:
        tell_owner(Refused(message=error.message, hint=error.hint, exit_code=error.exit_code))
        return error.exit_code
    except KeyboardInterrupt:  # the owner has ended, or ended this
        pass
    return 0
