"""One call by a described engine, told message by message: what was sent, what came, and what each rule made of it.

For whoever writes a description: the drivers are those of a run, and an adapter that looks on stands between.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.audio import Audio, read
from bench.conditions.wire import encode, fitted
from bench.doctor.forwarding import ForwardingAdapter, ForwardingPrepared, ForwardingSession
from bench.doctor.subject import Described, modes_of, subject
from bench.drivers import http, websocket
from bench.engines.base import (
    Close,
    Connect,
    Exchange,
    Frame,
    HttpRequest,
    HttpResponse,
    JobAdapter,
    PreparedAdapter,
    StreamAdapter,
    StreamSession,
    Wait,
    pairs,
)
from bench.engines.dialect.engine import DescribedEngine
from bench.engines.dialect.model import Description
from bench.engines.dialect.session import DescribedSession
from bench.engines.secrets import masked
from bench.errors import Problem, UsageError
from bench.types import Call, Event, Failure, Mode, Recognised, RequestSpec, Transcript

_SHOWN = 160
_TIMEOUT_S = 60.0

Tell = Callable[[str], None]
"""Told of each line as it happens."""


@dataclass(slots=True)
class _Log:
    tell: Tell
    num_audio: int = 0
    audio_bytes: int = 0

    def said(self, sign: str, what: str, meaning: str = "") -> None:
        self.flush()
        self.tell(masked(f"{sign} {what}" + (f"\n    {meaning}" if meaning else "")))

    def audio(self, frame: Frame) -> None:
        """Messages of audio are counted, not shown."""
        if self.num_audio == 0:
            shape = f"{len(frame)} bytes" if isinstance(frame, bytes) else _short(frame)
            self.tell(f"> audio: {shape}")
        self.num_audio += 1
        self.audio_bytes += len(frame)

    def flush(self) -> None:
        if self.num_audio > 1:
            self.tell(f"> audio: {self.num_audio - 1} more")
        self.num_audio = 0


def check_description(
    described: Described,
    settings: Mapping[str, Any],
    recording: Path,
    tell: Tell,
    *,
    language: str,
    environment: Mapping[str, str],
    mode: str | None = None,
    allowed: Sequence[str] = (),
) -> Transcript | Failure:
    """Call a described engine once with a recording, and tell what happens.

    Args:
        described: as `subject.read_any` reads it.
        settings: of the engine; with an address of its own it may do without a key.
        recording: what is sent.
        tell: is told each line.
        language: of the recording.
        environment: variables by name, for its key.
        mode: `None`: the first that it has.
        allowed: `NAME=HOST`, where keys may go besides.

    Raises:
        BenchError: for what is wrong with any of these.
    """
    modes = modes_of(described[0])
    if mode is not None and mode not in modes:
        raise UsageError(Problem("--mode", f"one of {', '.join(modes)}", mode))
    it = subject(*described, settings, "--set")
    key = it.key(environment, "engine check", allowed=allowed, is_optional="base_url" in settings)
    chosen = next(known for known in modes if mode in (None, known))
    return check(it.engine(key), it.description, chosen, read(recording), language, tell)


def check(
    engine: DescribedEngine, description: Description, mode: Mode, audio: Audio, language: str | None, tell: Tell
) -> Transcript | Failure:
    """Call an engine once with a recording, and tell what happens."""
    section = description.batch if mode == "batch" else description.stream
    assert section is not None, "the caller looked for the mode"
    rates = section.accepts.rates
    encoding = "linear16" if "linear16" in section.accepts.encodings else next(iter(section.accepts.encodings))
    request = fitted(RequestSpec(encoding=encoding), audio.sample_rate_hz, rates)
    call = encode(audio, request, mode, language)
    log = _Log(tell)
    outcome = asyncio.run(_call(engine, mode, call, log))
    log.flush()
    return outcome


async def _call(engine: DescribedEngine, mode: Mode, call: Call, log: _Log) -> Transcript | Failure:
    if mode == "stream":
        assert engine.stream is not None
        return await websocket.stream(_watched(engine.stream, log), call)
    assert engine.batch is not None
    async with http.new_client(timeout_s=_TIMEOUT_S, max_connections=1) as client:
        return await http.transcribe(client, _WatchedJob(engine.batch, log), call)


def _watched(adapter: StreamAdapter | PreparedAdapter, log: _Log) -> StreamAdapter | PreparedAdapter:
    front = partial(_WatchedStream, log=log)
    return _WatchedPrepared(adapter, front, log) if isinstance(adapter, PreparedAdapter) else front(adapter)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


def _request(request: HttpRequest) -> str:
    query = "&".join(f"{name}={value}" for name, value in pairs(request.params))
    kind = request.headers.get("Content-Type", "")
    if request.content is None:
        body = ""
    elif kind == "application/json":
        body = f"\n    {_short(request.content.decode('utf-8', 'replace'))}"
    else:
        body = f"\n    {kind}, {len(request.content)} bytes"
    return f"{request.name}: {request.method} {request.url}{'?' if query else ''}{query}{body}"


def _response(response: HttpResponse) -> str:
    return f"{response.status} {_short(response.content[:2000].decode('utf-8', 'replace'))}"


@dataclass(slots=True)
class _WatchedJob:
    adapter: JobAdapter
    log: _Log

    def exchange(self, call: Call) -> Exchange:
        return _WatchedExchange(self.adapter.exchange(call), self.log)


@dataclass(slots=True)
class _WatchedExchange:
    exchange: Exchange
    log: _Log

    @property
    def resolution_s(self) -> float | None:
        return self.exchange.resolution_s

    @property
    def events(self) -> Sequence[Event]:
        return self.exchange.events

    def first(self) -> HttpRequest:
        request = self.exchange.first()
        self.log.said(">", _request(request))
        return request

    def next(self, response: HttpResponse, t_s: float) -> HttpRequest | Wait | Recognised | Failure:
        told = self.exchange.next(response, t_s)
        match told:
            case Wait(after_s=after_s, request=request):
                self.log.said("<", _response(response), f"not over: {request.name} again in {after_s:g} s")
            case HttpRequest():
                self.log.said("<", _response(response))
                self.log.said(">", _request(told))
            case Failure():
                self.log.said("<", _response(response), f"failure {told.kind}: {told.message}")
            case Recognised():
                self.log.said("<", _response(response), f"text {told.text!r}, {len(told.words or ())} words")
        return told

    def cleanup(self) -> Sequence[HttpRequest]:
        requests = self.exchange.cleanup()
        for request in requests:
            self.log.said(">", _request(request))
        return requests


@dataclass(slots=True)
class _WatchedPrepared(ForwardingPrepared):
    log: _Log

    def prepare(self, call: Call) -> HttpRequest:
        request = self.adapter.prepare(call)
        self.log.said(">", _request(request))
        return request

    def prepared(self, response: HttpResponse) -> StreamAdapter | Failure:
        made = self.adapter.prepared(response)
        failed = f"failure {made.kind}: {made.message}" if isinstance(made, Failure) else ""
        self.log.said("<", _response(response), failed)
        return made if isinstance(made, Failure) else self.front(made)


@dataclass(slots=True)
class _WatchedStream(ForwardingAdapter):
    log: _Log

    def connect(self, call: Call) -> Connect:
        connect = self.adapter.connect(call)
        query = "&".join(f"{name}={value}" for name, value in pairs(connect.params))
        self.log.said(">", f"connect {connect.url}{'?' if query else ''}{query}")
        return connect

    def refused(self, response: HttpResponse) -> Failure:
        told = self.adapter.refused(response)
        self.log.said("<", _response(response), f"failure {told.kind}: {told.message}")
        return told

    def session(self, call: Call) -> StreamSession:
        return _WatchedSession(self.adapter.session(call), self.log)


@dataclass(slots=True)
class _WatchedSession(ForwardingSession):
    log: _Log

    def start(self) -> Sequence[Frame]:
        return self._sent(self.behind.start())

    def audio(self, chunk: bytes) -> Frame | tuple[Frame, ...]:
        frame = self.behind.audio(chunk)
        self.log.audio(frame if isinstance(frame, str | bytes) else frame[0])
        return frame

    def end(self) -> Sequence[Frame]:
        return self._sent(self.behind.end())

    def replies(self) -> Sequence[Frame]:
        return self._sent(self.behind.replies())

    def _sent(self, frames: Sequence[Frame]) -> Sequence[Frame]:
        for frame in frames:
            self.log.said(">", _short(frame) if isinstance(frame, str) else f"{len(frame)} bytes")
        return frames

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        events = self.behind.feed(frame, t_s=t_s, audio_sent_s=audio_sent_s)
        told = self.behind.explained(frame) if isinstance(self.behind, DescribedSession) else ""
        meant = "; ".join(f"{event.kind} {json.dumps(event.text, ensure_ascii=False)}" for event in events)
        shown = _short(frame) if isinstance(frame, str) else f"{len(frame)} bytes"
        self.log.said("<", f"{t_s:.3f} s {shown}", f"{told}: {meant}")
        return events

    def outcome(self, close: Close | None) -> Recognised | Failure:
        if close is not None:
            self.log.said("<", f"close {close.code} {close.reason}".rstrip())
        return self.behind.outcome(close)


def about(outcome: Transcript | Failure) -> dict[str, Any]:
    """The outcome, for people and programs."""
    if isinstance(outcome, Failure):
        return {"failure": str(outcome.kind), "message": outcome.message, "http_status": outcome.http_status}
    words = outcome.recognised.words or ()
    return {"text": outcome.text, "words": len(words), "extras": dict(outcome.recognised.extras)}
