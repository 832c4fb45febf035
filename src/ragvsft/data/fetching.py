"""Gets an entry of the catalogue from its source or a mirror, checks its files, and imports them."""

import os
import shutil
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote, urlsplit

from filelock import FileLock

from ragvsft.core.errors import DataError, ServiceError, UsageError
from ragvsft.core.hashing import file_hash
from ragvsft.data.catalogue import CANONICAL, CatalogueEntry, CatalogueFile, entry_named, fetched_folder
from ragvsft.data.downloading import cache_folder, download, take_whole
from ragvsft.data.importing import ImportOptions, ImportReport, import_dataset
from ragvsft.data.importing.report import LeftOut, report_of
from ragvsft.data.progress import Progress, silent
from ragvsft.data.read import FILES, read_dataset
from ragvsft.data.write import write_dataset

MIRROR_VARIABLE = "RAGVSFT_DATA_MIRROR"
ORIGIN_FILE = "ORIGIN.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchReport:
    """What came of fetching an entry."""

    entry: CatalogueEntry
    folder: Path
    imported: ImportReport
    missing: tuple[str, ...]
    """Licence files that the source did not have."""

    def to_json(self) -> dict[str, object]:
        """As a JSON value."""
        return {
            "name": self.entry.name,
            "folder": str(self.folder),
            "licence": self.entry.licence,
            "licence_asks": self.entry.licence_asks,
            "attribution": self.entry.attribution,
            "files": [asdict(file) for file in self.entry.files],
            "missing": list(self.missing),
            "imported": self.imported.to_json(),
        }


def fetch(
    name: str,
    folder: Path | None = None,
    *,
    mirror: str | None = None,
    progress: Progress = silent,
) -> FetchReport:
    """Get an entry's files, check them, and import them.

    Args:
        name: of the entry.
        folder: where the dataset goes, replacing the dataset that is there; None: `fetched_folder`.
        mirror: a folder, or an http address, that holds the files at NAME/PATH; None: RAGVSFT_DATA_MIRROR, else the
            addresses of the catalogue. With a mirror nothing else is asked.
        progress: told bytes of each file, then how far the import is.

    Raises:
        UsageError: there is no such entry, or the mirror is neither a folder nor an http address.
        ServiceError: a file cannot be had.
        DataError: a file is not the one that the catalogue knows, or cannot be imported. Nothing is imported.
    """
    entry = entry_named(name)
    place = mirror or os.environ.get(MIRROR_VARIABLE) or None
    if place is None and not entry.can_be_downloaded:
        raise ServiceError(
            f"{name} is published at no address that the catalogue could name",
            hint=f"take it from a folder or server that holds {name}/{entry.files[0].path}: --mirror PLACE",
        )
    target = (folder or fetched_folder(name)).expanduser().absolute()
    raw = cache_folder() / "downloads" / name
    try:
        raw.mkdir(parents=True, exist_ok=True)
        with FileLock(raw.parent / f"{name}.lock"):
            missing = tuple(
                file.path for file in entry.files if not _get(file, raw, _source(file, entry, place), progress)
            )
            report = _import(entry, raw, target, progress)
            _tell_origin(entry, raw, target)
    except OSError as error:
        raise DataError(
            f"{error.filename or raw} cannot be written: {error.strerror}",
            hint="check the disk and the permissions, or name another cache folder by RAGVSFT_CACHE",
        ) from error
    return FetchReport(entry=entry, folder=target, imported=report, missing=missing)


def _source(file: CatalogueFile, entry: CatalogueEntry, mirror: str | None) -> str | Path | None:
    """Where a file comes from: an address, a path, or nowhere."""
    if mirror is None:
        return file.address
    if urlsplit(mirror).scheme in ("http", "https"):
        return f"{mirror.rstrip('/')}/{quote(entry.name)}/{quote(file.path)}"
    folder = Path(mirror).expanduser()
    if not folder.is_dir():
        raise UsageError(f"the mirror {mirror} is neither a folder nor an http address", hint="check --mirror")
    return folder / entry.name / PurePosixPath(file.path)


def _get(file: CatalogueFile, raw: Path, source: str | Path | None, progress: Progress) -> bool:
    """Bring a file into the folder of raw files; False: it is a licence's text, and cannot be had."""
    target = raw / PurePosixPath(file.path)
    try:
        if target.is_file() and file_hash(target) == file.sha256:
            return True
        if isinstance(source, str):
            download(source, target, n_bytes=file.n_bytes, sha256=file.sha256, progress=progress)
        elif source is not None:
            _copy(source, target, file)
        return source is not None
    except ServiceError:
        if file.licence:
            return False
        raise


def _copy(source: Path, target: Path, file: CatalogueFile) -> None:
    if not source.is_file():
        raise ServiceError(f"the mirror has no {source}", hint="a mirror holds NAME/FILE, as `data fetch` lists them")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    take_whole(part, target, str(source), n_bytes=file.n_bytes, sha256=file.sha256)


def _import(entry: CatalogueEntry, raw: Path, target: Path, progress: Progress) -> ImportReport:
    options = ImportOptions(name=entry.name, licence=entry.licence, description=entry.description, progress=progress)
    if entry.importer != CANONICAL:
        return import_dataset(raw / entry.source, target, format=entry.importer, options=options)
    dataset = read_dataset(raw)
    write_dataset(dataset, target)
    for name in FILES:
        # Notes for people are not read, and so not written: the files themselves take the places of what was.
        shutil.copyfile(raw / name, target / f".{name}.new")
        (target / f".{name}.new").replace(target / name)
    splits = Counter(str(question.split) for question in dataset.questions)
    return report_of(CANONICAL, target, entry.name, len(dataset.documents), splits, LeftOut(), ())


def _tell_origin(entry: CatalogueEntry, raw: Path, target: Path) -> None:
    """Lay the licence's text and where the data come from beside the dataset, so that both are passed on with it."""
    lines = [
        f"# {entry.name}",
        "",
        entry.description,
        "",
        f"- Source: {entry.home}",
        f"- Attribution: {entry.attribution}",
        f"- Licence: {entry.licence}. {entry.licence_asks}",
        f"- Changes: {'none' if entry.importer == CANONICAL else 'brought into another file format, the texts kept'}.",
        "",
        *(f"- `{file.path}`: {file.n_bytes:,} bytes, sha256 {file.sha256}" for file in entry.files),
    ]
    (target / ORIGIN_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for file in entry.files:
        if file.licence and (raw / file.path).is_file():
            shutil.copyfile(raw / file.path, target / PurePosixPath(file.path).name)
