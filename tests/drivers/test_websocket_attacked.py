"""Streams attacked frame by frame on real sockets: whatever a server sends ends in an answer or a Failure, bounded."""

import asyncio
import base64
import hashlib
import resource
import struct
import zlib
from contextlib import suppress

import pytest

from bench.drivers import websocket
from bench.types import Failure, FailureKind, Transcript
from tests.drivers.stream_server import HANGS_S, ScriptAdapter, message, recording

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_LAST = message("final", "hello", last=True).encode()
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, payload=b"", *, fin=True, rsv=0, length=None, mask=False):
    """A frame as it goes over the socket; `length`: said instead of the payload's own."""
    size = len(payload) if length is None else length
    head = bytes([fin << 7 | rsv << 4 | opcode])
    marked = 0x80 if mask else 0
    if size < 126:
        head += bytes([marked | size])
    elif size < 65536:
        head += bytes([marked | 126]) + struct.pack("!H", size)
    else:
        head += bytes([marked | 127]) + struct.pack("!Q", size)
    if mask:
        key = b"\x37\xfa\x21\x3d"  # of RFC 6455, the same each time: it is part of a test's name
        return head + key + bytes(octet ^ key[at % 4] for at, octet in enumerate(payload))
    return head + payload


def against(*parts, times=1, extensions=b"", duration_s=0.05, end_deadline_s=1.0):
    """The outcome of a stream whose server, after the upgrade, sends these parts so many times."""

    async def serve(reader, writer):
        calls.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split()[1]
            accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n" + extensions
            )
            writer.write(b"sec-websocket-accept: " + accept + b"\r\n\r\n")
            for _ in range(times):
                for part in parts:
                    writer.write(part)
                    await writer.drain()
            await reader.read()
        writer.close()

    calls = set()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        try:
            async with asyncio.timeout(5 * HANGS_S):
                adapter = ScriptAdapter(url, {"end_deadline_s": end_deadline_s})
                return await websocket.stream(adapter, recording(duration_s))
        finally:
            server.close()
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    return asyncio.run(main())


@pytest.mark.parametrize(
    "parts",
    [
        [frame(TEXT, _LAST)],
        [bytes([octet]) for octet in frame(TEXT, _LAST)],
        [frame(PING, b"x" * 125), frame(TEXT, _LAST[:5], fin=False), frame(PING), frame(PONG), frame(CONT, _LAST[5:])],
        [frame(TEXT, b"", fin=False), *[frame(CONT, _LAST[at : at + 1], fin=False) for at in range(99)], frame(CONT)],
        [frame(PING, b"x")] * 1_000 + [frame(TEXT, _LAST)],
        [frame(TEXT, _LAST) + frame(CLOSE, struct.pack("!H", 1000)) + frame(TEXT, b"after the end")],
    ],
)
def test_what_the_protocol_allows_is_heard(parts):
    outcome = against(*parts, end_deadline_s=HANGS_S)
    assert isinstance(outcome, Transcript), outcome
    assert outcome.text == "hello"


@pytest.mark.parametrize(
    "part",
    [
        frame(TEXT, _LAST, rsv=4),
        frame(TEXT, zlib.compress(bytes(2**20)), rsv=4),
        frame(3, b"reserved"),
        frame(11, b"reserved"),
        frame(CONT, b"nothing to go on with"),
        frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"),
        frame(PING, b"x" * 126),
        frame(PING, b"x", fin=False),
        frame(CLOSE, b"\x03"),
        frame(CLOSE, struct.pack("!H", 1005)),
        frame(CLOSE, struct.pack("!H", 1000) + b"\xff\xfe"),
        frame(TEXT, _LAST, mask=True),
        frame(TEXT, b"\xff\xfe\xfd"),
        frame(TEXT, b"", length=2**62),
        frame(BINARY, b"", length=2**63 + 5),
        frame(TEXT, bytes(100), length=17 * 2**20),
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x00" * 100,
        b"\xff" * 100,
    ],
)
def test_what_it_does_not_allow_is_a_failure(part):
    outcome = against(part)
    assert isinstance(outcome, Failure), outcome
    assert outcome.kind in {FailureKind.PROTOCOL, FailureKind.CONNECTION, FailureKind.TRUNCATED, FailureKind.TIMEOUT}


def test_compression_that_was_not_asked_for_is_refused():
    outcome = against(frame(TEXT, _LAST), extensions=b"sec-websocket-extensions: permessage-deflate\r\n")
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.PROTOCOL


@pytest.mark.parametrize(
    ("part", "times"),
    [
        (frame(PING, b"x" * 125) * 1_000, 400),
        (frame(PONG) * 1_000, 400),
        (frame(TEXT, b"x", fin=False) + frame(CONT, fin=False) * 100_000, 1),
    ],
    ids=["pings", "pongs", "fragments"],
)
@pytest.mark.slow
def test_frames_without_end_are_given_up_and_take_no_memory(part, times):
    """Their server does not read what it is answered."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parts = [part] if times > 1 else [part, frame(CONT, fin=False) * 150_000]
    outcome = against(*parts, times=times, duration_s=60.0, end_deadline_s=HANGS_S)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.PROTOCOL
    assert "more messages than any transcript" in outcome.message
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200
