"""By hand over three waves: time to fresh, what a fresh fact costs, what is kept, and the paired tests of freshness."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from ragvsft.core.values import Change, Outcome, Task, WaveQuestion
from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.answers import ScoreTable, score_table
from ragvsft.verdict.costs import ArmCost
from ragvsft.verdict.decay import decays
from ragvsft.verdict.freshness import freshness
from ragvsft.verdict.freshness_pairs import between_arms, since_before
from ragvsft.verdict.inputs import WaveInputs
from ragvsft.verdict.time_to_fresh import DAY_S, TimeToFresh, times_to_fresh

WAVES = (date(2024, 1, 1), date(2024, 1, 11), date(2024, 1, 31))
METRICS = metrics_for(Task.SHORT_ANSWER)
Ask = Callable[..., WaveQuestion]
Say = Callable[..., tuple[Outcome, ...]]
Told = dict[str, Sequence[str | None]]


def table(wave: date, questions: Sequence[WaveQuestion], say: Say, told: Told) -> ScoreTable:
    outcomes = {arm: say(arm, questions, answers) for arm, answers in told.items()}
    inputs = WaveInputs(wave=wave, planned=tuple(questions), n_left_out=0, outcomes=outcomes)
    return score_table(inputs, list(told), METRICS, ("I don't know",))


@pytest.fixture
def asked(ask: Ask) -> list[list[WaveQuestion]]:
    """Three waves of four facts: `a` changes at the second and the third, `b` at the second, `c` never, `d` is new."""

    def at(wave: int, **answers: str) -> list[WaveQuestion]:
        moved = [{}, {"a": Change.CHANGED, "b": Change.CHANGED, "d": Change.NEW}, {"a": Change.CHANGED}][wave]
        return [
            ask(fact, answers=(answer,), change=moved.get(fact, Change.UNCHANGED) if wave else None)
            for fact, answer in answers.items()
        ]

    return [
        at(0, a="a0", b="b0", c="c0"),
        at(1, a="a1", b="b1", c="c0", d="d1"),
        at(2, a="a2", b="b1", c="c0", d="d1"),
    ]


def times(
    asked: list[list[WaveQuestion]], say: Say, told: Sequence[Sequence[str | None]], **more: float
) -> TimeToFresh:
    tables = [table(wave, qs, say, {"rag": said}) for wave, qs, said in zip(WAVES, asked, told, strict=True)]
    fresh = [freshness(one, before, {}) for one, before in zip(tables, [None, *tables], strict=False)]
    cost = ArmCost(setup_s=100.0, refresh_s={WAVES[1]: 4.0, WAVES[2]: 8.0}, question_s=0.5, question_tokens=None)
    (found,) = times_to_fresh(
        tables, WAVES, fresh, {"rag": cost}, None,
        answer_s={"rag": 0.5}, label_days=more.get("label_days", 0.0), trained={"rag": frozenset(WAVES[1:2])},
    )  # fmt: skip
    return found


def test_right_at_once_takes_the_update_and_one_answer(asked: list[list[WaveQuestion]], say: Say) -> None:
    found = times(asked, say, [["a0", "b0", "c0"], ["a1", "b1", "c0", "d1"], ["a2", "b1", "c0", "d1"]])
    assert (found.n, found.n_at_once, found.n_later, found.n_never) == (4, 4, 0, 0)
    assert found.median_s == 4.5, "three at the second wave, one at the third"
    assert found.refresh_s == 6.0
    assert found.refreshed_s == pytest.approx(12.0 / 4)


def test_right_only_at_the_next_wave_takes_the_time_between(asked: list[list[WaveQuestion]], say: Say) -> None:
    found = times(asked, say, [["a0", "b0", "c0"], ["a0", "b0", "c0", "x"], ["a0", "b1", "c0", "d1"]])
    assert (found.n_at_once, found.n_later, found.n_never) == (0, 2, 2), "a moved again before it was right"
    assert found.median_s is None
    assert found.refreshed_s is None
    late = times(asked, say, [["a0", "b0", "c0"], ["a0", "b0", "c0", "x"], ["a2", "b1", "c0", "d1"]])
    assert late.median_s == 20 * DAY_S + 8.0 + 0.5
    assert late.n_never == 1


def test_labels_make_a_trained_arm_wait(asked: list[list[WaveQuestion]], say: Say) -> None:
    told = [["a0", "b0", "c0"], ["a1", "b1", "c0", "d1"], ["a2", "b1", "c0", "d1"]]
    assert times(asked, say, told, label_days=3.0).median_s == 4.5 + 3 * DAY_S


def test_a_failure_is_never_fresh(asked: list[list[WaveQuestion]], say: Say) -> None:
    found = times(asked, say, [["a0", "b0", "c0"], [None, None, "c0", None], [None, None, "c0", None]])
    assert (found.n_at_once, found.n_never, found.median_s) == (0, 4, None)


def test_an_arm_that_is_not_refreshed_keeps_less_at_each_wave(asked: list[list[WaveQuestion]], say: Say) -> None:
    old = ["a0", "b0", "c0", "?"]
    tables = [table(wave, qs, say, {"old": old[: len(qs)]}) for wave, qs in zip(WAVES, asked, strict=True)]
    facts, arm = decays(tables, WAVES, floor=0.8)
    assert (facts.arm, arm.arm) == (None, "old")
    for found in (facts, arm):
        assert [(wave, share.mean) for wave, share in found.kept] == [
            (WAVES[1], pytest.approx(1 / 3)),
            (WAVES[2], pytest.approx(1 / 3)),
        ]
    assert arm.due.updates == pytest.approx(2 * math.log(0.8) / math.log(1 / 3))
    assert arm.due.days == pytest.approx(arm.due.updates / 2 * 30)
    assert arm.due.every == 1
    assert arm.due.low < arm.due.updates < (arm.due.high or math.inf)


def test_an_arm_that_loses_nothing_is_never_due(asked: list[list[WaveQuestion]], say: Say) -> None:
    told = [["a0", "b0", "c0"], ["a1", "b1", "c0", "d1"], ["a2", "b1", "c0", "d1"]]
    tables = [table(w, qs, say, {"rag": said}) for w, qs, said in zip(WAVES, asked, told, strict=True)]
    _, arm = decays(tables, WAVES, floor=0.8)
    assert (arm.due.updates, arm.due.high, arm.due.every) == (None, None, None)
    assert arm.due.low > 0.0
    assert decays(tables[:1], WAVES[:1], floor=0.8) == ()


def test_what_an_arm_never_knew_it_cannot_lose(asked: list[list[WaveQuestion]], say: Say) -> None:
    told = [["?", "b0", "?"], ["a1", "b1", "c0", "d1"], ["a2", "b1", "c0", "d1"]]
    tables = [table(w, qs, say, {"rag": said}) for w, qs, said in zip(WAVES, asked, told, strict=True)]
    _, arm = decays(tables, WAVES, floor=0.8)
    assert [share.n for _, share in arm.kept] == [1, 1]


def test_arms_are_compared_on_what_moved_alone(ask: Ask, say: Say) -> None:
    def fact(name: str, n: int, change: Change) -> WaveQuestion:
        stale = () if change is Change.UNCHANGED else ("old",)
        return ask(f"{name}{n}", answers=("new",), stale_answers=stale, change=change)

    moved = [fact("m", n, Change.CHANGED) for n in range(12)]
    same = [fact("s", n, Change.UNCHANGED) for n in range(30)]
    told: Told = {"rag": ["new"] * 12 + ["?"] * 30, "tuned": ["old"] * 12 + ["new"] * 30}
    found = {one.metric: one for one in between_arms(table(WAVES[1], [*moved, *same], say, told), frozenset(told))}
    assert found["fresh"].n_facts == found["stale"].n_facts == 12
    assert (found["fresh"].difference, found["stale"].difference) == (1.0, -1.0)
    assert found["fresh"].distinguishable
    assert found["stale"].distinguishable


def test_two_facts_that_swap_their_values_are_both_stale_when_nothing_is_learnt(ask: Ask, say: Say) -> None:
    before = [ask("p", answers=("Ada",)), ask("q", answers=("Ben",))]
    now = [
        replace(before[0], answers=("Ben",), stale_answers=("Ada",), change=Change.CHANGED),
        replace(before[1], answers=("Ada",), stale_answers=("Ben",), change=Change.CHANGED),
    ]
    told: Told = {"tuned": ["Ada", "Ben"]}
    (found,) = freshness(table(WAVES[1], now, say, told), table(WAVES[0], before, say, told), {})
    assert found.stale
    assert found.stale.mean == 1.0
    swapped: Told = {"tuned": ["Ben", "Ada"]}
    (found,) = freshness(table(WAVES[1], now, say, swapped), table(WAVES[0], before, say, told), {})
    assert found.stale
    assert found.stale.mean == 0.0


def test_an_arm_is_compared_with_itself_on_what_was_asked_at_both(ask: Ask, say: Say) -> None:
    then = [ask(f"q{n}", answers=("then",)) for n in range(20)]
    now = [replace(one, answers=("now",), stale_answers=("then",), change=Change.CHANGED) for one in then[:15]]
    now += [replace(one, change=Change.UNCHANGED) for one in then[15:]]
    now.append(ask("q20", answers=("now",), change=Change.NEW))
    before = table(WAVES[0], then, say, {"tuned": ["then"] * 20, "rag": ["then"] * 20})
    after = table(WAVES[1], now, say, {"tuned": ["then"] * 21, "rag": ["now"] * 15 + ["then"] * 5 + ["now"]})
    found = {one.arm: one for one in since_before(after, before)}
    assert (found["tuned"].difference, found["tuned"].n) == (-0.75, 20)
    assert found["tuned"].p_adjusted < 0.05
    assert found["tuned"].p_adjusted >= found["tuned"].p
    assert (found["rag"].difference, found["rag"].p_adjusted) == (0.0, 1.0)
    assert since_before(before, None) == ()
