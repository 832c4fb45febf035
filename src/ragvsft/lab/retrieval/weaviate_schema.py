"""What a collection of ours looks like: its properties, its vector index, and what it says of itself.

An object is a passage with the window in which it is current. The collection's description keeps what the rows were
made by and the served date, so that one small read tells everything and no object of another kind is counted.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from ragvsft.config.experiment import IndexFile
from ragvsft.core.errors import DataError
from ragvsft.core.values import Passage
from ragvsft.lab.retrieval.bm25 import K1, B
from ragvsft.lab.retrieval.sync_plan import Window

if TYPE_CHECKING:
    from weaviate import WeaviateClient
    from weaviate.collections import Collection

FLAT_BELOW = 10_000
"""Passages. Below, an exact search is fast enough, and its answers are the same after every restart."""

FIRST_DATE, LAST_DATE, OPEN_DATE = date(1678, 1, 1), date(2261, 12, 31), date(2262, 1, 1)
"""Weaviate filters dates as nanoseconds in 64 bits: a year before 1678 or after 2262 wraps round and is not found."""

TOLD = ["title", "text", "doc_id", "position", "valid_from", "from_date", "to_date"]
"""The properties that a hit needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a collection says of itself."""

    definition: str
    generation: int
    """Of two complete snapshots the later one is served."""
    served: date | None
    """None until the snapshot is complete."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A collection of ours and what it says of itself."""

    collection: "Collection[Mapping[str, Any], None]"
    about: About

    @property
    def name(self) -> str:
        """The collection's name."""
        return self.collection.name

    def serving(self, at: date) -> "Snapshot":
        """The same snapshot, complete and served from now on."""
        about = replace(self.about, served=at)
        self.collection.config.update(description=_description(about))
        return Snapshot(self.collection, about)


def snapshots_of(client: "WeaviateClient", name: str) -> list[Snapshot]:
    """The collections of an index: none, one, or more while a sync is under way and where one was interrupted.

    Raises:
        DataError: a collection of that name is not ours.
    """
    ours = re.compile(re.escape(name) + r"_\d+")
    return [
        Snapshot(client.collections.use(found), _read_description(config.description, found))
        for found, config in client.collections.list_all(simple=True).items()
        if ours.fullmatch(found)
    ]


def create(client: "WeaviateClient", name: str, about: About, index_file: IndexFile, n_passages: int) -> Snapshot:
    """Create a collection with everything stated, so that no server default decides a result."""
    from weaviate.classes.config import Configure, DataType, Property, StopwordsPreset, Tokenization, VectorDistances

    flat = index_file.vector_index == "flat" or (index_file.vector_index == "auto" and n_passages < FLAT_BELOW)
    quantizer = Configure.VectorIndex.Quantizer.none()
    hnsw = Configure.VectorIndex.hnsw(
        distance_metric=VectorDistances.COSINE,
        quantizer=quantizer,
        ef=index_file.ef,
        ef_construction=max(128, index_file.ef),
        max_connections=index_file.max_connections,
    )

    def kept(property_name: str) -> Property:
        return Property(
            name=property_name, data_type=DataType.TEXT, index_filterable=False, index_searchable=False
        )  # fmt: skip

    def bound(property_name: str) -> Property:
        return Property(
            name=property_name, data_type=DataType.DATE, index_filterable=True, index_range_filters=True
        )  # fmt: skip

    collection = client.collections.create(
        # A name is never given twice: who still asks for a deleted snapshot is told so, and never sees the next one.
        f"{name}_{about.generation}",
        description=_description(about),
        properties=[
            Property(
                name="content",
                data_type=DataType.TEXT,
                tokenization=Tokenization.WORD,
                index_searchable=True,
                index_filterable=False,
            ),
            kept("title"),
            kept("text"),
            kept("doc_id"),
            kept("valid_from"),
            Property(name="position", data_type=DataType.INT, index_filterable=False),
            bound("from_date"),
            bound("to_date"),
        ],
        vector_config=Configure.Vectors.self_provided(
            vector_index_config=Configure.VectorIndex.flat(distance_metric=VectorDistances.COSINE, quantizer=quantizer)
            if flat
            else hnsw
        ),
        inverted_index_config=Configure.inverted_index(
            bm25_k1=K1, bm25_b=B, stopwords_preset=StopwordsPreset.EN, index_null_state=False, index_timestamps=False
        ),
    )
    return Snapshot(collection, about)


def _description(about: About) -> str:
    served = about.served.isoformat() if about.served else None
    return json.dumps({"ragvsft": 1, "definition": about.definition, "generation": about.generation, "served": served})


def _read_description(text: str | None, name: str) -> About:
    try:
        told = json.loads(text or "")
        if told["ragvsft"] != 1:
            raise ValueError("of another version")
        return About(
            definition=str(told["definition"]),
            generation=int(told["generation"]),
            served=date.fromisoformat(told["served"]) if told["served"] else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The Weaviate collection {name} does not say what it holds: {error}",
            hint=f"Delete the collection {name}: it is made again from the documents.",
        ) from error


def stored(passage: Passage, window: Window) -> dict[str, object]:
    """A passage as the properties of an object; its id and vector stand beside them."""
    return {
        "content": passage.content,
        "title": passage.title,
        "text": passage.text,
        "doc_id": passage.doc_id,
        "position": passage.position,
        "valid_from": passage.valid_from.isoformat(),
        **window_properties(window),
    }


def window_properties(window: Window) -> dict[str, object]:
    """A window as the two dates that queries filter by; open is a date far off."""
    closes = _midnight(OPEN_DATE) if window.closes is None else moment(window.closes)
    return {"from_date": moment(window.opens), "to_date": closes}


def read_window(properties: Mapping[str, Any]) -> Window:
    """The window of an object."""
    closes: date = properties["to_date"].date()
    return Window(properties["from_date"].date(), None if closes >= OPEN_DATE else closes)


def read_passage(passage_id: str, properties: Mapping[str, Any], served: date) -> Passage:
    """The passage of an object as it stands at the served date."""
    return Passage(
        passage_id=passage_id,
        doc_id=properties["doc_id"],
        title=properties["title"],
        text=properties["text"],
        position=properties["position"],
        valid_from=date.fromisoformat(properties["valid_from"]),
        valid_to=read_window(properties).known_end(served),
    )


def moment(day: date) -> datetime:
    """A date as Weaviate can filter it."""
    return _midnight(min(max(day, FIRST_DATE), LAST_DATE))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
