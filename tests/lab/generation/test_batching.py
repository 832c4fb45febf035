"""Batches: every prompt once, within the budget, the same way every time."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.lab.generation.batching import plan_batches

LENGTHS = st.lists(st.integers(min_value=0, max_value=300), max_size=80)


def test_by_hand() -> None:
    # Sorted by length: 0(10) 3(10) 4(20) 1(50) 2(200). Two rows of 20 fit into 60, a third of 50 would make 150.
    assert plan_batches([10, 50, 200, 10, 20], batch_tokens=60, max_rows=8) == [[0, 3, 4], [1], [2]]
    assert plan_batches([10, 50, 200, 10, 20], batch_tokens=60, max_rows=2) == [[0, 3], [4], [1], [2]]
    assert plan_batches([], batch_tokens=60, max_rows=2) == []


@given(LENGTHS, st.integers(min_value=1, max_value=500), st.integers(min_value=1, max_value=9))
def test_every_index_once_and_within_the_budget(lengths: list[int], batch_tokens: int, max_rows: int) -> None:
    batches = plan_batches(lengths, batch_tokens=batch_tokens, max_rows=max_rows)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[i] for i in batch)
        assert len(batch) == 1 or (len(batch) <= max_rows and len(batch) * longest <= batch_tokens)
    order = [i for batch in batches for i in batch]
    assert order == sorted(range(len(lengths)), key=lambda i: (lengths[i], i))
    # No batch could have taken the next one's first row.
    for batch, following in itertools.pairwise(batches):
        rows = len(batch) + 1
        assert rows > max_rows or rows * lengths[following[0]] > batch_tokens


@pytest.mark.parametrize(("batch_tokens", "max_rows", "lengths"), [(0, 1, [1]), (1, 0, [1]), (1, 1, [-1])])
def test_senseless_limits_are_refused(batch_tokens: int, max_rows: int, lengths: list[int]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|negative"):
        plan_batches(lengths, batch_tokens=batch_tokens, max_rows=max_rows)
