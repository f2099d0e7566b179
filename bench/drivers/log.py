"""The log of one stream as every driver keeps it: when chunks were handed over, what came back when, how it ended.

Times go in as the clock shows them and are kept as seconds on the stream's live clock, whose zero `start` sets.
Knows nothing of sockets, engines or messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.drivers.clock import clock
from bench.drivers.pacing import Schedule
from bench.types import Event, Timing


class StreamLog:
    """What was sent and heard so far. Not thread-safe but for `heard`, which one other thread may call."""

    def __init__(self, plan: Schedule) -> None:
        self._plan = plan.timing
        self._num_chunks = plan.num_chunks
        self._sent_s: list[float] = []
        self._events: list[Event] = []
        self._connect_s: float | None = None
        self._ready_s = 0.0
        self._end_sent_s: float | None = None
        self._done_s: float | None = None
        self._blocked_since: float | None = None
        self._backpressure_s = 0.0
        self.zero = 0.0
        """When the audio's live clock started, on `clock`."""

    def start(self, zero: float, connect_s: float, ready_s: float = 0.0) -> None:
        """The audio's clock starts at `zero`; it took `connect_s` to connect, and that clock ran for `ready_s`."""
        self.zero, self._connect_s, self._ready_s = zero, connect_s, ready_s

    @property
    def num_sent(self) -> int:
        """Chunks handed over, which is the index of the next one."""
        return len(self._sent_s)

    @property
    def audio_sent_s(self) -> float:
        """Audio seconds handed over."""
        return self._plan.audio_by_s(len(self._sent_s))

    @property
    def next_due(self) -> float | None:
        """When the next chunk is due, on `clock`; `None`: there is no more."""
        index = len(self._sent_s)
        return self.zero + self._plan.due_s(index) if index < self._num_chunks else None

    @property
    def events(self) -> tuple[Event, ...]:
        """What was heard, in order."""
        return tuple(self._events)

    def sent(self) -> None:
        """The next chunk was just handed over."""
        self._sent_s.append(clock() - self.zero)

    def sent_end(self) -> None:
        """The messages that end the stream were just handed over."""
        self._end_sent_s = clock() - self.zero

    def heard(self, events: Sequence[Event], t_s: float, *, counts: bool = False) -> None:
        """What a message at `t_s` meant; without any event it still was the last that `counts`."""
        self._events.extend(events)
        if events or counts:
            self._done_s = t_s

    def blocked(self, is_blocked: bool, at: float) -> None:
        """The socket takes no more data, or does again."""
        if is_blocked:
            self._blocked_since = at
        elif self._blocked_since is not None:
            self._backpressure_s += at - self._blocked_since
            self._blocked_since = None

    def timing(self) -> Timing:
        """The log of the sending, up to now."""
        now = clock()
        blocked = now - self._blocked_since if self._blocked_since is not None else 0.0
        log = replace(
            self._plan,
            connect_s=self._connect_s,
            ready_s=self._ready_s,
            first_sent_s=self._sent_s[0] if self._sent_s else 0.0,
            last_sent_s=self._sent_s[-1] if self._sent_s else 0.0,
            end_sent_s=self._end_sent_s,
            done_s=self._done_s if self._done_s is not None else now - self.zero,
            chunk_sent_s=tuple(self._sent_s),
            backpressure_s=self._backpressure_s + blocked,
        )
        return replace(log, max_send_lag_s=max(replace(log, ready_s=0.0).send_lags(), default=0.0))
