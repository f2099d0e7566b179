"""One recording, once: what an engine says as it comes, and what each way of ending a stream makes of the last words.

Through the same adapters and drivers as a run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, cast, get_args

from bench.audio import Audio
from bench.conditions.wire import encode
from bench.config import validated
from bench.doctor.forwarding import ForwardingAdapter, ForwardingSession, in_front
from bench.doctor.microphone import Live
from bench.drivers import http, local
from bench.drivers.clock import clock
from bench.drivers.websocket import StreamPool
from bench.engines import ENGINES
from bench.engines.base import Frame, LocalEngine, LocalStream, StreamSession
from bench.engines.secrets import Secret, read_key
from bench.errors import Problem, UsageError
from bench.types import Call, Event, Failure, Mode, RequestSpec, Transcript

Tell: TypeAlias = Callable[[Event], None]
_LOCAL_CHUNK_S = 0.1
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What is tried."""

    engine: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, Secret]
    language: str | None

    def made(self, **changes: Any) -> Any:
        """The engine, with some settings changed."""
        factory = ENGINES.load(self.engine)
        return factory.create(factory.Settings.model_validate({**self.settings, **changes}), self.secrets)

    @property
    def endings(self) -> tuple[str, ...]:
        """The ways it knows to end a stream; empty: one that is not chosen."""
        field = ENGINES.load(self.engine).Settings.model_fields.get("finish")
        return tuple(map(str, get_args(field.annotation))) if field else ()


def attempt_of(
    engine: str, settings: Mapping[str, Any], language: str | None, environment: Mapping[str, str]
) -> Attempt:
    """An engine with its settings and keys; `language` is given to its settings too, if they have one.

    Raises:
        BenchError: if there is no such engine, its settings are wrong, or a key is missing.
    """
    factory = ENGINES.load(engine)
    values = dict(settings)
    if language and "language" in factory.Settings.model_fields:
        values.setdefault("language", language)
    checked = validated(factory.Settings, values, f"engine {engine}: settings")
    secrets = {name: read_key(environment, name, f"engine {engine}") for name in factory.secret_names(checked)}
    return Attempt(engine=engine, settings=values, secrets=secrets, language=language)


def try_once(attempt: Attempt, sound: Audio | Live, mode: Mode, tell: Tell, **changes: Any) -> Transcript | Failure:
    """One call; `tell` hears each partial and final of a stream as it comes.

    Args:
        attempt: what is tried.
        sound: a recording, or what a microphone hears: a stream has it as it is spoken, a request when it is over.
        mode: stream or batch.
        tell: is told each event.
        changes: of the engine's settings.

    Raises:
        UsageError: if the engine does not have the mode.
    """
    made = attempt.made(**changes)
    audio = sound.audio if isinstance(sound, Live) else sound
    if isinstance(sound, Live):
        sound.await_begin() if mode == "stream" else sound.await_end()
    if isinstance(made, LocalEngine):
        return asyncio.run(_local(made, audio, attempt.language, mode, tell))
    adapter = made.batch if mode == "batch" else made.stream
    if adapter is None:
        raise UsageError(Problem(attempt.engine, f"an engine with the mode {mode}", "one without"))
    call = encode(audio, RequestSpec(), mode, attempt.language)
    return asyncio.run(
        _batch(adapter, call) if mode == "batch" else _stream(in_front(partial(_Telling, tell=tell), adapter), call)
    )


async def _batch(adapter: Any, call: Call) -> Transcript | Failure:
    async with http.new_client(timeout_s=_TIMEOUT_S, max_connections=1) as client:
        return await http.transcribe(client, adapter, call)


async def _stream(adapter: Any, call: Call) -> Transcript | Failure:
    async with StreamPool() as pool:
        return await pool.stream(adapter, call)


async def _local(
    engine: LocalEngine, audio: Audio, language: str | None, mode: Mode, tell: Tell
) -> Transcript | Failure:
    if mode == "batch":
        return await asyncio.to_thread(local.transcribe, engine, audio.samples, audio.sample_rate_hz, language)
    telling = cast("LocalEngine", _TellingLocal(engine, tell))
    return await local.stream(telling, audio.samples, audio.sample_rate_hz, language, chunk_s=_LOCAL_CHUNK_S)


@dataclass(slots=True)
class _Telling(ForwardingAdapter):
    """A stream's adapter that tells what its session hears."""

    tell: Tell

    def session(self, call: Call) -> StreamSession:
        return _TellingSession(self.adapter.session(call), self.tell)


@dataclass(slots=True)
class _TellingSession(ForwardingSession):
    tell: Tell

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        events = self.behind.feed(frame, t_s=t_s, audio_sent_s=audio_sent_s)
        for event in events:
            self.tell(event)
        return events


class _TellingLocal:
    def __init__(self, engine: LocalEngine, tell: Tell) -> None:
        self._engine, self._tell = engine, tell

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def open_stream(self, sample_rate_hz: int, language: str | None) -> LocalStream:
        return _TellingLocalStream(self._engine.open_stream(sample_rate_hz, language), self._tell)


class _TellingLocalStream:
    def __init__(self, stream: LocalStream, tell: Tell) -> None:
        self._stream, self._tell = stream, tell
        self._began: float | None = None

    def accept(self, samples: Any) -> Sequence[Event]:
        self._began = self._began or clock()
        return self._told(self._stream.accept(samples))

    def finalize(self) -> Sequence[Event]:
        return self._told(self._stream.finalize())

    def finish(self) -> Sequence[Event]:
        return self._told(self._stream.finish())

    def _told(self, events: Sequence[Event]) -> Sequence[Event]:
        from dataclasses import replace

        for event in events:
            # The first chunk is handed over when its last sample is there: the clock of the audio began before.
            self._tell(replace(event, t_s=clock() - (self._began or 0.0) + _LOCAL_CHUNK_S))
        return events
