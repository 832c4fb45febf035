"""The rows of a Weaviate collection: listed, sent and reconciled, moved and deleted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ragvsft.core.errors import ServiceError
from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.base import Vectors
from ragvsft.lab.retrieval.exact_index import Row
from ragvsft.lab.retrieval.sync_plan import Window
from ragvsft.lab.retrieval.weaviate_calls import GO_ON
from ragvsft.lab.retrieval.weaviate_schema import read_passage, read_window, stored, window_properties

if TYPE_CHECKING:
    from weaviate.collections import Collection

IN_FLIGHT = 4
"""Calls at a time; 8 gained little over 4 on two cores that client and server share."""
MESSAGE = 128
"""Passages of one message; long ones too stay far below the 10 MB that a server takes."""
PAGE = 1000
"""Rows of one page of a listing, and ids of one deletion."""

S = TypeVar("S")
T = TypeVar("T")
Sent = tuple[Passage, Window, Vectors]


class WeaviateRows:
    """The rows of one collection, several calls at a time. What the client raises passes through."""

    def __init__(self, collection: "Collection[Mapping[str, Any], None]") -> None:
        self._collection = collection
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="weaviate")

    def close(self) -> None:
        """End the worker threads."""
        self._pool.shutdown()

    def windows(self) -> dict[str, Window]:
        """The window of every row, by passage id."""
        rows = self._collection.iterator(return_properties=["from_date", "to_date"], cache_size=PAGE)
        return {str(held.uuid): read_window(held.properties) for held in rows}

    def with_vectors(self, served: date) -> dict[str, Row]:
        """Every row with its vector, by passage id."""
        return {
            str(held.uuid): Row(
                read_passage(str(held.uuid), held.properties, served),
                read_window(held.properties),
                np.asarray(held.vector["default"], dtype=np.float32),
            )
            for held in self._collection.iterator(include_vector=True, cache_size=PAGE)
        }

    def send(self, rows: Sequence[Sent]) -> None:
        """Send rows and see that the collection holds them; what is missing is sent once more.

        Raises:
            ServiceError: rows were refused, or are not there although none was.
        """
        self._insert(rows)
        missing = self._missing([passage.passage_id for passage, _, _ in rows])
        if missing:
            self._insert([row for row in rows if row[0].passage_id in missing])
            missing = self._missing(missing)
        if missing:
            raise ServiceError(
                f"Weaviate took {len(rows)} passages for {self._collection.name} without complaint, and {len(missing)} "
                f"of them are not there, the first of them {min(missing)}.",
                hint="Look at the server's log and disk. " + GO_ON,
            )

    def move(self, windows: Mapping[str, Window]) -> None:
        """Give rows other windows; nothing else of them changes."""
        self.in_flight(
            lambda row: self._collection.data.update(uuid=row[0], properties=window_properties(row[1])), windows.items()
        )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete rows.

        Raises:
            ServiceError: some could not be deleted.
        """
        from weaviate.classes.query import Filter

        for chunk in chunks(ids, PAGE):
            answer = self._collection.data.delete_many(where=Filter.by_id().contains_any(chunk))
            if answer.failed:
                raise ServiceError(
                    f"Weaviate could not delete {answer.failed} of {len(chunk)} closed passages of "
                    f"{self._collection.name}; no query sees them.",
                    hint="Look at the server's log. " + GO_ON,
                )

    def in_flight(self, call: Callable[[S], T], items: Iterable[S]) -> list[T]:
        """The results of a call on each item, in their order, several at a time."""
        return list(self._pool.map(call, items))

    def _insert(self, rows: Sequence[Sent]) -> None:
        self.in_flight(self._insert_message, chunks(rows, MESSAGE))

    def _insert_message(self, rows: Sequence[Sent]) -> None:
        from weaviate.classes.data import DataObject

        answer = self._collection.data.insert_many(
            [
                DataObject(properties=stored(passage, window), uuid=passage.passage_id, vector=vector.tolist())
                for passage, window, vector in rows
            ]
        )
        if answer.errors:
            first = next(iter(answer.errors.values()))
            raise ServiceError(
                f"Weaviate refused {len(answer.errors)} of {len(rows)} passages for {self._collection.name}, "
                f"the first of them {first.original_uuid}: {first.message}",
                hint="Look at the server's log. " + GO_ON,
            )

    def _missing(self, ids: Iterable[str]) -> set[str]:
        asked = set(ids)
        there = self._collection.query.fetch_objects_by_ids(sorted(asked), limit=len(asked), return_properties=False)
        return asked - {str(held.uuid) for held in there.objects}


def chunks(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """The items in order, so many at a time."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
