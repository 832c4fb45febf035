"""Opens an http address: its answer, or why there is none; an https address never leads to one without."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import AbstractContextManager

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class AddressError(Exception):
    """An address without an answer that can be read.

    Args:
        what: goes on where the address ends: "answers 404 Not Found".
        status: of the answer; 0: there was none.
        again: whether another try soon may come to something else.
    """

    def __init__(self, what: str, *, status: int = 0, again: bool) -> None:
        super().__init__(what)
        self.status = status
        self.again = again


def open_address(
    address: str, *, silence_s: float, headers: Mapping[str, str] | None = None
) -> "AbstractContextManager[http.client.HTTPResponse]":
    """The answer of an address, as a context manager that closes it.

    Args:
        address: http or https; redirects are followed.
        silence_s: without a byte for so long the connection is given up.
        headers: of the request.

    Raises:
        AddressError: the answer is an error, there is none, or it comes from an address without https.
    """
    try:
        request = urllib.request.Request(address, headers=dict(headers or {}))  # noqa: S310 - callers look at the scheme
        response = urllib.request.urlopen(request, timeout=silence_s)  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        raise AddressError(
            f"answers {error.code} {error.reason}", status=error.code, again=error.code in _AGAIN
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise AddressError(f"cannot be reached: {reason}", again=True) from error
    if address.startswith("https:") and not response.url.startswith("https:"):
        response.close()
        raise AddressError("leads to an address without https", again=False)
    return response  # type: ignore[no-any-return]
