"""One WebSocket connection without tasks or queues: synchronous sends, receive times stamped at the socket.

The protocol is `websockets`' own sans-I/O client; this module moves its bytes. Sending is a plain call, so the
scheduler needs no task per stream, and a received block of bytes is stamped before a single byte of it is parsed.
Knows nothing of engines or audio.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol, cast
from urllib.parse import urlencode

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from bench.drivers.clock import clock
from bench.drivers.failures import FloodError, HalfOpenError
from bench.drivers.network import trusted
from bench.drivers.proxies import proxy_for, tunnel
from bench.engines.base import Close, Connect, Frame, HttpResponse, pairs
from bench.engines.secrets import Secret, revealed

_MAX_MESSAGE_BYTES = 16 * 2**20
_SEND_BUFFER_BYTES = 64 * 1024
"""The kernel's share of unsent audio. Its default grows to megabytes, which would hide minutes of backpressure."""
_CLOSE_TIMEOUT_S = 2.0
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
_MOST_PIECES = 200_000
"""Frames that are no message by themselves: pings, whose answers may have to wait here, and fragments."""


class FrameListener(Protocol):
    """Who is told what happens on a wire. Called on the event loop; must return at once."""

    def received(self, frame: Frame, at: float) -> None:
        """A whole message, and the clock when its last bytes left the socket."""

    def blocked(self, is_blocked: bool, at: float) -> None:
        """The socket takes no more data, or does again."""

    def closed(self, close: Close | None, error: BaseException | None, at: float) -> None:
        """The connection is over. `close`: as received (code `None`: no close frame came); `None`: closed by us."""


class RefusedUpgradeError(Exception):
    """The server answered the upgrade with an ordinary HTTP response."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response
        super().__init__(f"HTTP {response.status} instead of an upgrade")


class Wire(asyncio.Protocol):
    """An open connection. Make one with `open_wire`."""

    def __init__(
        self,
        uri: WebSocketURI,
        headers: Mapping[str, str],
        listener: FrameListener,
        subprotocols: list[Subprotocol] | None = None,
    ) -> None:
        self._protocol = ClientProtocol(uri, max_size=_MAX_MESSAGE_BYTES, subprotocols=subprotocols)
        self._headers = headers
        self._listener = listener
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._parts_are_text = False
        self._pieces_left = _MOST_PIECES
        self._closing = False
        self._error: BaseException | None = None
        self.last_received = clock()

    def send(self, frame: Frame) -> None:
        """Hand one message to the socket now; does nothing once the connection is over."""
        if self._protocol.state is not OPEN:
            return
        if isinstance(frame, str):
            self._protocol.send_text(frame.encode())
        else:
            self._protocol.send_binary(frame)
        self._flush()

    def ping(self) -> None:
        """Ask for a sign of life; any byte that arrives moves `last_received`."""
        if self._protocol.state is OPEN:
            self._protocol.send_ping(b"")
            self._flush()

    def give_up(self, error: BaseException) -> None:
        """Drop the connection at once and report `error`."""
        self._error = self._error or error
        if self._transport is not None:
            self._transport.abort()

    async def close(self, timeout_s: float = _CLOSE_TIMEOUT_S) -> None:
        """Close handshake, then the socket; an unresponsive peer is dropped after `timeout_s`. Idempotent."""
        self._closing = True
        if self._transport is None:
            return
        if self._protocol.state is OPEN:
            self._protocol.send_close(1000)
            self._flush()
        try:
            await asyncio.wait_for(asyncio.shield(self._ended), timeout_s)
        except TimeoutError:
            pass
        finally:
            self._transport.abort()

    # asyncio.Protocol: called by the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        # Pause as soon as one byte stays behind: that is what "the socket takes no more" means.
        self._transport.set_write_buffer_limits(high=0)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        request = self._protocol.connect()
        for name, value in self._headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        now = self.last_received = clock()
        self._protocol.receive_data(data)
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._upgraded(event)
            elif isinstance(event, WireFrame):
                self._assemble(event, now)
        self._settle_handshake()

    def eof_received(self) -> None:
        self._end_of_stream()

    def connection_lost(self, exc: Exception | None) -> None:
        now = clock()
        self._error = self._error or exc
        self._end_of_stream()
        if not self._ended.done():
            self._ended.set_result(None)
        if self.opened.done():
            self._listener.closed(self._close_received(), self._error or self._broken(), now)

    def pause_writing(self) -> None:
        self._listener.blocked(True, clock())

    def resume_writing(self) -> None:
        self._listener.blocked(False, clock())

    def _flush(self) -> None:
        transport = self._transport
        assert transport is not None, "a wire is used after connection_made"
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()

    def _end_of_stream(self) -> None:
        self._protocol.receive_eof()
        if self._transport is not None and not self._transport.is_closing():
            self._flush()
        self._settle_handshake()

    def _upgraded(self, response: Response) -> None:
        if self._protocol.handshake_exc is None and not self.opened.done():
            self.opened.set_result(None)
        elif isinstance(self._protocol.handshake_exc, InvalidStatus) and not self.opened.done():
            headers = {name.lower(): value for name, value in response.headers.raw_items()}
            answer = HttpResponse(status=response.status_code, headers=headers, content=bytes(response.body or b""))
            self.opened.set_exception(RefusedUpgradeError(answer))

    def _settle_handshake(self) -> None:
        if self.opened.done():
            return
        error = self._error or self._protocol.handshake_exc
        if error is not None:
            self.opened.set_exception(error)

    def _assemble(self, frame: WireFrame, now: float) -> None:
        if frame.opcode not in _DATA or not frame.fin:
            self._pieces_left -= 1
            if self._pieces_left < 0:
                self.give_up(FloodError())
                return
        if frame.opcode in {Opcode.TEXT, Opcode.BINARY}:
            self._parts_are_text = frame.opcode is Opcode.TEXT
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            message = b"".join(self._parts)
            self._parts.clear()
            # A message of undecodable text is still a message: the adapter is to see it and call it a protocol error.
            self._listener.received(message.decode(errors="replace") if self._parts_are_text else message, now)

    def _close_received(self) -> Close | None:
        received = self._protocol.close_rcvd
        if received is not None and self._protocol.close_rcvd_then_sent is not False:
            return Close(code=int(received.code), reason=received.reason)
        return None if self._closing else Close(code=None)

    def _broken(self) -> BaseException | None:
        clean = self._closing or self._protocol.close_rcvd is not None
        return None if clean else self._protocol.parser_exc


def tls() -> ssl.SSLContext:
    """Of all streams under one environment.

    Raises:
        ConfigError: if the environment names certificates that are not there.
    """
    return _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=8)
def _tls(file: str | None, directory: str | None) -> ssl.SSLContext:
    return trusted()


def _offered(connect: Connect) -> list[Subprotocol] | None:
    secrets = {str(k): offer for k, offer in enumerate(connect.subprotocols) if isinstance(offer, Secret)}
    plain = {**dict(enumerate(connect.subprotocols)), **{int(k): v for k, v in revealed(secrets, connect.url).items()}}
    return [Subprotocol(str(offer)) for offer in plain.values()] or None


async def open_wire(connect: Connect, listener: FrameListener) -> Wire:
    """Resolve, connect, encrypt and upgrade.

    Raises:
        RefusedUpgradeError: if the server answered with an HTTP response.
        OSError, ssl.SSLError, websockets.WebSocketException: as mapped by `ws_failures`.
    """
    query = urlencode((*pairs(connect.params), *revealed(connect.secret_params, connect.url).items()))
    try:
        uri = parse_uri(f"{connect.url}{'&' if '?' in connect.url else '?'}{query}" if query else connect.url)
    except ValueError as error:
        raise InvalidURI(connect.url, "not an address") from error
    wire = Wire(uri, {**connect.headers, **revealed(connect.secrets, connect.url)}, listener, _offered(connect))
    loop, encrypted = asyncio.get_running_loop(), tls() if uri.secure else None
    try:
        proxy = proxy_for(connect.url)
        if proxy is None:
            await loop.create_connection(lambda: wire, uri.host, uri.port, ssl=encrypted)
        else:
            through = await tunnel(proxy, uri.host, uri.port)
            name = uri.host if uri.secure else None
            await loop.create_connection(lambda: wire, sock=through, ssl=encrypted, server_hostname=name)
        await wire.opened
    except BaseException:
        wire.give_up(HalfOpenError())
        raise
    return wire
