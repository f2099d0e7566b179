"""TCP and TLS below HTTP: how long a connection took to set up, and whether an idle one was closed meanwhile.

httpcore's own streams, but for two things. It would tell of a set-up through a trace of everything a request does;
and it looks at every idle connection before each request, through layers that take more time than the look. Both
together are a tenth of a request's processor time.
"""

from __future__ import annotations

import os
import select
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

import httpcore

from bench.drivers.clock import clock
from bench.drivers.proxies import ProxyError, proxy_for
from bench.errors import ConfigError, Problem


class SetUp:
    """Of one request: the seconds DNS, TCP and TLS took; `None` while it uses a connection that was open."""

    took_s: float | None = None


set_up: ContextVar[SetUp | None] = ContextVar("set_up", default=None)
"""Of the request that this task makes."""


class Network(httpcore.AsyncNetworkBackend):
    """Connects, and says in `set_up` how long it took."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """As httpcore asks."""
        began = clock()
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        _note(began)
        return _Stream(stream, began)

    async def sleep(self, seconds: float) -> None:
        """As httpcore asks."""
        await self._inner.sleep(seconds)


def _note(began: float) -> None:
    noted = set_up.get()
    if noted is not None:
        noted.took_s = clock() - began


def keep_apart(response: httpcore.Response) -> None:
    """Let nothing that came behind a whole response be read as the next one's: its connection is not used again."""
    connection = getattr(getattr(response.stream, "_stream", None), "_connection", None)
    http = getattr(connection, "_h11_state", None)
    stream = response.extensions.get("network_stream")
    if http is not None and http.trailing_data[0] and isinstance(stream, _Stream):
        stream.spoilt = True


class _Stream(httpcore.AsyncNetworkStream):
    spoilt = False
    """Whether it must not be used again."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, began: float) -> None:
        self._inner = inner
        self._began = began
        self.read, self.write, self.aclose = inner.read, inner.write, inner.aclose  # type: ignore[method-assign]
        connection = inner.get_extra_info("socket")
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLIN)
        self._socket = connection

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        _note(self._began)
        return _Stream(stream, self._began)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # of an idle connection: the server closed it
            return self.spoilt or self._socket.fileno() < 0 or bool(self._poll.poll(0))
        return self._inner.get_extra_info(info)


def trusted() -> ssl.SSLContext:
    """Whom TLS believes: the certificates that `SSL_CERT_FILE` or `SSL_CERT_DIR` names; without them the system's and
    certifi's.

    Raises:
        ConfigError: if a variable names none.
    """
    for name, is_there in (("SSL_CERT_FILE", os.path.isfile), ("SSL_CERT_DIR", os.path.isdir)):
        path = os.environ.get(name)
        if path and not is_there(path):
            raise ConfigError([Problem(name, "certificates in PEM", f"{path!r}, which is not there", _CORRECT)])
    named = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        if any(named):
            return ssl.create_default_context(cafile=named[0] or None, capath=named[1] or None)
        import certifi

        context = ssl.create_default_context()
        context.load_verify_locations(certifi.where())
        return context
    except (OSError, ssl.SSLError) as error:
        raise ConfigError([Problem("SSL_CERT_FILE", "certificates in PEM", str(error), _CORRECT)]) from error


_CORRECT = "correct the variable, or unset it"


class Pools:
    """The connections of a client where the environment names proxies: direct ones, and those through a proxy."""

    def __init__(self, **options: Any) -> None:
        """`options`: of each of httpcore's pools."""
        self._options = options
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}
        self._of_host: dict[tuple[bytes, bytes, int | None], httpcore.AsyncConnectionPool] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """As httpcore's pool, through the proxy of the request's host, if it has one.

        Raises:
            httpcore.ProxyError: if the environment names one that cannot be used.
        """
        address = request.url.scheme, request.url.host, request.url.port
        if address not in self._of_host:
            self._of_host[address] = self._pool(request.url)
        return await self._of_host[address].handle_async_request(request)

    def _pool(self, url: httpcore.URL) -> httpcore.AsyncConnectionPool:
        host = url.host.decode("ascii")
        host = f"[{host}]" if ":" in host else host
        port = f":{url.port}" if url.port else ""
        try:
            proxy = proxy_for(f"{url.scheme.decode('ascii')}://{host}{port}")
        except ProxyError as error:
            raise httpcore.ProxyError(str(error)) from error
        if proxy is None:
            return self._made("", None)
        tls = trusted() if proxy.url.startswith("https://") else None
        return self._made(
            proxy.url, httpcore.Proxy(proxy.url, headers=list(proxy.authorization().items()), ssl_context=tls)
        )

    def _made(self, name: str, proxy: httpcore.Proxy | None) -> httpcore.AsyncConnectionPool:
        if name not in self._pools:
            self._pools[name] = httpcore.AsyncConnectionPool(proxy=proxy, **self._options)
        return self._pools[name]
