"""The rows of one Weaviate collection: listed, read with their vectors, sent."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ragvsft.core.errors import ServiceError
from ragvsft.lab.retrieval.exact_file import Row
from ragvsft.lab.retrieval.sync_plan import Window
from ragvsft.lab.retrieval.weaviate_calls import GO_ON
from ragvsft.lab.retrieval.weaviate_schema import read_passage, read_window, stored

if TYPE_CHECKING:
    from weaviate.collections import Collection

IN_FLIGHT = 4
"""Calls at a time; 8 gained little over 4 on two cores that client and server share."""
MESSAGE = 128
"""Passages of one message; long ones too stay far below the 10 MB that a server takes."""
PAGE = 1000
"""Rows of one page of a listing."""

S = TypeVar("S")
T = TypeVar("T")


def windows_of(collection: "Collection[Mapping[str, Any], None]") -> dict[str, Window]:
    """The window of every row, by passage id."""
    rows = collection.iterator(return_properties=["from_date", "to_date"], cache_size=PAGE)
    return {str(held.uuid): read_window(held.properties) for held in rows}


def read_rows(collection: "Collection[Mapping[str, Any], None]", ids: Sequence[str]) -> dict[str, Row]:
    """Rows with their vectors, by passage id; an id that is not there is left out."""
    if not ids:
        return {}
    answer = collection.query.fetch_objects_by_ids(ids, limit=len(ids), include_vector=True)
    return {
        str(held.uuid): Row(
            read_passage(str(held.uuid), held.properties, date.min),
            read_window(held.properties),
            np.asarray(held.vector["default"], dtype=np.float32),
        )
        for held in answer.objects
    }


def send_rows(collection: "Collection[Mapping[str, Any], None]", rows: Sequence[Row]) -> None:
    """Send rows, several messages at a time. What arrived is for the caller to count.

    Raises:
        ServiceError: the server refused rows.
    """
    in_flight(lambda message: _send_message(collection, message), chunks(rows, MESSAGE))


def send_last_row(collection: "Collection[Mapping[str, Any], None]", row: Row) -> None:
    """Send one row by itself, and return when every vector can be found, and would be after the server is killed.

    A server answers a batch before the vectors of it are in its log, where they come with the next write; a row sent by
    itself is answered after that. (A row sent again would count twice in the keyword statistics.) With ASYNC_INDEXING
    a server also answers before it has indexed the vectors.
    """
    collection.data.insert(
        properties=stored(row.passage, row.window), uuid=row.passage.passage_id, vector=row.vector.tolist()
    )
    while any(shard.status == "INDEXING" or shard.vector_queue_size for shard in collection.config.get_shards()):
        time.sleep(0.25)


def in_flight(call: Callable[[S], T], items: Iterable[S]) -> list[T]:
    """The results of a call on each item, in their order, several at a time."""
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="weaviate") as pool:
        return list(pool.map(call, items))


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in order, so many at a time."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _send_message(collection: "Collection[Mapping[str, Any], None]", rows: Sequence[Row]) -> None:
    from weaviate.classes.data import DataObject

    answer = collection.data.insert_many(
        [
            DataObject(
                properties=stored(row.passage, row.window), uuid=row.passage.passage_id, vector=row.vector.tolist()
            )
            for row in rows
        ]
    )
    if answer.errors:
        first = next(iter(answer.errors.values()))
        raise ServiceError(
            f"Weaviate refused {len(answer.errors)} of {len(rows)} passages for {collection.name}, the first of them "
            f"{first.original_uuid}: {first.message}",
            hint="Look at the server's log. " + GO_ON,
        )
