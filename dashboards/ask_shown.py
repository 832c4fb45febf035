"""What the arms say to a new question: cards that fill while they write, then the passages and prompts behind them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import streamlit as st

from marking import marked
from ragvsft.core.live import Answered, Begun, Event, Found, LiveArm, Refused, Waiting, Writing
from ragvsft.core.values import Hit, Stage
from ragvsft.report import figures
from ragvsft.report.escaping import visible
from ragvsft.verdict.pricing import Pricing
from shown import MOST, block, tell_cut, words

IN_A_ROW = 3
WAITING = {
    "store": "Opening the store of passages …",
    "embedder": "Loading the embedder …",
    "model": "Loading the model …",
    "adapter": "Loading the adapter {} …",
}


@dataclass(slots=True)
class Told:
    """What was told of a question."""

    question: str
    arms: tuple[LiveArm, ...] = ()
    answers: dict[str, Answered] = field(default_factory=dict)
    refused: Refused | None = None


def waiting(event: Waiting) -> str:
    """What is waited for, as a sentence begun."""
    return WAITING[event.what].format(words(event.name, 60))


def follow(told: Told, events: Iterable[Event], pricing: Pricing | None) -> None:
    """Show the cards, and fill them as events come in; what was told is kept in `told`."""
    cards: dict[str, _Card] = {}
    place = st.empty()
    place.markdown(":gray[Asking …]")
    for event in events:
        match event:
            case Begun():
                place.empty()
                told.arms = event.arms
                cards = _cards(event.arms)
            case Waiting() if told.arms:
                cards[_next(told)].says(waiting(event))
            case Found():
                cards[event.arm].says("Writing …")
            case Writing():
                cards[event.arm].writes(event.text)
            case Answered():
                told.answers[event.arm.name] = event
                cards[event.arm.name].holds(event, pricing)
            case Refused():
                place.empty()
                told.refused = event
                for name in cards.keys() - told.answers.keys():
                    cards[name].says("Not answered.")


def show(told: Told, pricing: Pricing | None) -> None:
    """Show the cards of what was told before."""
    for name, card in _cards(told.arms).items():
        if name in told.answers:
            card.holds(told.answers[name], pricing)
        else:
            card.says("Not answered.")


def show_behind(told: Told) -> None:
    """What refused, the passages and the prompts."""
    if told.refused is not None:
        tell_refused(told.refused)
    answers = list(told.answers.values())
    if any(answer.arm.index for answer in answers):
        _passages(answers)
    prompted = [answer for answer in answers if answer.prompt]
    if prompted:
        with st.expander("Prompts"):
            for tab, answer in zip(st.tabs([words(one.arm.name) for one in prompted]), prompted, strict=True):
                with tab:
                    block(answer.prompt)


def tell_refused(refused: Refused) -> None:
    """Why nothing was answered, and what to do."""
    st.error(words(_sentence(refused.message)))
    if refused.hint:
        st.markdown(words(_sentence(refused.hint)))


def _sentence(told: str) -> str:
    """Beginning with a capital, and with one full stop at its end."""
    return f"{figures.capital(told).removesuffix('.')}."


class _Card:
    """An arm's place on the page."""

    def __init__(self, arm: LiveArm) -> None:
        self._arm = arm
        with st.container(border=True, height="stretch", gap="xsmall"):
            self._head = st.empty()
            self._title(settings_of(arm))
            self._answer = st.empty()
            self._spent = st.empty()
        self.says("…")

    def says(self, what: str) -> None:
        """What it waits for."""
        self._answer.markdown(f":gray[{what}]")

    def writes(self, text: str) -> None:
        """The answer so far."""
        self._answer.code(visible(text[:MOST]) or " ", language=None, wrap_lines=True)

    def holds(self, done: Answered, pricing: Pricing | None) -> None:
        """What came of it."""
        self._title(settings_of(self._arm, done))
        with self._answer.container(gap="xsmall"):
            if done.failure is None:
                block(done.answer or "")
            else:
                st.markdown(f":red-badge[:material/error: could not answer]  \n{words(done.failure)}")
                if done.hint:
                    st.markdown(f":small[{words(_sentence(done.hint))}]")
        if done.readings:
            self._spent.markdown(_small(*_spent(done, pricing)))

    def _title(self, settings: Sequence[str]) -> None:
        self._head.markdown(f"**{words(self._arm.name)}**  \n{_small(*settings)}")


def settings_of(arm: LiveArm, done: Answered | None = None) -> list[str]:
    """An arm's kind and settings in a few words, as lines."""
    kind = [] if arm.kind == arm.name else [arm.kind.replace("_", " ")]
    since = f" of {done.adapter_from}, seed {done.seed}" if done is not None and done.adapter_from else ""
    adapter = [f"adapter {words(arm.adapter)}{since}"] if arm.adapter else []
    search = f"k {arm.k} · alpha {arm.alpha:g}" if arm.k is not None and arm.alpha is not None else "no passages"
    return [" · ".join([*kind, *adapter]) or "no adapter", search]


def _spent(done: Answered, pricing: Pricing | None) -> list[str]:
    """What an answer took, as lines."""
    searching = sum(one.wall_s for one in done.readings if one.stage is Stage.RETRIEVE)
    cost = pricing.total(done.readings) if pricing is not None else None
    price = "unpriced" if cost is None else f"{figures.usd(cost)} USD"
    took = f"{figures.seconds(done.seconds)} s"
    return [
        f"{done.prompt_tokens:,} + {done.output_tokens:,} tokens · {price}",
        f"{took}, {figures.seconds(searching)} of it searching" if searching else took,
    ]


def _small(*lines: str) -> str:
    return "  \n".join(f":gray[:small[{line}]]" for line in lines)


def _cards(arms: Sequence[LiveArm]) -> dict[str, _Card]:
    cards: dict[str, _Card] = {}
    for start in range(0, len(arms), IN_A_ROW):
        for column, arm in zip(st.columns(IN_A_ROW), arms[start : start + IN_A_ROW], strict=False):
            with column:
                cards[arm.name] = _Card(arm)
    return cards


def _next(told: Told) -> str:
    """The arm that is to answer now."""
    return next(arm.name for arm in told.arms if arm.name not in told.answers)


def _passages(answers: Sequence[Answered]) -> None:
    """The passages, once where several arms were shown the same."""
    seen: dict[tuple[Hit, ...], list[str]] = {}
    for answer in answers:
        if answer.arm.index and answer.failure is None:
            seen.setdefault(answer.hits, []).append(answer.arm.name)
    if not seen:
        return
    st.header("Passages", anchor=False)
    st.caption(figures.ABOUT_SIMILARITY)
    for column, (hits, arms) in zip(st.columns(max(IN_A_ROW, len(seen))), seen.items(), strict=False):
        with column:
            st.markdown(f"**Seen** :gray[:small[by {', '.join(map(words, arms))}]]")
            for hit in hits:
                with st.container(border=True, gap="xsmall"):
                    title = f"**{words(hit.passage.title, 120)}**  \n" if hit.passage.title else ""
                    st.markdown(f"{title}:gray[:small[{hit.rank} · similarity {hit.similarity:.3f}]]")
                    st.markdown(marked(hit.passage.text[:MOST], []))
                    tell_cut(hit.passage.text)
            if not hits:
                st.caption("The search found nothing.")
