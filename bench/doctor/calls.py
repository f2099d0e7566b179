"""The doctor's calls: through the same adapter and drivers as a run, with every raw message kept."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from bench.audio import Audio, to_pcm16
from bench.conditions.wire import encode
from bench.doctor.clip import Clip
from bench.doctor.forwarding import ForwardingAdapter, ForwardingSession
from bench.drivers import http
from bench.drivers.tape import Tape
from bench.drivers.websocket import StreamPool
from bench.engines.base import (
    Frame,
    StreamSession,
)
from bench.engines.pulse.adapter import PulseEngine
from bench.engines.pulse.settings import PulseSettings
from bench.engines.reading import parse_object
from bench.engines.secrets import Secret
from bench.types import Call, Failure, FailureKind, Mode, RequestSpec, Transcript

_CONNECT_S = 10.0


class UndeterminedError(Exception):
    """A check cannot say anything, because a call it builds on did not succeed."""


class CallFailedError(Exception):
    """The call that a check is about failed: that is its finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One call: what the adapter made of it, and what really came."""

    outcome: Transcript | Failure
    messages: tuple[Mapping[str, Any], ...]
    """Batch: the body. Stream: every JSON object, in order."""
    raw: bytes = b""
    """Batch: the body's bytes."""

    @property
    def finals(self) -> list[str]:
        """Texts of all finals, as sent."""
        said = (m.get("transcript", m.get("transcription")) for m in self.messages if m.get("is_final"))
        return [text for text in said if isinstance(text, str)]


@dataclass(slots=True)
class _EndedBy(ForwardingAdapter):
    """An adapter whose streams end by messages of these types alone."""

    types: tuple[str, ...]

    def session(self, call: Call) -> StreamSession:
        return _SessionEndedBy(self.adapter.session(call), self.types)


@dataclass(slots=True)
class _SessionEndedBy(ForwardingSession):
    types: tuple[str, ...]

    def end(self) -> Sequence[Frame]:
        return [json.dumps({"type": kind}) for kind in self.types]


@dataclass(slots=True, kw_only=True)
class Caller:
    """Makes calls, counts them, and remembers the plain one of each mode."""

    clip: Clip
    settings: PulseSettings
    key: Secret | None
    client: http.Client
    streams: StreamPool
    gate: asyncio.Semaphore
    """How many streams may be open at a time, but for the check that looks for the limit."""
    speed: float = 1.0
    """Times real time; other than 1 for tests alone."""
    max_streams: int = 6
    made: Counter[Mode] = field(default_factory=Counter)
    audio_s: float = 0.0
    _plain: dict[Mode, asyncio.Task[Reply]] = field(default_factory=dict)

    async def plain(self, mode: Mode) -> Reply:
        """The call with the settings as given; made once."""
        if mode not in self._plain:
            call = self.batch() if mode == "batch" else self.stream()
            self._plain[mode] = asyncio.get_running_loop().create_task(call)
        return await asyncio.shield(self._plain[mode])

    async def plain_text(self, mode: Mode = "stream") -> str:
        """What the plain call heard.

        Raises:
            UndeterminedError: if it failed or heard nothing, so that nothing can be compared with it.
        """
        outcome = (await self.plain(mode)).outcome
        if isinstance(outcome, Failure):
            raise UndeterminedError(f"the plain {mode} call failed: {outcome.message}")
        if not outcome.text.strip():
            raise UndeterminedError(f"the plain {mode} call heard nothing")
        return outcome.text

    async def batch(
        self,
        audio: Audio | None = None,
        *,
        file: bytes | None = None,
        request: RequestSpec | None = None,
        key: Secret | None = None,
        settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> Reply:
        """One request; `file` replaces the encoded audio, `key` the key."""
        audio = self.clip.audio if audio is None else audio
        call = self._call(audio, request or RequestSpec(), "batch", file)
        adapter = self._engine(settings, key).batch
        assert adapter is not None, "Pulse has a batch mode"
        tape = Tape()
        self._count("batch", audio)
        outcome = await http.transcribe(self.client, adapter, call, tape=tape)
        raw = tape.answered[-1].response.content if tape.answered else b""
        body = parse_object(raw)
        return Reply(outcome=outcome, messages=(body,) if body is not None else (), raw=raw)

    async def stream(
        self,
        audio: Audio | None = None,
        *,
        data: bytes | None = None,
        request: RequestSpec | None = None,
        ending: tuple[str, ...] | None = None,
        faster: float = 1.0,
        ungated: bool = False,
        settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> Reply:
        """One stream; `data` replaces the encoded audio, `ending` the types of the messages that end it.

        Raises:
            UndeterminedError: if the model has no stream.
        """
        audio = self.clip.audio if audio is None else audio
        call = self._call(audio, request or RequestSpec(), "stream", data)
        adapter = self._engine(settings, None).stream
        if adapter is None:
            raise UndeterminedError(f"the model {self.settings.model} has no stream")
        tape, asked = Tape(), adapter if ending is None else _EndedBy(adapter, ending)
        self._count("stream", audio)
        speed = self.speed * faster
        connecting = self.streams.stream(asked, call, speed=speed, connect_timeout_s=_CONNECT_S, tape=tape)
        if ungated:
            outcome = await connecting
        else:
            async with self.gate:
                outcome = await connecting
        objects = (parse_object(message.frame) for message in tape.messages)
        return Reply(outcome=outcome, messages=tuple(message for message in objects if message is not None))

    def _engine(self, changes: Mapping[str, Any], key: Secret | None) -> PulseEngine:
        extra = {**self.settings.extra, **changes.get("extra", {})}
        settings = PulseSettings.model_validate({**self.settings.model_dump(), **changes, "extra": extra})
        return PulseEngine(settings, self.key if key is None else key)

    def _call(self, audio: Audio, request: RequestSpec, mode: Mode, data: bytes | None) -> Call:
        call = encode(audio, request, mode, self.clip.language)
        return call if data is None else replace(call, audio=data)

    def _count(self, mode: Mode, audio: Audio) -> None:
        self.made[mode] += 1
        self.audio_s += audio.duration_s


def heard(reply: Reply, what: str) -> str:
    """What a call heard.

    Raises:
        UndeterminedError: if the service was too busy to answer.
        CallFailedError: if it failed in any other way.
    """
    outcome = reply.outcome
    if isinstance(outcome, Transcript):
        return outcome.text
    if outcome.kind is FailureKind.RATE_LIMIT:
        raise UndeterminedError(f"{what}: {outcome.message}")
    raise CallFailedError(f"{what}: {outcome.message}")


def pcm_of(audio: Audio) -> bytes:
    """Raw 16-bit samples, as a stream of linear16 carries them."""
    return to_pcm16(audio.samples)
