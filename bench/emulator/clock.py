"""Waiting for an instant, to a fraction of a millisecond, on the event loop.

Instants are `time.perf_counter()` seconds. Event loops count time in whole milliseconds (and uvloop caches
it), so the last stretch is waited out by yielding to the loop again and again.
"""

from __future__ import annotations

import asyncio
import time

_YIELDING_S = 0.002


def now_s() -> float:
    """The instant now, on the clock that `sleep_until` waits on."""
    return time.perf_counter()


async def sleep_until(instant_s: float) -> None:
    """Return at the instant, or at once if it has passed. Late by the time other tasks hold the loop."""
    while (left_s := instant_s - now_s()) > _YIELDING_S:
        await asyncio.sleep(left_s - _YIELDING_S)
    while now_s() < instant_s:
        await asyncio.sleep(0)
