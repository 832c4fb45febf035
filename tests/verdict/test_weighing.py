"""The arithmetic of a choice, by hand: fronts, shares, dealt weights, weights that turn it."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ragvsft.verdict.weighing import best_shares, dealt, front, reversals, scaled, weight_draws


def test_the_front_holds_what_nothing_beats() -> None:
    values = np.array([[0.9, -10.0], [0.8, -5.0], [0.8, -6.0], [0.9, -10.0]])
    assert front(values).tolist() == [True, True, False, True]


def test_ranges_turn_values_into_utilities_and_end_where_they_end() -> None:
    # 0 USD is best and 500 worst: 100 USD is 0.8, and what nobody can pay is 0.
    assert scaled(np.array([0.0, 100.0, 500.0, 900.0, np.inf]), 500.0, 0.0).tolist() == [1.0, 0.8, 0.0, 0.0, 0.0]
    assert scaled(np.array([0.5, 0.75]), 0.5, 1.0).tolist() == [0.0, 0.5]


def test_absent_objectives_leave_their_weight_in_proportion() -> None:
    given_weights = np.array([0.5, 0.3, 0.2])
    assert dealt(given_weights, np.array([True, False, True])) == pytest.approx([5 / 7, 0.0, 2 / 7])
    assert dealt(given_weights, np.array([False, False, False])).tolist() == [0.0, 0.0, 0.0]


def test_a_tie_is_split() -> None:
    drawn = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 1.0], [0.2, 0.2, 0.2]])
    assert best_shares(drawn) == pytest.approx([(1 + 0.5 + 1 / 3) / 4, (0.5 + 0.5 + 1 / 3) / 4, (0.5 + 1 / 3) / 4])


def test_drawn_weights_vary_around_those_given() -> None:
    drawn = weight_draws(np.array([0.5, 0.0, 0.5]))
    assert drawn[0].tolist() == [0.5, 0.0, 0.5]
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert (drawn[:, 1] == 0.0).all()
    # A Dirichlet share of 25 among 50 has a standard deviation of √(0.25 / 51).
    assert drawn[1:, 0].mean() == pytest.approx(0.5, abs=0.003)
    assert drawn[1:, 0].std() == pytest.approx((0.25 / 51) ** 0.5, rel=0.03)


def test_reversal_by_hand() -> None:
    # a is better by 0.2 in the first, worse by 0.3 in the second: equal where w·0.2 = (1 − w)·0.3, at 0.6.
    utilities = np.array([[0.8, 0.3], [0.6, 0.6]])
    (first, second) = reversals(utilities, np.array([0.7, 0.3]), 0)
    assert (first.objective, first.best, first.weight) == (0, 1, pytest.approx(0.6))
    assert (second.objective, second.best, second.weight) == (1, 1, pytest.approx(0.4))
    assert reversals(np.array([[0.8, 0.6], [0.6, 0.3]]), np.array([0.7, 0.3]), 0) == ()


def test_two_that_are_equal_now_part_on_the_right_side() -> None:
    weights = np.full(3, 1 / 3)
    (first, second) = reversals(np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), weights, 0)
    assert (first.objective, first.best, first.weight > weights[1]) == (1, 1, True)
    assert (second.objective, second.best, second.weight <= weights[2]) == (2, 1, True)


shares = st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3).map(lambda some: np.array(some) / sum(some))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3), min_size=2, max_size=5), shares)
@example([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], np.full(3, 1 / 3))
def test_beyond_a_reversal_the_other_leads(rows: list[list[float]], weights: np.ndarray) -> None:
    utilities = np.array(rows)
    best = int(np.argmax(utilities @ weights))
    for one in reversals(utilities, weights, best):
        for step, leads in ((-1e-3, one.weight <= weights[one.objective]), (1e-3, one.weight > weights[one.objective])):
            at = one.weight + step
            if not 0.0 <= at <= 1.0:
                continue
            rest = np.where(np.arange(3) == one.objective, 0.0, weights)
            moved = rest / rest.sum() * (1.0 - at)
            moved[one.objective] = at
            value = utilities @ moved
            assert bool(value[one.best] >= value[best] - 1e-9) or not leads
