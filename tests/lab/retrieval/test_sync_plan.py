"""The plan of a sync: by hand, and what must hold for any rows and dates."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Policy
from ragvsft.lab.retrieval.sync_plan import Window, plan_sync

D = [date(2024, month, 1) for month in range(1, 7)]


def passage(key: str, since: date = D[0]) -> Passage:
    return Passage(passage_id=key, doc_id=key, title="", text=key, position=0, valid_from=since)


def test_by_hand() -> None:
    held = {"kept": Window(D[0]), "gone": Window(D[0]), "back": Window(D[0], D[1])}
    wanted = [passage("kept"), passage("back"), passage("new", D[3])]
    plan = plan_sync(wanted, held, served=D[2], at=D[3], policy="time_filter")
    assert plan.windows == {
        "kept": Window(D[0]), "back": Window(D[0]), "new": Window(D[3]), "gone": Window(D[0], D[3]),
    }  # fmt: skip
    assert set(plan.add) == {"new"}
    assert (plan.n_unchanged, plan.n_reopened, plan.n_closed, plan.n_passages) == (1, 1, 1, 3)
    assert "gone" not in plan_sync(wanted, held, served=D[2], at=D[3], policy="replace").windows
    assert plan_sync(wanted, held, served=D[2], at=D[3], policy="keep_all").n_passages == 4


def test_the_same_passage_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="one id"):
        plan_sync([passage("a"), passage("a")], {}, served=None, at=D[0], policy="replace")


days = st.sampled_from(D)
windows = st.builds(lambda a, b: Window(a, None if b is None else max(a, b)), days, st.none() | days)


@given(
    held=st.dictionaries(st.sampled_from("abcdef"), windows),
    wanted=st.dictionaries(st.sampled_from("abcdef"), days),
    served=st.none() | days,
    at=days,
    policy=st.sampled_from(["replace", "time_filter", "keep_all"]),
)
def test_what_is_wanted_is_served_and_doing_it_twice_does_nothing(
    held: dict[str, Window], wanted: dict[str, date], served: date | None, at: date, policy: Policy
) -> None:
    passages = [passage(key, min(since, at)) for key, since in wanted.items()]
    plan = plan_sync(passages, held, served=served, at=at, policy=policy)
    seen = {key for key, window in plan.windows.items() if window.serves(at, policy)}
    if policy == "keep_all":
        assert wanted.keys() <= seen <= wanted.keys() | {key for key, window in held.items() if window.opens <= at}
    else:
        assert seen == wanted.keys()
    assert plan.add.keys() == wanted.keys() - held.keys()
    assert plan.n_reopened + plan.n_unchanged + len(plan.add) == len(wanted)
    again = plan_sync(passages, plan.windows, served=at, at=at, policy=policy)
    assert not again.changed
    assert (again.n_unchanged, again.n_closed, again.n_reopened) == (len(wanted), 0, 0)
