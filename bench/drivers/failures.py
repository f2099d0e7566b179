"""Every way a socket or a handshake can break, as a Failure. The one place that knows those exceptions.

Messages are built from the kind of trouble, never from the exception's own text where that could quote a URL, a
header or a secret.
"""

from __future__ import annotations

import os
import socket
import ssl

from websockets import exceptions as ws

from bench.drivers.proxies import ProxyError
from bench.engines.secrets import KeyHostError
from bench.types import Failure, FailureKind


class FloodError(Exception):
    """The peer sends more than any transcript of the audio could be."""


_KINDS: tuple[tuple[type[BaseException], FailureKind, str], ...] = (
    # Most specific first: the first match wins.
    (KeyHostError, FailureKind.REFUSED, "the key does not belong to this host; allow it with --allow-key"),
    (ProxyError, FailureKind.CONNECTION, "the proxy that the environment names does not let it through"),
    (FloodError, FailureKind.PROTOCOL, "more messages than any transcript of this audio could need"),
    (ws.InvalidURI, FailureKind.REFUSED, "expected a ws:// or wss:// address"),
    (ws.InvalidStatus, FailureKind.REFUSED, "the upgrade was answered with an HTTP response"),
    (ws.InvalidHandshake, FailureKind.PROTOCOL, "expected a WebSocket upgrade, got something else"),
    (ws.PayloadTooBig, FailureKind.PROTOCOL, "a message was larger than the driver accepts"),
    (ws.ProtocolError, FailureKind.PROTOCOL, "the peer broke the WebSocket protocol"),
    (ws.ConnectionClosed, FailureKind.CONNECTION, "the connection closed"),
    (ws.WebSocketException, FailureKind.PROTOCOL, "the WebSocket library refused to go on"),
    (ssl.SSLCertVerificationError, FailureKind.CONNECTION, "the server's TLS certificate cannot be verified"),
    (ssl.SSLError, FailureKind.CONNECTION, "TLS failed"),
    (socket.gaierror, FailureKind.CONNECTION, "the host name cannot be resolved"),
    (TimeoutError, FailureKind.TIMEOUT, "no answer in time"),
    (ConnectionRefusedError, FailureKind.CONNECTION, "the connection was refused"),
    (ConnectionResetError, FailureKind.CONNECTION, "the connection was reset"),
    (EOFError, FailureKind.CONNECTION, "the connection ended without a close frame"),
    (UnicodeError, FailureKind.PROTOCOL, "a text message or the host name was not valid text"),
    (OSError, FailureKind.CONNECTION, "the network failed"),
)

HANDLED: tuple[type[BaseException], ...] = tuple(kind for kind, _, _ in _KINDS)
"""What a socket may raise. Anything else is a bug of an adapter or of ours, and is not caught."""


class HalfOpenError(ConnectionError):
    """The peer stopped answering pings while the connection looked open."""


def failure(error: BaseException, doing: str) -> Failure:
    """The Failure an exception stands for; `doing` says at which point, for instance `connecting`.

    Raises:
        TypeError: if the exception is not one a socket may raise.
    """
    if isinstance(error, HalfOpenError):
        said = f"stream: {doing}: the peer answers no pings any more"
        return Failure(kind=FailureKind.CONNECTION, message=said, half_open=True)
    for known, kind, text in _KINDS:
        if isinstance(error, known):
            named = str(error) if isinstance(error, ProxyError) else _name(error)
            return Failure(kind=kind, message=f"stream: {doing}: {text} ({named})")
    raise TypeError(f"stream: expected a socket's exception, got {type(error).__name__}")


def _name(error: BaseException) -> str:
    """Type, and the system's own error text where there is one; both free of addresses and secrets."""
    number = error.errno if isinstance(error, OSError) else None
    is_system_error = number is not None and not isinstance(error, ssl.SSLError | socket.gaierror)
    return f"{type(error).__name__}: {os.strerror(number)}" if is_system_error and number else type(error).__name__
