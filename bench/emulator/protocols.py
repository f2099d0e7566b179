"""Uvicorn's protocols, made to hand their transport to the application, so that it can break connections."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from bench.emulator.service import TRANSPORT


def _with_transport(app: Any, transport: Any) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, TRANSPORT: transport}, receive, send)

    return application


class HttpProtocol(H11Protocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app = _with_transport(self.app, transport)


class WebSocketProtocol(WebSocketsSansIOProtocol):
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app = _with_transport(self.app, transport)
