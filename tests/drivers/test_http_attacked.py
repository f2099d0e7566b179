"""The batch driver attacked on real sockets: whatever a server does is a response or a Failure, in time, in bounds, and
the key goes to nobody else.
"""

import asyncio
import gzip
import socket
import zlib
from contextlib import asynccontextmanager, suppress

import pytest

from bench.drivers import http
from bench.drivers.clock import clock
from bench.engines.base import HttpRequest
from bench.engines.secrets import Hosts, Secret
from bench.types import Failure, FailureKind
from tests.drivers.stream_server import HANGS_S

KEY = "sk_attacked_0123456789abcdef"
BOMB = gzip.compress(bytes(64 * 2**20), 1)


def request_to(url, **changes):
    secrets = {"authorization": Secret(KEY, "Bearer ")}
    return HttpRequest(method="POST", url=url, secrets=secrets, content=b"audio", **changes)


@asynccontextmanager
async def serving(behaviour, host="127.0.0.1"):
    """The port of a server, and the requests it read, each up to the end of its body."""
    asked, calls = [], set()

    async def serve(reader, writer):
        calls.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await behaviour(reader, writer, asked)
        writer.close()

    server = await asyncio.start_server(serve, host, 0)
    try:
        yield server.sockets[0].getsockname()[1], asked
    finally:
        server.close()
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)


async def read_request(reader, asked):
    head = await reader.readuntil(b"\r\n\r\n")
    asked.append(head + await reader.readexactly(len(b"audio")))


def saying(*parts, pause_s=0.0, abort=False, said=None):
    """A server that reads a request, and then says these parts one after the other; those it said are in `said`."""

    async def behave(reader, writer, asked):
        await read_request(reader, asked)
        for part in parts:
            writer.write(part)
            await writer.drain()
            if said is not None:
                said.append(part)
            await asyncio.sleep(pause_s)
        if abort:
            linger = b"\1\0\0\0\0\0\0\0"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()

    return behave


def ask(behaviour, times=1, timeout_s=HANGS_S, **changes):
    """What became of so many requests of one client, one after the other; and what the server was asked."""

    async def main():
        async with serving(behaviour) as (port, asked):
            async with http.new_client(timeout_s=timeout_s, max_connections=1) as client:
                request = request_to(f"http://127.0.0.1:{port}/", **changes)
                outcomes = [await http.answer(client, request) for _ in range(times)]
            return outcomes, asked

    return asyncio.run(main())


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "content"),
    [
        ([OK + b"content-length: 2\r\n\r\nhi"], b"hi"),
        ([b"HTTP/1.0 200 OK\r\n\r\n", b"hi"], b"hi"),
        ([OK + b"connection: close\r\n\r\n", b"h", b"i"], b"hi"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK + b"content-length: 2\r\n\r\nhi"], b"hi"),
        ([b"HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n" * 5 + OK + b"content-length: 0\r\n\r\n"], b""),
        ([CHUNKED, b"1;a=b\r\nh\r\n", b"1\r\ni\r\n0\r\nx: y\r\n\r\n"], b"hi"),
        ([OK + b"content-length: 2, 2\r\n\r\nhi"], b"hi"),
        ([OK + b"content-length: 2\r\n\r\nhi and more than that"], b"hi"),
        ([OK + b"content-encoding: br\r\ncontent-length: 2\r\n\r\n\x0b\x80"], b"\x0b\x80"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
        ([b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nhi"], b"hi"),
        ([OK + b"content-length: 5\r\ncontent-encoding: identity\r\n\r\nhello"], b"hello"),
    ],
)
def test_what_http_allows_is_read(parts, content):
    (response,), _ = ask(saying(*parts))
    assert not isinstance(response, Failure), response
    assert response.content == content


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"\r\n\r\n\r\n"],
        [b"SSH-2.0-OpenSSH_9.6\r\n"],
        [b"HTTP/1.1 abc OK\r\n\r\n"],
        [b"HTTP/1.1 99999 OK\r\n\r\n"],
        [b"\x00" * 2000],
        [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)],
        [OK + b"content-length: -1\r\n\r\n"],
        [OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nhi!"],
        [OK + b"content-length: 0x10\r\n\r\n"],
        [OK + b"content-length: " + b"9" * 5000 + b"\r\n\r\n"],
        [OK + b"content-length: 200\r\n\r\nhi"],
        [OK + b"transfer-encoding: gzip\r\n\r\nhi"],
        [OK + b" folded\r\n\r\n"],
        [OK + b"no colon here\r\n\r\n"],
        [OK + b"a\x00b: c\r\n\r\n"],
        [CHUNKED + b"what\r\n"],
        [CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n"],
        [CHUNKED + b"5\r\nhel"],
        [CHUNKED + b"2\r\nhi\r\n"],
        [CHUNKED + b"2\r\nhi" + b"no end of chunk\r\n"],
        [CHUNKED + b"f" * 40 + b"\r\n"],
        [CHUNKED + b"0\r\n" + b"x: y\r\n" * 200_000 + b"\r\n"],
        [OK + b"".join(b"x-%d: y\r\n" % n for n in range(50_000))],
        [OK + b"x: " + b"y" * 2_000_000],
        [b"H" * 2_000_000],
        [OK + b"content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello"],
        [OK + b"content-encoding: deflate\r\ncontent-length: 5\r\n\r\nhello"],
        [OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB) + BOMB],
        [OK + b"content-encoding: gzip, gzip\r\n\r\n" + gzip.compress(BOMB)],
        [OK + b"content-encoding: " + b"gzip, " * 5_000 + b"gzip\r\n\r\n" + BOMB],
        [OK + b"content-encoding: deflate\r\n\r\n" + zlib.compress(bytes(64 * 2**20), 1)],
        [OK + b"connection: close\r\n\r\n", *[bytes(2**20)] * 40],
    ],
    ids=lambda parts: b"".join(parts)[:40].decode("latin-1").encode("unicode_escape").decode(),
)
def test_what_http_does_not_allow_is_a_failure_of_the_call(parts):
    (failure,), asked = ask(saying(*parts))
    assert isinstance(failure, Failure), failure
    assert failure.kind in {FailureKind.CONNECTION, FailureKind.PROTOCOL}
    assert len(asked) == 1
    assert KEY not in failure.message
    assert len(failure.message) < 500


@pytest.mark.parametrize(
    "parts",
    [
        [OK + b"content-length: 100\r\n\r\n", *[b"x"] * 99],
        [bytes([byte]) for byte in OK + b"content-length: 2\r\n\r\nhi" * 10],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 100,
        [CHUNKED, *[b"1\r\nx\r\n"] * 100],
        [OK + b"content-encoding: gzip\r\n\r\n", *[gzip.compress(b"")] * 100],
    ],
)
def test_a_byte_now_and_then_ends_at_the_deadline(parts):
    began, said = clock(), []
    (failure,), _ = ask(saying(*parts, pause_s=0.1, said=said), timeout_s=0.5)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.TIMEOUT
    assert clock() - began > 0.4
    assert len(said) < len(parts), "the server had more to say"


@pytest.mark.parametrize("said", [b"", OK, OK + b"content-length: 10\r\n\r\nhi", CHUNKED, CHUNKED + b"5\r\nhel"])
def test_a_reset_in_every_phase_of_a_response_is_a_failure(said):
    (failure,), asked = ask(saying(said, pause_s=0.05, abort=True))
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.CONNECTION
    assert len(asked) == 1, "a paid request is not sent again behind the runner's back"


def test_a_reset_while_the_request_is_sent_and_a_refused_connection_are_failures():
    async def deaf(reader, writer, asked):
        writer.transport.abort()

    (failure,), _ = ask(deaf)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.CONNECTION

    async def refused():
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            async with http.new_client(timeout_s=HANGS_S, max_connections=1) as client:
                return await http.answer(client, request_to(f"http://127.0.0.1:{free.getsockname()[1]}/"))

    assert asyncio.run(refused()).kind is FailureKind.CONNECTION


def test_a_server_that_reads_nothing_ends_at_the_deadline():
    async def deaf(reader, writer, asked):
        writer.transport.pause_reading()
        await asyncio.Event().wait()

    async def main():
        async with serving(deaf) as (port, _), http.new_client(timeout_s=0.5, max_connections=1) as client:
            request = HttpRequest(method="POST", url=f"http://127.0.0.1:{port}/", content=bytes(30 * 2**20))
            return await http.answer(client, request)

    assert asyncio.run(main()).kind is FailureKind.TIMEOUT


@pytest.mark.parametrize("waits", [False, True])
def test_a_connection_that_the_server_closes_between_requests_costs_none(waits):
    """With `waits`, the end is there before the next request; without, at the moment of it."""

    async def main():
        closed = asyncio.Queue()

        async def once(reader, writer, asked):
            await read_request(reader, asked)
            writer.write(OK + b"content-length: 2\r\n\r\nhi")
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            closed.put_nowait(None)

        async with serving(once) as (port, asked), http.new_client(timeout_s=HANGS_S, max_connections=1) as client:
            outcomes = []
            for _ in range(5):
                outcomes.append(await http.answer(client, request_to(f"http://127.0.0.1:{port}/")))
                if waits:
                    await closed.get()
            return outcomes, asked

    outcomes, asked = asyncio.run(main())
    answered = [outcome for outcome in outcomes if not isinstance(outcome, Failure)]
    assert len(asked) == len(answered)
    if waits:
        assert len(answered) == 5


def test_after_a_failure_the_next_request_is_answered():
    """What a broken response left on a connection is not read as the next one's."""
    turn = iter(range(100))

    async def behave(reader, writer, asked):
        while True:
            await read_request(reader, asked)
            number = next(turn)
            if number % 2:
                writer.write(OK + b"content-length: 1\r\n\r\n%d" % (number % 10))
            else:
                writer.write(CHUNKED + b"zz\r\n" + OK + b"content-length: 5\r\n\r\nother")
            await writer.drain()

    outcomes, asked = ask(behave, times=6)
    assert [isinstance(outcome, Failure) for outcome in outcomes] == [True, False] * 3
    assert [outcome.content for outcome in outcomes[1::2]] == [b"1", b"3", b"5"]
    assert len(asked) == 6


def test_a_response_that_holds_two_does_not_answer_the_next_request():
    """Response splitting: what comes behind a whole response is of nobody."""

    async def behave(reader, writer, asked):
        await read_request(reader, asked)
        writer.write(OK + b"content-length: 2\r\n\r\nhi" + OK + b"content-length: 4\r\n\r\nevil")
        await writer.drain()
        await read_request(reader, asked)
        writer.write(OK + b"content-length: 2\r\n\r\nho")
        await writer.drain()

    outcomes, _ = ask(behave, times=2)
    assert outcomes[0].content == b"hi"
    assert isinstance(outcomes[1], Failure) or outcomes[1].content != b"evil"


def test_what_is_behind_a_wrong_length_costs_that_call_alone():
    async def behave(reader, writer, asked):
        while True:
            await read_request(reader, asked)
            writer.write(OK + b"content-length: 2\r\n\r\nhi and more than that")
            await writer.drain()

    outcomes, asked = ask(behave, times=4)
    assert [outcome.content for outcome in outcomes] == [b"hi"] * 4
    assert len(asked) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["self", "other", "scheme-relative"])
def test_no_redirect_is_followed_so_a_key_goes_to_nobody_else(status, to):
    async def main():
        async with serving(saying(OK + b"content-length: 0\r\n\r\n")) as (other, asked_other):
            target = {
                "self": "/again",
                "other": f"http://127.0.0.1:{other}/",
                "scheme-relative": f"//127.0.0.1:{other}/",
            }[to]
            said = f"HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode()
            async with (
                serving(saying(said)) as (port, asked),
                http.new_client(timeout_s=HANGS_S, max_connections=1) as client,
            ):
                response = await http.answer(client, request_to(f"http://127.0.0.1:{port}/"))
            return response, asked, asked_other

    response, asked, asked_other = asyncio.run(main())
    assert response.status == status
    assert len(asked) == 1
    assert asked_other == []


def test_a_key_does_not_go_to_a_host_that_is_not_its_own_whoever_names_it():
    async def main():
        async with http.new_client(timeout_s=1, max_connections=1) as client:
            key = Secret(KEY, "Bearer ", Hosts(own=("service.example",)))
            for url in (
                "http://service.example/",
                "https://service.example.evil.test/",
                "https://evil.test@evil.test/",
            ):
                request = HttpRequest(method="POST", url=url, secrets={"authorization": key}, content=b"")
                failure = await http.answer(client, request)
                assert failure.kind is FailureKind.REFUSED
                assert KEY not in failure.message

    asyncio.run(main())


@pytest.mark.parametrize(
    "url",
    [
        "http://" + "a" * 64 + ".test/",
        "http://" + ".".join(["a" * 60] * 8) + "/",
        "http://xn--a.test/",
        "http://..test/",
        "http://[::1/",
        "http://[::1%25evil]/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http:///",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://exa mple.test/",
        "http://127.0.0.1\r\nx-injected: yes/",
        "",
        "http://bücher.invalid/",
        "http://人.invalid/",
        "http://\ud800.invalid/",
        "http://a\x00b.invalid/",
    ],
)
def test_an_address_that_is_none_or_nowhere_is_a_failure(url):
    async def main():
        async with http.new_client(timeout_s=3, max_connections=1) as client:
            return await http.answer(client, HttpRequest(method="GET", url=url))

    failure = asyncio.run(main())
    assert isinstance(failure, Failure)
    assert failure.kind in {FailureKind.REFUSED, FailureKind.CONNECTION, FailureKind.TIMEOUT}


@pytest.mark.parametrize(
    ("name", "value"),
    [*((name, "a") for name in ("x\r\ny", "x y", "é", "")), ("x", "a\r\nx-injected: yes"), ("x", "é"), ("x", "a\0b")],
)
def test_a_header_that_is_none_is_refused_and_nothing_is_injected(name, value):
    outcomes, asked = ask(saying(OK + b"content-length: 0\r\n\r\n"), headers={name: value})
    assert isinstance(outcomes[0], Failure)
    assert asked == []


def test_ipv6_and_a_host_by_another_name_of_this_machine_are_reached():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")

    async def main():
        async with serving(saying(OK + b"content-length: 2\r\n\r\nhi"), host="::1") as (port, asked):
            async with http.new_client(timeout_s=HANGS_S, max_connections=1) as client:
                response = await http.answer(client, request_to(f"http://[::1]:{port}/"))
            return port, response, asked

    try:
        port, response, asked = asyncio.run(main())
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    assert response.content == b"hi"
    assert f"host: [::1]:{port}".encode() in asked[0].lower()
