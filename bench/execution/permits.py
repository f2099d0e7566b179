"""One quota of requests for many machines: starts are leased in blocks, so that the one who counts is asked seldom.

A lease says how long to wait, never when: clocks of machines do not meet.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

BLOCK_S = 0.1
"""So much of a quota is leased at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Leave to start some requests."""

    delay_s: float
    """Before the first."""
    interval_s: float
    """Between two."""
    number: int


@dataclass(slots=True)
class Lessor:
    """Counts the starts of requests to one engine, on one clock, for all who ask it."""

    per_minute: float
    _next: float = 0.0

    def lease(self, now: float | None = None) -> Lease:
        """The next block. `now`: seconds on any one clock that never goes back; `None`: this machine's."""
        now = time.monotonic() if now is None else now
        interval_s = 60 / self.per_minute
        number = max(1, round(BLOCK_S / interval_s))
        first = max(now, self._next)
        self._next = first + number * interval_s
        return Lease(delay_s=first - now, interval_s=interval_s, number=number)


@dataclass(slots=True)
class LeasedQuota:
    """A `Quota` of one event loop that leases its starts. A start that was not used in its time is given up."""

    lease: Callable[[], Awaitable[Lease]]
    _starts: deque[float] = field(default_factory=deque)
    _leasing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def wait(self) -> None:
        """Return when the next request may start."""
        async with self._leasing:
            while self._starts and self._starts[0] < time.monotonic() - BLOCK_S:
                self._starts.popleft()
            if not self._starts:
                lease = await self.lease()
                begin = time.monotonic() + lease.delay_s
                self._starts.extend(begin + index * lease.interval_s for index in range(lease.number))
            start = self._starts.popleft()
        await asyncio.sleep(start - time.monotonic())
