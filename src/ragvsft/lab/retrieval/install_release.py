"""The official release of a Weaviate server: its address, its checksum, and the one file that is taken out of it.

A place that refuses, or says nothing, is given up within seconds, so that building can begin.
"""

import hashlib
import http.client
import os
import platform
import re
import shutil
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

from ragvsft.core.errors import ServiceError, UsageError
from ragvsft.data.addresses import AddressError, open_address
from ragvsft.data.progress import Progress

RELEASES = "https://github.com/weaviate/weaviate/releases/download"

_MEMBER = "weaviate"
_SILENCE_S = 5.0
_FIRST_ANSWER_S = 8.0
"""The first answer, names and redirects included; resolving a name has no timeout of its own."""
_SLOW_AFTER_S = 20.0
_SLOWEST_BYTES_S = 20_000
_PIECE_BYTES = 1 << 18
_MIB = 1 << 20
_LARGEST_BYTES = 1 << 30


def download_release(folder: Path, version: str, progress: Progress) -> Path:
    """Download, check and unpack the release for this machine into the folder; returns the program.

    RAGVSFT_WEAVIATE_MIRROR names another place than GitHub's releases, laid out alike.

    Raises:
        ServiceError: there is none for this machine, or it cannot be had whole.
        UsageError: RAGVSFT_WEAVIATE_MIRROR is no http address.
    """
    base = (os.environ.get("RAGVSFT_WEAVIATE_MIRROR") or RELEASES).rstrip("/")
    if urlsplit(base).scheme not in ("http", "https"):
        raise UsageError("RAGVSFT_WEAVIATE_MIRROR is no http or https address", hint="unset it, or write https://…")
    name = archive_name(version, platform.system(), platform.machine())
    url = f"{base}/v{version}/{name}"
    expected = _checksum(f"{url}.sha256")
    archive = folder / name
    found = _download(url, archive, progress)
    if found != expected:
        raise ServiceError(f"{url} is damaged: its sha256 is {found}, told was {expected}")
    program = _unpack(archive, folder)
    archive.unlink()
    return program


def archive_name(version: str, system: str, machine: str) -> str:
    """What the release of a version is called for a system and machine, as `platform` names them.

    Raises:
        ServiceError: there is none.
    """
    if system == "Darwin":
        return f"weaviate-v{version}-darwin-all.zip"
    architecture = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(machine.lower())
    if system == "Linux" and architecture:
        return f"weaviate-v{version}-linux-{architecture}.tar.gz"
    raise ServiceError(f"there is no release for {system} on {machine}")


def _checksum(url: str) -> str:
    def fetch() -> str:
        with _open(url) as response:
            return response.read(1024).decode("ascii", "replace")

    words = _within(_FIRST_ANSWER_S, fetch, url).split()
    if not words or not re.fullmatch(r"[0-9a-f]{64}", words[0].lower()):
        raise ServiceError(f"{url} holds no checksum")
    return words[0].lower()


def _download(url: str, target: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    done = 0
    began = time.monotonic()
    try:
        with _open(url) as response, target.open("wb") as file:
            total = int(response.headers.get("Content-Length") or 0)
            while piece := response.read(_PIECE_BYTES):
                file.write(piece)
                digest.update(piece)
                done += len(piece)
                progress("Downloading the server", done // _MIB, total // _MIB, "MiB")
                took_s = time.monotonic() - began
                if done > _LARGEST_BYTES:
                    raise ServiceError(f"{url} is larger than a server can be")
                if took_s > _SLOW_AFTER_S and done / took_s < _SLOWEST_BYTES_S:
                    raise ServiceError(f"{url} comes too slowly: {done:,} bytes in {took_s:.0f} s")
    except (OSError, http.client.HTTPException) as error:
        raise ServiceError(f"{url} broke off after {done:,} bytes: {error}") from error
    if total and done != total:
        raise ServiceError(f"{url} broke off after {done:,} of {total:,} bytes")
    return digest.hexdigest()


def _open(url: str) -> "AbstractContextManager[http.client.HTTPResponse]":
    try:
        return open_address(url, silence_s=_SILENCE_S)
    except AddressError as error:
        raise ServiceError(f"{url} {error}") from error


def _within(seconds: float, work: Callable[[], str], url: str) -> str:
    outcome: list[str | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    match outcome:
        case [str() as text]:
            return text
        case [ServiceError() as error]:
            raise error
        case [OSError() | http.client.HTTPException() as error]:
            raise ServiceError(f"{url} cannot be read: {error}") from error
        case [BaseException() as error]:
            raise error
        case _:
            raise ServiceError(f"{url} did not answer within {seconds:g} s")


def _unpack(archive: Path, folder: Path) -> Path:
    """Take out the program and nothing else, whatever else an archive holds and wherever it would put it."""
    try:
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as zipped:
                info = zipped.getinfo(_MEMBER)
                _check_size(info.file_size)
                with zipped.open(info) as source, (folder / _MEMBER).open("wb") as target:
                    shutil.copyfileobj(source, target)
        else:
            with tarfile.open(archive) as tarred:
                member = tarred.getmember(_MEMBER)
                if not member.isreg():
                    raise ServiceError(f"{archive.name}: {_MEMBER} is no ordinary file")
                _check_size(member.size)
                tarred.extract(member, folder, filter="data")
    except KeyError as error:
        raise ServiceError(f"{archive.name} holds no file {_MEMBER}") from error
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ServiceError(f"{archive.name} cannot be unpacked: {error}") from error
    return folder / _MEMBER


def _check_size(n_bytes: int) -> None:
    if n_bytes > _LARGEST_BYTES:
        raise ServiceError(f"the archive holds a program of {n_bytes:,} bytes, larger than a server can be")
