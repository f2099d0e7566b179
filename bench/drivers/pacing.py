"""Pacing: when each chunk of a live stream is due, and one scheduler that meets those times for many streams.

Deadlines are absolute on the monotonic clock, so a late chunk never delays the next one and nothing drifts. One
heap and one timer serve every stream of an event loop; there is no task and no sleep per stream. Knows nothing of
sockets, engines or messages.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

from bench.drivers.clock import alarm, clock
from bench.types import Timing

Step: TypeAlias = Callable[[], float | None]
"""Do what is due now and return when the next is due (clock seconds), or `None` when there is no more."""

_SLICE_S = 0.001
"""Longest stretch of work before the loop may look at its sockets again, so that receive times stay true."""
_IDLE_S = 0.02
"""A gap in the schedule that is long enough to clean up in."""
_TIDY_EVERY_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How a recording is cut into chunks; when each is due, its `timing.due_s` says."""

    num_chunks: int
    timing: Timing
    """What is settled beforehand: `audio_s`, `chunk_s`, `speed`, and with them when each chunk is due."""


def schedule(num_bytes: int, chunk_bytes: int, duration_s: float, speed: float = 1.0) -> Schedule:
    """The schedule of audio that is cut anywhere into chunks of equal size.

    Raises:
        ValueError: if a size, the duration or the speed is not positive.
    """
    if min(num_bytes, chunk_bytes) <= 0 or min(duration_s, speed) <= 0:
        raise ValueError(
            "schedule: expected sizes, duration and speed above 0, "
            f"got {num_bytes=}, {chunk_bytes=}, {duration_s=}, {speed=}"
        )
    return Schedule(
        num_chunks=-(-num_bytes // chunk_bytes),
        timing=Timing(audio_s=duration_s, chunk_s=duration_s * chunk_bytes / num_bytes, speed=speed),
    )


class Pacer:
    """Runs steps at their due times, earliest first. One per event loop; not thread-safe.

    Never early: a live microphone could not be. Lateness is left for the steps to record.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._heap: list[tuple[float, int, Step]] = []
        self._order = count()
        self._alarm = alarm(self._tick)
        self._alarm_at: float | None = None
        self._background: deque[Iterator[None]] = deque()
        self._background_scheduled = False

    def at(self, due: float, step: Step) -> None:
        """Run `step` when the clock shows `due`, and again whenever it says."""
        heapq.heappush(self._heap, (due, next(self._order), step))
        if self._alarm_at is None or due < self._alarm_at:
            self._arm()

    def close(self) -> None:
        """Forget all steps and background work."""
        self._heap.clear()
        self._background.clear()
        self._alarm.close()

    def in_background(self, work: Iterator[None]) -> None:
        """Advance `work` in short slices, giving way to steps that are due and to socket reads."""
        self._background.append(work)
        if not self._background_scheduled:
            self._background_scheduled = True
            self._loop.call_soon(self._work)

    def _tick(self) -> None:
        self._alarm_at = None
        heap, stop = self._heap, clock() + _SLICE_S
        while heap:
            due, _, step = heap[0]
            now = clock()
            if due > now or now > stop:
                break
            heapq.heappop(heap)
            following = step()
            if following is not None:
                heapq.heappush(heap, (following, next(self._order), step))
        self._arm()

    def _arm(self) -> None:
        if not self._heap:
            return
        self._alarm_at = self._heap[0][0]
        if self._alarm_at - clock() > _IDLE_S:
            _Collector.tidy()
        self._alarm.set(self._alarm_at)

    def _work(self) -> None:
        """Work until a step is due, but at least a little, so that a busy schedule cannot starve it."""
        stop = clock() + _SLICE_S
        if self._heap:
            stop = min(stop, self._heap[0][0])
        while self._background:
            if next(self._background[0], _DONE) is _DONE:
                self._background.popleft()
            if clock() >= stop:
                break
        self._background_scheduled = bool(self._background)
        if self._background_scheduled:
            self._loop.call_soon(self._work)


_DONE = object()


class _Collector:
    """How many hold the collector off, how it was before the first did, and when it last ran."""

    holders = 0
    was_on = False
    froze = False
    """Whether what is frozen is ours to release: a process that froze what it imported keeps it so."""
    ran_at = 0.0

    @classmethod
    def tidy(cls) -> None:
        """Collect what is young, now and then, so that a long run without a pause between streams does not grow."""
        if cls.holders and clock() - cls.ran_at > _TIDY_EVERY_S:
            cls.ran_at = clock()
            gc.collect(1)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector off the sending path while any stream is paced; nestable.

    What is alive is frozen (never scanned again) and automatic collection stops; both end with the last holder. Where
    the process had frozen something itself, that stays as it is, and only automatic collection stops.
    """
    _Collector.holders += 1
    if _Collector.holders == 1:
        _Collector.was_on = gc.isenabled()
        _Collector.froze = gc.get_freeze_count() == 0
        gc.collect()
        if _Collector.froze:
            gc.freeze()
        gc.disable()
        _Collector.ran_at = clock()
    try:
        yield
    finally:
        _Collector.holders -= 1
        if _Collector.holders == 0:
            if _Collector.froze:
                gc.unfreeze()
            if _Collector.was_on:
                gc.enable()
