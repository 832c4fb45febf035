"""Requests to a server that speaks OpenAI's API: so many at a time, waiting when told to, tried again where it helps.

A key is read from the environment, sent, and taken out of every message.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ragvsft.config.experiment import Base
from ragvsft.core.errors import ServiceError
from ragvsft.lab.generation.server_answers import Complaint, complaint_from

if TYPE_CHECKING:
    import httpx

FIRST_WAIT_S = 0.5
"""Before the second try; doubled for every further one."""
LONGEST_WAIT_S = 30.0
"""Between two tries, unless the server names a time."""
MOST_PATIENCE_S = 120.0
"""A server that asks to wait longer is not waited for."""
TIMEOUT_TRIES = 2
"""A request that ran out of time is tried no oftener: each try costs the whole time."""
CHECK_TIMEOUT_S = 20.0

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_BUSY = frozenset({429, 503, 529})
"""Says nothing about the prompt: what stays so stops the run instead of failing the question."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a request in the end."""

    status: int
    """0: no whole answer came within the time and tries."""
    body: bytes
    complaint: Complaint


class ServerRequests:
    """Sends requests to one server; `post` and `close` belong to one event loop.

    Args:
        base: engine `openai`, with its address.

    Raises:
        ServiceError: the key's variable is not set, or httpx is not installed.
    """

    def __init__(self, base: Base) -> None:
        try:
            import httpx
        except ImportError as error:
            raise ServiceError("engine: openai needs httpx", hint="pip install httpx") from error
        self._httpx = httpx
        self._base = base
        self.address = (base.base_url or "").rstrip("/")
        self._key = _key(base)
        host = urlsplit(self.address).hostname
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(base.timeout_s),
            limits=httpx.Limits(max_connections=base.concurrency),
            trust_env=host not in _LOOPBACK,
        )
        self._free = asyncio.Semaphore(base.concurrency)
        self._resume_at = 0.0

    async def check(self) -> None:
        """Ask for the list of models, to meet a server that is away or refuses the key before anything is spent.

        Raises:
            ServiceError: it cannot be reached, or refuses the key.
        """
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                response = await self._client.get(f"{self.address}/models")
        except (self._httpx.HTTPError, TimeoutError) as error:
            raise self._away(error) from error
        if response.status_code in (401, 403):
            raise self._refused(complaint_from(response.content))

    async def post(self, path: str, body: dict[str, object]) -> Reply:
        """Send a request until it is answered or tried often enough.

        Raises:
            ServiceError: the server is away, stays busy, asks for more patience than there is, or refuses the key.
        """
        said = Complaint("", "")
        timeouts = 0
        for attempt in range(self._base.retries + 1):
            if attempt:
                await asyncio.sleep(_wait_s(attempt))
            try:
                async with self._free:
                    await self._held_back()
                    async with asyncio.timeout(self._base.timeout_s):
                        response = await self._client.post(f"{self.address}/{path}", json=body)
            except (TimeoutError, self._httpx.TimeoutException):
                said = Complaint("timeout", f"no answer within {self._base.timeout_s:g} s")
                timeouts += 1
                if timeouts >= TIMEOUT_TRIES:
                    break
                continue
            except self._httpx.ConnectError as error:
                if attempt == self._base.retries:
                    raise self._away(error) from error
                continue
            except self._httpx.HTTPError as error:
                said = Complaint("broken", f"the answer broke off: {self._clean(str(error) or type(error).__name__)}")
                continue
            found = complaint_from(response.content) if response.status_code != 200 else Complaint("", "")
            said = Complaint(found.code, self._clean(found.message))
            if response.status_code in (401, 403):
                raise self._refused(said)
            if response.status_code not in _AGAIN:
                return Reply(status=response.status_code, body=response.content, complaint=said)
            last = attempt == self._base.retries or said.code == "insufficient_quota"
            if response.status_code in _BUSY and last:
                raise ServiceError(
                    f"{self.address} is busy (status {response.status_code}): {said.message}",
                    hint="go on later with the same command: what is answered is kept; or lower lab.base.concurrency",
                )
            self._hold_back(response)
            said = Complaint(said.code or f"status {response.status_code}", said.message)
        return Reply(status=0, body=b"", complaint=said)

    async def lines(self, path: str, body: dict[str, object]) -> AsyncIterator[str]:
        """The lines of a streamed answer, tried once; what goes wrong ends them early, and `post` tells what it is."""
        try:
            async with self._free, asyncio.timeout(self._base.timeout_s):
                await self._held_back()
                async with self._client.stream("POST", f"{self.address}/{path}", json=body) as response:
                    if response.status_code == 200:
                        async for line in response.aiter_lines():
                            yield line
        except (TimeoutError, self._httpx.HTTPError):
            return

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def unusable(self, why: str) -> ServiceError:
        """The error that ends the work of a server that answers nothing."""
        return ServiceError(
            f"{self.address} does not answer for {self._base.model}: {self._clean(why)}",
            hint="see that the server serves this model and this kind of prompt, then give the same command again",
        )

    def _hold_back(self, response: "httpx.Response") -> None:
        """Keep every request back for as long as the server asks for."""
        asked = _retry_after_s(response.headers.get("retry-after", ""))
        if asked > MOST_PATIENCE_S:
            raise ServiceError(
                f"{self.address} asks to wait for {asked:,.0f} s (status {response.status_code})",
                hint="go on then with the same command: what is answered is kept",
            )
        self._resume_at = max(self._resume_at, time.monotonic() + asked)

    async def _held_back(self) -> None:
        while (left := self._resume_at - time.monotonic()) > 0:
            await asyncio.sleep(left)

    def _away(self, error: Exception) -> ServiceError:
        return ServiceError(
            f"no server answers at {self.address}: {self._clean(str(error) or type(error).__name__)}",
            hint="start it, or mend lab.base.base_url",
        )

    def _refused(self, said: Complaint) -> ServiceError:
        named = self._base.api_key_env
        return ServiceError(
            f"{self.address} refuses the key: {self._clean(said.message)}",
            hint=f"put a valid key into the environment variable {named}"
            if named
            else "name the environment variable that holds the key in lab.base.api_key_env",
        )

    def _clean(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def _key(base: Base) -> str:
    if base.api_key_env is None:
        return ""
    key = os.environ.get(base.api_key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise ServiceError(
            f"the environment variable {base.api_key_env}, which holds the server's key, "
            + ("holds what is no key" if key else "is not set"),
            hint=f"export {base.api_key_env}=..., or take api_key_env out where the server needs no key",
        )
    return key


def _wait_s(attempt: int) -> float:
    """Doubling with every try, and a little apart from what others wait."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempt - 1)) * random.uniform(0.75, 1.0)


def _retry_after_s(value: str) -> float:
    """The header in seconds: a number, or a date (RFC 9110, 10.2.3); 0: none that can be read."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0
