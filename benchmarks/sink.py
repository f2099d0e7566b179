"""A WebSocket server that costs as little as can be: it counts audio and answers with what it saw and when.

It reads frame headers only and leaves audio masked. Each Nth audio message is answered with its number and the time
the answer waited in here, so that the client's own error can be told from the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import struct
import sys
from typing import cast

from bench.drivers.clock import clock
from bench.machine import raise_open_files

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10


class Sink(asyncio.Protocol):
    """One connection. `reply_every`: answer each Nth audio message; 0: none."""

    def __init__(self, reply_every: int) -> None:
        self._reply_every = reply_every
        self._buffer = b""
        self._upgraded = False
        self._chunks = 0
        self._audio_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        now = clock()
        self._buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            self._upgrade()
            return
        while (frame := self._next_frame()) is not None:
            self._take(*frame, now)

    def _upgrade(self) -> None:
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
        key = next(value.strip() for name, _, value in lines if name.strip().lower() == b"sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._upgraded, self._buffer = True, rest

    def _next_frame(self) -> tuple[int, bytes, bytes] | None:
        """Opcode, mask and masked payload of the first whole frame in the buffer."""
        buffer = self._buffer
        if len(buffer) < 6:
            return None
        size, at = buffer[1] & 0x7F, 2
        if size == 126:
            size, at = struct.unpack_from("!H", buffer, 2)[0], 4
        elif size == 127:
            size, at = struct.unpack_from("!Q", buffer, 2)[0], 10
        end = at + 4 + size
        if len(buffer) < end:
            return None
        self._buffer = buffer[end:]
        return buffer[0] & 0x0F, buffer[at : at + 4], buffer[at + 4 : end]

    def _take(self, opcode: int, mask: bytes, payload: bytes, received: float) -> None:
        if opcode == _BINARY:
            self._chunks += 1
            self._audio_bytes += len(payload)
            if self._reply_every and self._chunks % self._reply_every == 0:
                self._answer("partial", received)
        elif opcode == _TEXT:
            self._answer("final", received)
        elif opcode == _CLOSE:
            self._send(_CLOSE, _unmask(mask, payload))
            self._transport.close()
        elif opcode == _PING:
            self._send(_PONG, _unmask(mask, payload))

    def _answer(self, kind: str, received: float) -> None:
        said = {"kind": kind, "chunk": self._chunks, "bytes": self._audio_bytes, "waited_s": clock() - received}
        self._send(_TEXT, json.dumps(said).encode())

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes([0x80 | opcode, size]) if size < 126 else struct.pack("!BBH", 0x80 | opcode, 126, size)
        self._transport.write(head + payload)


def _unmask(mask: bytes, payload: bytes) -> bytes:
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


async def serve(reply_every: int) -> None:
    """Listen on a free port, print it, and serve until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(reply_every), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reply-every", type=int, default=4)
    arguments = parser.parse_args()
    raise_open_files()
    if sys.platform != "win32":
        import uvloop

        uvloop.run(serve(arguments.reply_every))
    else:
        asyncio.run(serve(arguments.reply_every))


if __name__ == "__main__":
    main()
