"""A stream's adapter and session that stand before others, for what one of them is to do otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.engines.base import (
    Close,
    Connect,
    Frame,
    HttpRequest,
    HttpResponse,
    PreparedAdapter,
    StreamAdapter,
    StreamSession,
)
from bench.types import Call, Event, Failure, Recognised


@dataclass(slots=True)
class ForwardingAdapter:
    """In all it does the adapter behind it."""

    adapter: StreamAdapter

    def connect(self, call: Call) -> Connect:
        return self.adapter.connect(call)

    def refused(self, response: HttpResponse) -> Failure:
        return self.adapter.refused(response)

    def session(self, call: Call) -> StreamSession:
        return self.adapter.session(call)


Front: TypeAlias = Callable[[StreamAdapter], StreamAdapter]
"""What puts an adapter before another."""


def in_front(front: Front, adapter: StreamAdapter | PreparedAdapter) -> StreamAdapter | PreparedAdapter:
    """`adapter` with `front` before it; where its address must be asked for, before the one that is then made."""
    return ForwardingPrepared(adapter, front) if isinstance(adapter, PreparedAdapter) else front(adapter)


@dataclass(slots=True)
class ForwardingPrepared:
    """An adapter whose address is asked for first."""

    adapter: PreparedAdapter
    front: Front

    def prepare(self, call: Call) -> HttpRequest:
        return self.adapter.prepare(call)

    def prepared(self, response: HttpResponse) -> StreamAdapter | Failure:
        made = self.adapter.prepared(response)
        return made if isinstance(made, Failure) else self.front(made)


@dataclass(slots=True)
class ForwardingSession(StreamSession):
    """In all it does the session behind it."""

    behind: StreamSession

    @property
    def chunk_bytes(self) -> int:
        return self.behind.chunk_bytes

    @property
    def end_deadline_s(self) -> float:
        return self.behind.end_deadline_s

    @property
    def quiet_s(self) -> float | None:
        return self.behind.quiet_s

    @property
    def finished(self) -> bool:
        return self.behind.finished

    @property
    def ready(self) -> bool:
        return self.behind.ready

    @property
    def ready_within_s(self) -> float:
        return self.behind.ready_within_s

    @property
    def next_end_s(self) -> float | None:
        return self.behind.next_end_s

    def start(self) -> Sequence[Frame]:
        return self.behind.start()

    def audio(self, chunk: bytes) -> Frame | tuple[Frame, ...]:
        return self.behind.audio(chunk)

    def end(self) -> Sequence[Frame]:
        return self.behind.end()

    def replies(self) -> Sequence[Frame]:
        return self.behind.replies()

    def keepalive(self) -> Frame | None:
        return self.behind.keepalive()

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        return self.behind.feed(frame, t_s=t_s, audio_sent_s=audio_sent_s)

    def outcome(self, close: Close | None) -> Recognised | Failure:
        return self.behind.outcome(close)
