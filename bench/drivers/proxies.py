"""The proxies that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), and how a socket gets
through one.

This machine is never asked through a proxy, whatever the variables say: emulators live here. A service with TLS is
reached through a tunnel, so that a proxy sees its name and neither a key nor audio.
"""

from __future__ import annotations

import asyncio
import base64
import socket
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from urllib.request import (  # type: ignore[attr-defined]
    getproxies_environment,
    proxy_bypass_environment,
)

from bench.engines.secrets import Secret, is_loopback

_SCHEMES = {"http": "http", "ws": "http", "https": "https", "wss": "https"}
_MOST_HEAD_BYTES = 64 * 2**10


class ProxyError(OSError):
    """The proxy does not let a connection through. Its text says what it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """One proxy of the environment."""

    url: str
    """Without credentials."""
    host: str
    port: int
    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))

    def authorization(self) -> dict[str, str]:
        """The header that lets us through; empty: it asks for none. Bind the result to no name."""
        if not self.user:
            return {}
        plain = f"{self.user}:{self.password.reveal()}".encode()
        return {"Proxy-Authorization": f"Basic {base64.b64encode(plain).decode()}"}


def proxy_for(url: str) -> Proxy | None:
    """The proxy for an address; `None`: it is asked directly.

    Raises:
        ProxyError: if the variable names none that can be used.
    """
    parts = urlsplit(url)
    scheme, host = _SCHEMES.get(parts.scheme, parts.scheme), (parts.hostname or "").rstrip(".").lower()
    proxies: dict[str, str] = getproxies_environment()
    named = proxies.get(scheme) or proxies.get("all")
    if not named or not host or is_loopback(host):
        return None
    if proxy_bypass_environment(host) or proxy_bypass_environment(parts.netloc.rpartition("@")[2]):
        return None
    return _proxy(named, f"{scheme.upper()}_PROXY" if proxies.get(scheme) else "ALL_PROXY")


def _proxy(named: str, variable: str) -> Proxy:
    try:
        parts = urlsplit(named if "://" in named else f"http://{named}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ProxyError(f"{variable}: expected an address such as http://proxy.example:8080, got another") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ProxyError(f"{variable}: expected an http:// or https:// proxy, got {parts.scheme}://")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Proxy(
        url=f"{parts.scheme}://{host}:{port}",
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
    )


async def tunnel(proxy: Proxy, host: str, port: int) -> socket.socket:
    """A connected socket that a proxy passes on to `host`.

    Raises:
        ProxyError: if it does not.
        OSError: if it cannot be reached.
    """
    if proxy.url.startswith("https://"):
        raise ProxyError("a stream goes through http:// proxies alone, and this one is https://")
    loop = asyncio.get_running_loop()
    connection = await _connected(loop, proxy)
    try:
        await loop.sock_sendall(connection, _request(proxy, host, port))
        status = await _status(loop, connection)
        if not status.startswith("2"):
            raise ProxyError(f"the proxy said {status}")
    except BaseException:
        connection.close()
        raise
    return connection


async def _connected(loop: asyncio.AbstractEventLoop, proxy: Proxy) -> socket.socket:
    """To the first address of the proxy's name that takes it: `localhost` is two, and most proxies listen on one."""
    addresses = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    for number, (family, kind, protocol, _, address) in enumerate(addresses, start=1):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            await loop.sock_connect(connection, address)
        except BaseException as error:
            connection.close()
            if number == len(addresses) or not isinstance(error, OSError):
                raise
        else:
            return connection
    raise ProxyError("the proxy's name has no address")


def _request(proxy: Proxy, host: str, port: int) -> bytes:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    lines += [f"{name}: {value}" for name, value in proxy.authorization().items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _status(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> str:
    """Code and reason of the proxy's answer. It is read byte by byte: what follows belongs to the service."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = await loop.sock_recv(connection, 1)
        if not byte or len(head) > _MOST_HEAD_BYTES:
            raise ProxyError("the proxy gave no answer")
        head += byte
    version, _, status = head.split(b"\r\n")[0].decode("latin-1").partition(" ")
    if not version.startswith("HTTP/1."):
        raise ProxyError("the proxy speaks no HTTP")
    return status[:60]
