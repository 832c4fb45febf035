"""Answers of a run that is asked live, as a terminal shows them while they are written, and as JSON."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragvsft.core.live import Answered, Ask, Begun, Event, Found, LiveArm, Waiting, Writing
from ragvsft.core.values import Hit, Stage
from ragvsft.report import figures
from ragvsft.report.escaping import shortened, without_controls
from ragvsft.verdict.pricing import Pricing

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOST_OF_A_PASSAGE = 400
"""Characters shown of one; `--json` has all of it."""
WAITING = {"adapter": "loading the adapter", "model": "loading the model"}


def as_json(asked: Ask, answered: Answered, pricing: Pricing | None) -> dict[str, object]:
    """What came of an arm, as JSON values."""
    arm = answered.arm
    seconds = {reading.stage: reading.wall_s for reading in answered.readings}
    return {
        "question": asked.question,
        "arm": arm.name,
        "kind": arm.kind,
        "answer": answered.answer,
        "failure": answered.failure,
        "hint": answered.hint,
        "style": arm.style,
        "adapter": arm.adapter,
        "adapter_from": answered.adapter_from.isoformat() if answered.adapter_from else None,
        "seed": answered.seed,
        "index": arm.index,
        "k": arm.k,
        "alpha": arm.alpha,
        "passages": [
            {
                "rank": hit.rank,
                "similarity": hit.similarity,
                "doc_id": hit.passage.doc_id,
                "passage_id": hit.passage.passage_id,
                "title": hit.passage.title,
                "text": hit.passage.text,
            }
            for hit in answered.hits
        ],
        "prompt": answered.prompt,
        "prompt_tokens": answered.prompt_tokens,
        "output_tokens": answered.output_tokens,
        "stop_reason": answered.stop_reason,
        "retrieve_s": seconds.get(Stage.RETRIEVE),
        "generate_s": seconds.get(Stage.GENERATE),
        "usd": usd(answered, pricing),
    }


def usd(answered: Answered, pricing: Pricing | None) -> float | None:
    """What an answer cost; None: it is unpriced, or there is none."""
    return pricing.total(answered.readings) if pricing is not None and answered.readings else None


@contextmanager
def shown(pricing: Pricing | None) -> Iterator[Callable[[Event], None]]:
    """Show what is told: on a terminal a table that fills as the arms write, elsewhere the table once it is whole."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    board = _Board(pricing)
    if sys.stdout.isatty():
        with Live(console=console, refresh_per_second=12, transient=True) as live:

            def follow(event: Event) -> None:
                board.take(event)
                live.update(board.table())

            yield follow
    else:
        yield board.take
    board.print_all(console)


class _Board:
    """What is known of each arm so far."""

    def __init__(self, pricing: Pricing | None) -> None:
        self._pricing = pricing
        self._arms: tuple[LiveArm, ...] = ()
        self._writing: dict[str, str] = {}
        self._answered: dict[str, Answered] = {}
        self._waiting = ""

    def take(self, event: Event) -> None:
        """Note an event."""
        self._waiting = ""
        match event:
            case Begun():
                self._arms = event.arms
            case Found():
                self._writing[event.arm] = ""
            case Writing():
                self._writing[event.arm] = event.text
            case Answered():
                self._answered[event.arm.name] = event
            case Waiting():
                self._waiting = f"{WAITING.get(event.what, event.what)} {event.name}"

    def table(self) -> "Table":
        """The arms, one a row."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        caption = Text(without_controls(self._waiting), style="dim") if self._waiting else None
        table = Table(box=SIMPLE_HEAD, pad_edge=False, caption=caption, caption_justify="left")
        table.add_column("arm", no_wrap=True)
        table.add_column("answer", ratio=1, overflow="fold")
        for title in ("tokens", "s", "USD"):
            table.add_column(title, justify="right", no_wrap=True)
        for arm in self._arms:
            done = self._answered.get(arm.name)
            name = Text.assemble((without_controls(arm.name), "bold"), ("\n" + settings_of(arm, done), "dim"))
            if done is None:
                table.add_row(name, Text(without_controls(self._writing.get(arm.name, "…")), style="italic"))
            elif done.failure is not None:
                table.add_row(name, Text(f"could not answer: {without_controls(done.failure)}", style="red"))
            else:
                tokens = f"{done.prompt_tokens:,} + {done.output_tokens:,}"
                table.add_row(
                    name,
                    Text(without_controls(done.answer or "") or "(empty)"),
                    tokens,
                    figures.seconds(done.seconds),
                    figures.usd(usd(done, self._pricing)) if usd(done, self._pricing) is not None else "unpriced",
                )
        return table

    def print_all(self, console: "Console") -> None:
        """The table, what to do about failures, and the passages: once where arms saw the same."""
        from rich.text import Text

        console.print(self.table())
        for hint in dict.fromkeys(done.hint for done in self._answered.values() if done.hint):
            console.print(Text(f"→ {without_controls(hint)}"))
        seen: dict[tuple[Hit, ...], list[str]] = {}
        for done in self._answered.values():
            if done.hits:
                seen.setdefault(done.hits, []).append(done.arm.name)
        for hits, arms in seen.items():
            console.print(Text(f"Passages of {', '.join(map(without_controls, arms))}", style="bold"))
            for hit in hits:
                title = without_controls(hit.passage.title)
                text = shortened(without_controls(hit.passage.text), MOST_OF_A_PASSAGE)
                console.print(Text(f"{hit.rank}  {hit.similarity:.3f}  {title}", style="italic"))
                console.print(Text(text), width=min(console.width, 110))


def settings_of(arm: LiveArm, done: Answered | None) -> str:
    """An arm's settings in a few words, a line each for adapter and search."""
    since = f" of {done.adapter_from}, seed {done.seed}" if done is not None and done.adapter_from else ""
    told = [f"{arm.adapter}{since}"] if arm.adapter else []
    told += [f"k {arm.k}, alpha {arm.alpha:g}"] if arm.k is not None and arm.alpha is not None else []
    return "\n".join(told) or "nothing added"
