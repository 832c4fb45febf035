"""A public dataset is fetched whole and as it is known, or not at all; a broken download goes on where it was."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError, RagvsftError, ServiceError, UsageError
from ragvsft.core.hashing import file_hash
from ragvsft.data import catalogue as module
from ragvsft.data import downloading
from ragvsft.data.catalogue import (
    CatalogueEntry,
    CatalogueFile,
    catalogue,
    dataset_folder,
    entry_named,
    fetched_folder,
)
from ragvsft.data.fetching import fetch
from ragvsft.data.importing import FORMATS
from ragvsft.data.read import FILES, is_dataset, read_dataset

DEMO = Path(__file__).parents[2] / "data" / "demo"
SQUAD = json.dumps(
    {
        "data": [
            {
                "title": f"Article {n}",
                "paragraphs": [
                    {
                        "context": f"Sample {n} was found by Ada Byron in {1900 + n}. " * 40,
                        "qas": [
                            {
                                "id": f"q{n}",
                                "question": f"Who found sample {n}?",
                                "answers": [{"text": "Ada Byron", "answer_start": 0}],
                            }
                        ],
                    }
                ],
            }
            for n in range(60)
        ]
    }
).encode()
LICENCE = b"Do what you like.\n"


@dataclass
class Server:
    """A place of files that can misbehave."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Paths with their Range."""
    cut_to: list[int] = field(default_factory=list)
    """Bytes after which the connection ends: of the first answer, of the second, …"""
    statuses: list[int] = field(default_factory=list)
    """Instead of the first answers."""
    ranges: bool = True
    silent_after: int | None = None
    tells_length: bool = True
    released: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.asked.append((self.path, wanted))
            body = state.files.get(self.path)
            status = state.statuses.pop(0) if state.statuses else 404 if body is None else 200
            whole = body or b""
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
            if status == 200 and start:
                status = 206 if start < len(whole) else 416
            self.send_response(status)
            if status == 206:
                self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
            part = whole[start:] if status in (200, 206) else b""
            if state.tells_length:
                self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            if state.silent_after is not None:
                self.wfile.write(part[: state.silent_after])
                self.wfile.flush()
                state.released.wait(30)
                return
            self.wfile.write(part[: state.cut_to.pop(0)] if state.cut_to else part)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
        thread.start()
        state.url = f"http://127.0.0.1:{listening.server_address[1]}"
        yield state
        state.released.set()
        listening.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAGVSFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RAGVSFT_DATA_MIRROR", raising=False)
    monkeypatch.setattr(downloading, "PAUSE_S", 0.0)
    return tmp_path / "cache"


def known(path: str, content: bytes, **more: object) -> CatalogueFile:
    plain = CatalogueFile(path=path, n_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    return replace(plain, **more)  # type: ignore[arg-type]


def made_entry(*files: CatalogueFile, importer: str = "squad", source: str = "made.json") -> CatalogueEntry:
    return CatalogueEntry(
        name="made", description="Made for a test.", home="https://example.com/made", licence="CC0-1.0",
        licence_asks="Nothing.", attribution="Nobody.", importer=importer, source=source, files=files,
    )  # fmt: skip


@pytest.fixture
def entry(server: Server, monkeypatch: pytest.MonkeyPatch) -> CatalogueEntry:
    """An entry whose two files lie on the server."""
    server.files = {"/pinned/made.json": SQUAD, "/pinned/LICENSE": LICENCE}
    found = made_entry(
        known("made.json", SQUAD, address=f"{server.url}/pinned/made.json"),
        known("LICENSE", LICENCE, address=f"{server.url}/pinned/LICENSE", licence=True),
    )
    offered: Mapping[str, CatalogueEntry] = {"made": found}
    monkeypatch.setattr(module, "catalogue", lambda: offered)
    return found


def nothing_imported(cache: Path) -> bool:
    return not fetched_folder("made").exists() and not list(cache.glob("downloads/made/made.json"))


def test_a_whole_file_is_imported_with_its_licence_and_origin(server: Server, entry: CatalogueEntry) -> None:
    told: list[tuple[str, int, int]] = []
    report = fetch("made", progress=lambda step, done, total, _: told.append((step, done, total)))
    assert report.folder == fetched_folder("made")
    dataset = read_dataset(report.folder)
    assert (dataset.name, dataset.licence, len(dataset.questions)) == ("made", "CC0-1.0", 60)
    assert (report.folder / "LICENSE").read_bytes() == LICENCE
    origin = (report.folder / "ORIGIN.md").read_text()
    assert all(part in origin for part in (entry.home, entry.attribution, entry.licence_asks, entry.files[0].sha256))
    assert told[0] == ("made.json", 0, len(SQUAD))
    assert ("made.json", len(SQUAD), len(SQUAD)) in told
    assert json.loads(json.dumps(report.to_json()))["imported"]["n_questions"] == 60
    asked = len(server.asked)
    assert fetch("made").imported == report.imported
    assert len(server.asked) == asked


def test_a_broken_download_goes_on_where_it_was(server: Server, entry: CatalogueEntry) -> None:
    server.cut_to = [50_000, 20_000]
    fetch("made")
    assert server.asked[:3] == [
        ("/pinned/made.json", None),
        ("/pinned/made.json", "bytes=50000-"),
        ("/pinned/made.json", "bytes=70000-"),
    ]


def test_a_server_that_cannot_go_on_is_begun_anew(server: Server, entry: CatalogueEntry) -> None:
    server.cut_to, server.ranges = [50_000], False
    assert fetch("made").imported.n_questions == 60
    assert server.asked[1] == ("/pinned/made.json", "bytes=50000-")


def test_a_connection_that_always_breaks_off_is_told_and_the_next_call_goes_on(
    server: Server, entry: CatalogueEntry, cache: Path
) -> None:
    server.cut_to = [10_000] * 3
    with pytest.raises(ServiceError, match=f"broke off after 30,000 of {len(SQUAD):,} bytes") as told:
        fetch("made")
    assert "goes on" in str(told.value.hint)
    assert nothing_imported(cache)
    fetch("made")
    assert server.asked[3] == ("/pinned/made.json", "bytes=30000-")


def test_an_end_without_a_length_is_a_broken_download_too(server: Server, entry: CatalogueEntry) -> None:
    server.tells_length, server.cut_to = False, [50_000]
    assert fetch("made").imported.n_questions == 60


@pytest.mark.parametrize("wrong", [SQUAD.replace(b"Ada", b"Bob"), SQUAD[:-9], SQUAD + b" ", b""])
def test_another_file_is_refused_and_deleted(server: Server, entry: CatalogueEntry, cache: Path, wrong: bytes) -> None:
    server.files["/pinned/made.json"] = wrong
    with pytest.raises(DataError, match="is not the file that the catalogue knows"):
        fetch("made")
    assert nothing_imported(cache)
    assert not list(cache.rglob("*.part"))
    server.files["/pinned/made.json"] = SQUAD
    fetch("made")


def test_a_missing_file_is_told_at_once(server: Server, entry: CatalogueEntry, cache: Path) -> None:
    del server.files["/pinned/made.json"]
    with pytest.raises(ServiceError, match="answers 404") as told:
        fetch("made")
    assert told.value.exit_code == 4
    assert "--mirror" in str(told.value.hint)
    assert len(server.asked) == 1
    assert nothing_imported(cache)


def test_a_busy_server_is_asked_again(server: Server, entry: CatalogueEntry) -> None:
    server.statuses = [503, 429]
    fetch("made")
    assert [path for path, _ in server.asked] == ["/pinned/made.json"] * 3 + ["/pinned/LICENSE"]


def test_a_range_beyond_the_end_is_begun_anew(server: Server, entry: CatalogueEntry, cache: Path) -> None:
    part = cache / "downloads" / "made" / "made.json.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(SQUAD[:100])
    server.statuses = [416]
    assert fetch("made").imported.n_questions == 60


def test_a_silent_server_is_given_up(server: Server, entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "SILENCE_S", 0.2)
    server.silent_after = 1_000
    with pytest.raises(ServiceError, match="nothing more came"):
        fetch("made")


def test_a_slow_server_is_given_up(server: Server, entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "SLOW_AFTER_S", 0.0)
    monkeypatch.setattr(downloading, "SLOWEST_BYTES_S", 10**12)
    with pytest.raises(ServiceError, match="comes too slowly"):
        fetch("made")


def test_nobody_at_the_address(entry: CatalogueEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = made_entry(replace(entry.files[0], address="http://127.0.0.1:9/made.json"))
    monkeypatch.setattr(module, "catalogue", lambda: {"made": gone})
    with pytest.raises(ServiceError, match="cannot be reached"):
        fetch("made")


def test_a_mirror_is_a_folder_or_an_address_and_nothing_else_is_asked(
    server: Server, entry: CatalogueEntry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "made").mkdir(parents=True)
    (mirror / "made" / "made.json").write_bytes(SQUAD)
    report = fetch("made", tmp_path / "here", mirror=str(mirror))
    assert (report.missing, server.asked, is_dataset(tmp_path / "here")) == (("LICENSE",), [], True)
    (tmp_path / "cache" / "downloads" / "made" / "made.json").unlink()
    server.files = {"/all/made/made.json": SQUAD}
    monkeypatch.setenv("RAGVSFT_DATA_MIRROR", f"{server.url}/all/")
    fetch("made")
    assert server.asked[0][0] == "/all/made/made.json"
    assert all(path.startswith("/all/made/") for path, _ in server.asked)


@pytest.mark.parametrize("content", [None, b"other"])
def test_a_mirror_that_lacks_the_file_or_has_another_imports_nothing(
    entry: CatalogueEntry, cache: Path, tmp_path: Path, content: bytes | None
) -> None:
    (tmp_path / "made").mkdir()
    if content is not None:
        (tmp_path / "made" / "made.json").write_bytes(content)
    with pytest.raises(RagvsftError, match=r"the mirror has no|not the file"):
        fetch("made", mirror=str(tmp_path))
    assert nothing_imported(cache)


def test_a_mirror_that_is_neither_is_a_usage_error(entry: CatalogueEntry, tmp_path: Path) -> None:
    for mirror in (tmp_path / "nowhere", "ftp://example.com"):
        with pytest.raises(UsageError, match="neither a folder nor an http address"):
            fetch("made", mirror=str(mirror))


def test_an_unknown_name_lists_what_there_is(entry: CatalogueEntry) -> None:
    with pytest.raises(UsageError, match="no 'mode'") as told:
        fetch("mode")
    assert told.value.hint == "it has: made"


def test_a_canonical_folder_keeps_its_bytes_and_comes_from_a_mirror_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [known(name, (DEMO / name).read_bytes()) for name in FILES]
    entry = made_entry(*files, importer="dataset", source=".")
    monkeypatch.setattr(module, "catalogue", lambda: {"made": entry})
    with pytest.raises(ServiceError, match="published at no address"):
        fetch("made")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "made").symlink_to(DEMO)
    report = fetch("made", mirror=str(tmp_path / "mirror"))
    assert all(file_hash(report.folder / name) == file_hash(DEMO / name) for name in FILES)
    assert report.imported.n_questions == len(read_dataset(DEMO).questions)


def test_an_experiment_names_a_folder_or_what_was_fetched(entry: CatalogueEntry, tmp_path: Path) -> None:
    with pytest.raises(DataError) as told:
        dataset_folder("made", tmp_path)
    assert told.value.hint == "get it: ragvsft data fetch made"
    fetch("made")
    assert dataset_folder("made", tmp_path) == fetched_folder("made")
    assert dataset_folder("../data/mine", tmp_path / "experiments") == tmp_path / "data" / "mine"
    (tmp_path / "made").mkdir()
    assert dataset_folder("made", tmp_path) == tmp_path / "made"


def test_the_shipped_catalogue_is_whole() -> None:
    entries = catalogue()
    assert list(entries) == ["xquad", "pubmedqa", "dyknow", "tsqa", "freshwiki"]
    for name, entry in entries.items():
        assert entry_named(name) == entry
        assert entry.importer in (*FORMATS, "dataset")
        assert entry.source in (".", *(file.path for file in entry.files))
        assert all((entry.home, entry.licence, entry.licence_asks, entry.attribution, entry.description))
        commit = entry.home.rpartition("/")[2]
        assert len(commit) == 40
        for file in entry.files:
            assert file.n_bytes > 0
            assert len(file.sha256) == 64
            assert int(file.sha256, 16)
            assert not Path(file.path).is_absolute()
            assert ".." not in file.path
            # A branch's file changes; a commit's does not.
            assert file.address is None or (file.address.startswith("https://") and f"/{commit}/" in file.address)
    assert [name for name, entry in entries.items() if not entry.can_be_downloaded] == ["freshwiki"]
