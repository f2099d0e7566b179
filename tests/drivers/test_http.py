"""The batch driver against servers that misbehave on a real socket."""

import asyncio
import gzip
import inspect
import socket
from contextlib import suppress

import httpcore
import pytest

from bench.drivers import http
from bench.drivers.body import MOST_BODY_BYTES
from bench.drivers.clock import clock
from bench.drivers.http import _failure
from bench.engines.base import HttpRequest
from bench.engines.secrets import Secret
from bench.types import Call, Failure, FailureKind, Recognised, Transcript
from tests.drivers.stream_server import HANGS_S

CALL = Call(audio=b"x", content_type="a/b", encoding="linear16", sample_rate_hz=8000, duration_s=1, language=None)


class Adapter:
    def __init__(self, url):
        self.url = url

    def request(self, call):
        return HttpRequest(
            method="POST", url=self.url, secrets={"authorization": Secret("s3cret", "Bearer ")}, content=call.audio
        )

    def parse(self, response):
        return Recognised(text=response.content.decode())


def ask(behaviour, timeout_s=HANGS_S):
    (outcome,) = ask_times(1, behaviour, timeout_s)
    return outcome


def ask_times(times, behaviour, timeout_s=HANGS_S, due=None):
    """The outcomes of so many calls of one client, one after the other."""

    async def main():
        over = asyncio.Event()

        async def serve(reader, writer):
            try:
                await behaviour(reader, writer)
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
                over.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            async with http.new_client(timeout_s=timeout_s, max_connections=1) as client:
                adapter = Adapter(f"http://127.0.0.1:{port}/")
                outcomes = [await http.transcribe(client, adapter, CALL, due=due) for _ in range(times)]
            await over.wait()
        return outcomes

    return asyncio.run(main())


async def answer(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.2)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
    await writer.drain()


async def answer_twice_with_a_cookie(reader, writer):
    said = []
    for _ in range(2):
        said.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(1))
        body = gzip.compress(b"|".join(said))
        head = b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        await writer.drain()


async def hang_up(reader, writer):
    await reader.readuntil(b"\r\n\r\n")


async def reset(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


async def cut_short(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\nhi")


async def nonsense(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"what?\r\n\r\n")


async def silence(reader, writer):
    await reader.read()


def test_the_round_trip_is_timed_from_request_to_last_byte():
    began = clock()
    outcome = ask(answer)
    assert isinstance(outcome, Transcript)
    assert outcome.text == "hi"
    assert 0.1 < outcome.timing.done_s < clock() - began  # the server waits for 0.2 s before it answers
    assert outcome.events[-1].is_last


def test_a_connection_is_kept_and_nothing_else_of_a_call():
    outcomes = ask_times(2, answer_twice_with_a_cookie)
    first, second = outcomes[1].text.split("|")
    assert first == second, "a cookie, or anything else, went from one call to the next"
    assert 0 < outcomes[0].timing.connect_s < outcomes[0].timing.done_s
    assert outcomes[0].timing.audio_s == CALL.duration_s
    assert outcomes[1].timing.connect_s is None
    assert "user-agent: earwitness/" in first.lower()


def test_a_request_that_was_due_is_timed_with_the_connection_it_had_to_wait_for():
    """Else a server that accepts late would look fast under an open load."""
    (outcome,) = ask_times(1, answer, due=clock() - 5.0)
    assert outcome.timing.done_s > 5.1  # the wait for the connection and the answer's 0.2 s
    assert outcome.timing.connect_s is None


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (hang_up, FailureKind.CONNECTION),
        (reset, FailureKind.CONNECTION),
        (cut_short, FailureKind.CONNECTION),
        (nonsense, FailureKind.CONNECTION),
        (silence, FailureKind.TIMEOUT),
    ],
)
def test_trouble_is_a_failure_of_its_kind(behaviour, kind):
    outcome = ask(behaviour, timeout_s=0.3 if kind is FailureKind.TIMEOUT else HANGS_S)
    assert isinstance(outcome, Failure)
    assert outcome.kind is kind
    assert "http://127.0.0.1" in outcome.message


def test_no_error_of_httpcore_is_left_unmapped_and_no_secret_gets_out():
    request = Adapter("http://x/").request(CALL)
    errors = [e for _, e in inspect.getmembers(httpcore, inspect.isclass) if issubclass(e, Exception)]
    assert len(errors) > 10
    for error in errors:
        assert issubclass(error, http._TROUBLE)
        failure = _failure(error("key s3cret and Bearer s3cret"), request, 1.0)
        assert failure.kind in FailureKind
        assert "Bearer s3cret" not in failure.message


async def drip(reader, writer):
    """A whole answer, a byte now and then: each read is in time, the request never ends."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    with suppress(OSError):
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)


async def drip_header(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    with suppress(OSError):
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)


async def endless_informational(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    with suppress(OSError):
        for _ in range(1000):
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("behaviour", [drip, drip_header, endless_informational])
def test_the_whole_request_has_one_deadline(behaviour):
    outcome = ask(behaviour, timeout_s=0.5)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.TIMEOUT
    assert "batch.timeout_s" in outcome.message


def body_of(encoding, content):
    async def send(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {len(content)}\r\n\r\n"
        with suppress(OSError):
            writer.write(head.encode() + content)
            await writer.drain()

    return send


@pytest.mark.parametrize(
    ("encoding", "content"),
    [("gzip", gzip.compress(bytes(MOST_BODY_BYTES + 1))), ("identity", bytes(MOST_BODY_BYTES + 1))],
)
def test_a_body_larger_than_any_transcript_is_a_failure(encoding, content):
    outcome = ask(body_of(encoding, content), timeout_s=HANGS_S)
    assert isinstance(outcome, Failure)
    assert outcome.kind is FailureKind.PROTOCOL
    assert "at most 32 MB after decompression" in outcome.message
