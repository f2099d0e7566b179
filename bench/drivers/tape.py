"""What came over the socket during one call, as it came, and playing it back: the same parsing, without a socket.

A driver writes a tape where one is asked for. A replay gives an adapter of today the messages of then, with the times
of then, so that what it makes of real answers can be scored without a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bench.engines.base import (
    BatchAdapter,
    Close,
    Frame,
    HttpResponse,
    JobAdapter,
    PreparedAdapter,
    RemoteEngine,
    StreamAdapter,
)
from bench.types import Call, Event, Failure, FailureKind, Recognised, Timing, Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A response to a request."""

    response: HttpResponse
    t_s: float
    """After the first request's begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message of a stream."""

    frame: Frame
    t_s: float
    audio_sent_s: float


@dataclass(slots=True, kw_only=True)
class Tape:
    """One call. Without `timing` it broke off, and is no answer."""

    answered: list[Answered] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    close: Close | None = None
    timing: Timing | None = None


def replay(tape: Tape, engine: RemoteEngine, call: Call) -> Transcript | Failure:
    """What the engine's adapter makes of a call's messages; times are those of the recording."""
    if tape.timing is None:
        return Failure(kind=FailureKind.TRUNCATED, message="replay: expected a whole recording, got one that broke off")
    if tape.messages or not tape.answered:
        return _replayed_stream(tape, tape.timing, engine, call)
    said, events = _replayed_batch(tape, engine, call)
    if isinstance(said, Failure):
        return said
    final = Event(t_s=tape.timing.done_s, kind="final", text=said.text, words=said.words, is_last=True)
    return Transcript(recognised=said, timing=tape.timing, events=(*events, final))


def _replayed_batch(tape: Tape, engine: RemoteEngine, call: Call) -> tuple[Recognised | Failure, tuple[Event, ...]]:
    if isinstance(engine.batch, JobAdapter):
        exchange = engine.batch.exchange(call)
        exchange.first()
        for answered in tape.answered:
            said = exchange.next(answered.response, answered.t_s)
            if isinstance(said, Recognised | Failure):
                return said, tuple(exchange.events)
        return _unlike("its requests ask for more answers than were recorded"), ()
    if isinstance(engine.batch, BatchAdapter):
        return engine.batch.parse(tape.answered[-1].response), ()
    return _unlike("the engine has no batch mode"), ()


def _replayed_stream(tape: Tape, timing: Timing, engine: RemoteEngine, call: Call) -> Transcript | Failure:
    adapter: StreamAdapter | PreparedAdapter | Failure | None = engine.stream
    if isinstance(adapter, PreparedAdapter):
        adapter = adapter.prepared(tape.answered[0].response) if tape.answered else _unlike("no address was recorded")
    if adapter is None or isinstance(adapter, Failure):
        return adapter or _unlike("the engine has no stream mode")
    session = adapter.session(call)
    session.start()
    events: list[Event] = []
    for message in tape.messages:
        events += session.feed(message.frame, t_s=message.t_s, audio_sent_s=message.audio_sent_s)
        session.replies()
    said = session.outcome(tape.close)
    if isinstance(said, Failure):
        finals = " ".join(event.text for event in events if event.kind == "final" and event.text)
        partial = Transcript(recognised=Recognised(text=finals), timing=timing, events=tuple(events))
        return replace(said, partial=partial)
    return Transcript(recognised=said, timing=timing, events=tuple(events))


def _unlike(why: str) -> Failure:
    return Failure(kind=FailureKind.REFUSED, message=f"replay: expected a recording of this engine, but {why}")
