"""A server on loopback that answers as it is told, and logs what it was asked: for `benchmarks.faults`."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import websockets
from websockets.asyncio.server import ServerConnection

Answer = bytes | AsyncIterator[bytes]
"""What goes over the socket, head included: at once, or as it comes."""


def http(body: bytes, status: str = "200 OK", headers: str = "content-type: application/json\r\n") -> bytes:
    """An ordinary response."""
    return f"HTTP/1.1 {status}\r\n{headers}content-length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Asked:
    """What the server heard."""

    requests: int = 0
    streams: int = 0
    audio: Counter[str] = field(default_factory=Counter)
    """Digest of a request's body -> how often."""


class HostileServer:
    """HTTP on one port and WebSocket on another, in a thread, for the length of a `with` block."""

    def __init__(
        self,
        answer: Callable[[int, bytes, dict[str, str]], Answer] | None = None,
        talk: Callable[[ServerConnection], Awaitable[Any]] | None = None,
    ) -> None:
        self.asked = Asked()
        self._answer = answer
        self._talk = talk
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(5)

    def _serve(self) -> None:
        self._loop.run_until_complete(self._main())

    async def _main(self) -> None:
        self._over = asyncio.Event()
        if self._talk is not None:
            server = await websockets.serve(self._stream, "127.0.0.1", 0, compression=None, max_size=None)
            self.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            self._ready.set()
            await self._over.wait()
            for connection in server.connections:
                connection.transport.abort()
            return
        listener = await asyncio.start_server(self._request, "127.0.0.1", 0, limit=2**26)
        self.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._over.wait()
        listener.close()

    async def _stream(self, connection: ServerConnection) -> None:
        self.asked.streams += 1
        assert self._talk is not None
        with suppress(websockets.ConnectionClosed, OSError):
            await self._talk(connection)

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")[1:]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.requests += 1
        self.asked.audio[hashlib.sha256(body).hexdigest()] += 1
        assert self._answer is not None
        answer = self._answer(self.asked.requests, body, headers)
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
            return True
        first = b""
        async for part in answer:
            first = first or part
            writer.write(part)
            await writer.drain()
        return b"content-length" in first.lower()
