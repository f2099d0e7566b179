"""The batch driver: the only part that sends an HTTP request and reads the clock around it.

One call is one attempt, timed by itself: retries are the runner's, so they never leak into a latency.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx

from bench.engines.base import BatchAdapter, Call, HttpRequest, HttpResponse
from bench.types import Event, Failure, FailureKind, Recognised, Timing, Transcript

_RAW_ERROR_CHARS = 300


def new_client(*, timeout_s: float, max_connections: int | None) -> httpx.AsyncClient:
    """A client for one run: connections are reused, redirects and proxies from the environment are not followed.

    `max_connections` `None`: no limit.
    """
    limits = httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections)
    timeout = httpx.Timeout(timeout_s, connect=min(10.0, timeout_s), pool=None)
    return httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False)


async def transcribe(
    client: httpx.AsyncClient, adapter: BatchAdapter, call: Call, *, due: float | None = None
) -> Transcript | Failure:
    """One attempt. Zero of all times: just before the request is handed to the socket.

    `due`: on `time.perf_counter`: when the request was to start, under a load whose requests come when they come;
    then that is zero, so that a request that had to wait for its turn is not made to look fast.
    """
    request = adapter.request(call)
    started = time.perf_counter() if due is None else due
    try:
        response = await client.request(
            request.method,
            request.url,
            params=dict(request.params),
            headers={**request.headers, **request.secrets},
            content=request.content,
        )
    except httpx.HTTPError as error:
        return _failure(error, request, time.perf_counter() - started)
    done_s = time.perf_counter() - started
    parsed = adapter.parse(
        HttpResponse(status=response.status_code, headers=_lower(response), content=response.content)
    )
    if isinstance(parsed, Failure):
        return parsed
    return _transcript(parsed, done_s)


def _transcript(recognised: Recognised, done_s: float) -> Transcript:
    event = Event(t_s=done_s, kind="final", text=recognised.text, words=recognised.words, is_last=True)
    return Transcript(recognised=recognised, timing=Timing(done_s=done_s), events=(event,))


def _lower(response: httpx.Response) -> Mapping[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _failure(error: httpx.HTTPError, request: HttpRequest, after_s: float) -> Failure:
    """What an httpx error means. Its own text is kept, the request's headers never are."""
    kinds: tuple[tuple[type[httpx.HTTPError], FailureKind], ...] = (
        (httpx.ConnectTimeout, FailureKind.CONNECTION),
        (httpx.TimeoutException, FailureKind.TIMEOUT),
        (httpx.RemoteProtocolError, FailureKind.CONNECTION),
        (httpx.DecodingError, FailureKind.PROTOCOL),
        (httpx.TooManyRedirects, FailureKind.PROTOCOL),
        (httpx.UnsupportedProtocol, FailureKind.REFUSED),
        (httpx.TransportError, FailureKind.CONNECTION),
    )
    kind = next((kind for known, kind in kinds if isinstance(error, known)), FailureKind.CONNECTION)
    detail = str(error)[:_RAW_ERROR_CHARS] or type(error).__name__
    for secret in request.secrets.values():
        detail = detail.replace(secret, "***")
    return Failure(kind=kind, message=f"{request.url}: {type(error).__name__} after {after_s:.1f} s: {detail}")
