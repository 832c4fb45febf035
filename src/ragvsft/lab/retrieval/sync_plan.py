"""What an index holds after a sync to a date: pure arithmetic over dates, the same for every store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Policy


@dataclass(frozen=True, slots=True)
class Window:
    """When a row is current: from `opens` until before `closes`; None is open."""

    opens: date
    closes: date | None = None

    def contains(self, at: date) -> bool:
        """Whether the row is current at a date."""
        return self.opens <= at and (self.closes is None or at < self.closes)

    def serves(self, at: date, policy: Policy) -> bool:
        """Whether a query at a date sees the row; under `keep_all` an old version stays in sight."""
        return self.opens <= at if policy == "keep_all" else self.contains(at)

    def known_end(self, at: date) -> date | None:
        """When the row stopped being current, as far as it is known at a date."""
        return self.closes if self.closes is not None and self.closes <= at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What is there after a sync, and what the sync has to do for it."""

    windows: Mapping[str, Window]
    """Every row afterwards, by passage id."""
    add: Mapping[str, Passage]
    """Of those, the passages that are not held: to be embedded."""
    changed: bool
    """Whether any row comes, goes or gets another window."""
    n_passages: int
    """Rows that queries see afterwards."""
    n_reopened: int
    n_closed: int
    n_unchanged: int


def plan_sync(
    passages: Sequence[Passage], held: Mapping[str, Window], *, served: date | None, at: date, policy: Policy
) -> SyncPlan:
    """The plan by which an index that holds some rows serves exactly these passages at a date.

    Counts compare with the date served before: reopened = held but not current then; closed = current then and not
    wanted now (under `keep_all` such rows stay in sight).

    Raises:
        ValueError: two passages have one id.
    """
    wanted = {passage.passage_id: passage for passage in passages}
    if len(wanted) != len(passages):
        raise ValueError("two passages have one id")
    windows = {key: _opened(held.get(key), passage, at) for key, passage in wanted.items()}
    if policy != "replace":
        windows |= {key: _closed(window, at) for key, window in held.items() if key not in wanted}
    current = {key for key, window in held.items() if served is not None and window.contains(served)}
    return SyncPlan(
        windows=windows,
        add={key: passage for key, passage in wanted.items() if key not in held},
        changed=windows != held,
        n_passages=sum(window.serves(at, policy) for window in windows.values()),
        n_reopened=len(wanted.keys() & held.keys() - current),
        n_closed=len(current - wanted.keys()),
        n_unchanged=len(wanted.keys() & current),
    )


def _opened(window: Window | None, passage: Passage, at: date) -> Window:
    """A window that contains the date; as it is where it does already."""
    if window is None:
        return Window(min(passage.valid_from, at))
    return window if window.contains(at) else Window(min(window.opens, passage.valid_from, at))


def _closed(window: Window, at: date) -> Window:
    """A window that does not contain the date; as it is where it does not already."""
    return Window(window.opens, at) if window.contains(at) else window
