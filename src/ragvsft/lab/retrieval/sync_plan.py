"""Which rows a sync adds, moves and deletes: pure arithmetic over dates, the same for every store.

A row serves a date when its window contains it. A plan goes from the date that is served to another one such
that, while it is carried out, every query for the old date still sees the old rows and nothing else; where no
windows can do that (the change is at the served date itself), the plan says so and the index is closed meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Policy


@dataclass(frozen=True, slots=True)
class Window:
    """When a row is served: from `opens` until before `closes`; None is open."""

    opens: date
    closes: date | None = None

    def contains(self, at: date) -> bool:
        """Whether the row is current at a date."""
        return self.opens <= at and (self.closes is None or at < self.closes)

    def known_end(self, served: date) -> date | None:
        """When the row stopped being valid, as far as it is known at the served date."""
        return self.closes if self.closes is not None and self.closes <= served else None

    def serves(self, at: date, policy: Policy) -> bool:
        """Whether a query at a date sees the row; under `keep_all` an old version stays in sight."""
        return self.opens <= at if policy == "keep_all" else self.contains(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What a sync does, in this order: hide, add, move, serve the date, drop."""

    hide: bool
    """No date may be served until the sync is complete."""
    add: tuple[tuple[Passage, Window], ...]
    """Passages to embed and send, short ones first."""
    move: Mapping[str, Window]
    """New windows of rows that are held, by passage id."""
    drop: tuple[str, ...]
    """Rows to delete once the date is served (`replace`)."""
    n_passages: int
    """Rows that the index serves afterwards."""
    n_reopened: int
    n_closed: int
    n_unchanged: int

    @property
    def empty(self) -> bool:
        """Whether no row changes."""
        return not (self.add or self.move or self.drop)


def plan_sync(
    passages: Sequence[Passage], held: Mapping[str, Window], *, served: date | None, at: date, policy: Policy
) -> SyncPlan:
    """The plan that makes an index which holds some rows serve exactly these passages at a date.

    Counts compare with the date served before: reopened = held and not served then; closed = served then, and no
    longer wanted. Under `keep_all` closed rows stay in sight.

    Raises:
        ValueError: two passages have one id.
    """
    wanted = {passage.passage_id: passage for passage in passages}
    if len(wanted) != len(passages):
        raise ValueError("two passages have one id")
    after: dict[str, Window] = {}
    for row, passage in wanted.items():
        after[row] = _opened(held.get(row), passage.valid_from, served=served, at=at, policy=policy)
    for row, window in held.items():
        if row not in wanted:
            after[row] = _closed(window, served=served, at=at, policy=policy)

    def seen_before(row: str) -> bool:
        return served is not None and row in held and held[row].serves(served, policy)

    current = {row for row, window in held.items() if served is not None and window.contains(served)}
    drop = tuple(sorted(held.keys() - wanted.keys())) if policy == "replace" else ()
    served_at = sum(window.serves(at, policy) for row, window in after.items() if row not in drop)
    add = [(passage, after[row]) for row, passage in wanted.items() if row not in held]
    return SyncPlan(
        hide=served is not None and any(seen_before(row) != after[row].serves(served, policy) for row in after),
        add=tuple(sorted(add, key=lambda pair: (len(pair[0].content), pair[0].passage_id))),
        move={row: after[row] for row, window in held.items() if after[row] != window},
        drop=drop,
        n_passages=served_at,
        n_reopened=len(wanted.keys() & held.keys() - current),
        n_closed=len(current - wanted.keys()),
        n_unchanged=len(wanted.keys() & current),
    )


def _opened(window: Window | None, valid_from: date, *, served: date | None, at: date, policy: Policy) -> Window:
    """The window of a row that must serve a date: changed only where it does not, and unseen at the served date."""
    first = min(valid_from, at)
    if window is not None and window.serves(at, policy):
        reopened = policy == "keep_all" and not window.contains(at)
        return Window(window.opens) if reopened else window
    seen = window is not None and served is not None and window.serves(served, policy)
    if served is None or at == served:
        return Window(first)
    if at > served:
        if seen and window is not None:
            return Window(window.opens)
        return Window(first if first > served else at)
    if seen and window is not None:
        return Window(first, window.closes)
    return Window(first, served)


def _closed(window: Window, *, served: date | None, at: date, policy: Policy) -> Window:
    """The window of a row that must no longer be current at a date: as it is seen now, until the date is served."""
    if not window.contains(at):
        return window
    if served is None or at >= served:
        return Window(window.opens, at)
    if policy != "keep_all" and window.serves(served, policy):
        return Window(served, window.closes)
    return Window(window.opens, at)
