"""Gets one file of known size and hash over http, goes on where it broke off, and gives it out only when it is whole.

Knows addresses and bytes; which files there are is the catalogue's.
"""

import http.client
import os
import time
from contextlib import AbstractContextManager
from pathlib import Path

import platformdirs

from ragvsft.core.errors import DataError, ServiceError
from ragvsft.core.hashing import file_hash
from ragvsft.data.addresses import AddressError, open_address
from ragvsft.data.progress import Progress

TRIES = 3
SILENCE_S = 20.0
"""Without a byte for so long a connection is given up."""
PAUSE_S = 1.0
SLOW_AFTER_S = 30.0
SLOWEST_BYTES_S = 2_000
_PIECE_BYTES = 1 << 16
_GOES_ON = "what came is kept: the same command goes on there"


def cache_folder() -> Path:
    """RAGVSFT_CACHE, else the user's cache folder."""
    named = os.environ.get("RAGVSFT_CACHE")
    return Path(named).expanduser().absolute() if named else platformdirs.user_cache_path("ragvsft")


def download(address: str, target: Path, *, n_bytes: int, sha256: str, progress: Progress) -> None:
    """Download a file; one that is there already and has the hash stays.

    What came of a broken download waits beside the target and is gone on with, where the server can; otherwise it
    begins anew.

    Args:
        address: http or https.
        target: where the file goes, when it has the size and hash.
        n_bytes: the size that it must have.
        sha256: the hash that it must have, 64 hex digits.
        progress: told bytes done of `n_bytes`, under the file's name.

    Raises:
        ServiceError: the file cannot be had, or not now; the message says why.
        DataError: what stands at the address is another file; it is deleted.
        OSError: the disk does not take it.
    """
    if target.is_file() and file_hash(target) == sha256:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    for left in reversed(range(TRIES)):
        try:
            _receive(address, part, n_bytes, progress)
            break
        except _Broken as error:
            came = part.stat().st_size if part.is_file() else 0
            if error.final or not left:
                hint = _GOES_ON if came else "check the network, or take the file from a mirror: --mirror"
                raise ServiceError(f"{address} {error}", hint=hint) from error
            time.sleep(PAUSE_S)
    take_whole(part, target, address, n_bytes=n_bytes, sha256=sha256)


def take_whole(part: Path, target: Path, source: str, *, n_bytes: int, sha256: str) -> None:
    """Rename a file when it is the one that is expected, else delete it.

    Raises:
        DataError: it has another size or hash.
        OSError: it cannot be read or renamed.
    """
    size, found = part.stat().st_size, file_hash(part)
    if found == sha256:
        part.replace(target)
        return
    part.unlink()
    raise DataError(
        f"{source} is not the file that the catalogue knows: {size:,} bytes with sha256 {found}, "
        f"expected were {n_bytes:,} with {sha256}",
        hint="nothing was imported; the source was changed or damaged: take it from elsewhere with --mirror",
    )


class _Broken(Exception):
    """A try that came to nothing; final: another one soon would come to the same."""

    def __init__(self, what: str, *, final: bool = False) -> None:
        super().__init__(what)
        self.final = final


def _receive(address: str, part: Path, n_bytes: int, progress: Progress) -> None:
    """Bring the part to its full size, or raise `_Broken`."""
    done = part.stat().st_size if part.is_file() else 0
    if done > n_bytes:
        part.unlink()
        done = 0
    if done == n_bytes:
        return
    began, done_then = time.monotonic(), done
    with _open(address, done) as response:
        if done and not _continues(response, done):
            done = done_then = 0
        with part.open("ab" if done else "wb") as file:
            progress(part.stem, done, n_bytes, "")
            while piece := _piece(response, done, n_bytes):
                file.write(piece)
                done += len(piece)
                progress(part.stem, done, n_bytes, "")
                if done > n_bytes:
                    break
                took_s = time.monotonic() - began
                if took_s > SLOW_AFTER_S and (done - done_then) / took_s < SLOWEST_BYTES_S:
                    raise _Broken(f"comes too slowly: {done - done_then:,} bytes in {took_s:.0f} s", final=True)
    # An answer that ends well with fewer bytes is another file, and its hash will tell; but then it says its length.
    if done < n_bytes and response.headers.get("Content-Length") is None:
        raise _Broken(f"broke off after {done:,} of {n_bytes:,} bytes")


def _piece(response: http.client.HTTPResponse, done: int, n_bytes: int) -> bytes:
    try:
        return response.read1(_PIECE_BYTES) if response.length is None else _counted(response)
    except (OSError, http.client.HTTPException) as error:
        reason = "nothing more came" if isinstance(error, TimeoutError) else str(error)
        raise _Broken(f"broke off after {done:,} of {n_bytes:,} bytes: {reason}") from error


def _counted(response: http.client.HTTPResponse) -> bytes:
    """The next bytes of an answer that told its length; a connection that ends before is an error."""
    before = response.length
    piece = response.read1(_PIECE_BYTES)
    if not piece and before:
        raise http.client.IncompleteRead(b"", before)
    return piece


def _continues(response: http.client.HTTPResponse, done: int) -> bool:
    return response.status == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {done}-")


def _open(address: str, done: int) -> "AbstractContextManager[http.client.HTTPResponse]":
    headers = {"User-Agent": "ragvsft", "Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    try:
        return open_address(address, silence_s=SILENCE_S, headers=headers)
    except AddressError as error:
        if error.status == 416 and done:
            return _open(address, 0)
        raise _Broken(str(error), final=not error.again) from error
