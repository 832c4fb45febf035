"""Bins, calibration error, risk by coverage and abstaining: by hand, and what holds of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.core.values import Outcome, Task, WaveQuestion
from ragvsft.metrics.answers import metrics_for
from ragvsft.verdict.answers import ScoreTable, score_table, unanswerable_counts
from ragvsft.verdict.calibration import MOST_POINTS, Calibration, abstaining, calibrations, reliability, risk_coverage
from ragvsft.verdict.inputs import WaveInputs
from ragvsft.verdict.intervals import wilson

ABSTAIN = ("I don't know",)
METRICS = metrics_for(Task.SHORT_ANSWER)
ANSWERS = st.lists(
    st.tuples(st.sampled_from([0.05, 0.3, 0.31, 0.75, 0.999, 1.0]), st.sampled_from([0.0, 0.25, 1.0])),
    min_size=1,
    max_size=30,
)
few = settings(max_examples=60, deadline=None)
Ask = Callable[..., WaveQuestion]
Say = Callable[..., tuple[Outcome, ...]]


def sure(outcomes: Sequence[Outcome], confidences: Sequence[float | None]) -> tuple[Outcome, ...]:
    return tuple(replace(one, confidence=c) for one, c in zip(outcomes, confidences, strict=True))


def table_of(questions: Sequence[WaveQuestion], **by_arm: tuple[Outcome, ...]) -> ScoreTable:
    wave = WaveInputs(wave=date(2024, 1, 1), planned=tuple(questions), n_left_out=0, outcomes=by_arm)
    return score_table(wave, list(by_arm), METRICS, ABSTAIN)


def only(table: ScoreTable) -> Calibration:
    (found,) = calibrations(table, METRICS[0])
    return found


def test_by_hand(ask: Ask, say: Say) -> None:
    questions = [ask(f"q{n}") for n in range(6)]
    answers = ["yes", "no", "yes", "no", "I don't know", None]
    said = sure(say("rag", questions, answers), [0.95, 0.95, 0.65, 0.35, 0.99, None])
    found = only(table_of(questions, rag=said))

    assert (found.n, found.n_answers, found.n_abstained, found.n_failed) == (6, 4, 1, 1)
    assert found.confidence == pytest.approx(0.725)
    assert found.score == 0.5
    told = [(one.low, one.high, one.score.n, one.confidence, one.score.mean) for one in found.bins]
    expected = [(0.3, 0.4, 1, 0.35, 0.0), (0.6, 0.7, 1, 0.65, 1.0), (0.9, 1.0, 2, 0.95, 0.5)]
    assert [pytest.approx(one) for one in expected] == told
    assert (found.bins[1].score.low, found.bins[1].score.high) == pytest.approx(wilson(1, 1))
    assert found.ece == pytest.approx((2 * 0.45 + 0.35 + 0.35) / 4)
    # The failure first, then the two of one confidence with half a mistake each, then the right one, then the wrong.
    assert [one.risk for one in found.curve] == pytest.approx([1, 1.5 / 2, 2 / 3, 2 / 4, 3 / 5])
    assert [one.coverage for one in found.curve] == pytest.approx([k / 6 for k in range(1, 6)])
    assert [one.confidence for one in found.curve] == [1.0, 0.95, 0.95, 0.65, 0.35]
    assert found.aurc == pytest.approx((1 + 3 / 4 + 2 / 3 + 1 / 2 + 3 / 5) / 5)


def test_without_a_confidence_nothing_is_told(ask: Ask, say: Say) -> None:
    questions = [ask(f"q{n}") for n in range(3)]
    half = sure(say("half", questions, ["yes", "no", "yes"]), [0.5, None, 0.5])
    silent = sure(say("silent", questions, ["I don't know", None, "I don't know"]), [0.5, None, 0.5])
    abstains = sure(say("abstains", questions, ["yes", "I don't know", None]), [0.5, None, None])
    table = table_of(questions, half=half, silent=silent, abstains=abstains, old=say("old", questions, ["yes"] * 3))

    assert [one.arm for one in calibrations(table, METRICS[0])] == ["abstains"]
    assert [one.arm for one in abstaining(table)] == ["half", "silent", "abstains", "old"]


def test_every_seed_is_an_answer_of_its_own(ask: Ask, say: Say) -> None:
    questions = [ask("q0"), ask("q1")]
    first = sure(say("tuned", questions, ["yes", "no"], seed=0), [0.9, 0.8])
    second = sure(say("tuned", questions, ["no", "no"], seed=1), [0.2, 0.1])
    found = only(table_of(questions, tuned=(*first, *second)))

    assert found.n == 4
    assert [one.risk for one in found.curve] == pytest.approx([0, 1 / 2, 2 / 3, 3 / 4])
    assert [one.score.n_facts for one in found.bins] == [1, 1, 1, 1]


def test_abstaining_right_and_wrong(ask: Ask, say: Say) -> None:
    questions = [
        *(ask(f"q{n}") for n in range(4)),
        *(ask(f"u{n}", answers=(), answerable=False) for n in range(4)),
        ask("gone", answers=(), stale_answers=("yes",)),
    ]
    idk = ABSTAIN[0]
    said = say("rag", questions, ["yes", idk, None, "no", idk, "maybe", None, idk, idk])
    table = table_of(questions, rag=said)
    (found,) = abstaining(table)

    assert found.abstained is not None
    assert found.false_answers is not None
    assert (found.abstained.mean, found.abstained.n, found.abstained.n_failed) == (0.25, 4, 1)
    assert (found.false_answers.mean, found.false_answers.n, found.false_answers.n_failed) == (0.5, 4, 1)
    n, n_abstained = unanswerable_counts(table, "rag")
    assert found.false_answers.mean == 1 - n_abstained / n
    answerable = table_of(questions[:4], rag=say("rag", questions[:4], ["yes"] * 4))
    assert abstaining(answerable)[0].false_answers is None


def test_an_empty_wave_has_nothing_to_tell(ask: Ask, say: Say) -> None:
    questions = [ask("q0"), ask("q1")]
    table = table_of(questions, rag=say("rag", questions[:1], ["yes"]), other=say("other", questions[1:], ["yes"])[:0])
    empty = table.of_facts(frozenset())

    assert calibrations(empty, METRICS[0]) == ()
    assert [(one.abstained, one.false_answers) for one in abstaining(empty)] == [(None, None)]


@few
@given(ANSWERS, st.randoms(use_true_random=False), st.integers(0, 3))
def test_the_order_of_questions_changes_nothing(answers: list[tuple[float, float]], luck, n_failed: int) -> None:
    facts = [f"f{n // 2}" for n in range(len(answers))]
    mixed = list(zip(answers, facts, strict=True))
    luck.shuffle(mixed)
    (c, s), (mixed_c, mixed_s) = np.array(answers).T, np.array([one for one, _ in mixed]).T
    n = len(answers) + n_failed

    assert risk_coverage(mixed_c, mixed_s, n=n, n_failed=n_failed) == risk_coverage(c, s, n=n, n_failed=n_failed)
    ece, bins = reliability(c, s, facts)
    mixed_ece, mixed_bins = reliability(mixed_c, mixed_s, [fact for _, fact in mixed])
    assert mixed_ece == pytest.approx(ece)
    for one, other in zip(bins, mixed_bins, strict=True):
        assert (one.low, one.score.n) == (other.low, other.score.n)
        assert one.score.mean == pytest.approx(other.score.mean)
        assert (one.score.low, one.score.high) == pytest.approx((other.score.low, other.score.high))


@few
@given(ANSWERS, st.integers(0, 29), st.integers(0, 3))
def test_a_failure_never_improves_the_curve(answers: list[tuple[float, float]], at: int, n_failed: int) -> None:
    """Neither in the place of an answer, whatever that was, nor in that of an abstention."""
    c, s = np.array(answers).T
    n = len(answers) + n_failed + 1
    at %= len(answers)
    area, curve = risk_coverage(c, s, n=n, n_failed=n_failed)
    instead = risk_coverage(np.delete(c, at), np.delete(s, at), n=n, n_failed=n_failed + 1)
    besides = risk_coverage(c, s, n=n, n_failed=n_failed + 1)

    assert instead[0] >= area - 1e-12
    assert besides[0] >= area - 1e-12
    for before, after in zip(curve, instead[1], strict=True):
        assert after.coverage == before.coverage
        assert after.risk >= before.risk - 1e-12
    for before, after in zip(curve, besides[1], strict=False):
        assert after.risk >= before.risk - 1e-12


@few
@given(ANSWERS)
def test_figures_are_fractions_and_bins_hold_every_answer_once(answers: list[tuple[float, float]]) -> None:
    c, s = np.array(answers).T
    ece, bins = reliability(c, s, [f"f{n}" for n in range(len(answers))])
    area, curve = risk_coverage(c, s, n=len(answers))

    assert 0 <= ece <= 1
    assert 0 <= area <= 1
    assert sum(one.score.n for one in bins) == len(answers)
    assert all(one.low < one.confidence + 1e-12 and one.confidence <= one.high + 1e-12 for one in bins)
    assert curve[-1].coverage == 1
    assert curve[-1].risk == pytest.approx(1 - s.mean())


def test_a_long_curve_is_thinned_and_its_area_is_of_all_answers() -> None:
    rng = np.random.default_rng(1)
    c, s = rng.random(1234), (rng.random(1234) < 0.5).astype(float)
    area, curve = risk_coverage(c, s, n=1234)
    losses = 1 - s[np.argsort(-c)]

    assert len(curve) == MOST_POINTS
    assert curve[-1].coverage == 1
    assert area == pytest.approx(np.mean(np.cumsum(losses) / np.arange(1, 1235)))
    k = round(curve[49].coverage * 1234)
    assert k == 617
    assert curve[49].risk == pytest.approx(losses[:k].mean())
