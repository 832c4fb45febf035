"""How the Weaviate client is called: its errors become ours, and a dead server is told within seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ragvsft.core.errors import ServiceError

PAUSES_S = (0.25, 0.5, 1.0, 1.5)
"""Waits between tries of a call that the server was not there for: 3.25 s together, enough for a short break."""

GO_ON = (
    "Run the same command: it goes on where it stopped. A server that the run started itself is started anew; one that "
    "you started has to be up again first."
)
FULL = (
    "Weaviate closes its store when the disk is nearly full: free space, or raise DISK_USE_READONLY_PERCENTAGE, "
    "restart the server and run the same command."
)


def fail_fast() -> None:
    """Shorten the client's retries of an unreachable server, for this process.

    The client waits 63 s before it gives up a query, 15 s for a batch, and has no setting for either.
    """
    import weaviate.connect.v4
    import weaviate.retry
    from grpc import RpcError, StatusCode  # type: ignore[import-untyped]

    if vars(weaviate.connect.v4).get("_Retry") is not weaviate.retry._Retry:
        return

    class ShortRetry(weaviate.retry._Retry):
        def with_exponential_backoff(
            self, count: int, error: str, f: Callable[..., Any], *args: Any, **kwargs: Any  # noqa: ANN401
        ) -> Any:  # noqa: ANN401  # fmt: skip
            for pause_s in PAUSES_S:
                try:
                    return f(*args, **kwargs)
                except RpcError as failure:
                    if failure.code() != StatusCode.UNAVAILABLE:
                        raise
                time.sleep(pause_s)
            return f(*args, **kwargs)

    vars(weaviate.connect.v4)["_Retry"] = ShortRetry


@contextmanager
def service_errors(doing: str) -> Iterator[None]:
    """Turn whatever the client raises in the block into a ServiceError that says how to continue."""
    from grpc import RpcError
    from httpx import HTTPError
    from weaviate.exceptions import WeaviateBaseError

    try:
        yield
    except (WeaviateBaseError, RpcError, HTTPError) as error:
        cause = _first_line(error)
        closed = "read-only" in cause.lower() or "readonly" in cause.lower()
        raise ServiceError(f"Weaviate failed while {doing}: {cause}", hint=FULL if closed else GO_ON) from error


def _first_line(error: Exception) -> str:
    details = getattr(error, "details", None)
    text = str(details() if callable(details) else getattr(error, "message", error)).strip()
    return (text.splitlines() or [type(error).__name__])[0][:300]
