"""The questions of a wave that were asked, what kind of outcome each arm came to, and the filters over them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import streamlit as st

from last_read import Stamp
from ragvsft.core.values import WaveQuestion
from ragvsft.metrics.outcome_kind import OutcomeKind, outcome_kind
from ragvsft.runs.reading import open_run

SHOW = ("all", "arms disagree", "all right", "none right", "stale", "failed", "unanswerable")
"""What a reader looks for; the first is no filter."""

NEAR = 200
"""Questions before and after the open one in the list; ten thousand take a second to send and to draw."""

RIGHT_IS = "Right: the answer states a right one, with other words around it or not, and no old one."
"""What `Asked.is_right` and the kinds of outcomes mean; kinder than exact match, so that it is told beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that an arm at least answered."""

    number: int
    """1 is the wave's first."""
    question: WaveQuestion
    kinds: dict[str, tuple[OutcomeKind, ...]]
    """By arm; one a training seed."""
    haystack: str
    """Question, accepted and earlier answers, and what the arms said; folded for searching."""

    def is_right(self, arm: str) -> bool:
        """Whether an arm is right with every seed."""
        return arm in self.kinds and set(self.kinds[arm]) == {OutcomeKind.CURRENT}


@st.cache_resource(max_entries=4, show_spinner="Reading the answers …")
def asked_at(folder: str, wave: date, stamp: Stamp) -> tuple[Asked, ...]:
    """The asked questions of a wave, in the order in which they were recorded.

    Raises:
        RagvsftError: the run cannot be read.
    """
    del stamp  # only tells readings of different states apart
    with open_run(Path(folder)) as run, run.snapshot():
        abstain = run.manifest.dataset.abstain
        questions = {question.question_id: question for question in run.questions(wave)}
        kinds: dict[str, dict[str, list[OutcomeKind]]] = {}
        said: dict[str, list[str]] = {}
        for outcome in run.outcomes(wave=wave):
            question = questions[outcome.question_id]
            of_question = kinds.setdefault(question.question_id, {})
            of_question.setdefault(outcome.arm, []).append(outcome_kind(question, outcome, abstain))
            said.setdefault(question.question_id, []).append(outcome.answer or outcome.failure or "")
    return tuple(
        Asked(
            number=number,
            question=question,
            kinds={arm: tuple(found) for arm, found in kinds[question.question_id].items()},
            haystack=_haystack(question, said[question.question_id]),
        )
        for number, question in enumerate((q for q in questions.values() if q.question_id in kinds), start=1)
    )


def matching(
    asked: Sequence[Asked],
    *,
    search: str = "",
    show: str = SHOW[0],
    right: Collection[str] = (),
    not_right: Collection[str] = (),
    choosable: Collection[str] = (),
) -> list[Asked]:
    """The questions that pass all filters.

    Args:
        asked: all of them.
        search: words that must all occur, in whatever order.
        show: one of `SHOW`.
        right: arms that must be right.
        not_right: arms that must not be right.
        choosable: the arms that "disagree", "all right" and "none right" are about; the oracle is none of them.
    """
    terms = search.casefold().split()
    return [
        one
        for one in asked
        if all(term in one.haystack for term in terms)
        and _is_shown(one, show, choosable)
        and all(one.is_right(arm) for arm in right)
        and not any(one.is_right(arm) for arm in not_right)
    ]


def near(found: Sequence[Asked], at: int) -> Sequence[Asked]:
    """The questions before and after one, as many as a list on a page can hold and stay quick."""
    return found[max(0, at - NEAR) : at + NEAR + 1]


def _is_shown(one: Asked, show: str, choosable: Collection[str]) -> bool:
    if show == SHOW[0]:
        return True
    kinds = {kind for found in one.kinds.values() for kind in found}
    rights = {one.is_right(arm) for arm in one.kinds if arm in choosable}
    match show:
        case "arms disagree":
            return len(rights) == 2
        case "all right":
            return rights == {True}
        case "none right":
            return rights == {False}
        case "stale":
            return bool(kinds & {OutcomeKind.STALE, OutcomeKind.CONFLATED})
        case "failed":
            return OutcomeKind.FAILED in kinds
        case "unanswerable":
            return not one.question.answers
    raise ValueError(f"there is nothing to show that is called {show!r}")


def _haystack(question: WaveQuestion, said: Sequence[str]) -> str:
    return "\n".join((question.question, *question.answers, *question.stale_answers, *said)).casefold()
