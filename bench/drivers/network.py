"""TCP and TLS below HTTP: how long a connection took to set up, and whether an idle one was closed meanwhile.

httpcore's own streams, but for two things. It would tell of a set-up through a trace of everything a request does;
and it looks at every idle connection before each request, through layers that take more time than the look. Both
together are a tenth of a request's processor time.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import httpcore

from bench.drivers.clock import clock


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


class _Stream(httpcore.AsyncNetworkStream):
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
            return self._socket.fileno() < 0 or bool(self._poll.poll(0))
        return self._inner.get_extra_info(info)
