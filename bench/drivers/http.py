"""The batch driver: the only part that sends an HTTP request and reads the clock around it.

One call is one attempt, timed by itself: retries are the runner's, so they never leak into a latency.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.request import getproxies_environment

import httpcore
import httpx

from bench import __version__
from bench.drivers import body
from bench.drivers.body import MOST_BODY_BYTES, DecodingError, TooLargeError
from bench.drivers.clock import clock
from bench.drivers.network import Network, Pools, SetUp, keep_apart, set_up, trusted
from bench.drivers.tape import Answered, Tape
from bench.engines.base import BatchAdapter, HttpRequest, HttpResponse, JobAdapter, Wait, is_job, pairs
from bench.engines.secrets import KeyHostError, masked, revealed
from bench.types import Call, Event, Failure, FailureKind, Timing, Transcript

_RAW_ERROR_CHARS = 300
_CONNECT_TIMEOUT_S = 10.0
_EVENTS = "text/event-stream"
_HEADERS = {"User-Agent": f"earwitness/{__version__}", "Accept": "*/*", "Accept-Encoding": body.ACCEPTED}
_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})
_LAST_PORT = 65_535
_KEPT_S = 5.0
"""How long an idle connection is kept."""


class ConnectionPool(Protocol):
    """Of httpcore, or a test's."""

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """The response, its body not yet read."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Client:
    """Sends requests over connections that stay open; nothing else passes from one request to the next.

    No cookies are kept, and no redirect is followed. So httpcore's pool does all that is needed, and httpx above it,
    which takes a third of a request's processor time, is left out.
    """

    def __init__(self, pool: ConnectionPool, *, timeout_s: float) -> None:
        self._pool = pool
        self._timeout_s = timeout_s
        each = {"connect": min(_CONNECT_TIMEOUT_S, timeout_s), "read": timeout_s, "write": timeout_s, "pool": None}
        self._extensions = {"timeout": each}

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def send(self, request: HttpRequest) -> tuple[HttpResponse, float | None]:
        """The response, read to its last byte and decompressed, and the seconds it took to set a connection up.

        The latter is `None` where an open one was used. The whole of it has one deadline, `timeout_s`: a server that
        sends a byte now and then must not hold a trial for ever.

        Raises:
            One of `_TROUBLE`: as mapped by `_failure`.
        """
        async with asyncio.timeout(self._timeout_s):
            return await self._send(request)

    async def _send(self, request: HttpRequest) -> tuple[HttpResponse, float | None]:
        noted = SetUp()
        set_up.set(noted)
        url, host = _address(
            request.url, (*pairs(request.params), *revealed(request.secret_params, request.url).items())
        )
        sent = httpcore.Request(
            request.method,
            url,
            headers=_headers(request, host),
            content=request.content,
            extensions=self._extensions,
        )
        began = clock()
        response = await self._pool.handle_async_request(sent)
        try:
            headers = _joined(response.headers)
            is_stream = headers.get("content-type", "").startswith(_EVENTS)
            content, arrivals = await body.read(
                response.aiter_stream(), headers.get("content-encoding"), began if is_stream else None
            )
            keep_apart(response)
        finally:
            await response.aclose()
        return HttpResponse(status=response.status, headers=headers, content=content, arrivals=arrivals), noted.took_s


def _headers(request: HttpRequest, host: bytes) -> list[tuple[bytes, bytes]]:
    """All of a request. Bind the result to no name: a traceback may show it."""
    given = {**_HEADERS, **request.headers, **revealed(request.secrets, request.url)}
    length = len(request.content or b"")
    try:
        named = [(name.encode("ascii"), value.encode("ascii")) for name, value in given.items()]
    except UnicodeEncodeError:
        names = ", ".join(name for name, value in given.items() if not f"{name}{value}".isascii())
        raise httpcore.LocalProtocolError(f"expected a header in ASCII, got another: {names}") from None
    has_length = length or request.method in _WITH_A_BODY
    return [(b"Host", host), *named, *([(b"Content-Length", b"%d" % length)] if has_length else [])]


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By name in lower case; what is there several times, behind one another."""
    joined: dict[str, str] = {}
    for raw, value in headers:
        name, text = raw.decode("latin-1").lower(), _text(value)
        joined[name] = f"{joined[name]}, {text}" if name in joined else text
    return joined


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


_TROUBLE = (
    *(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol),
    *(httpcore.ProxyError, httpcore.ConnectionNotAvailable),
    *(TimeoutError, TooLargeError, DecodingError, KeyHostError, httpx.InvalidURL),
)
"""What `Client.send` raises."""


@lru_cache(maxsize=256)
def _address(url: str, params: tuple[tuple[str, str], ...]) -> tuple[httpcore.URL, bytes]:
    """The same for most requests of a run, and a tenth of a request's processor time to put together; and its host."""
    whole = httpx.URL(url, params=params) if params else httpx.URL(url)
    if whole.port is not None and whole.port > _LAST_PORT:
        raise httpx.InvalidURL(f"port {whole.port} is none")
    parts = httpcore.URL(scheme=whole.raw_scheme, host=whole.raw_host, port=whole.port, target=whole.raw_path)
    return parts, whole.netloc


def new_client(*, timeout_s: float, max_connections: int | None) -> Client:
    """A client for one run, through the proxies that the environment names; `max_connections` `None`: no limit.

    Raises:
        ConfigError: if the environment names certificates that are not there.
    """
    options: dict[str, Any] = {
        "ssl_context": trusted(),
        "max_connections": max_connections,
        "max_keepalive_connections": max_connections,
        "keepalive_expiry": _KEPT_S,
        "network_backend": Network(),
    }
    pool: ConnectionPool = Pools(**options) if getproxies_environment() else httpcore.AsyncConnectionPool(**options)
    return Client(pool, timeout_s=timeout_s)


async def answer(client: Client, request: HttpRequest) -> HttpResponse | Failure:
    """The response to a single request, or why there is none."""
    began = clock()
    try:
        return (await client.send(request))[0]
    except _TROUBLE as error:
        return _failure(error, request, clock() - began)


async def transcribe(
    client: Client,
    adapter: BatchAdapter | JobAdapter,
    call: Call,
    *,
    due: float | None = None,
    tape: Tape | None = None,
) -> Transcript | Failure:
    """One attempt. Zero of all times: just before the (first) request is handed to the socket.

    `due`: on `clock.clock`: when the request was to start, under a load whose requests come when they come;
    then that is zero, so that a request that had to wait for its turn, or for the server to accept its connection, is
    not made to look fast: the set-up of a connection is not told apart then.
    `tape`: where everything that comes is kept too.
    """
    tape = tape or Tape()
    if is_job(adapter):
        return await _job(client, adapter, call, due, tape)
    request = adapter.request(call)
    started = clock() if due is None else due
    try:
        response, connect_s = await client.send(request)
    except _TROUBLE as error:
        return _failure(error, request, clock() - started)
    done_s = clock() - started
    timing = Timing(connect_s=connect_s if due is None else None, done_s=done_s, audio_s=call.duration_s)
    tape.answered.append(Answered(response=response, t_s=done_s))
    tape.timing = timing
    parsed = adapter.parse(response)
    if isinstance(parsed, Failure):
        return parsed
    event = Event(t_s=done_s, kind="final", text=parsed.text, words=parsed.words, is_last=True)
    return Transcript(recognised=parsed, timing=timing, events=(event,))


async def _job(client: Client, adapter: JobAdapter, call: Call, due: float | None, tape: Tape) -> Transcript | Failure:
    """Request after request, each an event with its time, until there is an answer; then what was left is taken
    away.
    """
    exchange = adapter.exchange(call)
    request = exchange.first()
    started = clock() if due is None else due
    first_connect_s: float | None = None
    events: list[Event] = []
    try:
        while True:
            response, connect_s = await client.send(request)
            t_s = clock() - started
            first_connect_s = first_connect_s if events else connect_s
            events.append(Event(t_s=t_s, kind="meta", text=f"{request.name} {response.status}"))
            tape.answered.append(Answered(response=response, t_s=t_s))
            said = exchange.next(response, t_s)
            if isinstance(said, Wait):
                await asyncio.sleep(said.after_s)
                request = said.request
            elif isinstance(said, HttpRequest):
                request = said
            else:
                break
    except _TROUBLE as error:
        said = _failure(error, request, clock() - started)
    events += await _cleaned(client, exchange.cleanup(), started)
    timing = Timing(
        connect_s=first_connect_s if due is None else None,
        done_s=tape.answered[-1].t_s if tape.answered else 0.0,
        audio_s=call.duration_s,
        resolution_s=exchange.resolution_s,
    )
    tape.timing = timing
    if isinstance(said, Failure):
        return said
    final = Event(t_s=t_s, kind="final", text=said.text, words=said.words, is_last=True)
    # Parts of an answer are told as they came; one request alone is told by its answer.
    heard = (*exchange.events, final) if exchange.events else (final,)
    told = heard if len(events) == 1 else tuple(sorted((*events, *heard), key=lambda event: event.t_s))
    return Transcript(recognised=said, timing=timing, events=told)


async def _cleaned(client: Client, requests: Sequence[HttpRequest], started: float) -> list[Event]:
    """What became of the requests that take away what was left with a service: told, and never a failure."""
    events = []
    for request in requests:
        try:
            response, _ = await client.send(request)
            said = str(response.status)
        except _TROUBLE as error:
            said = type(error).__name__
        events.append(Event(t_s=clock() - started, kind="meta", text=f"{request.name} {said}"))
    return events


_SAID = {
    TimeoutError: "expected the whole answer by then (batch.timeout_s)",
    TooLargeError: f"expected an answer of at most {MOST_BODY_BYTES // 2**20} MB after decompression, got more",
}


def _failure(error: Exception, request: HttpRequest, after_s: float) -> Failure:
    """What an error of `Client.send` means. Its own text is kept, the request's headers never are."""
    kinds: tuple[tuple[type[Exception], FailureKind], ...] = (
        (TimeoutError, FailureKind.TIMEOUT),
        (TooLargeError, FailureKind.PROTOCOL),
        (KeyHostError, FailureKind.REFUSED),
        (httpcore.ConnectTimeout, FailureKind.CONNECTION),
        (httpcore.TimeoutException, FailureKind.TIMEOUT),
        (DecodingError, FailureKind.PROTOCOL),
        (httpcore.UnsupportedProtocol, FailureKind.REFUSED),
        (httpx.InvalidURL, FailureKind.REFUSED),
    )
    kind = next((kind for known, kind in kinds if isinstance(error, known)), FailureKind.CONNECTION)
    detail = masked(str(error))[:_RAW_ERROR_CHARS] or _SAID.get(type(error), type(error).__name__)
    return Failure(kind=kind, message=f"{request.url}: {type(error).__name__} after {after_s:.1f} s: {detail}")
