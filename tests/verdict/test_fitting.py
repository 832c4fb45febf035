"""What training curves say, by hand; a paired change against a published example."""

from datetime import date

import pytest

from ragvsft.verdict.fitting import Curve, fitting
from ragvsft.verdict.forgetting import paired_change

FALLING: Curve = [(10, 2.0), (20, 1.0), (30, 0.5)]


@pytest.mark.parametrize(
    ("loss", "dev", "state", "best_step"),
    [
        (FALLING, [(10, 0.1), (20, 0.3), (30, 0.5)], "still_improving", 30),
        (FALLING, [(10, 0.1), (20, 0.5), (30, 0.5)], "settled", 30),
        (FALLING, [(10, 0.1), (20, 1.0)], "settled", 20),
        (FALLING, [(10, 0.1), (20, 0.5), (30, 0.3)], "over_fitted", 20),
        ([(10, 2.0), (20, 1.0), (30, 1.5)], [(10, 0.1), (20, 0.5), (30, 0.3)], "best_before_end", 20),
        ([], [(10, 0.5), (20, 0.3)], "best_before_end", 10),
        (FALLING, [(30, 0.5)], "not_measured", None),
    ],
)
def test_states(loss: Curve, dev: Curve, state: str, best_step: int | None) -> None:
    found = fitting("knows", date(2024, 1, 1), 0, loss=loss, dev=dev)
    assert (found.state, found.best_step) == (state, best_step)


def test_newcombes_example() -> None:
    """Newcombe 1998, paired data, table II: 36, 12, 2 and 0 pairs, method 10."""
    found = paired_change(36, 12, 2, 50)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0569, 0.3404)
    assert found.told == "gained"


@pytest.mark.parametrize(("gained", "lost", "told"), [(0, 12, "lost"), (5, 6, "none"), (0, 0, "none")])
def test_told(gained: int, lost: int, told: str) -> None:
    found = paired_change(20, gained, lost, 40)
    assert found.told == told
    assert found.low <= found.difference <= found.high
