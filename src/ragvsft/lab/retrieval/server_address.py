"""Where a Weaviate server is, and whether it answers there; knows nothing of how it was started."""

import http.client
import json
import os
import socket
from contextlib import closing
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, urlsplit

from ragvsft.core.errors import ServiceError, UsageError

CONNECT_TIMEOUT_S = 2.5
"""Of one address; `localhost` has two, and both together stay within the five seconds that a user waits."""
DEFAULT_GRPC_PORT = 50051
_CLOUD_DOMAINS = (".weaviate.cloud", ".weaviate.network", ".semi.technology")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A Weaviate server that can be asked."""

    host: str
    http_port: int
    grpc_port: int
    secure: bool
    api_key: str | None = field(repr=False)
    origin: str
    """How it was found: `url`, `WEAVIATE_URL`, `left running`, or how its program was: `installed`, …"""
    version: str | None
    """As the server told it; None: not asked yet."""
    grpc_host: str | None = None
    """None: the same host."""

    @property
    def url(self) -> str:
        """The REST address, without a credential."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.http_port}"


def address_of_url(url: str, *, origin: str) -> ServerAddress:
    """The address that a URL names; WEAVIATE_API_KEY, WEAVIATE_GRPC_HOST and WEAVIATE_GRPC_PORT give the rest.

    Raises:
        UsageError: it is no http or https address of a host, holds a credential or a path, or the port is none.
    """
    if (
        "://" not in url
        and urlsplit(f"//{url}").hostname is not None
        and _is_cloud(urlsplit(f"//{url}").hostname or "")
    ):
        url = f"https://{url}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{origin}: {_shown(parts)!r} is no address of a Weaviate server",
            hint="write http://host:8080 or https://…",
        )
    if parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"):
        raise UsageError(
            f"{origin}: the address of a Weaviate server is a scheme, a host and a port, nothing more",
            hint="give the key in WEAVIATE_API_KEY; a server behind a path cannot be used",
        )
    try:
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{origin}: {error}", hint="write http://host:8080 or https://…") from error
    secure = parts.scheme == "https"
    cloud = _is_cloud(parts.hostname)
    return ServerAddress(
        host=parts.hostname,
        http_port=port or (443 if secure else 80),
        grpc_host=os.environ.get("WEAVIATE_GRPC_HOST") or (_cloud_grpc_host(parts.hostname) if cloud else None),
        grpc_port=_grpc_port(443 if cloud else DEFAULT_GRPC_PORT),
        secure=secure,
        api_key=os.environ.get("WEAVIATE_API_KEY") or None,
        origin=origin,
        version=None,
    )


def checked(address: ServerAddress) -> ServerAddress:
    """The same address with the server's version, once REST is ready, the key is taken and gRPC listens.

    Raises:
        ServiceError: one of them is not so; told within seconds.
    """
    status, _ = ask(address, "/v1/.well-known/ready", with_key=False)
    if status != 200:
        raise ServiceError(
            f"the Weaviate server at {address.url} is not ready (status {status})",
            hint="wait until it has started, or look at its log",
        )
    status, body = ask(address, "/v1/meta")
    if status in (401, 403):
        raise ServiceError(
            f"the Weaviate server at {address.url} refuses the key"
            if address.api_key
            else f"{address.url} asks for a key",
            hint="set WEAVIATE_API_KEY to a key of that server",
        )
    try:
        version = str(json.loads(body)["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(
            f"what answers at {address.url} is no Weaviate server (status {status})", hint="check the host and the port"
        ) from error
    if not listens(address.grpc_host or address.host, address.grpc_port):
        raise ServiceError(
            f"Weaviate answers at {address.url}, but nothing listens on its gRPC port, "
            f"{address.grpc_host or address.host}:{address.grpc_port}",
            hint="set WEAVIATE_GRPC_PORT (and WEAVIATE_GRPC_HOST where it differs), or open that port",
        )
    return replace(address, version=version)


def ask(address: ServerAddress, path: str, *, with_key: bool = True) -> tuple[int, bytes]:
    """Status and body of a GET request; no proxy is asked and no redirect followed.

    Raises:
        ServiceError: nothing answers.
    """
    headers = {"Authorization": f"Bearer {address.api_key}"} if with_key and address.api_key else {}
    kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
    try:
        with closing(kind(address.host, address.http_port, timeout=CONNECT_TIMEOUT_S)) as connection:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise ServiceError(
            f"no Weaviate server answers at {address.url} ({type(error).__name__}: {error})",
            hint="start it, or let `ragvsft weaviate up` start one; without a URL a run starts its own",
        ) from error


def listens(host: str, port: int) -> bool:
    """Whether a TCP connection is taken."""
    try:
        with socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False


def _grpc_port(default: int) -> int:
    text = os.environ.get("WEAVIATE_GRPC_PORT", "").strip()
    if not text:
        return default
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise UsageError(f"WEAVIATE_GRPC_PORT is {text!r}, which is no port", hint="write a number below 65536")
    return int(text)


def _is_cloud(host: str) -> bool:
    return host.endswith(_CLOUD_DOMAINS)


def _cloud_grpc_host(host: str) -> str:
    name, _, domain = host.partition(".")
    return f"{name}.grpc.{domain}" if host.endswith(".weaviate.network") else f"grpc-{host}"


def _shown(parts: SplitResult) -> str:
    # The part before an @ may be a password.
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
