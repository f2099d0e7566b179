"""An HTTP server that answers every request with the same transcript, as soon as the body is there."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

_BODY = b'{"status":"success","transcription":"what is measured here is known"}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY) + _BODY


class ZeroDelay(asyncio.Protocol):
    """One connection, kept alive; requests have a Content-Length."""

    def __init__(self) -> None:
        self._head = b""
        self._left: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._left is None:
            head, mark, data = (self._head + data).partition(b"\r\n\r\n")
            if not mark:
                self._head = head
                return
            self._head = b""
            fields = (line.partition(b":") for line in head.split(b"\r\n")[1:])
            self._left = next(int(value) for name, _, value in fields if name.lower() == b"content-length")
        self._left -= len(data)
        if self._left <= 0:
            self._left = None
            self._transport.write(_ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(ZeroDelay, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve())
