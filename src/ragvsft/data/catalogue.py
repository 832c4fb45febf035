"""Public datasets by name: what there is (`catalogue.json`), and where an entry lies once it is fetched.

An entry pins its files by hash: what is imported is byte for byte what the experiments here were run on, or nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from ragvsft.core.errors import DataError, UsageError
from ragvsft.data.downloading import cache_folder
from ragvsft.data.read import is_dataset

CANONICAL = "dataset"
"""The importer of an entry that is a dataset folder already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueFile:
    """One file of an entry, as it is published."""

    path: str
    """Within the entry's folder, also in a mirror; with slashes."""
    n_bytes: int
    sha256: str
    address: str | None = None
    """At a pinned commit; None: it is published nowhere that is known for sure, and only a mirror has it."""
    licence: bool = False
    """A licence's text: kept beside the dataset, not needed to import it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """A public dataset."""

    name: str
    description: str
    home: str
    licence: str
    """An SPDX identifier."""
    licence_asks: str
    """What the licence asks of whoever uses or passes on the data, in plain words."""
    attribution: str
    importer: str
    """A format of `import_dataset`, or `dataset`."""
    source: str
    """What the importer is given: a file's path, or `.` for the folder."""
    files: tuple[CatalogueFile, ...]

    @property
    def n_bytes(self) -> int:
        """Of all files together."""
        return sum(file.n_bytes for file in self.files)

    @property
    def can_be_downloaded(self) -> bool:
        """Whether every file that is needed has an address."""
        return all(file.address or file.licence for file in self.files)


def catalogue() -> Mapping[str, CatalogueEntry]:
    """The entries by name."""
    text = resources.files("ragvsft.data").joinpath("catalogue.json").read_text(encoding="utf-8")
    return {
        row["name"]: CatalogueEntry(**(row | {"files": tuple(CatalogueFile(**file) for file in row["files"])}))
        for row in json.loads(text)["entries"]
    }


def entry_named(name: str) -> CatalogueEntry:
    """An entry.

    Raises:
        UsageError: there is none of that name.
    """
    entries = catalogue()
    if name not in entries:
        raise UsageError(f"the catalogue has no {name!r}", hint=f"it has: {', '.join(entries)}")
    return entries[name]


def fetched_folder(name: str) -> Path:
    """Where an entry's dataset lies once it is fetched: in the user's cache folder."""
    return cache_folder() / "datasets" / name


def dataset_folder(name: str, beside: Path) -> Path:
    """The folder of a dataset that an experiment names: a path relative to `beside`, or else an entry that is fetched.

    Raises:
        DataError: the catalogue knows it, but it is not fetched; the hint is the command.
    """
    folder = (beside / name).resolve()
    if folder.exists() or name not in catalogue():
        return folder
    fetched = fetched_folder(name)
    if not is_dataset(fetched):
        raise DataError(
            f"the dataset {name} of the catalogue is not on this machine", hint=f"get it: ragvsft data fetch {name}"
        )
    return fetched
